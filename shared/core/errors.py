"""What can be wrong with a wish. Each error has a stable code; the edge turns it into an answer."""

from collections.abc import Mapping


class LiandongError(Exception):
    """The root of the errors that a caller may see: ``code`` is stable, the message is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RuleBroken(LiandongError):
    """The bank's rules forbid it. ``rule`` is the rule's id, such as ``L2``; ``named`` are ids that the caller may go
    on with, by what they are, such as ``lead_id``.
    """

    def __init__(self, code: str, message: str, *, rule: str, named: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.rule = rule
        self.named = dict(named or {})


class NotFound(LiandongError):
    """There is no such thing, or not for this caller."""


class Forbidden(LiandongError):
    """The caller is known, and may not do this."""


class Stale(LiandongError):
    """The caller decided on a version that is no longer the newest."""


class KeyReused(LiandongError):
    """An idempotency key came again with another request."""


class Contended(LiandongError):
    """Others changed the same thing again and again while this was decided."""


class NotYetVisible(LiandongError):
    """A projection has not reached the position that the caller asked for."""


class VersionConflict(Exception):
    """Somebody else appended to the stream first."""


class AlreadyDone(Exception):
    """The stream holds a commit of this command already."""


class UnknownEvent(Exception):
    """A stored event that this code cannot read: an unknown type, or a newer schema."""
