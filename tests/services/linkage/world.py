"""A small bank whose facts reach linkage in any order and more than once, and what must come of them in the end."""

import random
from datetime import UTC, date, datetime, timedelta

from services.leads.events import LeadWon, Origin, Share
from services.linkage import ended
from services.linkage.domain.party import PARTY
from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from services.linkage.projections import CALENDAR, PARTIES
from services.linkage.reactions import carry_reach, note_registry, note_wins
from services.registry.events import (
    CustomerErased,
    CustomerRecorded,
    DayClosed,
    HoldingMoved,
    HoldingRecorded,
    RelationshipRecorded,
)
from shared.core.ids import derived
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent, follow
from shared.core.recorded import Meta, Recorded
from shared.runtime.execute import Executor

DAY = date(2026, 9, 3)
NOON = datetime(2026, 9, 3, 12, tzinfo=UTC)
COMPANY, PERSON = "C000001", "P000007"
ZHANG, LI = "S0021", "S0031"
OUTLET = "O01"


def day(offset):
    return DAY + timedelta(days=offset)


def recorded(event, stream, version=1, service="registry"):
    return Recorded(service, stream, version, 0, version, NOON, event, Meta("c", "test"))


def customer(customer_id, version=1, kind=None, outlet=OUTLET, corporate=False):
    kind = kind or ("company" if customer_id.startswith("C") else "person")
    event = CustomerRecorded(customer_id, kind, "someone", "", None, outlet, None, True, corporate, DAY)
    return recorded(event, f"customer-{customer_id}", version)


def erased(customer_id=PERSON, version=20):
    return recorded(CustomerErased(customer_id, "asked for it"), f"customer-{customer_id}", version)


def closed(on):
    """The end-of-day feed of a day."""
    return recorded(DayClosed(day(on)), f"day-{day(on)}")


def edge(to_id=PERSON, from_id=COMPANY, version=1, kind="employee", since=-900, until=None, consent=True, sure=9_000):
    ends = None if until is None else day(until)
    event = RelationshipRecorded(from_id, to_id, kind, day(since), ends, "payroll", sure, consent, DAY)
    return recorded(event, f"relationship-{from_id}.{to_id}.{kind}", version)


def holding(customer_id=PERSON, product="mobile", opened=-30, closed=None, ref=None, version=1, holding_id=None):
    name = holding_id or f"H-{customer_id}-{product}"
    ends = None if closed is None else day(closed)
    event = HoldingRecorded(name, customer_id, product, OUTLET, day(opened), ends, ref, DAY)
    return recorded(event, f"holding-{name}", version)


def moved(holding_id, from_id=PERSON, to_id="P000008", version=2):
    """The word on whose a holding no longer is; that on whose it is comes behind it."""
    return recorded(HoldingMoved(holding_id, from_id, to_id, DAY), f"holding-{holding_id}", version)


def win(lead_id="l1", customer_id=COMPANY, products=("payroll",), on=0, origin=None, value=100, shares=None):
    company = customer_id.startswith("C")
    parts = shares or (Share("corporate", ZHANG, OUTLET, 3_000), Share("retail", LI, "O02", 7_000))
    event = LeadWon(
        lead_id, customer_id, "company" if company else "person", "corporate" if company else "retail", products, parts,
        LI, "O02", OUTLET, value, day(on), origin,
    )  # fmt: skip
    return recorded(event, f"lead-{lead_id}", 9, "leads")


def won_of(pair, lead_id, on, root="l1", parent="l1", ancestors=None, hop=1, value=7):
    """The win of an opportunity that an earlier win brought."""
    from_id, to_id, product = pair
    came = Origin(derived(*pair), root, parent, ancestors or (from_id,), hop)
    return win(lead_id, to_id, (product,), on, came, value)


def origin(opportunity_id="opp-1", root="l0", parent="l0", ancestors=("C000009",), hop=1):
    return Origin(opportunity_id, root, parent, ancestors, hop)


class World:
    """Linkage's log in memory; every command runs once, however often its cause is delivered."""

    def __init__(self):
        self.store = MemoryStore("linkage")
        self.told = []
        self.executor = Executor(self.store, lambda: NOON)

    def deliver(self, *events):
        reactions = {"registry": note_registry, "leads": note_wins, "linkage": carry_reach}
        self.told += [event for event in events if event.service != "linkage"]
        work = []
        for event in events:
            reaction = reactions[event.service]
            work += [(intent, follow(event, reaction.__name__, intent)) for intent in reaction(event)]
        self.executor.execute_many(work)
        return self

    def events(self, kind=None):
        self.store.number()
        return [one for one in self.store.stream(0) if kind is None or isinstance(one.event, kind)]

    def look(self):
        """What the timer does: whether it found something to do."""
        calendar, parties = self.shown(CALENDAR).get("bank"), self.shown(PARTIES)
        due = [
            (customer_id, party)
            for customer_id, party in parties.items()
            if calendar and party["winning"] and party["ends"] and party["ends"]["on"] <= calendar["closed"]
        ]
        for customer_id, party in due:
            intent = Intent(PARTY, customer_id, ended.wish(calendar["closed"], customer_id))
            name = ended.command_id(calendar["closed"], customer_id, party)
            for _ in range(2):
                self.executor.execute(intent, Meta(command_id=name, actor="K4"))
        return bool(due)

    def shown(self, projection):
        documents = {}
        projection.fold(documents, self.events())
        return documents

    def settle(self, *events):
        """Deliver facts, and then linkage's own events until nothing new follows."""
        self.deliver(*events)
        done = set()
        while (fresh := [one for one in self.events() if one.id not in done]) or self.look():
            self.deliver(*fresh)
            done |= {one.id for one in fresh}
        return self

    def settle_in_disorder(self, events, chance: random.Random):
        """The same, with facts and own events mixed, each delivered once or twice, in any order that keeps the one of
        each of our own streams: that order a subscription promises. The timer looks now and then. The win of an
        opportunity comes after the opportunity; where there never was one, that win is left out.
        """
        waiting, seen = [*events, *(event for event in events if chance.random() < 0.4)], set()
        while waiting or (waiting := [one for one in self.events() if one.id not in seen]) or self.look():
            possible = [event for event in waiting if self._can_be(event)]
            event = possible[chance.randrange(len(possible))] if possible else None
            if event is not None:
                event = min((one for one in possible if _same_place(one, event)), key=lambda one: one.version)
                waiting.remove(event)
                self.deliver(event)
                seen.add(event.id)
            if event is None or chance.random() < 0.5:
                fresh = [one for one in self.events() if one.id not in seen and one not in waiting]
                waiting = [*waiting, *fresh] if event is not None or fresh else []
            if chance.random() < 0.1:
                self.look()
        return self

    def _can_be(self, event):
        """Whether a fact may be known: nobody wins an opportunity that never was."""
        came = event.event.origin if isinstance(event.event, LeadWon) else None
        made_up = came is None or came.opportunity_id.startswith("opp")
        return made_up or any(one.opportunity_id == came.opportunity_id for one in self.spawned())

    def spawned(self):
        return [one.event for one in self.events(OpportunitySpawned)]

    def open(self):
        """The opportunities that stand, as (from, to, product)."""
        standing = {}
        for one in self.events((OpportunitySpawned, OpportunityWithdrawn)):
            event = one.event
            if isinstance(event, OpportunitySpawned):
                assert event.opportunity_id not in standing, "spawned twice"
                standing[event.opportunity_id] = (event.from_id, event.customer_id, event.product)
            else:
                del standing[event.opportunity_id]
        return set(standing.values())


def _same_place(one, event):
    return one.stream == event.stream if event.service == "linkage" else one is event


def newest(events, kind):
    """The last word on each thing."""
    last = {}
    for event in events:
        if isinstance(event.event, kind):
            known = last.get(event.stream)
            last[event.stream] = event if known is None or event.version > known.version else known
    return [event.event for event in last.values()]


def expected(events):
    """Rule K1 with K4 and K5 said once more, plainly, over all the facts at once."""
    people = {c.customer_id for c in newest(events, CustomerRecorded) if c.kind == "person"}
    gone = {c.customer_id for c in newest(events, CustomerErased)}
    holdings = newest(events, HoldingRecorded)
    over = max((d.business_date for d in newest(events, DayClosed)), default=date.min)
    wins = newest(events, LeadWon)

    def held(person, on):
        return any(
            h.customer_id == person and h.product == "mobile"
            and (h.opened_on < on or (h.opened_on == on and not h.opening_ref))
            and not (h.closed_on and h.closed_on <= on)
            for h in holdings
        )  # fmt: skip

    standing = {
        (w.customer_id, e.to_id, "mobile")
        for w in wins
        for e in newest(events, RelationshipRecorded)
        if w.customer_id == e.from_id and w.line == "corporate"
        and {"payroll", "corporate_ebank", "settlement"} & set(w.products)
        and e.kind in {"employee", "owner", "legal_representative", "finance_staff"}
        and e.consent and e.valid_from <= w.on and not (e.valid_to and e.valid_to < w.on)
        and not (e.valid_to and e.valid_to <= over)
        and (w.on < date(2026, 12, 1) or e.confidence_bps >= 5_000)
        and (w.origin.hop if w.origin else 0) < 2
        and e.to_id not in (e.from_id, *(w.origin.ancestors if w.origin else ()))
        and e.to_id in people - gone and not held(e.to_id, w.on)
    }  # fmt: skip
    return standing | {
        (w.origin.ancestors[-1], w.customer_id, "mobile")
        for w in wins
        if w.origin and not w.origin.opportunity_id.startswith("opp")
    }
