"""Rule C3: one device on three customers, and a registration from a device never seen, soon after the opening."""

from datetime import timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.compliance.domain.alerts import Judge
from services.compliance.domain.devices import DEVICE, DEVICES, NoteSignIn
from services.compliance.events import AlertDismissed, AlertOpened, CustomerSeen, DeviceSeen
from services.compliance.reactions import watch_device
from services.registry.events import SignInRecorded
from tests.kit import given
from tests.services.compliance.examples import MORNING, OFFICER, TODAY, recorded

MARK, OTHER = "9f86d081884c7d65", "d65a2feaa0c55ad0"


def opening(customer, number=1):
    return f"lead-{customer}.mobile.{number}"


def sign_in(customer="P1", device=MARK, *, ref=True, number=1, registration=False, days=0):
    named = opening(customer, number) if ref else None
    return NoteSignIn(device, customer, f"H-{customer}", named, TODAY, registration, TODAY + timedelta(days=days))


def seen(customer, *, ref=True, number=1):
    return CustomerSeen(MARK, customer, opening(customer, number) if ref else None, TODAY)


def shared(number, openings, customers):
    alert = f"{MARK}.shared_device.{number}"
    return AlertOpened(alert, "shared_device", "device", MARK, tuple(openings), tuple(customers), 1, TODAY)


THREE = ("P1", "P2", "P3")
ALERT = shared(1, map(opening, THREE), THREE)


def play(decider, commands):
    events = []
    for command in commands:
        events += decider.decide(decider.fold(events), command)
    return [event for event in events if isinstance(event, AlertOpened)]


def test_c3_a_device_on_two_customers_is_none_and_on_three_an_alert_that_touches_all():
    given(DEVICE, seen("P1")).when(sign_in("P2")).then(seen("P2"))
    given(DEVICE, seen("P1"), seen("P2")).when(sign_in("P3")).then(seen("P3"), ALERT)


def test_c3_the_same_customers_again_change_nothing():
    given(DEVICE, *map(seen, THREE), ALERT).when(sign_in("P2")).nothing()
    given(DEVICE, *map(seen, THREE), ALERT).when(sign_in("P2", ref=False)).nothing()


def test_c3_who_and_what_comes_later_is_touched_by_an_alert_of_its_own():
    history = (*map(seen, THREE), ALERT)
    given(DEVICE, *history).when(sign_in("P4")).then(seen("P4"), shared(2, [opening("P4")], ["P4"]))
    second = seen("P1", number=2)
    given(DEVICE, *history).when(sign_in("P1", number=2)).then(second, shared(2, [opening("P1", 2)], ["P1"]))


def test_c3_customers_without_an_opening_of_ours_are_counted_too():
    history = (seen("P1", ref=False), seen("P2", ref=False))
    given(DEVICE, *history).when(sign_in("P3", ref=False)).then(seen("P3", ref=False), shared(1, [], THREE))
    given(DEVICE, *history, seen("P3", ref=False), shared(1, [], THREE)).when(sign_in("P4", ref=False)).then(
        seen("P4", ref=False)
    )


@over(st.permutations([sign_in(f"P{n % 5}", number=n % 2) for n in range(12)]))
def test_c3_in_whatever_order_every_opening_on_a_shared_device_is_touched_once(commands):
    touched = [one for alert in play(DEVICE, commands) for one in alert.openings]
    assert sorted(touched) == sorted({command.opening_ref for command in commands})


def registered(days=0, device=MARK):
    return sign_in("P1", device, registration=True, days=days)


@pytest.mark.parametrize(("days", "alert"), [(0, True), (3, True), (4, False), (-1, False)])
def test_c3_a_registration_from_a_new_device_soon_after_the_opening_is_an_alert(days, alert):
    on = TODAY + timedelta(days=days)
    found = AlertOpened(
        *("P1.new_device_registration.1", "new_device_registration", "customer", "P1", (opening("P1"),)),
        *((f"H-P1@{on}",), 1, on),
    )
    given(DEVICES).when(registered(days)).then(DeviceSeen("P1", MARK, on), *([found] if alert else []))


def test_c3_a_device_that_the_customer_was_seen_with_is_none():
    given(DEVICES, DeviceSeen("P1", MARK, TODAY)).when(registered(1)).nothing()
    given(DEVICES).when(sign_in("P1", days=2)).then(DeviceSeen("P1", MARK, TODAY + timedelta(days=2)))
    given(DEVICES, DeviceSeen("P1", OTHER, TODAY)).when(sign_in("P1")).then(DeviceSeen("P1", MARK, TODAY))
    assert len(play(DEVICES, [sign_in("P1", OTHER), registered(1), registered(2), registered(2, "f" * 16)])) == 2


@over(st.permutations([registered(1), registered(1), sign_in("P1", days=1), sign_in("P1", days=2)]))
def test_c3_a_registration_that_is_told_after_the_sign_ins_that_followed_is_an_alert_once(commands):
    (alert,) = play(DEVICES, commands)
    assert alert.evidence == (f"H-P1@{TODAY + timedelta(days=1)}",)


@pytest.mark.parametrize(("decider", "history"), [(DEVICE, (*map(seen, THREE), ALERT))])
def test_c4_an_alert_about_a_device_is_decided_like_any_other(decider, history):
    wish = Judge(ALERT.alert_id, "dismissed", OFFICER, (), "a shop's tablet", TODAY)
    given(decider, *history).when(wish).then(
        AlertDismissed(ALERT.alert_id, ALERT.openings, "K0001", "a shop's tablet", TODAY)
    )


def test_c3_a_device_that_an_officer_found_in_order_makes_no_further_alert():
    dismissed = AlertDismissed(ALERT.alert_id, ALERT.openings, "K0001", "a tablet in the lobby", TODAY)
    given(DEVICE, *map(seen, THREE), ALERT, dismissed).when(sign_in("P4")).nothing()


def test_c3_a_sign_in_is_told_to_the_device_and_to_the_customer():
    row = SignInRecorded("N1", "H-P1", "P1", opening("P1"), TODAY, MARK, "registration", MORNING, TODAY)
    intents = watch_device(recorded(row, "sign_in-N1", 1, "registry"))
    assert [(one.decider.category, one.key) for one in intents] == [("device", MARK), ("devices", "P1")]
    assert {one.command for one in intents} == {registered()}
