"""What compliance does about the facts of others, and what its officers see."""

import json

from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.events import Evidence as Said
from services.bundling.events import OpeningRequested
from services.compliance.domain.alerts import Judge
from services.compliance.domain.opening import OPENING as DECIDER
from services.compliance.domain.opening import ClearOpening
from services.compliance.domain.watch import WATCH
from services.compliance.events import AlertOpened, OpeningReceived
from services.compliance.projections import ALERTS, OPENINGS, STAFF, reporting, sellers_of
from services.compliance.reactions import receive_opening, watch_transfer
from services.registry.events import DayClosed, StaffRecorded, TransferRecorded
from tests.services.compliance.examples import (
    CALLED,
    COMPANY,
    INDEPENDENT,
    LEAD,
    LIMIT,
    MADE,
    MAKER,
    OFFICER,
    OPENING,
    SELLER,
    SELLERS,
    TODAY,
    receive,
    received,
    recorded,
    transfer,
)


def requested(opening_id=OPENING):
    evidence = Said(**{name: getattr(COMPANY, name) for name in COMPANY.__struct_fields__})
    event = OpeningRequested(
        opening_id, LEAD, LEAD, "C0001", "company", "corporate_ebank", 1, 1, SELLER, SELLERS, "O011", evidence, TODAY
    )
    return recorded(event, f"offer-{LEAD}", 4)


def moved(n, holding="H1", version=1, moved_from=None):
    wish = transfer(n)
    of = (wish.transfer_id, holding, "C0001", OPENING, LIMIT, LIMIT, "CNY", wish.at, "out", None, TODAY, moved_from)
    return recorded(TransferRecorded(*of), f"transfer-T{n}", version, "registry")


def play(reaction, events):
    """Bundled streams after the events, each command once per event as the runtime does."""
    streams, done = {}, set()
    for event in events:
        for intent in reaction(event):
            history = streams.setdefault(intent.stream, [])
            if (event.id, intent.stream) not in done:
                done.add((event.id, intent.stream))
                history += intent.decider.decide(intent.decider.fold(history), intent.command)
    return streams


@over(st.permutations([requested(), requested(), requested(f"{LEAD}.payroll.1"), requested(f"{LEAD}.payroll.1")]))
def test_c1_each_request_is_received_once(events):
    streams = play(receive_opening, events)
    assert streams[f"opening-{OPENING}"] == [received()]
    assert [type(event) for event in streams[f"opening-{LEAD}.payroll.1"]] == [OpeningReceived]


@over(st.permutations([moved(n) for n in range(7) for _ in range(2)]))
def test_c3_transfers_twice_and_shuffled_make_one_alert(events):
    (history,) = play(watch_transfer, events).values()
    assert len([event for event in history if isinstance(event, AlertOpened)]) == 1


def test_c3_a_transfer_that_is_corrected_to_another_holding_is_watched_there_alone():
    corrected = moved(1, "H2", 2, moved_from="H1")
    streams = play(watch_transfer, [moved(1), corrected, corrected, *(moved(n) for n in range(2, 6))])
    assert not any(isinstance(event, AlertOpened) for history in streams.values() for event in history)
    assert [set(WATCH.fold(streams[f"watch-{holding}"]).seen) for holding in ("H1", "H2")] == [
        {"T2", "T3", "T4", "T5"},
        {"T1"},
    ]
    back = moved(1, "H1", 3, moved_from="H2")
    streams = play(watch_transfer, [moved(1), corrected, *(moved(n) for n in range(2, 6)), back])
    assert [event.alert_id for event in streams["watch-H1"] if isinstance(event, AlertOpened)] == ["H1.burst.1"]
    assert WATCH.fold(streams["watch-H2"]).seen == {}


def test_other_events_are_not_for_compliance():
    other = recorded(DayClosed(TODAY), "day-1", 1, "registry")
    assert receive_opening(other) == watch_transfer(other) == []


def document(projection, events, stream):
    documents = {}
    for n, event in enumerate(events, 1):
        projection.fold(documents, [recorded(event, stream, n, "compliance")])
    assert json.loads(json.dumps(documents)) == documents
    (found,) = documents.values()
    return found


def test_c1_the_queue_shows_what_waits_and_what_became_of_it():
    waiting = document(OPENINGS, [received()], f"opening-{OPENING}")
    assert (waiting["status"], waiting["officer_id"], waiting["evidence"]["maker_id"]) == ("waiting", None, MAKER)
    cleared = DECIDER.decide(DECIDER.fold([received()]), ClearOpening(OFFICER, MADE, INDEPENDENT, CALLED, TODAY))
    done = document(OPENINGS, [received(), *cleared], f"opening-{OPENING}")
    assert (done["status"], done["officer_id"], done["decided_on"]) == ("cleared", "K0001", TODAY.isoformat())
    refused = document(OPENINGS, DECIDER.decide(DECIDER.initial, receive(checker_id=MAKER)), f"opening-{OPENING}")
    assert (refused["status"], refused["rule"], refused["on"]) == ("refused", "C1.two_operators", TODAY.isoformat())
    assert set(waiting) == set(done) == set(refused)


def test_c2_the_queue_knows_all_who_sold_it_and_of_old_ones_who_asked():
    told = document(OPENINGS, [received()], f"opening-{OPENING}")
    assert sellers_of(told) == SELLERS
    del told["sellers"]
    assert sellers_of(told) == (SELLER,)


def test_c4_an_alert_shows_its_evidence_and_its_end():
    history = play(watch_transfer, [moved(n) for n in range(5)])["watch-H1"]
    opened = document(ALERTS, history, "watch-H1")
    assert (opened["status"], opened["evidence"]) == ("open", ["T0", "T1", "T2", "T3", "T4"])
    wish = Judge("H1.burst.1", "dismissed", OFFICER, (SELLER,), "wages of one shop", TODAY)
    ended = document(ALERTS, [*history, *WATCH.decide(WATCH.fold(history), wish)], "watch-H1")
    assert (ended["status"], ended["reason"], ended["officer_id"]) == ("dismissed", "wages of one shop", "K0001")
    assert set(opened) == set(ended)


def staff(*pairs):
    documents = {}
    for staff_id, manager_id in pairs:
        row = StaffRecorded(staff_id, "王", "O1", "corporate", "manager", manager_id, TODAY, None, TODAY)
        STAFF.fold(documents, [recorded(row, f"staff-{staff_id}", 1, "registry")])
    return documents


def test_c2_the_chain_of_managers_goes_all_the_way_up():
    register = staff(("K1", "M1"), ("M1", "M2"), ("M2", None))
    assert reporting("K1", register.get).superiors == ("M1", "M2")
    assert reporting("M2", register.get).superiors == ()
    assert reporting("K1", register.get).known
    assert not reporting("K9", register.get).known


def test_c2_a_ring_and_a_manager_who_is_missing_end_the_chain():
    ring = staff(("K1", "M1"), ("M1", "M2"), ("M2", "M1"))
    assert reporting("K1", ring.get).superiors == ("M1", "M2")
    assert reporting("K1", staff(("K1", "M1")).get).superiors == ("M1",)


def test_c2_a_moved_officer_reports_to_the_new_manager():
    assert reporting("K1", staff(("K1", "M1"), ("K1", "M2")).get).superiors == ("M2",)
