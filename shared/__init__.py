"""The kernel: how facts are recorded, carried and folded. It knows nothing of banking."""
