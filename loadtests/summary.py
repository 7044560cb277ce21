"""The figures of a load test that its limits are about."""

import json
import os
from pathlib import Path
from typing import Any

from locust.stats import RequestStats, StatsEntry

GROUPS = {"command": "POST", "read": "GET", "visible": "VISIBLE", "heard": "AMQP"}


def summary(stats: RequestStats) -> dict[str, Any]:
    """``{"requests", "failures", "rate", "<group>_count", "<group>_p50_ms", "<group>_p99_ms"…}``."""
    found: dict[str, Any] = {"requests": 0, "failures": 0}
    for group, method in GROUPS.items():
        total = StatsEntry(stats, group, method, use_response_times_cache=False)
        for entry in stats.entries.values():
            if entry.method == method:
                total.extend(entry)
        if method in {"POST", "GET"}:
            found["requests"] += total.num_requests
            found["failures"] += total.num_failures
        found[f"{group}_count"] = total.num_requests
        for share in (50, 99):
            found[f"{group}_p{share}_ms"] = total.get_response_time_percentile(share / 100)
    seconds = max(1.0, (stats.last_request_timestamp or 0) - (stats.start_time or 0))
    return found | {"rate": found["requests"] / seconds}


def write_summary(stats: RequestStats) -> None:
    given = os.environ.get("LOAD_SUMMARY")
    if given is not None:
        Path(given).write_text(json.dumps(summary(stats), indent=2) + "\n", encoding="utf-8")
