"""What a failure of a subscription's target means: something to wait for, or something to park, and in which words."""

import traceback

from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError, WriteConcernError

from shared.core.errors import Contended, LiandongError, NotYetVisible, UnknownEvent

# Server errors that pass: cursor lost, time limits, write concern, shutdown, stepping down, no primary yet.
PASSING = frozenset({43, 50, 64, 91, 189, 262, 10107, 11600, 11602, 13435})


def is_outage(error: Exception) -> bool:
    """The database is away or busy with itself, or a projection is behind: wait, and spend no try on it."""
    if isinstance(error, ConnectionFailure | NotYetVisible | Contended | WriteConcernError):
        return True
    return isinstance(error, PyMongoError) and (
        error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("RetryableWriteError")
        or (isinstance(error, OperationFailure) and error.code in PASSING)
    )


def describe(error: Exception) -> str:
    """What and where, without the data that caused it: an error's own text may quote a document."""
    kind = type(error).__name__
    match error:
        case LiandongError(code=code):
            return f"{kind} {code}"
        case UnknownEvent():
            return f"{kind}: {error}"
        case PyMongoError():
            return f"{kind} {getattr(error, 'code', None) or ''}".rstrip()
        case _:
            frames = traceback.extract_tb(error.__traceback__)
            return f"{kind} at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else kind
