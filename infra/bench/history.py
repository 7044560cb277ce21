"""A log as long as it is wished: joint leads on their way from the opening to a win, a thousand of them at a time.

One story is decided by the real decider and encoded by the real codec; every other lead has the same bytes with ids
of its own, so that a million commits are made in seconds.
"""

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count, islice

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from ulid import ULID

from services.catalogue import EVENTS, UPCASTS
from services.leads.domain.commands import (
    AcceptSplit,
    InvitePartner,
    LeadCommand,
    OpenLead,
    ProposeSplit,
    QualifyLead,
)
from services.leads.domain.group_commands import Post
from services.leads.domain.lead import LEAD
from shared.core.memory_store import MemoryStore
from shared.core.reaction import Intent
from shared.core.recorded import Commit, Meta
from shared.runtime.codec import Codec, Envelope
from shared.runtime.execute import Executor
from shared.runtime.mongo_store import JsonDocument, MongoStore

TOGETHER = 1_000  # leads that are under way at the same time
INSERTED = 5_000  # commits a call
LEAD_ID, COMMAND_ID, CORRELATION_ID = (f"01jz{letter * 22}" for letter in "xyz")
CUSTOMER_ID = "C9999999"
POSITION = 0x7EDC_BA98_7654_3210
BEGUN = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY = date(2026, 9, 1)


def codec() -> Codec:
    return Codec("leads", EVENTS["leads"], UPCASTS["leads"])


def open_lead(lead_id: str, customer_id: str = CUSTOMER_ID) -> OpenLead:
    """The command that begins a story; S0001 of outlet O01 is its corporate owner."""
    return OpenLead(
        lead_id, customer_id, "company", "payroll for 40 people", ("payroll", "corporate_ebank"), "branch",
        "S0001", "corporate", "O01", "O01", 1_000_000, DAY,
    )  # fmt: skip


def _wishes() -> tuple[LeadCommand, ...]:
    return (
        open_lead(LEAD_ID),
        InvitePartner("S0001", "S0002", Post("retail", "O01", DAY, None), None, None, DAY),
        ProposeSplit("S0001", (("corporate", 6_000), ("retail", 4_000))),
        AcceptSplit("S0001", "corporate", 1, DAY),
        AcceptSplit("S0002", "retail", 1, DAY),
        QualifyLead("S0001", DAY),
    )


def openings() -> Iterator[Commit]:
    """First commits of leads, without end."""
    for _ in count():
        made = str(ULID()).lower()
        meta = Meta(f"request-{made}", "S0001", "corporate", "O01", made)
        events = tuple(LEAD.decide(LEAD.initial, open_lead(made)))
        yield Commit("leads", f"lead-{made}", 1, 0, events, meta, BEGUN)


def story() -> list[Commit]:
    """One lead from its opening until it waits to be won."""
    store = MemoryStore("leads")
    executor = Executor(store, lambda: BEGUN)
    for number, wish in enumerate(_wishes()):
        meta = Meta(f"request-{COMMAND_ID[:-1]}{number}", "S0001", "corporate", "O01", CORRELATION_ID)
        executor.execute(Intent(LEAD, LEAD_ID, wish), meta)
    return store.load(f"lead-{LEAD_ID}")


COMMITS_A_STORY = len(_wishes())


def events_in(commits: int) -> int:
    """How many events the first ``commits`` commits of the log hold."""
    sizes = [len(commit.events) for commit in story()]
    blocks, rest = divmod(commits, TOGETHER * COMMITS_A_STORY)
    return blocks * TOGETHER * sum(sizes) + sum(sizes[_place(number, TOGETHER)[1]] for number in range(rest))


def _place(number: int, together: int) -> tuple[int, int]:
    """``(which lead, which of its commits)`` of a commit of the log, both from 0."""
    block, rest = divmod(number, together * COMMITS_A_STORY)
    step, within = divmod(rest, together)
    return block * together + within, step


def lead_id(number: int) -> str:
    """26 characters that sort by time, as the ULIDs of the service do."""
    return f"01k{number:023x}"


def documents(commits: int, *, numbered: bool, together: int = TOGETHER) -> Iterator[RawBSONDocument]:
    """The stored documents of a log of ``commits`` commits, in their order; ``numbered`` from position 1, dense."""
    place = POSITION if numbered else None
    written = codec()
    texts = [bson.encode({**written.to_document(commit), "position": place}) for commit in story()]
    sizes = [len(commit.events) for commit in story()]
    position = 1
    for number in range(commits):
        lead, step = _place(number, together)
        text = texts[step].replace(LEAD_ID.encode(), lead_id(lead).encode())
        text = text.replace(CUSTOMER_ID.encode(), b"C%07d" % (lead % 10_000_000))
        text = text.replace(COMMAND_ID[:-1].encode(), b"01k%022x" % number)
        text = text.replace(CORRELATION_ID.encode(), b"01k%023x" % number)
        if numbered:
            text = text.replace(struct.pack("<q", POSITION), struct.pack("<q", position))
            position += sizes[step]
        yield RawBSONDocument(text)


def envelopes(commits: int, *, together: int = TOGETHER) -> Iterator[Envelope]:
    """The events of a numbered log, as they are carried."""
    made, options = codec(), CodecOptions[JsonDocument](tz_aware=True)
    for document in documents(commits, numbered=True, together=together):
        yield from made.envelopes(bson.decode(document.raw, options))


def fill(store: MongoStore, commits: int, seen: Callable[[int], None] = lambda _: None, *, numbered: bool) -> int:
    """Insert a log into a prepared store, telling ``seen`` how many commits each call kept; how many events."""
    collection: Collection[JsonDocument] = store.commits
    made = documents(commits, numbered=numbered)
    while batch := list(islice(made, INSERTED)):
        collection.insert_many(batch, ordered=True)
        seen(len(batch))
    return events_in(commits)
