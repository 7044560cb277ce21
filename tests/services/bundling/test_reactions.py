"""Bundling's reactions, each delivered twice and shuffled."""

from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.domain import OFFER
from services.bundling.projections import ITEMS_DUE, due_openings
from services.bundling.reactions import note_bank_facts, note_check, offer_won_products
from services.bundling.rules import bundles
from services.compliance.events import OpeningCleared, OpeningRefused
from services.leads.events import LeadWon, Share
from services.registry.events import ActivityRecorded, DayClosed, HoldingRecorded, UnitRecorded
from shared.core.errors import RuleBroken
from shared.core.event import type_of
from tests.services.bundling.examples import LEAD, OPENING, PERSON, TODAY, UNDER_WAY, day, recorded


class Log:
    """Bundling's streams, and commands run once each, as the runtime does."""

    def __init__(self, *history):
        self.streams = {f"offer-{LEAD}": list(history)} if history else {}
        self.done = set()

    def deliver(self, reaction, event):
        for intent in reaction(event):
            once = (intent.stream, event.id, type(intent.command))
            if once in self.done:
                continue
            events = self.streams.get(intent.stream, [])
            made = intent.decider.decide(intent.decider.fold(events), intent.command)
            if made:
                self.streams[intent.stream] = [*events, *made]
                self.done.add(once)

    def names(self, key=LEAD):
        return [type_of(event) for event in self.streams.get(f"offer-{key}", [])]

    def item(self, product="mobile", key=LEAD):
        return OFFER.fold(self.streams[f"offer-{key}"]).items[product]


def twice_and_shuffled(*events):
    return st.permutations([*events, *events])


def win(kind="company", products=("payroll", "corporate_ebank"), version=7):
    event = LeadWon(
        lead_id=LEAD,
        customer_id="C0001",
        customer_kind=kind,
        line="corporate" if kind == "company" else "retail",
        products=products,
        shares=(Share("corporate", "C0003", "O011", 6_000), Share("retail", "R0007", "O011", 4_000)),
        won_by="C0003",
        unit_id="O011",
        outlet_id="O011",
        value_minor=100_000_00,
        on=TODAY,
    )
    return recorded(event, f"lead-{LEAD}", version, "leads")


def holding(opening=OPENING, closed_on=None, version=1):
    event = HoldingRecorded("H1", PERSON, "mobile", "O011", TODAY, closed_on, opening, TODAY)
    return recorded(event, "holding-H1", version)


def activity(n, times=1, opening=OPENING, version=1):
    event = ActivityRecorded("H1", PERSON, "mobile", opening, times + 1, times, day(n))
    return recorded(event, f"activity-H1.{day(n)}", version)


def day_closed(n, version=1):
    return recorded(DayClosed(day(n)), f"day-{day(n)}", version)


def verdict(cleared=True):
    if cleared:
        event = OpeningCleared(OPENING, LEAD, "mobile", (), "K0001", TODAY)
    else:
        event = OpeningRefused(OPENING, LEAD, "mobile", "C1.two_operators", "one operator", (), None, TODAY)
    return recorded(event, f"opening-{OPENING}", 2, "compliance")


def nothing_due(_recorded, _day):
    return {}


@pytest.mark.parametrize("kind", ["company", "person"])
@over(data=st.data())
def test_b5_a_win_puts_its_products_on_the_offer_once(kind, data):
    log = Log()
    for event in data.draw(twice_and_shuffled(win(kind), win(kind, version=8))):
        log.deliver(offer_won_products(bundles.book_of), event)
    assert log.names() == ["offer_proposed", "item_accepted", "item_accepted"]


def test_b5_a_win_that_names_no_product_offers_nothing():
    assert offer_won_products(bundles.book_of)(win(products=())) == []


@pytest.mark.parametrize(("cleared", "check"), [(True, "cleared"), (False, "refused")])
def test_b5_the_word_of_compliance_reaches_its_offer_once(cleared, check):
    log = Log(*UNDER_WAY)
    for event in [verdict(cleared), verdict(cleared)]:
        log.deliver(note_check, event)
    assert log.item().openings[0].check == check
    assert log.names()[len(UNDER_WAY) :] == [f"item_{check}"]


@over(twice_and_shuffled(holding(), *(activity(n, 1) for n in (1, 2, 3))))
def test_b5_bank_facts_reach_the_offer_in_any_order(events):
    log = Log(*UNDER_WAY)
    for event in events:
        log.deliver(note_bank_facts(nothing_due), event)
    opening = log.item().openings[0]
    assert (opening.holding_id, opening.standing, sum(opening.uses.values())) == ("H1", "active", 3)
    assert sorted(log.names()[len(UNDER_WAY) :]) == sorted(
        ["item_opened", "item_activated", "item_active", *["item_used"] * 3]
    )


@pytest.mark.parametrize("reference", [None, "", "old-core-17", "a.b", "lead.mobile.x", ".mobile.1"])
def test_facts_of_other_holdings_are_not_ours(reference):
    react = note_bank_facts(nothing_due)
    assert react(holding(reference)) == []
    assert react(activity(1, opening=reference)) == []
    assert react(recorded(UnitRecorded("O011", "营业部", "Main", "outlet", None, TODAY))) == []


def test_a_reference_of_our_form_that_we_never_gave_out_is_not_swallowed():
    with pytest.raises(RuleBroken) as caught:
        Log(*UNDER_WAY).deliver(note_bank_facts(nothing_due), holding(f"{LEAD}.mobile.9"))
    assert caught.value.code == "unknown_opening"


class Bank(Log):
    """A log whose due list is fed with the bank's facts and with what the log makes of them."""

    def __init__(self, *history):
        super().__init__(*history)
        self.documents = {}
        self.folded = 0
        self.fold_own()

    def fold_own(self):
        own = self.streams.get(f"offer-{LEAD}", [])
        for n, event in enumerate(own[self.folded :], self.folded + 1):
            ITEMS_DUE.fold(self.documents, [recorded(event, f"offer-{LEAD}", n, "bundling", n)])
        self.folded = len(own)

    def due(self, _recorded, closed: date):
        on = closed.isoformat()
        found = [{"_id": key, **one} for key, one in self.documents.items() if one["wake"] and one["wake"] <= on]
        return due_openings(found, on)

    def play(self, events, *, own_late=False):
        for event in events:
            ITEMS_DUE.fold(self.documents, [event])
            self.deliver(note_bank_facts(self.due), event)
            if not own_late:
                self.fold_own()


STORY = [holding(), activity(1, 3), day_closed(1), day_closed(60), day_closed(61), day_closed(62)]


@pytest.mark.parametrize("own_late", [True, False])
def test_b5_the_close_of_a_day_finds_what_fell_asleep(own_late):
    bank = Bank(*UNDER_WAY)
    bank.play([event for event in STORY for _ in range(2)], own_late=own_late)
    assert bank.names()[len(UNDER_WAY) :] == [
        "item_opened",
        "item_used",
        "item_activated",
        "item_active",
        "item_dormant",
    ]
    assert bank.item().openings[0].since == day(61)


def test_b5_a_bank_that_closes_many_days_at_once_gets_the_same_dates():
    bank = Bank(*UNDER_WAY)
    bank.play([holding(), activity(1, 3), activity(70, 3), day_closed(131)])
    dates = [
        (type_of(event), event.on)
        for event in bank.streams[f"offer-{LEAD}"]
        if type_of(event) in {"item_active", "item_dormant"}
    ]
    assert dates == [
        ("item_active", day(1)),
        ("item_dormant", day(61)),
        ("item_active", day(70)),
        ("item_dormant", day(130)),
    ]


def test_b5_a_day_wakes_only_what_is_due():
    bank = Bank(*UNDER_WAY)
    bank.play([holding(), activity(1, 3)])
    assert bank.due(None, day(60)) == {}
    assert bank.due(None, day(61)) == {LEAD: (OPENING,)}
    bank.play([day_closed(61)])
    assert bank.due(None, day(400)) == {}


def test_b5_what_was_closed_is_never_due():
    bank = Bank(*UNDER_WAY)
    bank.play([holding(), activity(1, 3), holding(closed_on=day(9), version=2)])
    assert bank.due(None, day(400)) == {}


def test_offer_streams_are_named_after_their_leads():
    assert OFFER.stream(LEAD) == f"offer-{LEAD}"


def turns_of(bank):
    turns = {"item_active", "item_dormant"}
    return [(type_of(one), one.on) for one in bank.streams[f"offer-{LEAD}"] if type_of(one) in turns]


AWAKENED = [holding(), *(activity(n, 1) for n in (8, 9, 10))]


@pytest.mark.parametrize("own_late", [True, False])
def test_b5_a_correction_that_takes_active_away_makes_dormant_at_the_next_close(own_late):
    bank = Bank(*UNDER_WAY)
    bank.play([*AWAKENED, activity(10, 0, version=2)], own_late=own_late)
    bank.fold_own()
    bank.play([day_closed(11), day_closed(70)])
    assert turns_of(bank) == [("item_active", day(10)), ("item_dormant", day(10))]


def test_b5_a_wrong_row_that_wakes_and_is_corrected_falls_asleep_again_on_its_day():
    bank = Bank(*UNDER_WAY)
    bank.play([*AWAKENED, day_closed(68), activity(20, 3), day_closed(69), activity(20, 0, version=2), day_closed(70)])
    assert turns_of(bank) == [
        ("item_active", day(10)),
        ("item_dormant", day(68)),
        ("item_active", day(68)),
        ("item_dormant", day(68)),
    ]
    bank.play([day_closed(71), day_closed(300)])
    assert len(turns_of(bank)) == 4


TOLD = st.lists(
    st.one_of(
        st.tuples(st.just(activity), st.integers(0, 130), st.sampled_from([0, 1, 3])),
        st.tuples(st.just(day_closed), st.integers(0, 200)),
    ),
    max_size=20,
)


@over(TOLD)
def test_b5_the_list_of_what_is_due_finds_what_a_look_at_everything_would(told):
    """However rows are corrected, and whenever days are closed."""
    listed, looked = Bank(*UNDER_WAY), Log(*UNDER_WAY)
    everything = note_bank_facts(lambda _recorded, _day: {LEAD: (OPENING,)})
    events = [make(*said, version=n) for n, (make, *said) in enumerate(told, 1)]
    for event in (holding(), *events):
        listed.play([event])
        looked.deliver(everything, event)
    assert listed.streams == looked.streams
