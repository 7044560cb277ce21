"""What a campaign brought against its hold-out, and what is said of it (rule L12)."""

from services.leads.campaign_result import result
from shared.core.proportions import Proportion as Arm


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
