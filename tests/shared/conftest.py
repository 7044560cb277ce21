"""The example's processes, each test's own."""

from collections.abc import Iterator

import pytest

from tests.shared.bank import Bank


@pytest.fixture
def idle_bank(servers, mongo, tmp_path) -> Iterator[Bank]:
    """With an empty database; nothing runs yet."""
    mongo.drop_database("bank")
    bank = Bank(servers, tmp_path)
    yield bank
    bank.stop()
    # What was killed in mid-transaction would hold its locks for another minute.
    mongo.admin.command("killAllSessions", [])
    mongo.drop_database("bank")


@pytest.fixture
def bank(idle_bank) -> Bank:
    """All its processes run."""
    idle_bank.start()
    return idle_bank
