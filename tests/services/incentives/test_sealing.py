"""I12: what a statement holds, its bytes, its hash and its signature."""

import csv
import hashlib
import io
import json
from base64 import urlsafe_b64decode
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from services.incentives import sealing
from services.incentives.domain.statements import GENESIS
from services.incentives.keys import jwk, signing_key, thumbprint
from tests.services.incentives.books_example import KEY, closed, line

OCTOBER = [line(3), line(4, 900, staff="S0042"), line(5, 0, entry="pending"), line(6, 100, period="2026-11")]
LATE = [*OCTOBER, line(12, -600, entry="adjusted", adjusts="line00003"), line(14, 300, period="2026-11")]


def test_i12_the_contract_field_by_field():
    state = closed(("2026-10", OCTOBER, 10))
    found = sealing.statement(state.seals, 1, OCTOBER)
    assert {k: v for k, v in found.items() if k not in {"hash", "kid", "signature", "plan"}} == {
        "seq": 1,
        "kind": "period",
        "period": "2026-10",
        "log": [{"partition": 0, "first": 1, "last": 10}],
        "lines": [
            {
                "line_id": "line00003",
                "staff_id": "S0007",
                "unit_id": "B01",
                "indicator": "mobile_active",
                "entry": "vested",
                "points_milli": 600,
                "of_period": "2026-10",
                "adjusts": None,
            },
            {
                "line_id": "line00004",
                "staff_id": "S0042",
                "unit_id": "B01",
                "indicator": "mobile_active",
                "entry": "vested",
                "points_milli": 900,
                "of_period": "2026-10",
                "adjusts": None,
            },
        ],
        "totals": {"lines": 2, "points_milli": 1_500, "by_staff": {"S0007": 600, "S0042": 900}},
        "sealed_at": "2026-11-01T02:00:00Z",
        "prev_hash": GENESIS,
    }
    assert set(found["plan"]) == {"id", "version", "hash"}


def test_i12_hash_and_signature_by_the_book():
    """Recomputed here with the standard library: for our data RFC 8785 is sorted keys without spaces."""
    state = closed(("2026-10", OCTOBER, 10))
    found = sealing.statement(state.seals, 1, OCTOBER)
    body = {k: v for k, v in found.items() if k not in {"hash", "kid", "signature"}}
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert found["hash"] == hashlib.sha256(canonical).hexdigest()
    raw = urlsafe_b64decode(KEY.public + "=")
    signature = urlsafe_b64decode(found["signature"] + "==")
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, bytes.fromhex(found["hash"]))
    assert found["kid"] == KEY.kid == thumbprint(KEY.public)


def test_i9_later_lines_go_into_the_next_statement_and_change_no_earlier_one():
    state = closed(("2026-10", OCTOBER, 10), ("2026-11", LATE, 20))
    first = sealing.canonical(sealing.statement(state.seals, 1, OCTOBER))
    assert sealing.canonical(sealing.statement(state.seals, 1, LATE)) == first
    second = sealing.statement(state.seals, 2, LATE)
    assert [(x["line_id"], x["of_period"], x["adjusts"]) for x in second["lines"]] == [
        ("line00006", "2026-11", None),
        ("line00012", "2026-10", "line00003"),
        ("line00014", "2026-11", None),
    ]
    assert second["log"] == [{"partition": 0, "first": 11, "last": 20}]


def test_i12_a_changed_ledger_is_noticed():
    state = closed(("2026-10", OCTOBER, 10))
    assert sealing.intact(sealing.statement(state.seals, 1, OCTOBER))
    forged = [line(3, 601), *OCTOBER[1:]]
    assert not sealing.intact(sealing.statement(state.seals, 1, forged))
    assert not sealing.intact(sealing.statement(state.seals, 1, OCTOBER[1:]))


def test_i12_a_table_for_people():
    state = closed(("2026-10", OCTOBER, 10))
    table = sealing.as_csv(sealing.statement(state.seals, 1, OCTOBER))
    assert table.startswith(b"\xef\xbb\xbfline_id,staff_id,")
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row["points_milli"] for row in rows] == ["600", "900"]


LINES = st.lists(
    st.builds(
        line,
        position=st.integers(1, 40),
        points=st.sampled_from([-600, 0, 600, 901]),
        period=st.sampled_from(["2026-09", "2026-10", "2026-11", "2026-12"]),
        partition=st.integers(0, 1),
    ),
    unique_by=lambda one: (one["partition"], one["position"]),
)


@given(LINES, st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=3, max_size=3))
def test_i12_each_line_stands_in_exactly_one_statement(lines, growth):
    """And the query of a window finds every line that the window takes."""
    reaches, known = [sealing.Reach()], {0: 0, 1: 0}
    for period, (one, two) in zip(("2026-10", "2026-11", "2026-12"), growth, strict=True):
        known = {0: known[0] + one, 1: known[1] + two}
        reaches.append(sealing.Reach(period, known))
    held = [sealing.lines_between(lines, a, b) for a, b in pairwise(reaches)]
    ids = [one["line_id"] for part in held for one in part]
    assert len(ids) == len(set(ids))
    assert set(ids) == {one["line_id"] for one in lines if one["points_milli"] and reaches[-1].holds(one)}
    for a, b, part in zip(reaches, reaches[1:], held, strict=False):
        query = sealing.window(a, b, 2)
        found = {one["line_id"] for one in lines if _matches(one, query)}
        assert {one["line_id"] for one in part} <= found


def _matches(one, query):
    either = [
        one["of_period"] > query["$or"][0]["of_period"]["$gt"],
        one["position"] > query["$or"][1]["position"]["$gt"],
    ]
    return (
        one["points_milli"] != 0
        and one["of_period"] <= query["of_period"]["$lte"]
        and one["position"] <= query["position"]["$lte"]
        and any(either)
    )


def test_i12_the_key_is_made_once_and_is_its_owners_alone(tmp_path):
    first, second = signing_key(tmp_path / "secrets"), signing_key(tmp_path / "secrets")
    assert first.kid == second.kid
    (path,) = (tmp_path / "secrets").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert jwk(first.kid, first.public)["crv"] == "Ed25519"


def test_the_thumbprint_is_that_of_rfc_8037():
    """The example of RFC 8037, appendix A.3."""
    assert thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
