"""schemathesis asks every operation for things that nobody thought of, on the whole stack."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.docs.operations import operations
from shared.runtime.auth import Principal, issue_token

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


@pytest.fixture(scope="module")
def somebody(stack):
    """Who may call everything, so that every operation is reached."""
    roles = frozenset(role for one in operations() for role in one.roles)
    return issue_token(stack.secrets, Principal("S0000", "Somebody", roles, "B1O1", "retail"), datetime.now(UTC))


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_that_is_asked_breaks_it(stack, somebody, service, tmp_path):
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(stack.contract.document))
    told = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", str(described)),
            *("--url", stack.url, "--header", f"Authorization: Bearer {somebody}"),
            *("--include-tag", service, "--checks", ",".join(CHECKS), "--mode", "all"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1"),
            *("--generation-database", "none", "--suppress-health-check", "all"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=300,
    )
    assert told.returncode == 0, told.stdout + told.stderr
