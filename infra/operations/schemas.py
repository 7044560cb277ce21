"""What operations shows over HTTP. Nothing here is about customers: events are named, never shown."""

from marshmallow import Schema, fields, validate


class ProcessView(Schema):
    """``pid`` is null for one that is down; ``resident`` is in bytes, with the process's own children."""

    process = fields.Str()
    pid = fields.Int(allow_none=True)
    deaths = fields.Int()
    resident = fields.Int()


class RelayView(Schema):
    """Of one partition of a service's log, in positions; ``unnumbered`` are the service's commits without one."""

    service = fields.Str()
    partition = fields.Int()
    head = fields.Int()
    published = fields.Int()
    unnumbered = fields.Int()


class SubscriptionView(Schema):
    """``lag`` is in events; ``queue`` is shared by all projections of one owner."""

    owner = fields.Str()
    name = fields.Str()
    source = fields.Str()
    partition = fields.Int()
    checkpoint = fields.Int()
    lag = fields.Int()
    parked = fields.Int()
    queue = fields.Str()


class QueueView(Schema):
    """``messages`` is null for a queue that is not there."""

    name = fields.Str()
    messages = fields.Int(allow_none=True)
    consumers = fields.Int()


class UnacknowledgedView(Schema):
    """The oldest statement that HR has not acknowledged."""

    seq = fields.Int()
    period = fields.Str()
    sealed_at = fields.AwareDateTime()
    hours = fields.Float()


class Standing(Schema):
    relays = fields.List(fields.Nested(RelayView))
    subscriptions = fields.List(fields.Nested(SubscriptionView))
    queues = fields.List(fields.Nested(QueueView))
    dead_lettered = fields.Int(allow_none=True)
    parked = fields.Int()
    discarded = fields.Int()
    oldest_unacknowledged = fields.Nested(UnacknowledgedView, allow_none=True)


class StandingView(Schema):
    """``standing`` is null where the database does not answer; ``silent`` names the servers that do not. ``processes``
    are those of the stack on this machine, where one runs.
    """

    at = fields.AwareDateTime()
    processes = fields.List(fields.Nested(ProcessView))
    standing = fields.Nested(Standing, allow_none=True)
    silent = fields.List(fields.Str())


class SampleView(Schema):
    """``lag`` is in events, by owner. ``appended`` and ``published`` are positions over all logs, and only grow;
    ``unpublished`` counts what has no position yet, too; ``queued`` are messages; ``resident`` is in bytes.
    """

    at = fields.AwareDateTime()
    lag = fields.Dict(keys=fields.Str(), values=fields.Int())
    appended = fields.Int()
    published = fields.Int()
    unpublished = fields.Int()
    queued = fields.Int()
    parked = fields.Int()
    resident = fields.Int()


class HistoryView(Schema):
    """Of the last hour, as far as the process that answers has run so long; the oldest first."""

    every_seconds = fields.Int()
    samples = fields.List(fields.Nested(SampleView))


class ParkedQuery(Schema):
    """``discarded``: those that were left out by decision, instead."""

    discarded = fields.Bool(load_default=False)
    limit = fields.Int(load_default=100, validate=validate.Range(1, 1_000))


class DecisionView(Schema):
    """A discard: proposed by one person of ops, confirmed by another."""

    proposed_by = fields.Str()
    proposed_at = fields.AwareDateTime()
    reason = fields.Str()
    confirmed_by = fields.Str()
    confirmed_at = fields.AwareDateTime()


class ParkedView(Schema):
    """The event that a stream waits for: ``waiting`` stand behind it. ``released``: it is being tried again."""

    subscription = fields.Str()
    source = fields.Str()
    partition = fields.Int()
    stream = fields.Str()
    event_id = fields.Str()
    type = fields.Str()
    position = fields.Int()
    parked_at = fields.AwareDateTime()
    attempts = fields.Int()
    error = fields.Str()
    released = fields.Bool()
    waiting = fields.Int()
    discard = fields.Nested(DecisionView, allow_none=True)


class ParkedList(Schema):
    parked = fields.List(fields.Nested(ParkedView))


class Released(Schema):
    """How many events are tried again."""

    released = fields.Int()


class Discard(Schema):
    """Which event, and why it may be left out. Name nobody: it is shown and kept."""

    event_id = fields.Str(required=True, validate=validate.Length(1, 300))
    reason = fields.Str(required=True, validate=validate.Length(1, 500))


class Confirm(Schema):
    """The event and the proposal that were looked at."""

    event_id = fields.Str(required=True, validate=validate.Length(1, 300))
    proposed_at = fields.AwareDateTime(required=True)


class Decided(Schema):
    event_id = fields.Str()


class FigureView(Schema):
    name = fields.Str()
    value = fields.Float()
    limit = fields.Float(allow_none=True)
    kept = fields.Bool()


class SecondView(Schema):
    """``rate`` and ``failures`` are a second's; milliseconds are null where nothing was answered yet."""

    at = fields.AwareDateTime()
    rate = fields.Float()
    failures = fields.Float()
    users = fields.Int()
    p50_ms = fields.Float(allow_none=True)
    p99_ms = fields.Float(allow_none=True)


class LoadTestView(Schema):
    """The last load test: its figures beside their limits, and how it went. ``rate`` is the one asked for, a second."""

    ended_at = fields.AwareDateTime()
    rate = fields.Float()
    passed = fields.Bool()
    drained = fields.Bool()
    invariants_held = fields.Bool()
    figures = fields.List(fields.Nested(FigureView))
    seconds = fields.List(fields.Nested(SecondView))
