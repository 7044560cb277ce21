"""A reaction and a projection of one service that shared a name would share their place in the log."""

import pytest

from shared.core.projection import Projection
from shared.runtime.config import BadSettings
from shared.runtime.projector import must_be_alone
from tests.shared.examples import MoneyTaken

TOTALS = Projection("totals", {"bank": (MoneyTaken,)}, lambda _: [], lambda document, _: document)


def test_a_reaction_named_like_a_projection_of_the_same_source_does_not_start():
    with pytest.raises(BadSettings, match=r"branch\.totals is a projection's name"):
        must_be_alone("branch.totals", "bank", "branch", [TOTALS])
    must_be_alone("branch.totals", "registry", "branch", [TOTALS])
    must_be_alone("branch.note_totals", "bank", "branch", [TOTALS])
