"""What ``liandong verify`` checks of incentives: the ledger against the second opinion, each line against its own
evidence, the chain of statements with its signatures. Each check yields its differences, none where all holds.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.incentives import reference, sealing
from services.incentives.domain.award import AWARD
from services.incentives.domain.dispute import DISPUTE
from services.incentives.domain.facts import Fact
from services.incentives.domain.score import SCORE, Paid
from services.incentives.domain.statements import GENESIS, KEY, STATEMENTS, StatementsState
from services.incentives.events import CreditPosted, PlanActivated, StatementSealed, WorkNoted
from services.incentives.explain import evidence_of, given_lines, recompute, recompute_term
from services.incentives.keys import thumbprint
from services.incentives.projections import LEDGER
from services.incentives.rules import ActivePlan
from services.incentives.shelf import Log
from shared.core.event import Event
from shared.core.recorded import Recorded
from shared.runtime.aliases import live

Check = Callable[[], Iterator[str]]
Documents = list[dict[str, Any]]
SCORED = f"{SCORE.category}-"
GIVEN = (f"{AWARD.category}-", f"{DISPUTE.category}-")
"""Streams on which people give lines."""


class Logs(Protocol):
    def __getitem__(self, service: str) -> Log: ...


def checks(client: Any, logs: Logs) -> dict[str, Check]:
    """The checks by a name for people. ``client`` is a MongoDB client that knows the database of this service."""
    log = logs["incentives"]
    ledger = partial(_ledger, client)
    return {
        "incentives: scores equal a recomputation": partial(scores_agree, log, ledger),
        "incentives: nobody earns twice by one product": partial(claims_agree, log),
        "incentives: every line explains itself": partial(lines_explain_themselves, log),
        "incentives: chain and signatures of statements intact": partial(chain_holds, log, ledger),
    }


def _ledger(client: Any) -> Documents:
    return list(live(client["incentives"], LEDGER).find({"points_milli": {"$ne": 0}}))


def _everything(log: Log) -> Iterator[Recorded]:
    return chain.from_iterable(log.stream(partition) for partition in range(log.partitions))


def scores_agree(log: Log, ledger: Callable[[], Documents]) -> Iterator[str]:
    """What the ledger pays, by lead, person and month, equals the second opinion on the raw facts."""
    recomputed = reference.recompute(recorded.event for recorded in _everything(log))
    yield from reference.differences(recomputed, ledger())


def claims_agree(log: Log) -> Iterator[str]:
    """Who may earn by a customer's product equals the second opinion on the accounts."""
    yield from reference.claims(recorded.event for recorded in _everything(log))


def lines_explain_themselves(log: Log) -> Iterator[str]:
    """Every line that was ever posted follows from the events that it names, to the thousandth."""
    plans: dict[str, ActivePlan] = {}
    deals: dict[str, list[Event]] = {}
    given: dict[str, list[Event]] = {}
    scored: dict[str, list[Event]] = {}
    paid: dict[str, Paid] = {}
    for recorded in _everything(log):
        event = recorded.event
        if isinstance(event, PlanActivated):
            plans[event.plan_hash] = ActivePlan(event.plan, event.plan_hash)
        if isinstance(event, CreditPosted):
            paid[recorded.id] = Paid(event.indicator, event.points_milli, recorded.id)
        if recorded.stream.startswith(SCORED):
            scored.setdefault(recorded.stream, []).append(event)
        elif recorded.stream.startswith(GIVEN):
            given.setdefault(recorded.stream, []).append(event)
        elif isinstance(event, CreditPosted | Fact):
            deals.setdefault(recorded.stream, []).append(event)
    yield from given_explain_themselves(given)
    yield from terms_explain_themselves(scored, paid, plans)
    for events in deals.values():
        lines = {event.line_id: event for event in events if isinstance(event, CreditPosted)}
        for line in lines.values():
            found = recompute(line, lines, evidence_of(line, events), plans[line.plan_hash])
            if found != line.points_milli:
                yield f"line {line.line_id} says {line.points_milli:,}, its evidence says {found}"


def given_explain_themselves(given: Mapping[str, Sequence[Event]]) -> Iterator[str]:
    """The lines that people gave follow from what they said on a stream, and from nothing else; and they are there."""
    for stream, events in given.items():
        lines = [one for one in events if isinstance(one, CreditPosted)]
        if lines != given_lines(events):
            yield f"the lines of {stream} are not what was decided there"


def terms_explain_themselves(
    scored: Mapping[str, Sequence[Event]], paid: Mapping[str, Paid], plans: Mapping[str, ActivePlan]
) -> Iterator[str]:
    """A term of a score (rule I5) follows from the lines and the work that it names."""
    for events in scored.values():
        lines = {event.line_id: event for event in events if isinstance(event, CreditPosted)}
        works = [event for event in events if isinstance(event, WorkNoted)]
        for line in lines.values():
            rests_on = [paid[one] for one in line.evidence if one in paid]
            worked = [work for work in works if work.source in line.evidence]
            found = recompute_term(line, lines, rests_on, worked, plans[line.plan_hash])
            if found != line.points_milli:
                yield f"line {line.line_id} says {line.points_milli:,}, its evidence says {found}"


def chain_holds(log: Log, ledger: Callable[[], Documents]) -> Iterator[str]:
    """Each statement follows the one before, hashes to its seal again, and is signed by a published key."""
    state: StatementsState = STATEMENTS.fold(
        event for commit in log.load(STATEMENTS.stream(KEY)) for event in commit.events
    )
    keys = {key.kid: key.x for key in state.keys}
    lines = ledger()
    before = GENESIS
    for seq, seal in enumerate(state.seals, start=1):
        if (seal.seq, seal.prev_hash) != (seq, before):
            yield f"statement {seal.seq} stands at {seq} and follows {seal.prev_hash[:12]}…, not {before[:12]}…"
        if not sealing.intact(sealing.statement(state.seals, seq, lines)):
            yield f"statement {seq} does not hash to its seal any more"
        if not _signed(seal, keys):
            yield f"statement {seq} has no good signature of key {seal.kid}"
        before = seal.hash


def _signed(seal: StatementSealed, keys: Mapping[str, str]) -> bool:
    public = keys.get(seal.kid)
    if public is None or thumbprint(public) != seal.kid:
        return False
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(public + "="))
    try:
        key.verify(urlsafe_b64decode(seal.signature + "=="), bytes.fromhex(seal.hash))
    except InvalidSignature:
        return False
    return True
