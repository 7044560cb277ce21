"""What operations is told of: servers that are silent, the figures of a load test, and why a wish was not done."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "silent": {
        "database": text("The database does not answer."),
        "broker": text("The broker does not answer: events go their slow way, through the log."),
    },
    "feed_kind": {
        "units": text("Units"),
        "staff": text("Staff"),
        "customers": text("Customers"),
        "relationships": text("Relationships"),
        "holdings": text("Holdings"),
        "balances": text("Balances"),
        "activity": text("Use of products"),
        "transfers": text("Transfers"),
        "sign_ins": text("Sign-ins"),
        "days": text("Closes of days"),
    },
    "load_figure": {
        "requests": text("Requests"),
        "failures": text("Failures"),
        "rate": text("Requests a second, made"),
        "rate_share": text("Made, of those asked for"),
        "command_count": text("Commands"),
        "read_count": text("Reads"),
        "visible_count": text("Commands watched until visible"),
        "heard_count": text("Events heard outside"),
        "heard_share": text("Heard outside, of those recorded"),
        "command_p50_ms": text("Command, half within (ms)"),
        "command_p99_ms": text("Command, 99 of 100 within (ms)"),
        "read_p50_ms": text("Query, half within (ms)"),
        "read_p99_ms": text("Query, 99 of 100 within (ms)"),
        "visible_p50_ms": text("From command to visible, half within (ms)"),
        "visible_p99_ms": text("From command to visible, 99 of 100 within (ms)"),
        "heard_p50_ms": text("Heard outside, half within (ms)"),
        "heard_p99_ms": text("Heard outside, 99 of 100 within (ms)"),
        "drain_seconds": text("Until all was carried to its end (s)"),
    },
    "refusal": {
        "not_parked": text("Nothing of this stream is parked any more: it was handled, or left out."),
        "not_proposed": text("Nobody has proposed to leave this event out."),
        "already_confirmed": text("It was confirmed already that this event is left out."),
        "own_proposal": text("You proposed it yourself: somebody else of operations must confirm it."),
        "another_event": text("Another event waits there now. Look at it again."),
        "proposal_changed": text("The proposal has changed meanwhile. Look at it again."),
    },
}
