"""Foreign extracts as feeds, without code: a YAML file says which columns of which files become which rows.

The shape of such a file is in ``shape.py``, the fixed set of transforms in ``transforms.py``; there is no expression
language on purpose. ``berka.yaml`` is the example to start from. A value that a transform cannot read goes through as
it is, so that the feed's own check rejects the row and names line and column.
"""
