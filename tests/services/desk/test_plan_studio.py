"""The plan studio: plans read, compared, drafted, tried, submitted and approved through the public API; awards and
disputes decided.
"""

import csv
import html
import io
import re

import pytest

from services.desk.web.labels import WORDS, label
from services.desk.web.plans import content, terms
from services.incentives import events as incentives
from shared.core.ids import partition_of
from shared.core.recorded import Commit, Meta
from tests.services.desk import story
from tests.services.desk.bank import Browser
from tests.services.desk.plan_examples import (
    APPROVER,
    BOTH,
    DESIGNER,
    FOUND,
    HASHES,
    award,
    change,
    dispute,
    found,
    plan,
    view,
)

pytestmark = pytest.mark.stack
BASE = "/api/incentives"
SECOND = f"{BASE}/plans/ebank-2026/2"
PAGE = "/plans/versions/ebank-2026/2"
ROLES = {DESIGNER, APPROVER, BOTH}
TREE = {
    "line_id": "n1", "said": "vested 600 thousandths", "points_milli": 600, "recomputed_milli": 600, "agrees": True,
    "computation": "mobile_active 1,500 × 4,000 bps = 600", "adjusts": None,
    "rule": {"plan_id": "ebank-2026", "version": 1, "hash": "0" * 64},
    "because": [{"what": "split", "said": "agreed on 2026-09-01", "event": "leads/lead-l1@5"}],
}  # fmt: skip
EVERY_PAGE = [
    (DESIGNER, "/plans"),
    (DESIGNER, "/plans?view=approved"),
    (story.ZHANG, "/plans"),
    (story.ZHANG, "/plans/versions/ebank-2026/1"),
    (DESIGNER, PAGE),
    (APPROVER, PAGE),
    (DESIGNER, "/plans/compare"),
    (DESIGNER, "/plans/compare?old=ebank-2026.1&new=ebank-2026.2"),
    (DESIGNER, "/plans/draft"),
    (DESIGNER, "/plans/draft?base=ebank-2026.1"),
    (APPROVER, "/plans/awards"),
    (APPROVER, "/plans/awards/a1"),
    (APPROVER, "/plans/disputes"),
    ("S0301", "/plans/disputes/n1"),
]


def second(status="draft", **more):
    """The version that is worked on: payroll pays less, mobile more, and managers are credited."""
    changed = plan(version=2, effective_from="2026-12-01", roll_up_bps=[1_000])
    changed["indicators"][1]["points_milli"] = 3_000
    return view(changed, status, **more)


@pytest.fixture
def told(front):
    """Has the API tell of two versions, the second in this status."""

    def tell(status="draft", **more):
        versions = [view(plan(), "active"), second(status, **more)]
        front.tell("GET", f"{BASE}/plans", 200, {"plans": versions})
        for one in versions:
            front.tell("GET", f"{BASE}/plans/ebank-2026/{one['plan']['version']}", 200, one)
        front.tell("GET", f"{BASE}/awards", 200, {"awards": [award()]})
        front.tell("GET", f"{BASE}/awards/a1", 200, award())
        front.tell("GET", f"{BASE}/disputes", 200, {"disputes": [dispute()]})
        front.tell("GET", f"{BASE}/disputes/n1", 200, dispute())
        front.tell("GET", f"{BASE}/lines/n1/explain", 200, TREE)
        front.tell("POST", f"{BASE}/what-if", 200, FOUND)
        front.tell("POST", f"{SECOND}/what-if", 200, FOUND)
        return front

    return tell


@pytest.fixture
def happens(bank):
    """One more event of incentives is kept and seen; its position."""

    def keep(stream, event, actor):
        store = bank.logs["incentives"]
        version = sum(len(commit.events) for commit in store.load(stream)) + 1
        store.append(
            [
                Commit(
                    "incentives", stream, version, partition_of(stream, 1), (event,),
                    Meta(command_id=f"{stream}-{version}", actor=actor), story.AT, store.head(0) + 1,
                )
            ]
        )  # fmt: skip
        bank.project()
        return f"incentives/{stream}@{version}"

    return keep


def posted(front):
    return [(path, body) for method, path, body, _, _ in front.asked if method == "POST"]


def versions_sent(front, path):
    """The versions of the stream that commands were decided on."""
    return [version for asked, _, version in front.heard if asked == path and version]


def fields(browser, action):
    """What a form would send untouched, textareas and choices besides."""
    form = next(
        one for one in re.findall(r"<form[^>]*>.*?</form>", browser.text, re.DOTALL) if f'action="{action}"' in one
    )
    sent = {name: html.unescape(value) for name, value in browser.form(action) if name}
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = (re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options))[1]
    return sent


def errors(browser):
    """What is said beside fields."""
    return {
        name: html.unescape(said)
        for name, said in re.findall(r'class="error" id="([^"]*)-error">([^<]*)', browser.text)
    }


def rows(browser):
    return list(csv.reader(io.StringIO(browser.text.removeprefix("\ufeff"))))


def test_i1_the_list_shows_every_version_with_its_status_and_dates(browser, told):
    told("submitted")
    page = browser(DESIGNER).open("/plans").text
    assert re.findall(r'id="plan-ebank-2026-(\d)"', page) == ["2", "1"]
    first = re.search(r'id="plan-ebank-2026-1".*?</tr>', page, re.DOTALL)[0]
    assert "Put in force" in first
    assert ">in force<" in first
    assert "Jan 1, 2026" in first
    assert DESIGNER in first
    assert re.findall(r'id="plan-ebank-2026-(\d)"', browser(DESIGNER).open("/plans?view=submitted").text) == ["2"]
    assert "A plan comes here once it is approved" in browser(DESIGNER).open("/plans?view=approved").text
    assert rows(browser(DESIGNER).open("/plans?as=csv"))[1][:3] == ["ebank-2026", "2", "Submitted"]


def test_i1_without_a_plan_the_list_says_how_one_comes_to_be(browser, front):
    front.tell("GET", f"{BASE}/plans", 200, {"plans": []})
    visitor = browser(DESIGNER).open("/plans")
    assert "No plan is here." in visitor.text
    assert 'href="/plans/draft"' in visitor.text
    assert "No plan is here." in visitor.open("/plans/compare").text
    assert "Draft the first plan" not in browser(APPROVER).open("/plans").text


def test_i1_a_plan_reads_in_plain_words(browser, told):
    told()
    page = browser(story.ZHANG).open("/plans/versions/ebank-2026/1").text
    for said in (
        "on 3 days within 30 days", "at most 90 days after the opening", "within 180 days after that", "10.000", "60%", "150%",
        "Managers are not credited", "the piece rate alone", "share the place, and the next one is skipped",
        "It is in force: what is opened today earns by it.",
    ):  # fmt: skip
        assert said in page, said
    assert "Run it over the history" not in page
    assert "level 1 10%" in browser(story.ZHANG).open(PAGE).text


def test_i6_a_contest_says_until_when_and_a_scored_month_what_it_adds(browser, told, front):
    told()
    contest = view(plan(plan_id="autumn", until="2026-11-30", score={"whole_milli": 100_000, "work_log_milli": 5_000}))
    front.tell("GET", f"{BASE}/plans/autumn/1", 200, contest)
    page = browser(DESIGNER).open("/plans/versions/autumn/1").text
    assert "from Jan 1, 2026 to Nov 30, 2026" in page
    assert "A month adds 100.000 points" in page


def test_i1_what_happened_to_a_plan_stands_on_its_page(browser, told, happens):
    front = told("submitted")
    position = happens("plan-ebank-2026.2", incentives.PlanSubmitted("ebank-2026", 2, "a" * 64, DESIGNER), BOTH)
    visitor = browser(APPROVER).open(f"{PAGE}?after={position}")
    assert re.search(r'class="timeline".*?Submitted.*?S0313', visitor.text, re.DOTALL)
    visitor.open(PAGE)
    asked = [query for path, query, _ in front.heard if path == SECOND]
    assert asked == [{"after": position}] * 2  # what the desk has seen, the API must have seen, too
    assert "You have worked on this plan" in browser(BOTH).open(PAGE).text


def test_i1_two_versions_stand_side_by_side(browser, told):
    told()
    visitor = browser(story.ZHANG).open("/plans/compare?old=ebank-2026.1&new=ebank-2026.2")
    table = re.search(r'<table role="table" class="sides">.*?</table>', visitor.text, re.DOTALL)[0]
    assert re.findall(r'<tr role="row" class="(\w+)">', table) == ["changed", "changed", "added"]
    assert "1.5 points" in table
    assert "3 points" in table
    assert "Counts at most" not in table
    assert "Counts at most" in visitor.open("/plans/compare?old=ebank-2026.1&new=ebank-2026.2&show=all").text
    told_rows = rows(visitor.open("/plans/compare?old=ebank-2026.1&new=ebank-2026.2&as=csv"))
    assert told_rows[0][1:3] == ["ebank-2026.1", "ebank-2026.2"]
    assert told_rows[-1][1:] == ["", "10%", "new"]
    assert "They say the same." in visitor.open("/plans/compare?old=ebank-2026.1&new=ebank-2026.1").text
    assert "Choose two versions." in visitor.open("/plans/compare").text
    assert visitor.open("/plans/compare?old=nothing&new=ebank-2026.1").page.status_code == 404


def test_i1_what_only_one_version_has_stands_at_its_place(app):
    old, new = plan(), plan()
    old["indicators"][0] = old["indicators"][0] | {"indicator": "settlement_active"}
    with app.test_request_context(headers={"Accept-Language": "en"}):
        changes = [(pair.name.partition(" · ")[0], pair.change) for pair in terms.side_by_side(old, new)]
    kinds = [change for name, change in changes if name == "Payroll service in use"]
    assert kinds == ["added"] * 5
    assert [change for name, change in changes if name == "Settlement account in use"] == ["removed"] * 5
    assert changes.index(("Payroll service in use", "added")) < changes.index(("Mobile banking in use", "same"))


def test_i8_a_draft_is_tried_before_it_is_kept(browser, told):
    front = told()
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.2")
    form = fields(visitor, "/plans/draft") | {"indicators.0.points_milli": "7.5"}
    visitor.send("/plans/draft/check", form=form.items())
    assert visitor.page.status_code == 200
    ((path, body),) = posted(front)
    assert path == f"{BASE}/what-if"
    assert body["indicators"][0]["points_milli"] == 7_500
    assert (body["version"], body["roll_up_bps"]) == (3, [1_000])
    for said in (
        "1 gain, 1 lose, for 1 nothing changes",
        "▲ +1.500",
        "▼ −2.000",
        "they add up",
        "newly at zero",
        "2 → 1",
    ):
        assert said in visitor.text, said
    assert visitor.text.count("<rect") == 3
    assert 'value="7.5"' in visitor.text


def test_i8_the_table_can_be_taken_as_a_file(browser, told):
    front = told()
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft/check", form=fields(visitor, "/plans/draft").items())
    visitor.send("/plans/draft/check?as=csv")
    head, *told_rows = rows(visitor)
    assert head[4:7] == ["Points now", "Points then", "Difference"]
    assert told_rows[0] == ["S0203", "李娜", "O01", "Chunfeng Road outlet", "1.500", "3.000", "1.500", "2", "1", ""]
    assert told_rows[2][6:] == ["-2.000", "1", "3", "yes"]
    assert told_rows[-1] == ["Sum", "", "", "", "4.200", "3.700", "-0.500", "", "", "1"]
    assert 'filename="what-if-ebank-2026-3.csv"' in visitor.page.headers["Content-Disposition"]
    assert posted(front)[0] == posted(front)[1]


def test_i8_rows_that_do_not_add_up_are_said(browser, told):
    told().tell("POST", f"{BASE}/what-if", 200, FOUND | {"cost_milli": 7})
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft/check", form=fields(visitor, "/plans/draft").items())
    assert "they do not add up" in visitor.text


def test_i8_a_history_that_pays_nobody_is_said(browser, told):
    told().tell("POST", f"{BASE}/what-if", 200, found())
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft/check", form=fields(visitor, "/plans/draft").items())
    assert "The history has no deal that pays anybody yet." in visitor.text


def test_i1_everything_that_is_wrong_is_said_at_its_field_in_its_unit(browser, told):
    said = {
        "indicators": {"0": {"points_milli": ["Not a valid integer."], "weight_bps": ["Must be greater than or equal to 0 and less than or equal to 100000."]}},
        "vesting": {"active_days": ["Field may not be null."]},
        "plan_id": ["Small letters, digits, - and _, at most 64."],
    }  # fmt: skip
    told().refuse("POST", f"{BASE}/plans", 422, code="invalid", detail="Some fields are wrong.", errors=said)
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    typed = {
        "indicators.0.points_milli": "ten",
        "indicators.0.weight_bps": "2000",
        "vesting.active_days": "",
        "plan_id": "E Bank",
    }
    visitor.send("/plans/draft", form=(fields(visitor, "/plans/draft") | typed).items())
    assert visitor.page.status_code == 422
    assert errors(visitor) == {
        "indicators.0.points_milli": "Give points as a number, with at most three decimals, such as 1.5.",
        "indicators.0.weight_bps": "Must be from 0% to 1000%.",
        "vesting.active_days": "Fill this in.",
        "plan_id": "Small letters, digits, - and _, at most 64.",
    }
    kept = fields(visitor, "/plans/draft")
    assert {name: kept[name] for name in typed} == typed
    assert "Indicators 1 Weight" in visitor.text


@pytest.mark.parametrize(
    ("code", "rule", "place"),
    [
        ("weights_not_whole", "I1", "indicators"),
        ("indicator_name_taken", "I1", "indicators"),
        ("roll_up_rises", "I11", "roll_up_bps.0"),
        ("contest_ends_before_it_begins", "I6", "until"),
        ("contest_with_score", "I6", "score.whole_milli"),
    ],
)
def test_i1_a_broken_rule_stands_at_what_it_is_about(browser, told, code, rule, place):
    told().refuse("POST", f"{BASE}/plans", 409, code=code, detail="No.", rule=rule)
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.2")
    visitor.send("/plans/draft", form=(fields(visitor, "/plans/draft") | {"until": "2026-12-31"}).items())
    assert visitor.page.status_code == 409
    assert f"Not done: rule {rule}" in visitor.text
    assert errors(visitor)[place] == str(WORDS["refusal"][code])
    assert fields(visitor, "/plans/draft")["until"] == "2026-12-31"


def test_i1_a_draft_is_kept_and_then_shown(browser, told, happens):
    front = told()
    position = happens("plan-ebank-2026.2", incentives.PlanSubmitted("ebank-2026", 2, "a" * 64, DESIGNER), DESIGNER)
    front.tell("POST", f"{BASE}/plans", 201, {"id": "ebank-2026.2", "version": 1, "position": position})
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft", form=(fields(visitor, "/plans/draft") | {"version": "2"}).items())
    assert (visitor.path, visitor.page.request.args["after"]) == (PAGE, position)
    assert "The draft is kept." in visitor.text
    assert versions_sent(front, f"{BASE}/plans") == ['"0"']


def test_i1_another_ones_version_is_not_overwritten(browser, told):
    front = told()
    front.refuse("POST", f"{BASE}/plans", 412, code="stale", detail="It is at version 1 now.")
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft", form=fields(visitor, "/plans/draft").items())
    assert errors(visitor)["version"] == "This version is there already. Take another number."
    assert versions_sent(front, f"{BASE}/plans") == ['"0"']


def test_i1_a_draft_that_was_only_tried_meanwhile_is_changed_all_the_same(browser, told):
    front = told()
    visitor = browser(DESIGNER).open("/plans/draft/ebank-2026/2")
    assert re.search(r'id="version"[^>]* readonly', visitor.text)
    told(version=3)
    front.tell("POST", f"{BASE}/plans", 201, {"id": "ebank-2026.2", "version": 4, "position": "incentives/x@0"})
    visitor.send("/plans/draft", form=fields(visitor, "/plans/draft").items())
    assert versions_sent(front, f"{BASE}/plans") == ['"3"']


def test_i1_a_draft_that_somebody_else_changed_is_not_overwritten(browser, told):
    front = told()
    visitor = browser(DESIGNER, "zh-CN").open("/plans/draft/ebank-2026/2")
    told(version=3, plan_hash="e" * 64)
    front.refuse("POST", f"{BASE}/plans", 412, code="stale", detail="It is at version 3 now.")
    typed = fields(visitor, "/plans/draft") | {"reversal_days": "90"}
    visitor.send("/plans/draft", form=typed.items())
    assert visitor.page.status_code == 412
    assert "您打开之后方案已被他人修改" in visitor.text
    assert fields(visitor, "/plans/draft")["reversal_days"] == "90"
    assert versions_sent(front, f"{BASE}/plans") == ['"1"']


def test_i1_a_run_that_cannot_be_seen_yet_is_waited_for(browser, told, monkeypatch):
    monkeypatch.setattr(content, "LOOK_SECONDS", 0)
    front = told()
    front.tell("POST", f"{SECOND}/submit", 412, {"code": "stale", "detail": "It is at version 2 now."})
    looks = iter(range(9))

    def one():
        if next(looks) == 3:
            front.tell("POST", f"{SECOND}/submit", 200, {"id": "x", "version": 2, "position": "incentives/x@0"})
        return second()

    front.tell("GET", SECOND, 200, one)
    visitor = browser(DESIGNER).open(PAGE).send(f"{PAGE}/submit")
    assert "The plan is submitted." in visitor.text
    assert len(versions_sent(front, f"{SECOND}/submit")) == 3


def test_i1_a_submitted_version_is_no_form_any_more(browser, told):
    told("submitted")
    assert browser(DESIGNER).open("/plans/draft/ebank-2026/2").path == PAGE
    assert browser(DESIGNER).open("/plans/draft?base=other.1").page.status_code == 404
    assert browser(DESIGNER).open("/plans/draft/other/1").page.status_code == 404


def test_i1_more_room_is_made_without_losing_a_word(browser, told):
    told()
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    form = fields(visitor, "/plans/draft") | {"indicators.0.drop": "1", "reversal_days": "many"}
    visitor.send("/plans/draft/rows", form=form.items())
    again = fields(visitor, "/plans/draft")
    assert again["indicators.0.indicator"] == "mobile_active"
    assert [again[f"indicators.{n}.indicator"] for n in (1, 2)] == ["", ""]
    assert again["reversal_days"] == "many"


def test_i1_the_designer_submits_what_they_have_read(browser, told):
    front = told()
    front.tell("POST", f"{SECOND}/submit", 200, {"id": "ebank-2026.2", "version": 2, "position": "incentives/x@0"})
    visitor = browser(DESIGNER).open(PAGE)
    visitor.send(f"{PAGE}/submit")
    assert "The plan is submitted." in visitor.text
    assert versions_sent(front, f"{SECOND}/submit") == ['"1"']
    visitor = browser(DESIGNER, "zh-CN").open(PAGE)
    told(version=2, plan_hash="e" * 64)
    front.refuse("POST", f"{SECOND}/submit", 412, code="stale", detail="It is at version 2 now.")
    visitor.send(f"{PAGE}/submit")
    assert visitor.page.status_code == 412
    assert "您打开之后方案已被他人修改" in visitor.text


def test_i1_a_designer_is_told_why_they_do_not_approve(browser, told):
    told("submitted")
    page = browser(DESIGNER).open(PAGE).text
    assert "rule I1 wants a second person" in page
    assert "do-approve" not in page
    both = browser(BOTH).open(PAGE).text
    assert "do-approve" not in both


def test_i8_the_approval_is_given_beneath_the_result_that_it_signs(browser, told):
    front = told("submitted")
    visitor = browser(APPROVER).open(PAGE)
    assert "do-approve" not in visitor.text
    visitor.send(f"{PAGE}/try")
    assert "▼ −2.000" in visitor.text
    front.tell("POST", f"{SECOND}/approve", 200, {"id": "ebank-2026.2", "version": 3, "position": "incentives/x@0"})
    visitor.send(f"{PAGE}/approve")
    assert posted(front) == [(f"{SECOND}/what-if", {}), (f"{SECOND}/approve", HASHES)]
    assert "The plan is approved." in visitor.text


def test_i8_a_run_can_be_taken_as_a_file_and_each_has_a_key_of_its_own(browser, told):
    front = told("submitted")
    visitor = browser(APPROVER).open(PAGE)
    visitor.send(f"{PAGE}/try").send(f"{PAGE}/try?as=csv")
    assert rows(visitor)[-1][0] == "Sum"
    keys = [key for _, _, _, key, _ in front.commands]
    assert len(set(keys)) == 2


def test_i8_a_run_that_history_has_overtaken_is_said(browser, told):
    told("submitted").refuse("POST", f"{SECOND}/approve", 409, code="what_if_mismatch", detail="No.", rule="I8")
    visitor = browser(APPROVER, "zh-CN").open(PAGE).send(f"{PAGE}/try").send(f"{PAGE}/approve")
    assert visitor.page.status_code == 409
    assert "未办理：规则 I8" in visitor.text
    assert "请重新测算并阅读后再审批" in visitor.text
    assert f'action="{PAGE}/try"' in visitor.text


def test_i1_an_approved_plan_is_activated(browser, told):
    front = told("approved")
    assert "An approver activates it." in browser(DESIGNER).open(PAGE).text
    front.refuse("POST", f"{SECOND}/activate", 409, code="effective_in_closed_period", detail="Closed.", rule="I1")
    visitor = browser(APPROVER).open(PAGE).send(f"{PAGE}/activate")
    assert visitor.page.status_code == 409
    assert "Not done: rule I1" in visitor.text
    front.tell("POST", f"{SECOND}/activate", 200, {"id": "ebank-2026.2", "version": 4, "position": "incentives/x@0"})
    assert "stays as it is from now on" in visitor.send(f"{PAGE}/activate").text


@pytest.mark.parametrize("scripts", [False, True])
def test_a_run_without_an_answer_changes_nothing_and_says_so(browser, told, scripts):
    told().tell("POST", f"{BASE}/what-if", 504, {"code": "service_timeout"})
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    form = {**fields(visitor, "/plans/draft"), "indicators.0.points_milli": "9"}
    headers = {"Accept-Language": "en"} | ({"HX-Request": "true"} if scripts else {})
    visitor.page = visitor.client.post("/plans/draft/check", data=form, headers=headers)
    assert visitor.page.status_code == (200 if scripts else 503)  # htmx shows nothing else
    assert "Nothing was changed; try again in a moment." in visitor.text
    assert 'value="9"' in visitor.text


def test_i8_a_run_is_seen_while_it_works(browser, told):
    told()
    page = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1").text
    assert 'hx-post="/plans/draft/check"' in page
    assert 'hx-indicator="#draft"' in page
    assert '<div class="when-busy" role="status"><progress' in page
    assert '<div class="when-busy" role="status"><progress' in browser(DESIGNER).open(PAGE).text


def test_i13_an_award_waits_for_a_second_person(browser, told):
    front = told()
    visitor = browser(APPROVER).open("/plans/awards")
    assert "−2.000" in visitor.text
    assert "finding-7" in visitor.open("/plans/awards/a1").text
    front.refuse("POST", f"{BASE}/awards/a1/approve", 409, code="period_closed", detail="Closed.", rule="I13")
    visitor.send(
        "/plans/awards/a1/approve", form=(fields(visitor, "/plans/awards/a1/approve") | {"on": "2026-08-31"}).items()
    )
    assert visitor.page.status_code == 409
    assert errors(visitor) == {"on": "The month of this day is closed. Take a day after it."}
    assert fields(visitor, "/plans/awards/a1/approve")["on"] == "2026-08-31"
    front.tell("POST", f"{BASE}/awards/a1/approve", 200, {"id": "a1", "version": 2, "position": "incentives/x@0"})
    visitor.send("/plans/awards/a1/approve")
    assert "Approved: the points stand in the ledger." in visitor.text
    assert [body for _, body in posted(front)] == [{"on": "2026-08-31"}] * 2


def test_i13_an_award_is_rejected_with_a_reason(browser, told):
    front = told()
    visitor = browser(APPROVER).open("/plans/awards/a1")
    front.refuse("POST", f"{BASE}/awards/a1/reject", 422, code="invalid", detail="Some fields are wrong.", errors={"reason": ["Length must be between 1 and 500."]})  # fmt: skip
    visitor.send("/plans/awards/a1/reject")
    assert errors(visitor) == {"reason": "Say it in 1 to 500 letters."}
    front.tell("POST", f"{BASE}/awards/a1/reject", 200, {"id": "a1", "version": 2, "position": "incentives/x@0"})
    visitor.send("/plans/awards/a1/reject", ("reason", "no ground"))
    assert posted(front)[-1][1] == {"reason": "no ground"}
    assert "Rejected: nothing was paid or taken." in visitor.text


def test_i13_who_proposed_it_is_told_why_they_do_not_decide(browser, told):
    front = told()
    front.tell("GET", f"{BASE}/awards/a1", 200, award(proposed_by=APPROVER))
    page = browser(APPROVER).open("/plans/awards/a1").text
    assert "rule I13 wants a second person" in page
    assert "do-approve" not in page
    assert "It waits for an approver." in browser(DESIGNER).open("/plans/awards/a1").text
    front.tell(
        "GET",
        f"{BASE}/awards/a1",
        200,
        award(status="rejected", decided_by=APPROVER, decided_on="2026-09-09", why_not="no ground"),
    )
    assert "no ground" in browser(APPROVER).open("/plans/awards/a1").text


def test_i10_a_dispute_shows_what_the_line_rests_on_and_is_decided(browser, told):
    front = told()
    visitor = browser(APPROVER).open("/plans/disputes")
    assert "overdue" in visitor.text
    visitor.open("/plans/disputes/n1")
    for said in ("the split was another", "l1 split 2", "leads/lead-l1@5", "✓ agrees", "/plans/versions/ebank-2026/1"):
        assert said in visitor.text, said
    action = "/plans/disputes/n1/decide"
    front.refuse("POST", f"{BASE}/disputes/n1/decide", 409, code="below_nothing", detail="No.", rule="I10")
    typed = {"outcome": "accepted", "points_milli": "−0.7", "reason": "as the log says"}
    visitor.send(action, form=(fields(visitor, action) | typed).items())
    assert errors(visitor) == {"points_milli": "No more can be undone than the line says."}
    assert fields(visitor, action)["points_milli"] == "−0.7"
    assert ">as the log says</textarea>" in visitor.text
    front.tell("POST", f"{BASE}/disputes/n1/decide", 200, {"id": "n1", "version": 2, "position": "incentives/x@0"})
    visitor.send(action, form=(fields(visitor, action) | {**typed, "points_milli": "-0.3"}).items())
    assert "The dispute is decided." in visitor.text
    assert [body["points_milli"] for _, body in posted(front)] == [-700, -300]


def test_i10_points_that_are_no_number_are_said_at_their_field(browser, told):
    front = told()
    front.refuse("POST", f"{BASE}/disputes/n1/decide", 422, code="invalid", detail="Wrong.", errors={"points_milli": ["Not a valid integer."]})  # fmt: skip
    visitor = browser("S0301").open("/plans/disputes/n1")
    action = "/plans/disputes/n1/decide"
    visitor.send(action, form=(fields(visitor, action) | {"points_milli": "some", "reason": "r"}).items())
    assert errors(visitor)["points_milli"].startswith("Give points as a number")


def test_i10_a_decided_dispute_says_how_and_why(browser, told):
    front = told()
    decided = dispute(status="accepted", outcome="accepted", points_milli=300, decided_by=APPROVER, decided_on="2026-10-09", because="as the log says", adjusted_by="n2", overdue=False)  # fmt: skip
    front.tell("GET", f"{BASE}/disputes/n1", 200, decided)
    front.refuse("GET", f"{BASE}/lines/n1/explain", 404, code="not_found")
    page = browser(DESIGNER).open("/plans/disputes/n1").text
    for said in ("as the log says", "▲ +0.300", "n2"):
        assert said in page, said
    assert "do-decide" not in page


@pytest.mark.parametrize("kind", ["awards", "disputes"])
def test_nothing_to_decide_is_said_and_all_is_there_as_a_file(browser, told, kind):
    front = told()
    assert len(rows(browser(APPROVER).open(f"/plans/{kind}?as=csv"))) == 2
    front.tell("GET", f"{BASE}/{kind}", 200, {kind: []})
    assert "is here." in browser(APPROVER).open(f"/plans/{kind}").text


def test_what_waits_is_counted_on_the_tabs(browser, told, happens):
    told()
    before = re.findall(r'Awards and penalties <span class="count">(\d+)', browser(APPROVER).open("/plans").text)
    proposed = next(kind for kind in incentives.AwardEvent.__args__ if kind.__name__ == "AwardProposed")
    happens("award-b1", proposed("b1", "awarded", "S0203", "O01", 5, "r", ("e",), "S0301", story.DAY), "S0301")
    after = re.findall(r'Awards and penalties <span class="count">(\d+)', browser(APPROVER).open("/plans").text)
    assert [int(one) for one in after] == [int(one) + 1 for one in before]
    assert "Awards and penalties" not in browser(story.ZHANG).open("/plans").text


@pytest.mark.parametrize(
    ("staff_id", "path"),
    [
        ("S0302", "/plans"),
        (story.ZHANG, "/plans/draft"),
        (APPROVER, "/plans/draft"),
        (story.ZHANG, "/plans/awards"),
        (story.ZHANG, "/plans/disputes/n1"),
    ],
)
def test_a_part_of_the_studio_for_others_is_refused(browser, told, staff_id, path):
    told()
    assert browser(staff_id).open(path).page.status_code == 403


@pytest.mark.parametrize(
    ("staff_id", "action"),
    [
        (DESIGNER, f"{PAGE}/approve"),
        (DESIGNER, f"{PAGE}/activate"),
        (APPROVER, f"{PAGE}/submit"),
        (APPROVER, "/plans/draft"),
        (story.ZHANG, f"{PAGE}/try"),
        (DESIGNER, "/plans/awards/a1/approve"),
        ("S0301", "/plans/awards/a1/reject"),
        (DESIGNER, "/plans/disputes/n1/decide"),
    ],
)
def test_a_wish_of_another_role_is_refused_and_sent_nowhere(browser, told, staff_id, action):
    front = told("submitted")
    visitor = browser(staff_id).open("/plans")
    token = next(value for _, form in visitor.forms() for name, value in form if name == "csrf_token")
    visitor.send(action, form=[("csrf_token", token)])
    assert visitor.page.status_code == 403
    assert posted(front) == []


def test_what_is_not_there_is_not_found(browser, told):
    told()
    for path in (
        "/plans/versions/other/1",
        "/plans/versions/ebank-2026/9",
        "/plans/awards/none",
        "/plans/disputes/none",
    ):
        assert browser(APPROVER).open(path).page.status_code == 404


def test_an_api_that_is_away_is_said(make_app, secrets):
    app = make_app(secrets)
    for staff_id, path in EVERY_PAGE:
        visitor = Browser(app, "en").sign_in(staff_id).open(path)
        assert visitor.page.status_code == 503, path
        assert "This cannot be read just now." in visitor.text, path


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("staff_id", "path"), EVERY_PAGE)
def test_every_page_speaks_one_language_and_can_be_used_by_everybody(browser, told, language, staff_id, path):
    told("submitted")
    page = browser(staff_id, language).open(path).text
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert all("scope=" in cell for cell in re.findall(r"<th[ >][^>]*", page))
    assert "<script" not in page.split("</head>")[1]
    assert "style=" not in page
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    for control in re.findall(r'<(?:input|select|textarea)[^>]*\bid="([^"]*)"', page):
        assert f'<label for="{control}"' in page
    words = re.sub(r'<(\w+)[^>]*lang="[^"]*"[^>]*>[^<]*</\1>|<[^>]*>', " ", page.split("<body>")[1])
    if language == "zh-CN":
        known = {"ebank", "certificate", "kept", "finding", "split", "another", "leads", "lead", "payroll", "active", "mobile", "there"}  # fmt: skip
        assert set(re.findall(r"[A-Za-z]{4,}", words)) <= known | {"aaaaaaaaaaaa"} | {"a" * 64}
    else:
        assert not re.search(
            r"[\u4e00-\u9fff]",
            re.sub("冯岚|高远|许宁|张伟|李娜|陈静|周敏", "", words).replace("联动", "").replace("中文", ""),
        )


def test_every_code_of_the_studio_has_a_name(app):
    with app.test_request_context():
        assert set(WORDS["plan_term"]) >= {*terms.OF_INDICATOR, *terms.OF_VESTING, *terms.OF_SCORE}
        assert (
            label("field", "indicators.0.points_milli")
            == f"{WORDS['field']['indicators']} 1 {WORDS['field']['points_milli']}"
        )
        ties = incentives.Plan.__annotations__["tie_policy"].__args__
        assert set(ties) == set(WORDS["ties"])


def test_a_bar_of_the_drawing_is_told_in_words_as_well(browser, told):
    told().tell("POST", f"{BASE}/what-if", 200, found(change("S0203", 0, 6_000), change("S0101", 3_000, 0)))
    visitor = browser(DESIGNER).open("/plans/draft?base=ebank-2026.1")
    visitor.send("/plans/draft/check", form=fields(visitor, "/plans/draft").items())
    assert "gain up to 6, more than 5" in visitor.text
    assert "lose up to 3, more than 2" in visitor.text
    assert 'role="img"' in visitor.text
