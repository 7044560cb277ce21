"""schemathesis asks every operation for things that nobody thought of, on the whole stack; nothing breaks by it.

Comes last of all tests on that stack: what it leaves behind, nobody foresaw either.
"""

import copy
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.docs.operations import operations
from services.bundling.projections import OFFERS
from services.compliance.projections import ALERTS, OPENINGS
from services.incentives.projections import LEDGER, PLANS
from services.leads.projections import HANDOVERS, LEADS
from services.linkage.projections import OPPORTUNITIES
from services.registry.projections import CUSTOMERS, FEEDS, HOLDINGS, UNITS
from shared.runtime.aliases import live
from shared.runtime.auth import Principal, issue_token
from tests.system.checking import settle, verified

pytestmark = [pytest.mark.stack, pytest.mark.system]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
)
SERVICES = sorted({one.service for one in operations()})
THINGS = {
    "lead_id": ("leads", LEADS),
    "handover_id": ("leads", HANDOVERS),
    "offer_id": ("bundling", OFFERS),
    "opening_id": ("compliance", OPENINGS),
    "alert_id": ("compliance", ALERTS),
    "opportunity_id": ("linkage", OPPORTUNITIES),
    "line_id": ("incentives", LEDGER),
    "plan_id": ("incentives", PLANS),
    "customer_id": ("registry", CUSTOMERS),
    "holding_id": ("registry", HOLDINGS),
    "feed_id": ("registry", FEEDS),
    "unit_id": ("registry", UNITS),
}


@pytest.fixture(scope="module")
def described(played):
    """The OpenAPI document, with things that there are as the examples of parts of paths."""
    document = copy.deepcopy(played.contract.document)
    there = {part: thing for part, where in THINGS.items() if (thing := one_of(played, *where)) is not None}
    for operation in (one for path in document["paths"].values() for one in path.values()):
        for parameter in operation["parameters"]:
            if parameter.get("in") == "path" and parameter["name"] in there:
                parameter["example"] = there[parameter["name"]]
    return document


def one_of(stack, owner, projection):
    found = live(stack.connected.client[owner], projection).find_one(sort=[("_id", -1)])
    return None if found is None else str(found["_id"]).partition("/")[0]


@pytest.fixture(scope="module")
def somebody(played):
    """Who may call everything, so that every operation is reached."""
    roles = frozenset(role for one in operations() for role in one.roles)
    principal = Principal("S0001", "Somebody", roles, played.identity("branch").unit_id, "retail")
    return issue_token(played.secrets, principal, datetime.now(UTC))


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_that_is_asked_breaks_a_promise(played, described, somebody, service, tmp_path):
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(described))
    told = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(file)),
            *("--url", played.url, "--header", f"Authorization: Bearer {somebody}"),
            *("--include-tag", service, "--checks", ",".join(CHECKS), "--mode", "all"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1"),
            *("--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_whatever_it_did_can_be_computed_again(played):
    settle(played)
    assert verified(played) == {}
    for service in SERVICES:
        assert played.connected.client[service].parked.count_documents({}) == 0
