"""A campaign carried out in rounds: whatever comes twice, late or not at all, each customer has one turn. Rule L12."""

import random
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.leads import campaign_reactions
from services.leads.campaign_reactions import run_campaigns
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.campaign_rules import arm_of
from services.leads.domain.campaign import CAMPAIGN as DECIDER
from services.leads.domain.campaign_commands import CancelCampaign, PauseCampaign, ResumeCampaign
from services.leads.domain.commands import NamedManager
from services.leads.domain.lead import LEAD
from services.leads.domain.reach import lead_of
from services.leads.events import LeadOpened
from services.leads.projections import CAMPAIGNS, CUSTOMERS, LEADS
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from tests.services.leads.campaigns import CAMPAIGN, CHIEF, OTHER, PLAN, SEED, drafting, starting
from tests.services.leads.examples import LI, NEXT, OUTLET, Running

BATCH = 3


@pytest.fixture(autouse=True, scope="module")
def small_rounds():
    patch = pytest.MonkeyPatch()
    patch.setattr(campaign_reactions, "RULES", msgspec.structs.replace(RULES, batch=BATCH))
    yield
    patch.undo()


class Bank(Running):
    """A log in memory beside ``count`` customers who are in the group of every campaign, every third of them key."""

    def __init__(self, count, campaigns=(CAMPAIGN,)):
        super().__init__("leads")
        self.people = [
            {
                "_id": f"P{number:06}", "kind": "person", "outlet_id": OUTLET,
                "tier": None if number % 3 else "key", "manager_id": LI,
            }
            for number in range(count)
        ]  # fmt: skip
        self.plans = {one: msgspec.structs.replace(PLAN, campaign_id=one) for one in campaigns}
        manager = NamedManager(LI, "retail", OUTLET)
        self.reaction = run_campaigns(self._turn, self.plans.__getitem__, lambda _id, _on: manager)
        for campaign_id in campaigns:
            self.steer(drafting(campaign_id=campaign_id), campaign_id)
            self.steer(starting(), campaign_id)

    def _turn(self, campaign_id, after, _cause):
        rest = [one for one in self.people if one["_id"] > after]
        return self.plans[campaign_id], rest[:BATCH]

    def steer(self, command, campaign_id=CAMPAIGN):
        self.executor.execute(Intent(DECIDER, campaign_id, command), Meta(f"{id(command)}-{random.random()}", CHIEF))

    def drawn(self, campaign_id=CAMPAIGN):
        found = [one.event for one in self.events() if one.stream.startswith("reach-")]
        return [one for one in found if one.campaign_id == campaign_id]

    def leads(self):
        return [one.event for one in self.events() if isinstance(one.event, LeadOpened)]


def right(bank, campaign_id=CAMPAIGN):
    """Each customer had one turn, as the draw says, and each contacted one lead of this campaign."""
    drawn = bank.drawn(campaign_id)
    assert sorted(one.customer_id for one in drawn) == [one["_id"] for one in bank.people]
    contacted = {one.customer_id for one in drawn if one.arm == "contacted"}
    leads = [one for one in bank.leads() if one.campaign_id == campaign_id]
    assert sorted(one.customer_id for one in leads) == sorted(contacted)
    assert {one.lead_id for one in leads} == {lead_of(campaign_id, one) for one in contacted}
    return drawn


def test_l12_rounds_reach_everybody_once_and_open_a_lead_for_each_who_is_contacted():
    bank = Bank(40)
    bank.settle(bank.reaction)
    drawn = right(bank)
    assert {one.customer_id: one.arm for one in drawn} == {
        one["_id"]: arm_of(SEED, CAMPAIGN, one["_id"], 1_000) for one in bank.people
    }
    assert {one.arm for one in drawn} == {"contacted", "held_out"}
    state = DECIDER.fold(one.event for one in bank.events(f"campaign-{CAMPAIGN}"))
    assert (state.round, state.done, state.status) == (14, True, "started")


def test_l12_a_group_of_whole_rounds_ends_with_an_empty_one():
    bank = Bank(2 * BATCH)
    bank.settle(bank.reaction)
    right(bank)
    assert DECIDER.fold(one.event for one in bank.events(f"campaign-{CAMPAIGN}")).done


def test_l6_l12_a_key_customers_lead_goes_to_their_manager_and_the_others_wait_at_their_outlet():
    bank = Bank(12)
    bank.settle(bank.reaction)
    for lead in bank.leads():
        retail = LEAD.fold(one.event for one in bank.events(f"lead-{lead.lead_id}")).sides["retail"]
        assert (retail.owner_id, retail.queue) == ((LI, None) if lead.tier == "key" else (None, f"retail:{OUTLET}"))
        assert (lead.source, lead.opened_by, lead.products) == ("campaign", CHIEF, ("mobile",))


class Player:
    """Delivers the log's events in any order that keeps each stream's own, some of them again, while somebody pauses,
    resumes, and while rounds are cut off in the middle.
    """

    def __init__(self, bank, dice):
        self.bank, self.dice = bank, dice
        self.done = {}

    def play(self, steps):
        for _ in range(steps):
            wish = self.dice.random()
            if wish < 0.1:
                self.bank.steer(PauseCampaign(CHIEF, None, "rest", NEXT), self.dice.choice(list(self.bank.plans)))
            elif wish < 0.3:
                self.bank.steer(ResumeCampaign(CHIEF, None, NEXT), self.dice.choice(list(self.bank.plans)))
            elif wish < 0.4 and self.done:
                self.again()
            else:
                self.deliver(cut=self.dice.random() < 0.3)

    def again(self):
        stream = self.dice.choice(sorted(self.done))
        place = self.dice.randrange(self.done[stream])
        for one in self.bank.events(stream)[place : self.done[stream]]:
            self.bank.deliver(self.bank.reaction, one)

    def waiting(self):
        first = {}
        for one in self.bank.events():
            if one.version > self.done.get(one.stream, 0):
                first.setdefault(one.stream, one)
        return [first[stream] for stream in sorted(first)]

    def deliver(self, *, cut=False):
        waiting = self.waiting()
        if not waiting:
            return False
        event = self.dice.choice(waiting)
        if cut:  # the process dies within the round: what it did stays, the event comes again
            intents = list(self.bank.reaction(event))
            some = intents[: self.dice.randrange(len(intents) + 1)]
            self.bank.deliver(SimpleReaction(self.bank.reaction, some), event)
            return True
        self.bank.deliver(self.bank.reaction, event)
        self.done[event.stream] = event.version
        return True

    def finish(self):
        for campaign_id in self.bank.plans:
            self.bank.steer(ResumeCampaign(CHIEF, None, NEXT), campaign_id)
        while self.deliver():
            pass


class SimpleReaction(SimpleNamespace):
    def __init__(self, reaction, intents):
        super().__init__(__name__=reaction.__name__, intents=intents)

    def __call__(self, _event):
        return self.intents


@settings(max_examples=25)
@over(st.randoms(use_true_random=False), st.integers(1, 14), st.integers(0, 60))
def test_l12_no_lead_is_lost_or_doubled_whatever_is_delivered_twice_late_or_cut_off(dice, count, steps):
    bank = Bank(count)
    player = Player(bank, dice)
    player.play(steps)
    player.finish()
    drawn = right(bank)
    assert all(one.arm == arm_of(SEED, CAMPAIGN, one.customer_id, 1_000) for one in drawn)


@settings(max_examples=15)
@over(st.randoms(use_true_random=False), st.integers(1, 10))
def test_l12_two_campaigns_at_once_keep_the_contact_limit_between_them(dice, count):
    bank = Bank(count, (CAMPAIGN, OTHER))
    player = Player(bank, dice)
    player.play(40)
    player.finish()
    by_customer = {}
    for drawn in (*right(bank, CAMPAIGN), *right(bank, OTHER)):
        by_customer.setdefault(drawn.customer_id, []).append(drawn)
    for turns in by_customer.values():
        taken, spared = sorted(turns, key=lambda one: one.arm == "spared")
        assert (taken.arm in {"contacted", "held_out"}, spared.arm) == (True, "spared")
        assert spared.blocked_by == taken.campaign_id


def test_l12_paused_it_does_one_more_round_at_most_and_cancelled_it_never_goes_on():
    bank = Bank(30)
    player = Player(bank, random.Random(7))
    while len(bank.drawn()) < 2 * BATCH:
        player.deliver()
    bank.steer(PauseCampaign(CHIEF, None, "rest", NEXT))
    while player.deliver():
        pass
    assert len(bank.drawn()) <= 3 * BATCH
    bank.steer(CancelCampaign(CHIEF, None, "complaints", "", NEXT))
    while player.deliver():
        pass
    assert len(bank.drawn()) <= 3 * BATCH
    assert len(bank.leads()) == sum(one.arm == "contacted" for one in bank.drawn()), "the drawn have their leads"


def test_l12_progress_counts_each_turn_and_each_lead():
    bank = Bank(40)
    bank.settle(bank.reaction)
    documents = {}
    CAMPAIGNS.fold(documents, bank.events())
    shown = documents[CAMPAIGN]
    assert (shown["status"], shown["done"], shown["round"]) == ("started", True, 14)
    assert shown["contacted"] + shown["held_out"] == 40
    assert (shown["leads"], shown["spared"]) == (shown["contacted"], 0)
    bank.steer(CancelCampaign(CHIEF, None, "complaints", "", NEXT))
    CAMPAIGNS.fold(documents, bank.events(f"campaign-{CAMPAIGN}")[-1:])
    assert (documents[CAMPAIGN]["status"], documents[CAMPAIGN]["ended"]["reason"]) == ("cancelled", "complaints")


def test_l12_a_campaigns_leads_and_customers_name_it():
    bank = Bank(4)
    bank.settle(bank.reaction)
    leads, customers = {}, {}
    LEADS.fold(leads, [one for one in bank.events() if one.stream.startswith("lead-")])
    CUSTOMERS.fold(customers, bank.events())
    contacted = {one["customer_id"] for one in leads.values()}
    assert all((one["campaign_id"], one["source"]) == (CAMPAIGN, "campaign") for one in leads.values())
    assert contacted == {key for key, one in customers.items() if one["drawn"] == [f"{CAMPAIGN}/contacted"]}
