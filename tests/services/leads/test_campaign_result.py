"""What a campaign brought against its hold-out: the interval against published figures, and what is said of it (L12)."""

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads.campaign_result import Arm, difference, result, wilson

# R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II: contrasts (a) to (h), method 10.
PUBLISHED = [
    (Arm(70, 56), Arm(80, 48), 0.2000, 0.0524, 0.3339),
    (Arm(10, 9), Arm(10, 3), 0.6000, 0.1705, 0.8090),
    (Arm(7, 6), Arm(7, 2), 0.5714, 0.0582, 0.8062),
    (Arm(56, 5), Arm(29, 0), 0.0893, -0.0381, 0.1926),
    (Arm(10, 0), Arm(20, 0), 0.0000, -0.1611, 0.2775),
    (Arm(10, 0), Arm(10, 0), 0.0000, -0.2775, 0.2775),
    (Arm(10, 10), Arm(20, 0), 1.0000, 0.6791, 1.0000),
    (Arm(10, 10), Arm(10, 0), 1.0000, 0.6075, 1.0000),
]


@pytest.mark.parametrize(("one", "other", "value", "low", "high"), PUBLISHED)
def test_l12_the_interval_is_the_published_one(one, other, value, low, high):
    found = difference(one, other)
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (value, low, high)


def test_l12_each_arms_interval_is_wilsons():
    """R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3: 81 of 263 and 15 of 148."""
    assert [round(end, 4) for end in wilson(Arm(263, 81))] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(Arm(148, 15))] == [0.0624, 0.1605]


ARMS = st.integers(1, 5_000).flatmap(lambda n: st.builds(Arm, st.just(n), st.integers(0, n)))


@over(ARMS, ARMS)
def test_l12_the_interval_holds_the_difference_and_turns_with_it(one, other):
    found, turned = difference(one, other), difference(other, one)
    assert -1 - 1e-9 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1 + 1e-9
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))


def test_l12_the_result_says_plainly_whether_there_is_an_effect():
    shown = result(Arm(90_000, 4_500), Arm(10_000, 400))
    assert shown["contacted"] == {"customers": 90_000, "won": 4_500, "rate_bps": 500}
    assert (shown["difference_bps"], shown["low_bps"], shown["high_bps"], shown["effect"]) == (100, 57, 139, "more")
    assert shown["sentence"] == (
        "5.00% of the contacted and 4.00% of the held-out customers opened a product (+1.00%; 95 % interval +0.57% to "
        "+1.39%): the campaign shows an effect."
    )
    none = result(Arm(900, 45), Arm(100, 4))
    assert (none["effect"], none["low_bps"] < 0 < none["high_bps"]) == ("none", True)
    assert none["sentence"].endswith("no effect is shown, the difference may be chance.")
    assert result(Arm(9_000, 90), Arm(1_000, 40))["effect"] == "fewer"


def test_l12_without_anybody_to_compare_with_nothing_is_said():
    shown = result(Arm(12, 3), Arm(0, 0))
    assert (shown["effect"], shown["low_bps"], shown["held_out"]["rate_bps"]) == ("unknown", None, None)
    assert shown["contacted"]["rate_bps"] == 2_500
