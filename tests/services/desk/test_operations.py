"""The screens of operations: what needs a hand, what is parked and who decides, feeds, the last load test, charts."""

import csv
import io
import re

import pytest

from services.desk.web.operations.charts import of_history, of_load_test
from services.desk.web.operations.troubles import BEHIND, LATE_HOURS, troubles
from tests.services.desk import story

OPS = "S0501"
API = "/api/operations"
AT = "2026-09-01T01:00:00+00:00"
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
stack = pytest.mark.stack
PAGES = ["/ops", "/ops/parked", "/ops/feeds", "/ops/load-test"]


def process(name="leads", pid=4711, deaths=0):
    return {"process": name, "pid": pid, "deaths": deaths, "resident": 90_000_000}


def subscription(name="desk.hr", lag=0, parked=0, queue="q1"):
    return {
        "owner": name.partition(".")[0], "name": name, "source": "leads", "partition": 0, "checkpoint": 10,
        "lag": lag, "parked": parked, "queue": queue,
    }  # fmt: skip


def standing(**changes):
    return {
        "relays": [{"service": "leads", "partition": 0, "head": 12, "published": 12, "unnumbered": 0}],
        "subscriptions": [subscription(), subscription("bundling.offers", queue="q2")],
        "queues": [{"name": "q1", "messages": 0, "consumers": 1}, {"name": "q2", "messages": None, "consumers": 0}],
        "dead_lettered": 0, "parked": 0, "discarded": 0, "oldest_unacknowledged": None,
    } | changes  # fmt: skip


def view(**changes):
    facts = {"at": AT, "processes": [process()], "silent": [], "standing": standing()}
    return (
        facts
        | {name: changes.pop(name) for name in list(changes) if name in facts}
        | ({"standing": standing(**changes)} if changes else {})
    )


def sample(second, appended, **changes):
    return {
        "at": f"2026-09-01T01:00:{second:02}+00:00", "lag": {"desk": 4, "leads": 0}, "appended": appended,
        "published": appended - 1, "unpublished": 1, "queued": 7, "parked": 0, "resident": 500_000_000,
    } | changes  # fmt: skip


def parked(**changes):
    return {
        "subscription": "bundling.offers", "source": "leads", "partition": 0, "stream": "lead-l1",
        "event_id": "leads/lead-l1@4", "type": "lead_won", "position": 1_204, "parked_at": AT, "attempts": 3,
        "error": "UnknownEvent: lead_won schema 9", "released": False, "waiting": 2, "discard": None,
    } | changes  # fmt: skip


def proposal(by=OPS, **more):
    return {"proposed_by": by, "proposed_at": AT, "reason": "typed twice"} | more


def report(**changes):
    return {
        "ended_at": AT, "rate": 50.0, "passed": True, "drained": True, "invariants_held": True,
        "figures": [
            {"name": "failures", "value": 0.0, "limit": 0.0, "kept": True},
            {"name": "command_p99_ms", "value": 1_234.5, "limit": 1_000.0, "kept": False},
            {"name": "requests", "value": 1_500.0, "limit": None, "kept": True},
        ],
        "seconds": [{"at": AT, "rate": 48.0, "failures": 0.0, "users": 20, "p50_ms": None, "p99_ms": 90.0}],
    } | changes  # fmt: skip


FEED = {
    "feed_id": "f1", "kind": "customers", "name": "customers-2026-09-15", "digest": "d", "rows": 1_000,
    "recorded": 900, "unchanged": 97, "rejected": 3, "loaded_at": AT,
}  # fmt: skip


@pytest.fixture
def told(front):
    front.tell("GET", f"{API}/standing", 200, view())
    front.tell("GET", f"{API}/history", 200, {"every_seconds": 5, "samples": [sample(0, 10), sample(5, 60)]})
    front.tell("GET", f"{API}/parked", 200, {"parked": [parked()]})
    front.tell("GET", f"{API}/load-test", 200, report())
    front.tell("GET", "/api/registry/feeds", 200, {"feeds": [FEED]})
    return front


def rows(visitor):
    assert visitor.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))


# What needs a hand: pure.


def kinds(**changes):
    return [(one.kind, one.what, one.count) for one in troubles(view(**changes))]


def test_nothing_needs_a_hand_where_all_is_well():
    assert kinds() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"silent": ["broker"]}, ("silent", "broker", 0)),
        ({"processes": [process(), process("relay", None, 3)]}, ("down", "relay", 3)),
        ({"parked": 2}, ("parked", "", 2)),
        ({"dead_lettered": 1}, ("dead_lettered", "", 1)),
        ({"queues": [{"name": "q1", "messages": 9, "consumers": 0}]}, ("alone", "q1", 9)),
        ({"subscriptions": [subscription(lag=BEHIND)]}, ("behind", "desk.hr", BEHIND)),
        (
            {"oldest_unacknowledged": {"seq": 3, "period": "2026-08", "sealed_at": AT, "hours": LATE_HOURS}},
            ("late", "2026-08", 72),
        ),
    ],
)
def test_each_thing_that_needs_a_hand_is_named(changes, found):
    assert kinds(**changes) == [found]


@pytest.mark.parametrize(
    "changes",
    [
        {"subscriptions": [subscription(lag=BEHIND - 1)]},
        {"dead_lettered": None},
        {"oldest_unacknowledged": {"seq": 3, "period": "2026-08", "sealed_at": AT, "hours": 71.9}},
    ],
)
def test_what_passes_by_itself_needs_none(changes):
    assert kinds(**changes) == []


def test_a_silent_database_is_told_though_nothing_else_can_be():
    assert kinds(silent=["database"], standing=None) == [("silent", "database", 0)]


# Charts: pure but for their words.


@stack
def test_charts_are_drawn_from_what_was_measured(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        told = of_history({"samples": [sample(0, 10), sample(5, 60, lag={"desk": 1})]})
    assert told["at"][1] - told["at"][0] == 5
    assert {line["label"]: line["values"] for line in told["charts"]["lag"]} == {"desk": [4, 1], "leads": [0, 0]}
    assert told["charts"]["events"][0]["values"] == [None, 10.0]
    assert told["charts"]["memory"][0]["values"] == [500.0, 500.0]
    assert {len(line["values"]) for lines in told["charts"].values() for line in lines} == {2}


@stack
@pytest.mark.parametrize("samples", [[], [sample(0, 10)]])
def test_few_samples_make_short_lines(app, samples):
    with app.test_request_context():
        told = of_history({"samples": samples})
    assert {len(line["values"]) for lines in told["charts"].values() for line in lines} == {len(samples)}


@stack
def test_a_load_test_is_drawn_second_by_second(app):
    with app.test_request_context():
        told = of_load_test(report()["seconds"])
    assert [line["values"] for line in told["charts"]["latency"]] == [[None], [90.0]]


# Pages.


@stack
@LANGUAGES
def test_their_day_begins_with_how_everything_stands(browser, told, language):
    visitor = browser(OPS, language)
    assert visitor.path == "/ops"
    said = "一切正常" if language == "zh-CN" else "Nothing needs a hand"
    assert said in visitor.text
    assert 'data-charts-from="/ops/figures"' in visitor.text


@stack
@pytest.mark.parametrize("path", [*PAGES, "/ops/figures", "/ops/processes", "/ops/subscriptions"])
def test_others_have_no_business_there(browser, told, path):
    visitor = browser(story.ZHANG)
    before = len(told.asked)
    assert visitor.open(path).page.status_code == 403
    assert len(told.asked) == before


@stack
@pytest.mark.parametrize("path", PAGES)
def test_an_auditor_looks_and_decides_nothing(browser, told, path):
    visitor = browser(story.AUDITOR).open(path)
    assert visitor.page.status_code == 200
    assert "Try again" not in visitor.text
    assert visitor.client.post("/ops/parked/bundling.offers/lead-l1/redrive").status_code in {400, 403}


@stack
def test_an_auditor_who_sends_the_form_all_the_same_is_refused(browser, told):
    visitor = browser(story.AUDITOR).open("/ops/parked")
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.text)[1]
    visitor.send("/ops/parked/bundling.offers/lead-l1/redrive", form=[("csrf_token", token)])
    assert visitor.page.status_code == 403
    assert told.commands == []


@stack
@pytest.mark.parametrize("path", PAGES)
@LANGUAGES
def test_where_nobody_answers_the_page_says_what_to_do(browser, front, path, language):
    front.tell("GET", f"{API}/load-test", 503, b"")
    visitor = browser(OPS, language).open(path)
    assert visitor.page.status_code == 503
    assert "liandong status" in visitor.text


@stack
def test_what_needs_a_hand_is_told_in_words(browser, told):
    told.tell(
        "GET",
        f"{API}/standing",
        200,
        view(
            silent=["broker"],
            processes=[process("relay", None, 3)],
            standing=standing(
                parked=1,
                queues=[{"name": "q1", "messages": 9, "consumers": 0}],
                subscriptions=[subscription(lag=5_000, parked=1)],
            ),
        ),
    )
    page = browser(OPS).open("/ops").text
    for words in ("5 things need a hand", "The broker does not answer", "relay is down", "It died 3 times.",
                  "1 event is parked", "Nobody consumes the queue q1.", "9 messages wait", "desk.hr is 5000 events behind."):  # fmt: skip
        assert words in page, words


@stack
def test_only_those_behind_are_listed_until_all_are_asked_for(browser, told):
    told.tell("GET", f"{API}/standing", 200, view(subscriptions=[subscription(), subscription("leads.people", lag=2)]))
    visitor = browser(OPS).open("/ops")
    assert "leads.people" in visitor.text
    assert "desk.hr" not in visitor.text
    assert "desk.hr" in visitor.open("/ops?show=all").text


@stack
def test_all_caught_up_is_said_with_their_number(browser, told):
    assert "All 2 subscriptions have caught up." in browser(OPS).open("/ops").text


@stack
def test_a_silent_database_leaves_the_processes_to_be_seen(browser, told):
    told.tell("GET", f"{API}/standing", 200, view(silent=["database"], standing=None))
    visitor = browser(OPS).open("/ops")
    assert visitor.page.status_code == 200
    assert "The database does not answer." in visitor.text
    assert "4711" in visitor.text


@stack
def test_figures_are_given_to_the_charts(browser, told):
    visitor = browser(OPS).open("/ops/figures")
    assert visitor.page.get_json()["charts"]["events"][0] == {"label": "recorded a second", "values": [None, 10.0]}
    assert visitor.page.get_json()["timezone"] == "Asia/Shanghai"


@stack
def test_processes_and_subscriptions_are_taken_as_files(browser, told):
    visitor = browser(OPS)
    assert rows(visitor.open("/ops/processes"))[1] == ["leads", "4711", "0", "90000000"]
    found = rows(visitor.open("/ops/subscriptions"))
    assert [row[0] for row in found[1:]] == ["bundling.offers", "desk.hr"]
    assert [row[-2:] for row in found[1:]] == [["", "0"], ["0", "1"]]
    assert rows(visitor.open("/ops/logs"))[1] == ["leads", "0", "12", "12", "0"]
    assert [one["name"] for one in told.taken] == ["processes.csv", "subscriptions.csv", "logs.csv"]


# Parked events.


@stack
@LANGUAGES
def test_a_parked_event_is_shown_with_what_waits(browser, told, language):
    page = browser(OPS, language).open("/ops/parked").text
    for words in ("lead_won", "leads/lead-l1@4", "UnknownEvent: lead_won schema 9", "bundling.offers", "1,204"):
        assert words in page, words
    assert re.search(r"(Waiting behind it|其后等待)</dt><dd>2<", page)


@stack
def test_it_is_tried_again(browser, told):
    action = "/ops/parked/bundling.offers/lead-l1/redrive"
    told.tell("POST", f"{API}/parked/bundling.offers/lead-l1/redrive", 200, {"released": 3})
    visitor = browser(OPS).open("/ops/parked").send(action)
    assert visitor.path == "/ops/parked"
    assert "They are tried again." in visitor.text
    ((_, path, body, key, principal),) = told.commands
    assert (path, body, bool(key), principal.staff_id) == (
        f"{API}/parked/bundling.offers/lead-l1/redrive",
        {},
        True,
        OPS,
    )


@stack
def test_what_one_cause_parked_in_many_places_is_tried_again_at_once(browser, told):
    many = [parked(), parked(subscription="desk.hr"), parked(stream="lead-l2", released=True)]
    told.tell("GET", f"{API}/parked", 200, {"parked": many})
    told.tell("POST", f"{API}/parked/bundling.offers/lead-l1/redrive", 200, {"released": 3})
    told.refuse("POST", f"{API}/parked/desk.hr/lead-l1/redrive", 404, code="not_parked", detail="gone")
    visitor = browser(OPS).open("/ops/parked").send("/ops/parked/redrive")
    assert "They are tried again." in visitor.text
    keys = {key for _, _, _, key, _ in told.commands}
    assert [path.rsplit("/", 3)[1:3] for _, path, _, _, _ in told.commands] == [
        ["bundling.offers", "lead-l1"],
        ["desk.hr", "lead-l1"],
    ]
    assert len(keys) == 2


@stack
def test_of_trying_all_again_the_first_that_is_refused_is_told(browser, told):
    told.tell("GET", f"{API}/parked", 200, {"parked": [parked(), parked(subscription="desk.hr")]})
    told.refuse("POST", f"{API}/parked/bundling.offers/lead-l1/redrive", 403, code="wrong_role", detail="Not you.")
    visitor = browser(OPS).open("/ops/parked").send("/ops/parked/redrive")
    assert visitor.page.status_code == 403
    assert "Not you." in visitor.text
    assert len(told.commands) == 1


@stack
def test_leaving_it_out_is_proposed_with_a_reason(browser, told):
    action = "/ops/parked/bundling.offers/lead-l1/discard"
    told.tell("POST", f"{API}/parked/bundling.offers/lead-l1/discard", 200, {"event_id": "leads/lead-l1@4"})
    visitor = browser(OPS).open("/ops/parked").send(action, ("reason", " typed twice "))
    assert told.commands[0][2] == {"event_id": "leads/lead-l1@4", "reason": "typed twice"}
    assert "Somebody else of operations must confirm it." in visitor.text


@stack
def test_without_a_reason_the_form_says_so_in_place_and_stays_open(browser, told):
    action = "/ops/parked/bundling.offers/lead-l1/discard"
    errors = {"reason": ["Length must be between 1 and 500."]}
    told.refuse(
        "POST", f"{API}/parked/bundling.offers/lead-l1/discard", 422, code="invalid", detail="No.", errors=errors
    )
    visitor = browser(OPS).open("/ops/parked").send(action, ("reason", ""))
    assert visitor.page.status_code == 422
    assert "<details open>" in visitor.text
    assert "Say it in 1 to 500 letters." in visitor.text


@stack
@pytest.mark.parametrize(("by", "offered"), [("S0777", True), (OPS, False)])
def test_only_somebody_else_confirms(browser, told, by, offered):
    told.tell("GET", f"{API}/parked", 200, {"parked": [parked(discard=proposal(by))]})
    visitor = browser(OPS).open("/ops/parked")
    assert ("Confirm that it is left out" in visitor.text) == offered
    assert ("somebody else of operations must confirm" in visitor.text) == (not offered)
    assert "typed twice" in visitor.text


@stack
def test_a_confirmed_one_goes_on(browser, told):
    told.tell("GET", f"{API}/parked", 200, {"parked": [parked(discard=proposal("S0777"))]})
    told.tell("POST", f"{API}/parked/bundling.offers/lead-l1/discard/confirm", 200, {"event_id": "leads/lead-l1@4"})
    visitor = browser(OPS).open("/ops/parked").send("/ops/parked/bundling.offers/lead-l1/confirm")
    assert "The event is left out." in visitor.text
    assert told.commands[0][2] == {"event_id": "leads/lead-l1@4", "proposed_at": proposal("S0777")["proposed_at"]}


@stack
@LANGUAGES
def test_what_was_handled_meanwhile_is_told(browser, told, language):
    visitor = browser(OPS, language).open("/ops/parked")
    told.refuse(
        "POST", f"{API}/parked/bundling.offers/lead-l1/redrive", 404, code="not_parked", detail="nothing is parked"
    )
    told.tell("GET", f"{API}/parked", 200, {"parked": []})
    visitor.send("/ops/parked/bundling.offers/lead-l1/redrive")
    assert visitor.page.status_code == 404
    assert ("该流已没有搁置事件" if language == "zh-CN" else "nothing is parked") in visitor.text


@stack
def test_what_was_left_out_is_shown_with_both_who_decided(browser, told):
    decided = proposal(confirmed_by="S0777", confirmed_at=AT)
    told.tell("GET", f"{API}/parked", 200, {"parked": [parked(discard=decided)]})
    visitor = browser(OPS).open("/ops/parked?show=discarded")
    assert told.queries[-1] == (f"{API}/parked", {"discarded": "true", "limit": "1000"})
    assert "S0777" in visitor.text
    assert "Try again" not in visitor.text


@stack
def test_parked_events_are_taken_as_a_file(browser, told):
    head, row = rows(browser(OPS).open("/ops/parked?as=csv"))
    assert len(head) == len(row) == 10
    assert row[3:5] == ["leads/lead-l1@4", "lead_won"]


@stack
def test_nothing_parked_is_good_news(browser, told):
    told.tell("GET", f"{API}/parked", 200, {"parked": []})
    assert "Nothing is parked." in browser(OPS).open("/ops/parked").text


# Feeds and load test.


@stack
def test_feeds_are_told_with_their_counts_and_rejects(browser, told):
    told.tell("GET", "/api/registry/feeds/f1/rejects", 200, b"line,column,reason\n", "text/csv")
    visitor = browser(OPS).open("/ops/feeds")
    assert "customers-2026-09-15" in visitor.text
    assert rows(browser(OPS).open("/ops/feeds?as=csv"))[1][2:6] == ["1000", "900", "97", "3"]
    visitor.open("/ops/feeds/f1/rejects")
    assert visitor.text == "line,column,reason\n"
    assert visitor.page.headers["Content-Disposition"] == 'attachment; filename="rejects-f1.csv"'


@stack
@pytest.mark.parametrize(("passed", "said"), [(True, "Passed"), (False, "Failed")])
def test_the_last_load_test_is_told_beside_its_limits(browser, told, passed, said):
    told.tell("GET", f"{API}/load-test", 200, report(passed=passed))
    visitor = browser(OPS).open("/ops/load-test")
    assert said in visitor.text
    assert re.search(r"Command, 99 of 100 within \(ms\).*?1,234\.5.*?1,000.*?not kept", visitor.text, re.DOTALL)
    assert 'data-charts-from="/ops/load-test/figures"' in visitor.text
    assert rows(visitor.open("/ops/load-test?as=csv"))[2] == [
        "Command, 99 of 100 within (ms)",
        "1234.5",
        "1000.0",
        "no",
    ]


@stack
def test_without_a_load_test_the_page_says_how_to_make_one(browser, told):
    told.refuse("GET", f"{API}/load-test", 404, code="no_load_test", detail="none")
    visitor = browser(OPS).open("/ops/load-test")
    assert visitor.page.status_code == 200
    assert "make load" in visitor.text
    assert visitor.open("/ops/load-test/figures").page.get_json()["at"] == []
    assert visitor.open("/ops/load-test/report").page.status_code == 404


@stack
def test_locusts_page_is_kept_apart(browser, told):
    told.tell("GET", f"{API}/load-test/report", 200, b"<script>1</script>", "text/html")
    visitor = browser(OPS).open("/ops/load-test/report")
    assert visitor.page.headers["Content-Disposition"].startswith("attachment")
    assert visitor.text == "<script>1</script>"
