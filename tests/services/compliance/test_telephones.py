"""Rule C3: one telephone number on three customers, as soon as any of them opens something."""

from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.compliance.domain.alerts import Judge
from services.compliance.domain.telephones import TELEPHONE, NoteSharers
from services.compliance.events import AlertDismissed, AlertOpened
from services.compliance.projections import TELEPHONES, sharers_in
from services.compliance.reactions import watch_telephones
from services.registry.events import DayClosed, TelephoneShared
from tests.kit import given
from tests.services.compliance.examples import OFFICER, TODAY, received, recorded

LINE = "8f14e45fceea167a"
THREE = ("P1", "P2", "P3")


def sharers(*openings, customers=THREE):
    return NoteSharers(LINE, customers, openings, TODAY)


def alert(number, *openings, customers=THREE):
    return AlertOpened(
        f"{LINE}.shared_phone.{number}", "shared_phone", "telephone", LINE, openings, customers, 1, TODAY
    )  # fmt: skip


def test_c3_a_number_of_two_is_none_and_of_three_an_alert_that_touches_their_openings():
    given(TELEPHONE).when(sharers("o1", "o2", customers=("P1", "P2"))).nothing()
    given(TELEPHONE).when(sharers("o2", "o1")).then(alert(1, "o1", "o2"))


def test_c3_who_opened_nothing_here_is_no_concern_of_an_opening_check():
    given(TELEPHONE).when(sharers()).nothing()


def test_c3_a_later_opening_is_touched_by_an_alert_of_its_own():
    given(TELEPHONE, alert(1, "o1")).when(sharers("o1")).nothing()
    given(TELEPHONE, alert(1, "o1")).when(sharers("o1", "o2")).then(alert(2, "o2"))


def test_c4_a_family_that_an_officer_let_pass_is_not_asked_about_again():
    passed = AlertDismissed(f"{LINE}.shared_phone.1", ("o1",), OFFICER.staff_id, "one family", TODAY)
    judge = Judge(f"{LINE}.shared_phone.1", "dismissed", OFFICER, (), "one family", TODAY)
    given(TELEPHONE, alert(1, "o1")).when(judge).then(passed)
    given(TELEPHONE, alert(1, "o1"), passed).when(sharers("o1", "o2")).nothing()


@over(st.lists(st.sets(st.sampled_from(("o1", "o2", "o3", "o4"))), max_size=6))
def test_c3_in_whatever_order_each_opening_is_touched_once(told):
    events = []
    for openings in told:
        events += TELEPHONE.decide(TELEPHONE.fold(events), sharers(*openings))
    touched = [opening for event in events for opening in event.openings]
    assert sorted(touched) == sorted(set().union(*told))


def test_c3_both_logs_lead_to_the_number():
    shared = recorded(TelephoneShared(LINE, THREE, TODAY), service="registry")
    opening = received()
    assert sharers_in(shared) == ({"_id": LINE}, TODAY)
    assert sharers_in(recorded(opening)) == ({"customers": opening.customer_id}, opening.on)
    with pytest.raises(TypeError, match="about no telephone"):
        sharers_in(recorded(DayClosed(date(2026, 3, 2))))
    (intent,) = watch_telephones(lambda _: [sharers("o1")])(shared)
    assert (intent.key, intent.command) == (LINE, sharers("o1"))
    documents = {}
    TELEPHONES.fold(documents, [shared])
    assert documents == {LINE: {"telephone": LINE, "customers": list(THREE), "on": TODAY.isoformat()}}
