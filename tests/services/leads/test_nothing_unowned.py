"""Whatever the rules, whoever leaves, moves or joins, and however time passes: no lead is ever lost. Rules L3 and L9."""

from datetime import date
from itertools import count

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.leads import rules
from services.leads.departures import command_id, given_back
from services.leads.domain.commands import (
    AcceptSplit,
    ClaimSide,
    ExpireLead,
    InvitePartner,
    Leader,
    LoseLead,
    NamedManager,
    NoteContact,
    ProposeSplit,
    ReopenLead,
    WithdrawSplit,
)
from services.leads.domain.group_commands import JoinLine, LeaveLine, NameLeader, Post
from services.leads.domain.handover import HANDOVER, OrderHandover
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.domain.roster import ROSTER
from services.leads.domain.state import OPEN
from services.leads.events import LeadDealt, LeadRouted, LeadWaited
from services.leads.group_events import GroupRouted
from services.leads.overdue import command_id as clock_id
from services.leads.overdue import due
from services.leads.projections import LEADS, STAFF, served
from services.leads.reactions import carry_out_handovers, post_staff, run_rosters
from services.leads.segments import Habits
from services.registry.events import StaffLeft, StaffMoved, StaffRecorded
from shared.core.errors import RuleBroken
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from tests.services.leads.examples import ORIGIN, Running, opening, recorded

PLACES = {
    "S1": ("O1", "corporate", "corporate"), "S2": ("O2", "corporate", "corporate"), "S3": ("O1", "retail", "retail"),
    "S4": ("O1", "retail", "retail"), "S5": ("O2", "retail", "retail"), "S6": ("HO", "cards", "product"),
    "S7": ("HO", "ebanking", "product"), "S8": ("O1", "management", "branch"),
}  # fmt: skip
"""Unit, line and role of each person when the story begins."""
UNITS = ("O1", "O2", "HO")
ALL = frozenset(UNITS)
SINCE, START, END = date(2019, 4, 1), date(2026, 9, 1), date(2026, 12, 1)
ADD = date.fromordinal

people = st.sampled_from(sorted(PLACES))
leads = st.sampled_from(("l1", "l2", "l3"))
habits = st.sampled_from((None, Habits(1, 99), Habits(10**12, 0)))
tables = st.lists(
    st.tuples(
        st.sampled_from(("opener", "partner")),
        *(st.sampled_from((None, True, False)) for _ in range(3)),
        st.sampled_from(("manager", "electronic", "roster", "outlet")),
    ),
    max_size=5,
)
steps = st.one_of(
    st.tuples(st.just("open"), leads, people, st.sampled_from(("company", "person")), st.booleans(), habits, people),
    st.tuples(st.sampled_from(("left", "back")), people),
    st.tuples(st.just("moved"), people, people),
    st.tuples(st.just("invite"), leads, people, people),
    st.tuples(st.just("claim"), leads, people, st.sampled_from(("corporate", "retail", "cards"))),
    st.tuples(st.sampled_from(("join", "leader")), leads, people, people),
    st.tuples(st.just("leave"), leads, people),
    st.tuples(st.just("split"), leads, people),
    st.tuples(st.sampled_from(("withdraw", "contact", "lose", "reopen", "expire")), leads, people),
    st.tuples(st.just("handover"), people, people),
    st.tuples(st.just("days"), st.integers(1, 9)),
    st.tuples(st.just("settle")),
    st.tuples(st.just("sweep")),
)


class Branch:
    """Leads' whole log in memory, its reactions and timers, and the staff that registry tells of."""

    def __init__(self):
        self.running, self.today, self.ids = Running("leads"), START, count()
        self.places, self.gone, self.seq = dict(PLACES), set(), dict.fromkeys(PLACES, 0)
        for who in PLACES:
            self.post(who)

    def tell(self, who, fact):
        self.seq[who] += 1
        self.running.deliver(post_staff, recorded(fact, f"staff-{who}", self.seq[who], "registry"))

    def post(self, who, until=None):
        unit, line, role = self.places[who]
        self.tell(who, StaffRecorded(who, who, unit, line, role, None, SINCE, until, self.today))

    def wish(self, decider, key, command):
        try:
            self.running.executor.execute(Intent(decider, key, command), Meta(f"w{next(self.ids)}", "test"))
        except RuleBroken:
            return  # refused, with its rule: then nothing happened

    def documents(self, projection):
        found = {}
        projection.fold(found, self.running.events())
        return found

    def post_of(self, who):
        unit, line, role = self.places[who]
        return Post(role, unit, SINCE, ADD(self.today.toordinal() - 1) if who in self.gone else None, line)

    def settle(self):
        self.running.settle(run_rosters)
        self.running.settle(carry_out_handovers(self.left))

    def left(self, order, _cause):
        """As ``to_hand_over`` asks the database."""
        shown = self.documents(LEADS).values()
        mine = [one for one in shown if one["sides"].get(order.line, {}).get("owner_id") == order.from_id]
        there = [one for one in mine if order.unit_id in {None, one["sides"][order.line]["unit_id"]}]
        return sorted(one["lead_id"] for one in there if one["status"] in OPEN)

    def sweep(self):
        """What the timers do: each twice, as two processes would."""
        for _ in range(2):
            staff = [one for one in self.documents(STAFF).values() if one.get("handovers")]
            for lead in self.documents(LEADS).values():
                if lead["status"] not in OPEN:
                    continue
                clock = lead["first_contact"]
                if clock and clock["due_on"] and not clock["made"] and (wish := due(lead, self.today)):
                    self.carry_out(lead, wish, clock_id(lead, wish))
                for back in given_back(lead, staff, self.today):
                    self.carry_out(lead, back, command_id(lead, back))

    def carry_out(self, lead, command, name):
        self.running.executor.execute(Intent(DECIDER, lead["lead_id"], command), Meta(name, "timer"))

    # -- the steps

    def open(self, lead, by, kind, spawned, known, manager):
        unit, line, role = self.places[by]
        if role not in rules.OWNER_LINES:
            return
        manages = self.places[manager]
        named = NamedManager(manager, manages[1], manages[0]) if manages[1] in rules.OWNER_LINES else None
        tier = "key" if named and lead == "l1" else None
        wish = opening(
            lead_id=lead, opened_by=by, opened_by_line=line, unit_id=unit, outlet_id="O1", customer_kind=kind,
            origin=ORIGIN if spawned else None, tier=tier, manager=named, habits=known,
            leader=Leader("S8", "O1") if lead == "l2" and "S8" not in self.gone else None,
        )  # fmt: skip
        self.wish(DECIDER, lead, wish)

    def left_(self, who):
        unit, line, role = self.places[who]
        last = ADD(self.today.toordinal() - 1)
        self.post(who, until=last)
        if who not in self.gone:
            self.gone.add(who)
            self.tell(who, StaffLeft(who, unit, line, role, None, last, self.today))

    def back(self, who):
        self.gone.discard(who)
        self.post(who)

    def moved(self, who, like):
        before, after = self.places[who], self.places[like]
        if before == after or who in self.gone:
            return
        self.places[who] = after
        self.post(who)
        self.tell(who, StaffMoved(who, *before, *after, self.today, self.today))

    def invite(self, lead, by, who):
        self.wish(DECIDER, lead, InvitePartner(by, who, self.post_of(who), None, None, self.today))

    def claim(self, lead, by, line):
        unit, own, role = self.places[by]
        if by not in self.gone and rules.stands_for(role, own) is not None:
            self.wish(DECIDER, lead, ClaimSide(by, line, unit, self.today, rules.stands_for(role, own)))

    def join(self, lead, by, who):
        self.wish(DECIDER, lead, JoinLine(by, who, self.post_of(who), self.today))

    def leader(self, lead, by, who):
        self.wish(DECIDER, lead, NameLeader(by, who, self.post_of(by), self.post_of(who), self.today, ALL))

    def leave(self, lead, by):
        self.wish(DECIDER, lead, LeaveLine(by, "cards", "enough", self.today))

    def split(self, lead, by):
        """Proposed, and accepted by all who are asked."""
        lines = [*rules.in_order(self.state(lead).sides)]
        self.wish(DECIDER, lead, ProposeSplit(by, tuple((one, 10_000 if one == "retail" else 0) for one in lines)))
        state = self.state(lead)
        for share in state.shares:
            self.wish(DECIDER, lead, AcceptSplit(share.staff_id, None, state.offered.proposal, self.today))

    def withdraw(self, lead, by):
        self.wish(DECIDER, lead, WithdrawSplit(by))

    def contact(self, lead, by):
        opened = self.state(lead).opened
        self.wish(
            DECIDER, lead, NoteContact(f"k{next(self.ids)}", opened.customer_id if opened else "P1", by, self.today)
        )

    def lose(self, lead, by):
        self.wish(DECIDER, lead, LoseLead(by, "price", "", self.today))

    def reopen(self, lead, by):
        self.wish(DECIDER, lead, ReopenLead(by, "asked again", self.today))

    def expire(self, lead, _by):
        if self.state(lead).opened is not None:
            self.wish(DECIDER, lead, ExpireLead("held", self.today))

    def handover(self, who, to):
        key = f"h{next(self.ids)}"
        what, post = served(self.documents(STAFF)[who]), self.post_of(to)
        self.wish(HANDOVER, key, OrderHandover(key, who, to, what, post, "leaves", "S8", self.today, ALL))

    def days(self, number):
        self.today = ADD(self.today.toordinal() + number)

    def state(self, lead):
        return DECIDER.fold(one.event for one in self.running.events(f"lead-{lead}"))


def check(branch):
    for lead in ("l1", "l2", "l3"):
        state = branch.state(lead)
        if state.opened is None:
            continue
        assert set(state.sides) >= set(rules.OWNER_LINES)
        for side in (*state.sides.values(), *([state.group] if state.group else [])):
            assert (side.owner_id is None) != (side.queue is None), "an owner, or else a queue"
            assert (side.owner_id is None) == (side.unit_id is None)
        owners = [side.owner_id for side in state.sides.values() if side.owner_id]
        assert len(set(owners)) == len(owners)
    for one in branch.running.events():
        if isinstance(one.event, LeadRouted | GroupRouted | LeadDealt):
            assert one.event.reason
            assert one.event.rule
            assert one.event.rules_version == rules.ROUTING_VERSION


def check_at_rest(branch):
    """Once everything has settled and every day is over: nobody who is gone owns what is open, nor leads its group; and
    whatever the rules sent to a roster is with somebody, or on that roster's list.
    """
    for lead in ("l1", "l2", "l3"):
        state, history = branch.state(lead), [one.event for one in branch.running.events(f"lead-{lead}")]
        if state.status in OPEN:
            held = [*state.sides.items(), *([(rules.GROUP, state.group)] if state.group else [])]
            for line, side in held:
                assert side.owner_id not in branch.gone, f"{line} of {lead}"
                if side.owner_id and side.unit_id != branch.places[side.owner_id][0]:
                    raise AssertionError(f"{line} of {lead}: {side.owner_id} moved away from {side.unit_id}")
        for line, side in state.sides.items():
            last = [one for one in history if isinstance(one, LeadRouted) and one.line == line][-1]
            if side.queue and rules.goes_to_roster(last.rule):
                told = [one.event for one in branch.running.events(ROSTER.stream(side.queue))]
                assert lead in ROSTER.fold(told).waiting
                assert [one.reason for one in told if isinstance(one, LeadWaited)]


@settings(deadline=None)
@over(tables, st.lists(steps, max_size=25))
def test_l3_l9_at_every_moment_every_lead_has_an_owner_or_a_queue_and_every_decision_its_reason(table, story):
    rows = tuple(
        rules.RoutingRule(f"R{number}", side, spawned, named, to, "Drawn.", counter)
        for number, (side, spawned, named, counter, to) in enumerate(table)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "ROUTING", (*rows, *rules.ROUTING))
        branch = Branch()
        for name, *told in story:
            getattr(branch, "left_" if name == "left" else name)(*told)
            check(branch)
        branch.settle()
        branch.today = END
        branch.sweep()
        branch.settle()
        branch.sweep()
        check(branch)
        check_at_rest(branch)
