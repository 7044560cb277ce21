"""What every HTTP entrypoint promises, tried on a real service over a real socket."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.shared.bank import Bank

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def bank(servers, mongo, tmp_path_factory):
    mongo.drop_database("bank")
    bank = Bank(servers, tmp_path_factory.mktemp("bank"))
    bank.start()
    yield bank
    bank.stop()
    mongo.drop_database("bank")


@pytest.fixture
def key(bank):
    return bank.http.post("/api/bank", json={"owner": "Li", "branch": "B01"}).json()["id"]


def take(bank, key, amount, **headers):
    return bank.http.post(f"/api/bank/{key}/take", json={"amount": amount}, headers=headers)


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert "Traceback" not in answer.text
    assert "hunter2" not in answer.text
    return body


def test_a_command_answers_with_id_version_and_position(bank):
    answer = bank.http.post("/api/bank", json={"owner": "Li", "branch": "B01"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["version"] == 1
    assert body["position"] == f"bank/account-{body['id']}@1"
    assert answer.headers["etag"] == '"1"'


def test_one_reads_ones_own_write(bank, key):
    for n in range(1, 6):
        position = take(bank, key, 10).json()["position"]
        assert bank.http.get(f"/api/bank/{key}", params={"after": position}).json()["total"] == 10 * n


def test_an_idempotency_key_answers_the_same_and_makes_no_second_event(bank, key):
    first, second = (take(bank, key, 7, **{"Idempotency-Key": f"once-{key}"}) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert take(bank, key, 1).json()["version"] == 3


def test_creating_twice_under_one_key_creates_once(bank):
    def post():
        return bank.http.post("/api/bank", json={"owner": "Wu", "branch": "B"}, headers={"Idempotency-Key": "new"})

    assert post().content == post().content


def test_a_key_with_another_body_or_place_is_refused(bank, key):
    headers = {"Idempotency-Key": f"body-{key}"}
    take(bank, key, 7, **headers)
    is_problem(take(bank, key, 8, **headers), 422, "idempotency_key_reused")
    other = bank.http.post("/api/bank", json={"owner": "Wu", "branch": "B"}).json()["id"]
    is_problem(take(bank, other, 7, **headers), 422, "idempotency_key_reused")


def test_keys_belong_to_their_caller(bank, key):
    headers = {"Idempotency-Key": f"mine-{key}"}
    take(bank, key, 7, **headers)
    answer = take(bank, key, 8, **headers, **bank.authorization("teller", staff="S0002"))
    assert answer.json()["version"] == 3


def test_a_stale_if_match_is_refused(bank, key):
    take(bank, key, 1)
    is_problem(take(bank, key, 1, **{"If-Match": '"1"'}), 412, "stale")
    assert take(bank, key, 1, **{"If-Match": '"2"'}).status_code == 200


def test_a_bad_body_names_every_field(bank):
    body = is_problem(bank.http.post("/api/bank", json={"owner": "", "colour": "red"}), 422, "invalid")
    assert set(body["errors"]) == {"owner", "branch", "colour"}


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b"7"])
def test_what_is_no_json_object_is_refused(bank, content):
    answer = bank.http.post("/api/bank", content=content)
    assert answer.status_code in {400, 422}
    is_problem(answer, answer.status_code, answer.json()["code"])


def test_no_token_wrong_token_wrong_role(bank, key):
    is_problem(bank.http.get(f"/api/bank/{key}", headers={"Authorization": ""}), 401, "no_token")
    is_problem(bank.http.get(f"/api/bank/{key}", headers={"Authorization": "Bearer x.y.z"}), 401, "bad_token")
    is_problem(take(bank, key, 1, **bank.authorization("auditor")), 403, "wrong_role")


def test_an_idempotency_key_that_is_none_is_refused(bank, key):
    for none in ("", "two words", "k" * 129):
        is_problem(take(bank, key, 1, **{"Idempotency-Key": none}), 400, "bad_idempotency_key")


def test_an_oversized_body_is_refused(bank):
    is_problem(bank.http.post("/api/bank", content=b" " * 1_100_000), 413, "body_too_large")


def test_a_body_of_unknown_length_is_refused(bank):
    answer = bank.http.post("/api/bank", content=iter([b"{}"]))
    is_problem(answer, 411, "length_required")


def test_what_does_not_exist_is_not_found(bank):
    is_problem(take(bank, "nobody", 1), 404, "not_found")
    is_problem(bank.http.get("/api/bank/nobody"), 404, "not_found")
    is_problem(bank.http.get("/api/other"), 404, "not_found")
    refused = bank.http.delete("/api/bank")
    is_problem(refused, 405, "method_not_allowed")
    assert "POST" in refused.headers["Allow"]


def test_a_command_is_refused_for_what_is_not_there_only_by_the_whole_log(bank):
    """A projection that stands behind has not the last word: what its caller has seen before is there by the log."""

    def take_shown(key, **headers):
        return bank.http.post(f"/api/bank/{key}/take-shown", json={"amount": 3}, headers=headers)

    bank.kill("projector")
    key = bank.http.post("/api/bank", json={"owner": "Wu", "branch": "B"}).json()["id"]
    take(bank, key, 1)
    is_problem(take_shown(key), 404, "not_found")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(take_shown, key, **{"Idempotency-Key": f"shown-{key}"})
        time.sleep(1)
        assert not waiting.done()
        bank.start("projector")
        assert waiting.result().status_code == 200
    is_problem(take_shown("none", **{"Idempotency-Key": f"none-{key}"}), 404, "not_found")


def test_a_broken_rule_is_named(bank, key):
    assert is_problem(take(bank, key, -1), 409, "bad_amount")["rule"] == "X1"


def test_a_bug_tells_nothing(bank):
    is_problem(bank.http.post("/api/bank/break"), 500, "internal")
    assert "request_failed" in bank.log("service")


def test_a_foreign_position_is_refused(bank, key):
    is_problem(bank.http.get(f"/api/bank/{key}", params={"after": "elsewhere/x@1"}), 422, "bad_position")


def test_a_correlation_id_goes_with_the_events(bank, key, mongo):
    take(bank, key, 1, **{"X-Correlation-Id": "story-7"})
    assert (
        mongo.bank.commits.find_one({"stream": f"account-{key}", "version": 2})["meta"]["correlation_id"] == "story-7"
    )


def test_answers_are_compressed_and_conditional(bank, key):
    plain = bank.http.get(f"/api/bank/{key}/statement", headers={"Accept-Encoding": "identity"})
    packed = bank.http.get(f"/api/bank/{key}/statement", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == b"x" * 5_000
    again = bank.http.get(f"/api/bank/{key}/statement", headers={"If-None-Match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_correlation_id_that_is_no_plain_word_is_replaced(bank, key, mongo):
    """It becomes a property of a message, which has little room: an overlong one must not stop the relay."""
    position = take(bank, key, 1, **{"X-Correlation-Id": "x" * 5_000}).json()["position"]
    kept = mongo.bank.commits.find_one({"_id": position.removeprefix("bank/")})["meta"]["correlation_id"]
    assert len(kept) <= 64
    assert bank.http.get(f"/api/bank/{key}", params={"after": position}).status_code == 200


@pytest.mark.parametrize("version", ["x", "²", "9" * 40, "1.5"])
def test_an_if_match_that_is_no_version_is_refused(bank, key, version):
    answer = take(bank, key, 1, **{"If-Match": version.encode()})
    assert answer.status_code in {400, 412}
    is_problem(answer, answer.status_code, answer.json()["code"])


def test_an_invented_position_is_refused_at_once(bank, key):
    is_problem(bank.http.get(f"/api/bank/{key}", params={"after": "bank/account-nobody@1"}), 422, "bad_position")


def test_a_large_body_is_refused_where_none_is_read(bank):
    is_problem(bank.http.post("/api/bank/break", content=b" " * 1_100_000), 413, "body_too_large")


def test_a_request_is_logged_under_its_own_correlation_id(bank):
    bank.http.post("/api/bank/break", headers={"X-Correlation-Id": "broken-by-test"})
    lines = [line for line in bank.log("service").splitlines() if "request_failed" in line]
    assert '"process": "bank"' in lines[-1]
