"""What `liandong status` finds in the log of incentives."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from infra.standing import oldest_unacknowledged
from services.incentives.domain.statements import KEY, STATEMENTS
from services.incentives.events import StatementAcknowledged, StatementSealed
from shared.core.memory_store import MemoryStore
from tests.shared.examples import commit

WIRE = Path(__file__).parents[1] / "wire" / "incentives"


def test_the_oldest_statement_that_hr_has_not_acknowledged():
    store, stream = MemoryStore("incentives"), STATEMENTS.stream(KEY)
    golden = json.loads((WIRE / "statement_sealed.v1.json").read_text())
    sealed = msgspec.convert(golden.get("data", golden), StatementSealed, strict=False)
    now = datetime.now(UTC)
    assert oldest_unacknowledged(store) is None
    for version, seq in enumerate((1, 2, 3), start=1):
        seal = msgspec.structs.replace(sealed, seq=seq, period=f"2026-0{seq}", sealed_at=now - timedelta(hours=9 - seq))
        store.append([commit(stream, version, seal, service="incentives")])
    store.append([commit(stream, 4, StatementAcknowledged(1, sealed.hash, "HR01", now), service="incentives")])
    oldest = oldest_unacknowledged(store)
    assert (oldest.seq, oldest.period, round(oldest.hours, 1)) == (2, "2026-02", 7.0)
    for version, seq in ((5, 2), (6, 3)):
        acknowledged = StatementAcknowledged(seq, sealed.hash, "HR01", now)
        store.append([commit(stream, version, acknowledged, service="incentives")])
    assert oldest_unacknowledged(store) is None
