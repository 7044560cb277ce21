"""The HR client against statements sealed by the real code, over a real socket: right ones, forged ones, and kills."""

import gzip
import hashlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from infra.hr_client import Refused, canonical, thumbprint
from services.incentives import sealing
from services.incentives.keys import SigningKey, jwk
from tests.services.incentives.books_example import KEY, closed, line

CLIENT = Path(__file__).parents[2] / "infra" / "hr_client.py"
OTHER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
LINES = [
    line(3),
    line(4, 900, staff="S0042"),
    line(12, -900, staff="S0042", entry="adjusted", adjusts="line00004"),
    line(14, 300, period="2026-11"),
    line(25, 1_500, period="2026-12"),
]


def sealed():
    state = closed(("2026-10", LINES, 10), ("2026-11", LINES, 20), ("2026-12", LINES, 30))
    return [sealing.statement(state.seals, seq, LINES) for seq in (1, 2, 3)]


def resealed(statement, key=KEY):
    """Sealed again with a key after it was changed: what only an insider could do."""
    body = {k: v for k, v in statement.items() if k not in {"hash", "kid", "signature"}}
    digest = sealing.digest(body)
    return {**body, "hash": digest.hex(), "kid": key.kid, "signature": sealing.base64url(key.sign(digest))}


class Bank(ThreadingHTTPServer):
    """The feed by its contract: pages, acknowledgements in order. ``delay`` slows each answer."""

    daemon_threads = True

    def __init__(self, statements):
        super().__init__(("127.0.0.1", 0), Answers)
        self.statements = statements
        self.keys = [jwk(KEY.kid, KEY.public)]
        self.acknowledged = []
        self.asked = []
        self.delay = 0.0
        self.page = 100

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        self.server.asked.append(self.path)
        if self.headers["Authorization"] != "Bearer secret":
            self.answer(401, {"code": "bad_token"})
        elif url.path.endswith("/keys"):
            self.answer(200, {"keys": self.server.keys})
        else:
            query = parse_qs(url.query)
            after = int(query["after"][0])
            found = self.server.statements[after : after + min(self.server.page, int(query["limit"][0]))]
            self.answer(200, {"statements": found, "head": len(self.server.statements)})

    def do_POST(self):
        self.server.asked.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        acknowledged = self.server.acknowledged
        right = self.server.statements[body["seq"] - 1]["hash"] == body["hash"]
        if body["seq"] > len(acknowledged) + 1:
            self.answer(409, {"code": "ack_out_of_order"})
        elif not right:
            self.answer(409, {"code": "ack_hash_mismatch"})
        else:
            if body["seq"] == len(acknowledged) + 1:
                acknowledged.append(body["hash"])
            self.answer(200, {"id": "all", "version": 1, "position": "x"})

    def answer(self, status, body):
        time.sleep(self.server.delay)
        raw = gzip.compress(json.dumps(body).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


@pytest.fixture
def bank():
    server = Bank(sealed())
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


class Hr:
    def __init__(self, bank, directory):
        self.bank = bank
        self.store = directory / "hr.sqlite"
        self.token = directory / "token"
        self.token.write_text("secret\n")

    def command(self, *more):
        where = ["--url", self.bank.url, "--token-file", str(self.token), "--store", str(self.store)]
        return [sys.executable, str(CLIENT), *where, *more, "pull"]

    def pull(self, *more):
        return subprocess.run(self.command(*more), capture_output=True, text=True, timeout=60, check=False)

    def read(self, query):
        with closing(sqlite3.connect(self.store)) as db:
            return db.execute(query).fetchall()

    def stored(self):
        return [seq for (seq,) in self.read("SELECT seq FROM statements ORDER BY seq")]

    def lines(self):
        return [name for (name,) in self.read("SELECT line_id FROM lines ORDER BY line_id")]


@pytest.fixture
def hr(bank, tmp_path):
    return Hr(bank, tmp_path)


def hashes(bank):
    return [statement["hash"] for statement in bank.statements]


def test_i12_pulls_checks_stores_and_acknowledges(bank, hr):
    run = hr.pull()
    assert (run.returncode, run.stderr) == (0, "")
    assert hr.stored() == [1, 2, 3]
    assert bank.acknowledged == hashes(bank)
    assert (
        "statement 2 (period 2026-11): signature, hash, chain and totals hold; stored with 2 lines (1 corr"
        in run.stdout
    )
    assert "S0007: 2.400 points" in run.stdout
    assert "S0042: 0.000 points" in run.stdout
    assert run.stdout.count("acknowledged") == 4


def test_i12_a_second_pull_finds_nothing_new_and_asks_after_the_last(bank, hr):
    hr.pull()
    run = hr.pull()
    assert run.returncode == 0
    assert "0 new statements; the last is 3" in run.stdout
    assert bank.asked[-1].endswith("after=3&limit=100")
    assert len(bank.asked) == (1 + 1 + 3 + 1) + (1 + 1)
    assert hr.lines() == sorted(one["line_id"] for one in LINES)


def test_i12_what_comes_later_is_pulled_later(bank, hr):
    later = bank.statements.pop()
    assert hr.pull().returncode == 0
    assert hr.stored() == [1, 2]
    bank.statements.append(later)
    assert "1 new statements" in hr.pull().stdout
    assert hr.stored() == [1, 2, 3]


def test_i12_pages_are_followed(bank, hr):
    bank.page = 1
    assert hr.pull().returncode == 0
    assert hr.stored() == [1, 2, 3]


def change(statement, path, value):
    """A copy with one field changed; ``path`` leads to it."""
    copy = json.loads(json.dumps(statement))
    place = copy
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    return copy


def refused(hr, run, *, stored, because):
    assert run.returncode == 1
    assert hr.stored() == stored
    assert hr.bank.acknowledged == hashes(hr.bank)[: len(stored)]
    (said,) = run.stderr.splitlines()
    assert because in said, said


FORGED = [
    (("period",), "2026-12"),
    (("kind",), "contest"),
    (("plan", "hash"), "0" * 64),
    (("plan", "version"), 2),
    (("log", 0, "last"), 21),
    (("sealed_at",), "2026-11-01T02:00:01Z"),
    (("lines", 0, "points_milli"), -901),
    (("lines", 0, "points_milli"), -900.5),
    (("lines", 0, "points_milli"), "-900"),
    (("lines", 0, "staff_id"), "S0099"),
    (("lines", 0, "unit_id"), "B99"),
    (("lines", 0, "indicator"), "other"),
    (("lines", 0, "entry"), "vested"),
    (("lines", 0, "of_period"), "2026-11"),
    (("lines", 0, "adjusts"), None),
    (("lines", 0, "line_id"), "x"),
    (("lines",), []),
    (("lines",), None),
    (("lines",), 7),
    (("totals", "lines"), 3),
    (("totals", "points_milli"), 0),
    (("totals", "by_staff", "S0042"), 0),
]


@pytest.mark.parametrize(("path", "value"), FORGED, ids=str)
def test_i12_a_changed_field_is_refused_and_nothing_of_it_stored(bank, hr, path, value):
    bank.statements[1] = change(bank.statements[1], path, value)
    run = hr.pull()
    assert run.returncode == 1
    assert hr.stored() in ([1], [])  # a number that no statement can hold ends the whole page
    assert "Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_i12_a_changed_hash_or_signature_is_refused(bank, hr):
    good = bank.statements[1]
    bank.statements[1] = change(good, ("hash",), hashlib.sha256(b"x").hexdigest())
    refused(hr, hr.pull(), stored=[1], because="statement 2 is refused: its content does not have its hash")
    bank.statements[1] = change(good, ("signature",), bank.statements[0]["signature"])
    refused(hr, hr.pull(), stored=[1], because="its signature is not that of its key")
    bank.statements[1] = change(good, ("signature",), "!")
    refused(hr, hr.pull(), stored=[1], because="its signature is not that of its key")
    bank.statements[1] = good
    assert hr.pull().returncode == 0


def test_i12_another_key_is_refused_unless_published_and_trusted(bank, hr):
    bank.statements[1] = resealed(bank.statements[1], OTHER)
    refused(hr, hr.pull(), stored=[1], because="which is not published or not trusted")
    bank.keys.append(jwk(OTHER.kid, OTHER.public))
    refused(hr, hr.pull("--trust", KEY.kid), stored=[1], because="which is not published or not trusted")


def test_i12_a_new_published_key_is_taken_and_said(bank, hr):
    hr.pull()
    bank.keys.append(jwk(OTHER.kid, OTHER.public))
    assert f"new signing key {OTHER.kid}" in hr.pull().stdout


def test_i12_a_key_under_a_false_name_is_refused(bank, hr):
    bank.keys[0] = jwk(KEY.kid, OTHER.public)
    refused(hr, hr.pull(), stored=[], because="is not the Ed25519 key that its name says")


def test_i12_a_hole_a_repetition_and_another_past_are_refused(bank, hr):
    first, second, third = bank.statements
    bank.statements = [first, third]
    refused(hr, hr.pull(), stored=[1], because="the chain has a hole: after 1 comes 2")
    bank.statements = [first, first]
    refused(hr, hr.pull(), stored=[1], because="the chain has a hole")
    bank.statements = [first, resealed(second | {"prev_hash": "f" * 64})]
    refused(hr, hr.pull(), stored=[1], because="it does not follow the statement that is stored before it")


def test_i12_signed_totals_that_are_wrong_are_refused_all_the_same(bank, hr):
    first, second, _ = bank.statements
    for totals in (
        second["totals"] | {"points_milli": 1},
        second["totals"] | {"lines": 9},
        second["totals"] | {"by_staff": {}},
    ):
        bank.statements = [first, resealed(second | {"totals": totals})]
        refused(hr, hr.pull(), stored=[1], because="its control totals do not equal the sums of its lines")


def test_i12_a_line_that_comes_twice_is_refused(bank, hr):
    first, second, _ = bank.statements
    twice = [*second["lines"], second["lines"][0]]
    bank.statements = [first, resealed(second | {"lines": twice, "totals": sealing.totals(twice)})]
    refused(hr, hr.pull(), stored=[1], because="control totals")
    again = [*second["lines"], first["lines"][0]]
    bank.statements = [first, resealed(second | {"lines": again, "totals": sealing.totals(again)})]
    refused(hr, hr.pull(), stored=[1], because="is stored from another statement already")


def test_a_bank_that_refuses_or_is_away_ends_in_one_line(bank, hr):
    hr.token.write_text("wrong")
    run = hr.pull()
    assert (run.returncode, run.stdout) == (1, "")
    assert "GET /api/incentives/hr/keys was answered 401" in run.stderr
    hr.token.unlink()
    assert "No such file" in hr.pull().stderr
    hr.token.write_text("secret")
    bank.shutdown()
    bank.server_close()
    run = hr.pull()
    assert run.returncode == 1
    assert "the bank does not answer" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_a_store_that_is_none_ends_in_one_line(hr):
    hr.store.write_text("a shopping list, long enough to be no database at all")
    assert hr.pull().stderr == "hr: file is not a database\n"


def test_i12_killed_after_storing_it_acknowledges_in_the_next_run(bank, hr):
    hr.pull()
    bank.acknowledged.clear()
    with closing(sqlite3.connect(hr.store)) as db, db:
        db.execute("UPDATE statements SET acknowledged_at = NULL")
    assert hr.pull().returncode == 0
    assert bank.acknowledged == hashes(bank)


def test_i12_killed_at_any_moment_leaves_no_gap_and_no_double(bank, hr):
    """Twenty times at random, from its first steps to its last; in the end everything is there once."""
    bank.page = 1
    bank.delay = 0.04
    chance = random.Random(20)
    states = set()
    for _ in range(20):
        if len(_kept(hr)) == 3:  # begin again, so that each kill finds something to interrupt
            for file in hr.store.parent.glob("hr.sqlite*"):
                file.unlink()
            bank.acknowledged.clear()
        bank.asked.clear()
        running = subprocess.Popen(hr.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        requests = chance.randint(0, 8)
        while len(bank.asked) < requests and running.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 2 * bank.delay))
        running.kill()
        running.wait()
        kept = _kept(hr)
        states.add((len(kept), len(bank.acknowledged)))
        assert kept == hashes(bank)[: len(kept)]
        assert bank.acknowledged == hashes(bank)[: len(bank.acknowledged)]
        assert len(bank.acknowledged) <= len(kept)
    assert len(states) > 2, states
    bank.delay = 0
    assert hr.pull().returncode == 0
    assert _kept(hr) == bank.acknowledged == hashes(bank)
    assert hr.lines() == sorted(one["line_id"] for one in LINES)


def _kept(hr):
    try:
        return [digest for (digest,) in hr.read("SELECT hash FROM statements ORDER BY seq")]
    except sqlite3.OperationalError:  # killed before there was a table
        return []


def test_two_runs_at_once_do_no_harm(bank, hr):
    bank.delay = 0.02
    runs = [subprocess.Popen(hr.command(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    ends = [(*run.communicate(timeout=60), run.returncode) for run in runs]
    assert [code for _, _, code in ends] == [0, 0], ends
    assert _kept(hr) == bank.acknowledged == hashes(bank)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(TREES)
def test_i12_its_canonical_json_is_that_of_rfc_8785(value):
    assert canonical(value) == sealing.canonical(value)


def test_i12_a_fraction_is_refused():
    with pytest.raises(Refused, match="fraction"):
        canonical({"points_milli": 0.5})


def test_its_thumbprint_is_ours():
    assert thumbprint(KEY.public) == KEY.kid


def test_it_imports_nothing_of_ours():
    imported = [text for text in CLIENT.read_text().splitlines() if text.startswith(("import ", "from "))]
    assert not [
        text for text in imported if text.split()[1].split(".")[0] in {"infra", "services", "shared", "loadtests"}
    ]
