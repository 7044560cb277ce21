"""Who may do what on our own RabbitMQ, and the queue there for the HR system (rule I12), as its definitions file.

HR hears of sealed statements from ``hr.statements``, a queue of its own, as a user who may read that and nothing else:
no other queue, no publishing, no declaring. The message only says that there is something to pull.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

HR_USER = "hr-system"
HR_QUEUE = "hr.statements"
HR_EXCHANGE = "incentives.events"
SEALED = "statement_sealed"
NOTHING, EVERYTHING = "^$", ".*"


def definitions(owner: str, passwords: Mapping[str, str]) -> str:
    """Our own user and HR's, by their ``passwords``; RabbitMQ takes them in at every start."""
    found: dict[str, Any] = {
        "vhosts": [{"name": "/"}],
        "users": [_user(name, password, owner) for name, password in passwords.items()],
        "permissions": [
            _may(owner, configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING),
            _may(HR_USER, configure=NOTHING, write=NOTHING, read=f"^{HR_QUEUE.replace('.', '[.]')}$"),
        ],
        "exchanges": [
            _durable(HR_EXCHANGE, type="topic", internal=False),
        ],
        "queues": [_durable(HR_QUEUE, arguments={"x-queue-type": "quorum"})],
        "bindings": [
            {
                "vhost": "/",
                "source": HR_EXCHANGE,
                "destination": HR_QUEUE,
                "destination_type": "queue",
                "routing_key": SEALED,
                "arguments": {},
            }
        ],
    }
    return json.dumps(found, indent=1)


def _durable(name: str, *, arguments: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"vhost": "/", "name": name, "durable": True, "auto_delete": False, "arguments": arguments or {}, **more}


def _may(user: str, *, configure: str, write: str, read: str) -> dict[str, str]:
    return {"user": user, "vhost": "/", "configure": configure, "write": write, "read": read}


def _user(name: str, password: str, owner: str) -> dict[str, Any]:
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    tags = ["administrator"] if name == owner else []
    return {"name": name, "password_hash": digest, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": tags}
