"""Wishes about the content of a version: done as long as it is the content that the user has read.

A run over the history makes a new version of the stream, too, and changes nothing of the content: it is no reason to
refuse, and it may be a moment before it can be seen.
"""

import time
from collections.abc import Mapping
from typing import Any

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.plans.studio import part, read
from services.desk.web.wish import MEANWHILE, Done, Trouble, wish

LOOKS = 5
LOOK_SECONDS = 0.2


def wish_on_content(
    name: str,
    path: str,
    body: Json,
    *,
    key: Mapping[str, Any],
    content: str,
    seen: int | None,
    typed: Mapping[str, Any] | None = None,
) -> Done | Trouble:
    """``key`` names the version of the plan, ``content`` is the hash of what was read, ``seen`` the version of the
    stream at that time, which is told where the content is another one by now.
    """
    for _ in range(LOOKS):
        version = _stands_at(key, content)
        told = wish(name, path, body, typed=typed, version=seen if version is None else version)
        if isinstance(told, Done) or told.code != MEANWHILE or version is None:
            break
        time.sleep(LOOK_SECONDS)
    return told


def _stands_at(key: Mapping[str, Any], content: str) -> int | None:
    """The version of the stream while it has this content; None where it has another, or none can be read."""
    try:
        one = read(f"plans/{part(str(key['plan_id']))}/{part(str(key['version']))}")
    except (Refused, Unanswered):
        return None
    return int(one["version"]) if one["plan_hash"] == content else None
