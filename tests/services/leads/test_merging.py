"""Two leads become one, and two again. Rule L4."""

import random

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.domain.commands import (
    AbsorbLead,
    AcceptSplit,
    AssignOwner,
    ClaimSide,
    ExpireLead,
    HandOver,
    InvitePartner,
    LoseLead,
    MergeLead,
    MissFirstContact,
    NoteContact,
    OpenLead,
    ProposeSplit,
    QualifyLead,
    ReachStage,
    ReleaseLead,
    ReopenLead,
    RerouteMissed,
    UnmergeLead,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.duplicate_reactions import follow_merges
from services.leads.duplicate_rules import MERGED
from services.leads.events import (
    Holder,
    LeadAbsorbed,
    LeadExpired,
    LeadLost,
    LeadMerged,
    LeadReleased,
    LeadUnmerged,
    LeadWon,
    SplitProposed,
    SplitVoided,
)
from services.leads.projections import DUPLICATES, LEADS, VISITS_DUE, to_hand_over
from services.leads.projections.duplicates import pair_of
from shared.core.errors import RuleBroken
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    COMPANY,
    DAY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    ORIGIN,
    OUTLET,
    POST,
    SPAWNED,
    WANG,
    WON,
    ZHANG,
    Running,
    opening,
    owned,
    proposed,
    queued,
    recorded,
    shares,
)
from tests.services.leads.test_properties import wishes

CHIEF, BRANCH, NOBODYS = "S0003", frozenset({"branch"}), frozenset[str]()
ZHANGS, LIS = Holder("corporate", ZHANG, OUTLET), Holder("retail", LI, OUTLET)
LOST = LeadLost(LEAD, "price", "", LI, NEXT)


def merging(history, **changes):
    wish = {
        "into_id": "older", "into": DECIDER.fold(history), "same_customer": True, "reason": "same plant",
        "by": CHIEF, "roles": BRANCH, "on": NEXT,
    }  # fmt: skip
    return MergeLead(**wish | changes)


def merged(owners=(ZHANGS, LIS), split=(), into="older", merge=1, by=CHIEF):
    return LeadMerged(LEAD, COMPANY, into, merge, owners, split, "same plant", by, 1, NEXT)


ABSORB = AbsorbLead("younger", 1, (ZHANGS, LIS), (), NEXT)
ABSORBED = LeadAbsorbed(LEAD, "younger", 1, (ZHANGS, LIS), (), (), NEXT)
RELEASE = ReleaseLead("younger", "two plants", CHIEF, BRANCH, NEXT)
RELEASED = LeadReleased(LEAD, "younger", 1, "two plants", CHIEF, NEXT)
UNMERGED = LeadUnmerged(LEAD, "older", 1, "two plants", CHIEF, NEXT)
ADOPTED = owned("retail", LI, MERGED, "Owns younger, which was merged into this one.", NEXT)


def test_l4_a_merge_keeps_what_each_had_in_the_lead():
    given(DECIDER, *ACTIVE).when(merging(OPENED)).then(merged(split=shares()))
    given(DECIDER, *ACTIVE, merged(split=shares())).when(merging(OPENED)).nothing()
    given(DECIDER, *OPENED).when(merging(ACTIVE)).then(merged(owners=(ZHANGS,)))
    assert sum(share.bps for share in merged(split=shares()).shares) == rules.FULL_BPS


@pytest.mark.parametrize(
    ("history", "wish", "code"),
    [
        (JOINT, {"into": DECIDER.initial}, "no_survivor"),
        (JOINT, {"into_id": LEAD}, "same_lead"),
        (JOINT, {"into": DECIDER.fold((*JOINT, msgspec.structs.replace(ABSORBED, merged_id=LEAD)))}, "same_lead"),
        (JOINT, {"same_customer": False}, "other_customer"),
        (JOINT, {"into": DECIDER.fold((*JOINT, merged()))}, "survivor_merged"),
        (JOINT, {"into": DECIDER.fold((*JOINT, LOST))}, "survivor_ended"),
        ((*ACTIVE, WON), {}, "won_stays_won"),
        ((*JOINT, merged(into="another")), {}, "merged_already"),
        (JOINT, {"roles": NOBODYS}, "may_not_merge"),
        (JOINT, {"roles": NOBODYS, "by": LI}, "may_not_merge"),
    ],
)
def test_l4_what_cannot_be_merged_says_why(history, wish, code):
    given(DECIDER, *history).when(merging(OPENED, **wish)).refused(code, rule="L4")


def test_l4_the_branch_decides_or_who_owns_a_side_of_both():
    given(DECIDER, *JOINT).when(merging(OPENED, by=ZHANG, roles=NOBODYS)).then(merged(by=ZHANG))
    given(DECIDER).when(merging(OPENED)).refused("not_opened", rule="L1")


@pytest.mark.parametrize(
    "wish",
    [
        InvitePartner(ZHANG, WANG, POST, None, None, NEXT),
        ClaimSide(WANG, "retail", OUTLET, NEXT),
        ProposeSplit(ZHANG, (("corporate", 5_000), ("retail", 5_000))),
        WithdrawSplit(ZHANG),
        AcceptSplit(ZHANG, "corporate", 1, NEXT),
        ReachStage(ZHANG, "design", None, NEXT),
        QualifyLead(ZHANG, NEXT),
        WinLead(ZHANG, ("payroll",), None, NEXT),
        LoseLead(ZHANG, "price", "", NEXT),
        ReopenLead(ZHANG, "again", NEXT),
    ],
)
def test_l4_a_merged_lead_is_not_worked_and_names_the_one_that_is(wish):
    refused = given(DECIDER, *ACTIVE, merged()).when(wish).refused("lead_merged", rule="L4")
    assert refused.named == {"lead_id": "older"}


def test_l7_l4_no_clock_runs_for_a_merged_lead():
    for wish in (MissFirstContact(ZHANG, DAY, NEXT), RerouteMissed(ZHANG, NEXT)):
        assert given(DECIDER, *OPENED).when(MissFirstContact(ZHANG, DAY, NEXT)).decide()
        given(DECIDER, *OPENED, merged()).when(wish).nothing()


def test_l4_what_comes_by_itself_goes_on_beneath():
    expired = LeadExpired(LEAD, "held_before_win", NEXT)
    given(DECIDER, *SPAWNED, merged()).when(ExpireLead("held_before_win", NEXT)).then(expired)
    assert DECIDER.fold((*SPAWNED, merged(), expired)).status == "merged"
    assert DECIDER.fold((*SPAWNED, merged(), expired, UNMERGED)).status == "expired"
    (contact,) = given(DECIDER, *JOINT, merged()).when(NoteContact("k1", COMPANY, LI, NEXT)).decide()
    assert contact.contact_id == "k1"
    assign = AssignOwner("retail", WANG, OUTLET, "turn", rules.DEALT, 2, NEXT)
    assert given(DECIDER, *SPAWNED, merged()).when(assign).decide()
    moved = given(DECIDER, *JOINT, merged()).when(HandOver("h1", "retail", LI, WANG, OUTLET, NEXT)).decide()
    assert DECIDER.fold((*JOINT, merged(), *moved, UNMERGED)).sides["retail"].owner_id == WANG


def test_l9_l4_a_leavers_merged_leads_change_hands_too():
    rests = {"status": "merged", "lost": None, "expired": None}
    assert to_hand_over("retail", LI, NEXT, None)["$or"][2] == rests


def test_l3_l4_a_side_that_waits_takes_the_merged_leads_owner():
    adopts = msgspec.structs.replace(ABSORBED, adopted=("retail",))
    given(DECIDER, *OPENED).when(ABSORB).then(adopts, ADOPTED)
    given(DECIDER, *OPENED, adopts, ADOPTED).when(ABSORB).nothing()
    given(DECIDER, *JOINT).when(ABSORB).then(ABSORBED)
    own = msgspec.structs.replace(ABSORB, owners=(Holder("retail", ZHANG, OUTLET),))
    given(DECIDER, *OPENED).when(own).then(msgspec.structs.replace(ABSORBED, owners=own.owners))


def test_l2_l4_the_survivors_split_stands_beside_the_merged_leads():
    wang = shares(retail_owner=WANG)
    claims = msgspec.structs.replace(ABSORB, shares=wang)
    kept = msgspec.structs.replace(ABSORBED, shares=wang)
    given(DECIDER, *ACTIVE).when(claims).then(kept)
    assert DECIDER.fold((*ACTIVE, kept)).shares == shares()


def test_l4_a_survivor_that_ended_or_was_merged_meanwhile_lets_go():
    for history, status in (((*JOINT, LOST), "lost"), ((*JOINT, merged()), "merged")):
        given(DECIDER, *history).when(ABSORB).then(LeadReleased(LEAD, "younger", 1, f"{LEAD} is {status}.", None, NEXT))
    given(DECIDER, *ACTIVE, WON).when(ABSORB).then(ABSORBED)


def test_l4_to_undo_gives_back_what_the_merge_took():
    adopts = msgspec.structs.replace(ABSORBED, adopted=("retail",))
    given(DECIDER, *OPENED, adopts, ADOPTED).when(RELEASE).then(RELEASED, queued("retail"))
    given(DECIDER, *OPENED, adopts, ADOPTED, RELEASED, queued("retail")).when(RELEASE).nothing()
    given(DECIDER, *OPENED, adopts, ADOPTED, proposed()).when(RELEASE).then(
        RELEASED, SplitVoided(LEAD, 1, None, "owner_changed", None), queued("retail")
    )
    given(DECIDER, *OPENED, adopts, ADOPTED, owned("retail", WANG)).when(RELEASE).then(RELEASED)
    given(DECIDER, *JOINT, ABSORBED).when(RELEASE).then(RELEASED)
    given(DECIDER, *JOINT).when(RELEASE).refused("not_merged", rule="L4")


def test_l4_who_may_merge_may_undo_it():
    alone = msgspec.structs.replace(RELEASE, roles=NOBODYS)
    given(DECIDER, *JOINT, ABSORBED).when(alone).refused("may_not_merge", rule="L4")
    both = msgspec.structs.replace(alone, by=ZHANG)
    given(DECIDER, *JOINT, ABSORBED).when(both).then(msgspec.structs.replace(RELEASED, by=ZHANG))


def test_l4_l11_what_is_won_since_the_merge_is_won_for_both_and_stays_merged():
    given(DECIDER, *ACTIVE, ABSORBED, WON).when(RELEASE).refused("won_since_merge", rule="L4")
    given(DECIDER, *ACTIVE, WON, ABSORBED).when(RELEASE).then(RELEASED)


def test_l4_only_its_own_merge_is_undone():
    undo = UnmergeLead("older", 1, "two plants", CHIEF, NEXT)
    given(DECIDER, *JOINT, merged()).when(undo).then(UNMERGED)
    given(DECIDER, *JOINT, merged(), UNMERGED).when(undo).nothing()
    given(DECIDER, *JOINT, merged(), UNMERGED, merged(merge=2)).when(undo).nothing()
    given(DECIDER, *JOINT, merged(into="another")).when(undo).nothing()
    given(DECIDER, *JOINT).when(undo).nothing()


def test_k5_l4_a_win_keeps_the_chain_of_a_spawned_lead_that_was_merged_into_it():
    chained = msgspec.structs.replace(ABSORBED, origin=ORIGIN)
    (won,) = given(DECIDER, *ACTIVE, chained).when(WinLead(ZHANG, ("payroll",), None, NEXT)).decide()
    assert won.origin == ORIGIN
    (alone,) = given(DECIDER, *ACTIVE, ABSORBED).when(WinLead(ZHANG, ("payroll",), None, NEXT)).decide()
    assert alone.origin is None


class Two:
    """Leads over a log in memory, merged and unmerged as the service does it."""

    def __init__(self):
        self.running = Running("leads")
        self.count = 0

    def do(self, lead_id, command):
        self.count += 1
        if isinstance(command, OpenLead):
            command = msgspec.structs.replace(command, lead_id=lead_id)
        return self.running.executor.execute(Intent(DECIDER, lead_id, command), Meta(f"do-{self.count}", "test")).events

    def attempt(self, lead_id, command):
        """Whatever comes of it."""
        try:
            return self.do(lead_id, command)
        except RuleBroken:
            return ()

    def open(self, lead_id):
        self.do(lead_id, opening(lead_id=lead_id))

    def merge(self, one, into):
        return self.attempt(one, merging((), into_id=into, into=self.state(into)))

    def unmerge(self, one, into):
        return self.attempt(into, msgspec.structs.replace(RELEASE, merged_id=one))

    def settle(self):
        self.running.settle(follow_merges)

    def state(self, lead_id):
        return DECIDER.fold(one.event for one in self.running.events(f"lead-{lead_id}"))

    def documents(self, projection=LEADS):
        documents = {}
        projection.fold(documents, self.running.events())
        return documents


HISTORY = {"timeline", "routing", "version", "updated_at"}


def as_it_stands(state):
    """Without what only counts."""
    return msgspec.structs.replace(state, proposals=0, merges=0, answered={})


def test_l4_a_survivor_that_expires_takes_nobodys_lead_with_it():
    adopts = msgspec.structs.replace(ABSORBED, adopted=("retail",))
    spawned = (*SPAWNED, adopts, ADOPTED)
    gone = given(DECIDER, *spawned).when(ExpireLead("link_ended", NEXT)).decide()
    released = next(one for one in gone if isinstance(one, LeadReleased))
    assert (released.merged_id, released.by) == ("younger", None)
    assert gone[-1] == LeadExpired(LEAD, "link_ended", NEXT)
    state = DECIDER.fold([*spawned, *gone])
    assert (state.status, state.sides["retail"].owner_id, state.absorbed) == ("expired", None, {})
    (intent,) = follow_merges(recorded(released, f"lead-{LEAD}"))
    assert intent.stream == "lead-younger"


def with_days_again(document):
    """While a lead rests, nobody can make the first contact."""
    clock = document["first_contact"]
    return document | {"first_contact": clock and clock | {"missed": clock["missed"] and bool(clock["made"])}}


def shown(documents):
    return {key: {name: value for name, value in one.items() if name not in HISTORY} for key, one in documents.items()}


def lived(two, lead_id, commands):
    """A lead with a life of its own behind it."""
    two.open(lead_id)
    for command in commands:
        two.attempt(lead_id, command)


lives = st.lists(wishes, max_size=8)


@over(lives, lives, st.lists(st.tuples(st.sampled_from(("other", "third")), wishes), max_size=8))
def test_l4_to_undo_a_merge_restores_both_exactly_whatever_happened_to_others(first, second, meanwhile):
    two = Two()
    lived(two, "older", first)
    lived(two, "younger", second)
    for other in ("other", "third"):
        two.open(other)
    before, documents, visits = {}, shown(two.documents()), two.documents(VISITS_DUE)
    for one in ("older", "younger"):
        before[one] = as_it_stands(two.state(one))
    if two.merge("younger", "older"):
        two.settle()
        assert two.state("younger").status == "merged"
        assert two.documents()["younger"]["status"] == "merged"
        assert two.documents(VISITS_DUE)["younger"]["due_on"] is None
        for other, command in meanwhile:
            two.attempt(other, command)
        assert two.unmerge("younger", "older")
        two.settle()
        documents["younger"] = with_days_again(documents["younger"])
    after = shown(two.documents())
    for one in ("older", "younger"):
        assert as_it_stands(two.state(one)) == before[one]
        assert after[one] == documents[one]
        assert two.documents(VISITS_DUE)[one] == visits[one]


moves = st.one_of(
    st.tuples(st.just("wish"), st.sampled_from("abc"), wishes),
    st.tuples(st.just("merge"), st.sampled_from("bc"), st.just("a")),
    st.tuples(st.sampled_from(("merge", "unmerge")), st.sampled_from("abc"), st.sampled_from("abc")),
    st.tuples(st.just("wish"), st.sampled_from("abc"), st.just(WinLead(ZHANG, ("payroll",), None, NEXT))),
    st.tuples(st.just("settle"), st.none(), st.none()),
)
AGREED = (
    InvitePartner(ZHANG, LI, POST, None, None, DAY),
    ProposeSplit(ZHANG, (("corporate", 6_000), ("retail", 4_000))),
    AcceptSplit(ZHANG, "corporate", 1, NEXT),
    AcceptSplit(LI, "retail", 1, NEXT),
)


@over(st.lists(moves, min_size=10, max_size=30))
def test_l4_whatever_is_merged_nothing_is_unowned_and_nothing_is_won_twice(played):
    two = Two()
    for lead, life in zip("abc", ((), AGREED, AGREED), strict=True):
        lived(two, lead, life)
    for kind, one, other in played:
        if kind == "wish":
            two.attempt(one, other)
        elif kind == "settle":
            two.settle()
        else:
            getattr(two, kind)(one, other)
    two.settle()
    documents = two.documents()
    for lead in "abc":
        state = two.state(lead)
        assert documents[lead]["status"] == state.status
        assert all((side.owner_id is None) != (side.queue is None) for side in state.sides.values())
        assert sum(share.bps for share in state.shares) in {0, rules.FULL_BPS}
        if state.merged is not None:
            assert state.status == "merged"
            assert lead in two.state(state.merged.into_id).absorbed
            assert end_of(two, lead) is not None
        events = [one.event for one in two.running.events(f"lead-{lead}")]
        assert resting_wins(events) == []


def end_of(two, lead):
    """Where the work goes on: never in a ring."""
    for _ in range(3):
        merge = two.state(lead).merged
        if merge is None:
            return lead
        lead = merge.into_id
    return None


def resting_wins(events):
    """Wins while the lead was merged."""
    rests, found = False, []
    for event in events:
        rests = isinstance(event, LeadMerged) or (rests and not isinstance(event, LeadUnmerged))
        found += [event] if rests and isinstance(event, LeadWon) else []
    return found


def test_l4_merged_into_each_other_at_the_same_moment_both_stand_again():
    two = Two()
    for lead in "ab":
        two.open(lead)
    a, b = (merging((), into_id=into, into=two.state(into)) for into in "ba")
    two.do("a", a)
    two.do("b", b)
    two.settle()
    assert [two.state(lead).status for lead in "ab"] == ["opened", "opened"]


@over(st.randoms(use_true_random=False))
def test_l4_delivered_twice_and_shuffled_each_merge_is_answered_once(chance: random.Random):
    two = Two()
    for lead in "abc":
        two.open(lead)
    two.merge("a", "c")
    two.merge("b", "c")
    facts = two.running.events() * 2
    chance.shuffle(facts)
    for fact in facts:
        two.running.deliver(follow_merges, fact)
    assert set(two.state("c").absorbed) == {"a", "b"}
    absorbed = [one for one in two.running.events("lead-c") if isinstance(one.event, LeadAbsorbed)]
    assert len(absorbed) == 2


def test_l4_both_leads_show_the_merge_and_the_pair_is_settled():
    two = Two()
    for lead in ("older", "younger"):
        two.open(lead)
    two.merge("younger", "older")
    two.settle()
    documents = two.documents()
    assert documents["younger"]["merged"]["into_id"] == "older"
    (one,) = documents["older"]["absorbed"]
    assert (one["lead_id"], one["owners"][0]["staff_id"]) == ("younger", ZHANG)
    assert two.documents(DUPLICATES)[pair_of("older", "younger")]["settled"]
    two.unmerge("younger", "older")
    two.settle()
    assert not {"merged", "absorbed"} & set(two.documents()["younger"]) | set(two.documents()["older"]) & {"absorbed"}
    assert not two.documents(DUPLICATES)[pair_of("older", "younger")]["settled"]


def test_l3_l4_a_unit_sees_the_lead_as_long_as_the_merge_lasts():
    two = Two()
    two.open("older")
    two.do("younger", opening(lead_id="younger", opened_by=WANG, opened_by_line="retail", unit_id="O09"))
    two.merge("younger", "older")
    two.settle()
    assert two.documents()["older"]["units"] == [OUTLET, "O09"]
    two.unmerge("younger", "older")
    two.settle()
    assert two.documents()["older"]["units"] == [OUTLET]


def test_l4_the_default_split_of_a_spawned_survivor_is_proposed_to_the_owner_it_got():
    events = given(DECIDER, *SPAWNED).when(ABSORB).decide()
    assert isinstance(events[-1], SplitProposed)
    assert sum(share.bps for share in events[-1].shares) == rules.FULL_BPS
