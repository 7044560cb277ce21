"""How long a subscription rests after a batch."""

import pytest

from shared.runtime.pace import GENTLE, USUAL


@pytest.mark.parametrize(
    ("pace", "took", "rest"), [(USUAL, 0.01, 0.04), (USUAL, 1.0, 0.25), (GENTLE, 0.1, 0.4), (GENTLE, 2.0, 4.0)]
)
def test_a_rest_is_a_share_of_the_work_up_to_a_limit(pace, took, rest):
    assert pace.rest_after(took) == pytest.approx(rest)
