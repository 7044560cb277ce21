"""What others' facts, and our own, ask of leads: staff and their rosters, and the leads that linkage spawns."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from services.leads.calendar import DAY
from services.leads.domain.commands import AssignOwner, ExpireLead, HandOver, NamedManager, NoteContact, OpenLead
from services.leads.domain.handover import HANDOVER, AdvanceHandover
from services.leads.domain.lead import LEAD
from services.leads.domain.post import POST, NoteDeparture, PostStaff, roster_of
from services.leads.domain.roster import ROSTER, DealLead, DealWaiting, JoinRoster, LeaveRoster
from services.leads.domain.worklog import WORKLOG, CountMonth, month_of
from services.leads.events import DealingPaused, LeadDealt, LeadRouted, Origin, StaffPosted, Tier
from services.leads.rules import HANDOVER_BATCH, goes_to_roster
from services.leads.segments import Habits
from services.leads.work_events import ContactLogged, HandoverAdvanced, HandoverEvent, HandoverOrdered
from services.linkage.events import OpportunitySpawned, OpportunityWithdrawn
from services.registry.events import DayClosed, StaffLeft, StaffMoved, StaffRecorded
from shared.core.ids import derived
from shared.core.months import month_over
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

STAFF_FACTS = (StaffRecorded, StaffLeft, StaffMoved)
DAY_FACTS = (DayClosed,)
ROSTER_FACTS = (StaffPosted, LeadRouted, LeadDealt, DealingPaused)
HANDOVER_FACTS = (HandoverOrdered, HandoverAdvanced)
CONTACT_FACTS = (ContactLogged,)
Known = tuple[Tier | None, NamedManager | None]
"""Of a customer: their value tier and their own manager."""
Worked = tuple[str, str]
"""Who logged contacts, and in which month."""
OPPORTUNITY_FACTS = (OpportunitySpawned, OpportunityWithdrawn)


def post_staff(recorded: Recorded) -> list[Intent]:
    """Registry's staff → where each serves, and what is to be handed over once they left or moved (rule R4)."""
    match recorded.event:
        case StaffRecorded() as staff:
            command = PostStaff(
                staff_id=staff.staff_id,
                name=staff.name,
                unit_id=staff.unit_id,
                line=staff.line,
                role=staff.role,
                valid_from=staff.valid_from,
                valid_to=staff.valid_to,
                seq=recorded.version,
                on=staff.business_date,
            )
            return [Intent(POST, staff.staff_id, command)]
        case StaffLeft(staff_id=who, unit_id=unit_id, line=line, role=role, last_day=last_day, business_date=on):
            left = NoteDeparture(who, unit_id, line, role, "left", last_day + DAY, recorded.version, on)
            return [Intent(POST, who, left)]
        case StaffMoved(staff_id=who, since=since, business_date=on) as m:
            before, to = (m.from_unit_id, m.from_line, m.from_role), (m.to_unit_id, m.to_line, m.to_role)
            return [Intent(POST, who, NoteDeparture(who, *before, "moved", since, recorded.version, on, to))]
    return []


def run_rosters(recorded: Recorded) -> list[Intent]:
    """Our own facts → rosters that know who serves, leads dealt to them, and leads that get their owner."""
    match recorded.event:
        case StaffPosted() as posted:
            return _move(posted, recorded.version)
        case LeadRouted(queue=str() as queue, rule=rule) as routed if goes_to_roster(rule):
            return [Intent(ROSTER, queue, DealLead(queue, routed.lead_id, routed.line, routed.on))]
        case DealingPaused(queue=queue):
            return [Intent(ROSTER, queue, DealWaiting(queue))]
        case LeadDealt() as dealt:
            assign = AssignOwner(
                line=dealt.line,
                staff_id=dealt.staff_id,
                unit_id=dealt.unit_id,
                reason=dealt.reason,
                rule=dealt.rule,
                rules_version=dealt.rules_version,
                on=dealt.on,
            )
            return [Intent(LEAD, dealt.lead_id, assign)]
    return []


def both(one: Reaction, other: Reaction) -> Reaction:
    """Two reactions that share a place in the log."""
    return lambda recorded: [*one(recorded), *other(recorded)]


def count_work(uncounted: Callable[[str], Iterable[Worked]]) -> Reaction:
    """A month is over → what everybody's contacts of it come to (rule L10): when its last day closes, or where that
    never does, as in a bank that closes working days only, a later one. ``uncounted``: of all months up to one.
    """

    def react(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                return [
                    Intent(WORKLOG, month_of(staff_id, month), CountMonth(month, day))
                    for staff_id, month in uncounted(month_over(day))
                ]
        return []

    return react


def note_contacts(recorded: Recorded) -> list[Intent]:
    """A contact that somebody logged for a lead → the lead's first contact (rule L7)."""
    match recorded.event:
        case ContactLogged(lead_id=str() as lead_id) as told:
            note = NoteContact(told.contact_id, told.customer_id, told.staff_id, told.on)
            return [Intent(LEAD, lead_id, note)]
    return []


def carry_out_handovers(left: Callable[[HandoverEvent, Recorded], Sequence[str]]) -> Reaction:
    """An order → the leads that change hands, a round at a time. ``left`` finds those that still have to, at most a
    batch of them; what changed hands already does not do so again.
    """

    def carry_out(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case HandoverOrdered() as ordered:
                return _round(ordered, 1, left(ordered, recorded))
            case HandoverAdvanced(done=False, round=number) as advanced:
                return _round(advanced, number + 1, left(advanced, recorded))
        return []

    return carry_out


def _round(order: HandoverEvent, number: int, lead_ids: Sequence[str]) -> list[Intent]:
    wish = HandOver(
        order.handover_id, order.line, order.from_id, order.to_id, order.to_unit_id, order.on, order.unit_id
    )
    advance = AdvanceHandover(number, len(lead_ids), done=len(lead_ids) < HANDOVER_BATCH)
    return [*(Intent(LEAD, lead_id, wish) for lead_id in lead_ids), Intent(HANDOVER, order.handover_id, advance)]


def _move(posted: StaffPosted, seq: int) -> list[Intent]:
    intents: list[Intent] = []
    queue = roster_of(posted.role, posted.unit_id)
    if queue is not None:
        join = JoinRoster(queue, posted.staff_id, posted.unit_id, posted.valid_from, posted.valid_to, seq)
        intents.append(Intent(ROSTER, queue, join))
    if posted.left_queue is not None:
        intents.append(Intent(ROSTER, posted.left_queue, LeaveRoster(posted.left_queue, posted.staff_id, seq)))
    return intents


def follow_opportunities(
    known: Callable[[str, date], Known], habits: Callable[[str, date], Habits | None] = lambda _id, _on: None
) -> Reaction:
    """Each opportunity is a joint lead; where linkage takes one back, its lead expires, unless it has ended.

    ``known`` and ``habits`` tell what is known of a customer on a day.
    """

    def follow(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case OpportunitySpawned(opportunity_id=opportunity_id, customer_id=customer_id, on=on) as spawned:
                wish = _open(spawned, *known(customer_id, on), habits(customer_id, on))
                return [Intent(LEAD, lead_of(opportunity_id), wish)]
            case OpportunityWithdrawn(opportunity_id=opportunity_id, reason=reason, on=on):
                return [Intent(LEAD, lead_of(opportunity_id), ExpireLead(reason, on))]
        return []

    return follow


def lead_of(opportunity_id: str) -> str:
    """The lead of an opportunity: the same however often it is delivered."""
    return derived("lead", opportunity_id)


def _open(
    spawned: OpportunitySpawned, tier: Tier | None, manager: NamedManager | None, habits: Habits | None
) -> OpenLead:
    """The winner opens it: that side is theirs, the other belongs to the party's outlet (rule K1)."""
    return OpenLead(
        lead_id=lead_of(spawned.opportunity_id),
        customer_id=spawned.customer_id,
        customer_kind=spawned.customer_kind,
        need=f"{spawned.product}: {spawned.relationship} of {spawned.from_id} ({spawned.rule})",
        products=(spawned.product,),
        source="linkage",
        opened_by=spawned.winner_id,
        opened_by_line=spawned.winner_line,
        unit_id=spawned.winner_unit_id,
        outlet_id=spawned.outlet_id,
        value_minor=0,
        on=spawned.on,
        origin=Origin(
            opportunity_id=spawned.opportunity_id,
            root_lead_id=spawned.root_lead_id,
            parent_lead_id=spawned.parent_lead_id,
            ancestors=spawned.ancestors,
            hop=spawned.hop,
        ),
        tier=tier,
        manager=manager,
        habits=habits,
    )
