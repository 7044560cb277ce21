"""Compliance's screen: the queue, one opening with its evidence, alerts with what is behind them, samples; and every wish
done and refused.
"""

import csv
import io
import re

import pytest

from services.compliance.events import AlertConfirmed, AlertDismissed
from services.compliance.inspection_events import RemedyReported
from tests.services.desk import story
from tests.services.desk.bank import Browser

pytestmark = pytest.mark.stack
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
HEAD = "S0401"
API = "/api/compliance"
WAITS, SEEN, ALERT, SAMPLE = "l5.mobile.1", "l8.mobile.1", "H2.burst.1", "B01.2026-09"


def opening(opening_id=WAITS, customer_id=story.WANG, seller_id=story.ZHANG, **changes):
    lead_id, product, _ = opening_id.split(".")
    evidence = {
        "papers": ["application", "id_card"], "maker_id": "S0102", "checker_id": "S0103", "call_back_by": None,
        "call_back_confirmed": False, "certificate_handed_to": "customer", "daily_limit_minor": 5_000_000,
    }  # fmt: skip
    return {
        "opening_id": opening_id, "lead_id": lead_id, "product": product, "customer_id": customer_id,
        "customer_kind": "company" if customer_id.startswith("C") else "person", "seller_id": seller_id,
        "sellers": [seller_id], "unit_id": "O01", "evidence": evidence | changes.pop("evidence", {}), "on": "2026-09-28", "status": "waiting",
        "rule": None, "reason": None, "checks": [], "officer_id": None, "decided_on": None,
    } | changes  # fmt: skip


def alert(alert_id=ALERT, kind="holding", openings=(SEEN,), evidence=("T1", "T2", "T3", "T4", "T5")):
    subject, _, pattern = alert_id.rpartition(".")[0].rpartition(".")
    return {
        "alert_id": alert_id, "pattern": pattern, "subject_kind": kind, "subject_id": subject,
        "openings": list(openings), "evidence": list(evidence), "rules_version": 1, "on": "2026-09-21",
        "status": "open", "officer_id": None, "reason": None, "decided_on": None,
    }  # fmt: skip


def item(opening_id, **changes):
    seen = dict.fromkeys(
        ("finding", "remedy_due", "officer_id", "inspected_on", "remedy", "remedied_by", "remedied_on")
    )
    return {"opening_id": opening_id, "status": "to_inspect", **seen, "overdue": False} | changes


FOUND = item(SEEN, status="to_remedy", finding="身份证复印件不清晰", remedy_due="2026-10-31", officer_id=story.OFFICER,
             inspected_on="2026-10-02", overdue=True)  # fmt: skip


def sample(*items):
    return {
        "sample_id": SAMPLE, "unit_id": "B01", "month": "2026-09", "seed": "5eed", "share_bps": 500,
        "openings_total": 3, "openings": list(items), "rules_version": 1, "drawn_on": "2026-10-01", "overdue": 1,
    }  # fmt: skip


@pytest.fixture
def told(front):
    """The API as it tells of everything that the pages ask for."""
    for one in (opening(), opening("l6.mobile.1", story.ZHAO, story.SELLS_TOO), opening(SEEN, story.SUN),
                opening("l1.payroll.1", story.TEXTILE)):  # fmt: skip
        front.tell("GET", f"{API}/openings/{one['opening_id']}", 200, one)
    front.tell("GET", f"{API}/alerts/{ALERT}", 200, alert())
    front.tell("GET", f"{API}/samples/{SAMPLE}", 200, sample(item("l1.payroll.1"), FOUND))
    return front


def happens(bank, event):
    """The API's answer to a command: the event is kept, and can be seen a moment later."""

    def answer():
        position = bank.record(event, "compliance")
        bank.project()
        return {"id": "x", "version": 1, "position": position}

    return answer


def send(visitor, action, **typed):
    """The page's form with what was typed into its fields."""
    rest = [(name, value) for name, value in visitor.form(action) if name not in typed]
    return visitor.send(action, *typed.items(), form=rest)


def shown(visitor, what="opening"):
    return re.findall(rf'<tr role="row" id="{what}-([^"]+)"', visitor.text)


def lines(visitor):
    assert visitor.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))
    assert len({len(row) for row in rows}) == 1
    return rows


# The queue.


def test_c1_the_oldest_that_waits_comes_first(browser, front):
    visitor = browser(story.OFFICER)
    assert visitor.path == "/compliance"
    assert shown(visitor) == [WAITS, "l6.mobile.1"]
    assert re.search(
        r"王\*.*?P0001.*?Mobile banking.*?张伟.*?Chunfeng Road outlet.*?Sep 28, 2026", visitor.text, re.DOTALL
    )
    assert re.search(r"\d+ days ago", visitor.text)
    assert front.asked == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=cleared", [SEEN, "l1.payroll.1"]),
        ("state=refused", ["l1.corporate_ebank.1"]),
        ("state=all", ["l6.mobile.1", WAITS, SEEN, "l1.payroll.1", "l1.corporate_ebank.1"]),
        ("state=all&unit_id=B01", ["l1.payroll.1", "l1.corporate_ebank.1"]),
        ("state=all&product=payroll", ["l1.payroll.1"]),
        ("state=all&q=l1.", ["l1.payroll.1", "l1.corporate_ebank.1"]),
        ("state=all&q=l1.p", ["l1.payroll.1"]),
        (f"state=all&q={story.SUN}", [SEEN]),
        (f"q={story.SELLS_TOO}", ["l6.mobile.1"]),
        ("q=.*", []),
        ("state=nonsense&page=-3", [WAITS, "l6.mobile.1"]),
    ],
)
def test_the_queue_is_filtered_and_searched(browser, query, found):
    assert shown(browser(story.OFFICER).open(f"/compliance?{query}")) == found


def test_the_queue_is_taken_as_a_file(browser):
    rows = lines(browser(story.OFFICER).open("/compliance?state=refused&as=csv"))
    assert len(rows) == 2
    assert rows[1][:4] == ["l1.corporate_ebank.1", story.TEXTILE, "华瑞纺织有限公司", "Corporate e-banking"]
    assert rows[1][-4:] == ["C1.two_operators", "S0102 both made and checked it", "", "2026-09-01"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/compliance?q=zzz", "Look for zzz in all states"),
        ("/compliance?product=payroll", "Show all units and products"),
        ("/compliance?state=cleared&page=9", "once it is decided"),
        ("/compliance/alerts?pattern=pass_through", "Show all patterns"),
        ("/compliance/alerts?q=zzz", "Look for zzz in all states"),
        ("/compliance/samples?state=overdue", "Show all samples"),
        ("/compliance/samples?month=2020-01", "Show all units and months"),
    ],
)
def test_an_empty_list_says_what_to_do(browser, path, said):
    visitor = browser(story.OFFICER).open(path)
    assert visitor.page.status_code == 200
    assert said in visitor.text


# One opening.


def test_c1_an_opening_shows_all_that_was_handed_in(browser, told):
    page = browser(story.OFFICER).open(f"/compliance/openings/{WAITS}").text
    for words in ("Application", "Identity card", "S0102", "S0103", "Not asked for of a person", "Handed to the customer in person",
                  "¥50,000.00", "One telephone number, many customers", "Registered from a device never seen"):  # fmt: skip
        assert words in page, words
    assert (f"{API}/openings/{WAITS}", {"after": "compliance/compliance-l5@1"}) in told.queries


def test_c1_the_call_back_of_a_company_is_shown_as_it_was(browser, told):
    path = f"{API}/openings/l1.payroll.1"
    said = {"call_back_by": story.ZHANG, "checker_id": "S0102"}
    checks = [{"rule": "C1.two_operators", "held": False, "said": "S0102 both made and checked it"}]
    told.tell("GET", path, 200, opening("l1.payroll.1", story.TEXTILE, evidence=said, checks=checks))
    page = browser(story.OFFICER).open("/compliance/openings/l1.payroll.1").text
    for words in ("who is the seller", "the same as who made it", "the authorisation was not confirmed",
                  "✗ does not hold", "Two different operators made and checked it", "S0102 both made and checked it",
                  "In the sample of 2026-09", "Refused"):  # fmt: skip
        assert words in page, words
    told.tell("GET", path, 200, opening("l1.payroll.1", story.TEXTILE, evidence={"call_back_confirmed": True}))
    page = browser(story.OFFICER).open("/compliance/openings/l1.payroll.1").text
    assert "Nobody called back" in page
    assert "✓ the legal representative confirmed the authorisation" in page


def test_c1_an_officer_clears_an_opening(browser, told, bank):
    told.tell("POST", f"{API}/openings/{WAITS}/clear", 200, happens(bank, story.checked(WAITS)))
    visitor = browser(story.OFFICER).open(f"/compliance/openings/{WAITS}")
    visitor.send(f"/compliance/openings/{WAITS}/clear#clear")
    ((_, _, body, key, principal),) = told.commands
    assert (body, bool(key), principal.staff_id) == ({}, True, story.OFFICER)
    assert visitor.path == f"/compliance/openings/{WAITS}"
    assert "The opening is cleared." in visitor.text
    assert re.search(r'Decided by</dt><dd><span class="person">S0302', visitor.text)
    assert "Clear the opening" not in visitor.text
    assert 'href="/compliance/openings/l6.mobile.1"' in visitor.text
    assert shown(visitor.open("/compliance")) == ["l6.mobile.1"]


def test_c1_an_officer_refuses_an_opening_by_a_rule(browser, told, bank):
    waits = story.asked_for("l7.mobile.1", story.QIAN, on=story.LATE)
    bank.record(waits, "compliance")
    bank.project()
    told.tell("GET", f"{API}/openings/l7.mobile.1", 200, opening("l7.mobile.1", story.QIAN))
    refused = story.checked("l7.mobile.1", rule="C1.papers", reason="身份证已过期")
    told.tell("POST", f"{API}/openings/l7.mobile.1/refuse", 200, happens(bank, refused))
    action = "/compliance/openings/l7.mobile.1/refuse#refuse"
    visitor = browser(story.OFFICER).open("/compliance/openings/l7.mobile.1")
    assert re.findall(r'<option value="(C\d\.\w+)"', visitor.text)[0] == "C1.papers"
    send(visitor, action, rule="C1.papers", reason="身份证已过期")
    assert told.commands[0][2] == {"rule": "C1.papers", "reason": "身份证已过期"}
    assert "The opening is refused." in visitor.text
    assert "<strong>C1.papers</strong>" in visitor.text
    assert "身份证已过期" in visitor.text


@LANGUAGES
def test_a_refusal_without_its_rule_is_told_in_place_and_keeps_what_was_typed(browser, told, language):
    visitor = browser(story.OFFICER, language).open("/compliance/openings/l6.mobile.1")
    send(visitor, "/compliance/openings/l6.mobile.1/refuse#refuse", rule="", reason="签名不符")
    assert visitor.page.status_code == 422
    assert 'id="rule-error"' in visitor.text
    assert 'id="reason-error"' not in visitor.text
    assert ">签名不符</textarea>" in visitor.text
    assert ("此项必填" if language == "zh-CN" else "Fill this in.") in visitor.text
    assert told.commands == []


@pytest.mark.parametrize(
    ("code", "chinese"),
    [
        ("officer_is_seller", "该业务由您销售"),
        ("officer_reports_to_seller", "您是销售人员的下属"),
        ("officer_unknown", "员工名册中没有您的记录"),
        ("checker_not_independent", "复核人与销售人员不独立"),
        ("operator_unknown", "员工名册中没有经办人或回访人的记录"),
        ("already_refused", "该笔开立已被拒绝"),
    ],
)
def test_c2_a_refusal_by_compliance_is_told_where_it_was_wished(browser, told, code, chinese):
    detail = "S0302 reports to the seller S0305; another officer must decide"
    told.refuse("POST", f"{API}/openings/l6.mobile.1/clear", 409, code=code, detail=detail, rule="C2")
    for language, words in (("en", detail), ("zh-CN", chinese)):
        visitor = browser(story.OFFICER, language).open("/compliance/openings/l6.mobile.1")
        visitor.send("/compliance/openings/l6.mobile.1/clear#clear")
        assert visitor.page.status_code == 409
        section = re.search(r'<section class="wish" aria-labelledby="clear">.*?</section>', visitor.text, re.DOTALL)[0]
        assert words in section
        assert "C2" in section


def test_c2_who_sold_or_made_it_is_not_offered_to_judge(browser, told):
    visitor = browser(story.SELLS_TOO).open("/compliance/openings/l6.mobile.1")
    assert "You sold this opening. Another officer must decide." in visitor.text
    assert "<form" not in visitor.text.split("<main")[1]
    made = opening("l6.mobile.1", story.ZHAO, evidence={"maker_id": story.OFFICER})
    told.tell("GET", f"{API}/openings/l6.mobile.1", 200, made)
    visitor = browser(story.OFFICER).open("/compliance/openings/l6.mobile.1")
    assert "You made this opening. Another officer must decide." in visitor.text
    assert "/clear" not in visitor.text


def test_an_opening_is_shown_without_its_evidence_while_the_api_is_away(browser, front):
    front.tell("GET", f"{API}/openings/l6.mobile.1", 503, {})
    visitor = browser(story.OFFICER).open("/compliance/openings/l6.mobile.1")
    assert visitor.page.status_code == 503
    assert "The evidence cannot be read just now." in visitor.text
    assert "赵*" in visitor.text
    front.tell("POST", f"{API}/openings/l6.mobile.1/clear", 503, {})
    for _ in range(2):
        visitor.send("/compliance/openings/l6.mobile.1/clear#clear")
        assert visitor.page.status_code == 503
        assert "it is not known whether this was done" in visitor.text
    assert len({key for _, _, _, key, _ in front.commands}) == 1


# Alerts.


def test_c3_open_alerts_come_first(browser):
    visitor = browser(story.OFFICER).open("/compliance/alerts")
    assert shown(visitor, "alert") == [ALERT, "P0001.new_device_registration.1", "S0101.period_end_spike.2026-09"]
    assert re.search(r"Burst at the limit.*?H2.*?孙\*.*?Mobile banking", visitor.text, re.DOTALL)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=confirmed", ["H3.round_trip.1"]),
        ("state=dismissed", ["t1.shared_phone.1"]),
        ("pattern=period_end_spike", ["S0101.period_end_spike.2026-09"]),
        (f"q={WAITS}&state=all", ["S0101.period_end_spike.2026-09", "P0001.new_device_registration.1", "t1.shared_phone.1"]),
        ("q=H2", [ALERT]),
        ("state=whatever&page=x", [ALERT, "P0001.new_device_registration.1", "S0101.period_end_spike.2026-09"]),
    ],
)  # fmt: skip
def test_alerts_are_filtered_and_searched(browser, query, found):
    assert shown(browser(story.OFFICER).open(f"/compliance/alerts?{query}"), "alert") == found


def test_alerts_are_taken_as_a_file(browser):
    rows = lines(browser(story.OFFICER).open("/compliance/alerts?state=dismissed&as=csv"))
    assert rows[1][:5] == ["t1.shared_phone.1", "One telephone number, many customers", "Telephone number", "t1", "l5.mobile.1 l6.mobile.1"]  # fmt: skip


def test_c3_an_alert_is_drawn_and_told_as_a_table(browser, told):
    page = browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}").text
    figure = re.search(r"<svg.*?</svg>", page, re.DOTALL)[0]
    assert figure.count('<rect class="bad"') == 5
    assert "Together they leave -CN¥100,000.00" in figure
    assert "limit CN¥20,000.00" in figure
    assert re.findall(r'id="transfer-(T\d)"', page) == ["T1", "T2", "T3", "T4", "T5"]
    assert page.count("100%") == 5
    assert shown(browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}")) == [SEEN]
    rows = lines(browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}?as=csv"))
    assert rows[5] == ["T5", "2026-09-21T01:50:00Z", "Money out", "20000.00", "20000.00", "", "-100000.00"]
    rows = lines(browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}?table=openings&as=csv"))
    assert [row[0] for row in rows[1:]] == [SEEN]


def test_c3_money_that_came_and_went_is_drawn_both_ways(browser, told):
    ended = alert("H3.round_trip.1", evidence=("M1", "M2"))
    told.tell("GET", f"{API}/alerts/H3.round_trip.1", 200, ended)
    page = browser(story.OFFICER).open("/compliance/alerts/H3.round_trip.1").text
    figure = re.search(r"<svg.*?</svg>", page, re.DOTALL)[0]
    assert (figure.count('<rect class="good"'), figure.count('<rect class="bad"')) == (1, 1)
    assert "Together they leave CN¥500.00" in figure
    assert "mark-a" in page
    assert "只为激活账户" in page
    assert "verdict" not in page
    assert (f"{API}/alerts/H3.round_trip.1", {"after": "compliance/compliance-H3.round_trip.1@2"}) in told.queries


def test_c3_a_rush_is_shown_by_day(browser, told):
    name = "S0101.period_end_spike.2026-09"
    told.tell("GET", f"{API}/alerts/{name}", 200, alert(name, "seller", [WAITS], [WAITS]))
    page = browser(story.OFFICER).open(f"/compliance/alerts/{name}").text
    assert "1 of the 3 openings of the month were asked for on these last days: 33.33%." in page
    assert re.search(r"Sep 28, 2026</time> <span class=\"tag\">in the alert", page)
    rows = lines(browser(story.OFFICER).open(f"/compliance/alerts/{name}?as=csv"))
    assert rows[1:] == [["2026-09-01", "1", "no"], ["2026-09-20", "1", "no"], ["2026-09-28", "1", "yes"]]


def test_c3_who_shares_a_number_and_what_was_registered_is_named(browser, told):
    told.tell("GET", f"{API}/alerts/t1.shared_phone.1", 200,
              alert("t1.shared_phone.1", "telephone", [WAITS], [story.WANG, story.QIAN]))  # fmt: skip
    page = browser(story.OFFICER).open("/compliance/alerts/t1.shared_phone.1").text
    assert "钱**" in page
    assert "一家人" in page
    name = "P0001.new_device_registration.1"
    told.tell("GET", f"{API}/alerts/{name}", 200, alert(name, "customer", [WAITS], ["H5@2026-09-30"]))
    page = browser(story.OFFICER).open(f"/compliance/alerts/{name}").text
    assert re.search(r"<code>H5</code> · <time datetime=\"2026-09-30\">", page)


@pytest.mark.parametrize(("verdict", "event", "said"), [
    ("confirm", AlertConfirmed, "The alert is confirmed."),
    ("dismiss", AlertDismissed, "The alert is dismissed."),
])  # fmt: skip
def test_c4_an_officer_ends_an_alert(browser, told, bank, verdict, event, said):
    name = f"H7.burst.{verdict}"
    bank.record(story.raised(name, "holding", [SEEN], ["T1"]), "compliance")
    bank.project()
    told.tell("GET", f"{API}/alerts/{name}", 200, alert(name))
    ended = event(name, (SEEN,), story.OFFICER, "与客户核实", story.LATE)
    told.tell("POST", f"{API}/alerts/{name}/{verdict}", 200, happens(bank, ended))
    visitor = browser(story.OFFICER).open(f"/compliance/alerts/{name}")
    send(visitor, f"/compliance/alerts/{name}/judge#judge", reason="与客户核实", verdict=verdict)
    assert told.commands[0][1:3] == (f"{API}/alerts/{name}/{verdict}", {"reason": "与客户核实"})
    assert said in visitor.text
    assert "与客户核实" in visitor.text
    assert "verdict" not in visitor.text


def test_c4_a_reason_must_be_told(browser, told):
    visitor = browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}")
    send(visitor, f"/compliance/alerts/{ALERT}/judge#judge", reason=" ", verdict="dismiss")
    assert visitor.page.status_code == 422
    assert 'id="reason-error"' in visitor.text
    visitor.open(f"/compliance/alerts/{ALERT}")
    send(visitor, f"/compliance/alerts/{ALERT}/judge#judge", reason="x", verdict="forget")
    assert visitor.page.status_code == 400
    assert told.commands == []


def test_c2_who_sold_what_an_alert_touches_does_not_judge_it(browser, told, bank):
    detail = "S0302 sold it; another officer must decide"
    told.refuse("POST", f"{API}/alerts/{ALERT}/confirm", 409, code="officer_is_seller", detail=detail, rule="C2")
    visitor = browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}")
    send(visitor, f"/compliance/alerts/{ALERT}/judge#judge", reason="已核实", verdict="confirm")
    assert visitor.page.status_code == 409
    assert "Not done: rule C2" in visitor.text
    assert detail in visitor.text
    assert ">已核实</textarea>" in visitor.text
    bank.record(story.raised("t2.shared_phone.1", "telephone", ["l6.mobile.1"], [story.ZHAO]), "compliance")
    bank.project()
    told.tell("GET", f"{API}/alerts/t2.shared_phone.1", 200, alert("t2.shared_phone.1", "telephone", ["l6.mobile.1"], [story.ZHAO]))  # fmt: skip
    page = browser(story.SELLS_TOO).open("/compliance/alerts/t2.shared_phone.1").text
    assert "You sold what this alert touches." in page
    assert "verdict" not in page


def test_an_alert_is_shown_without_its_evidence_while_the_api_is_away(browser, front):
    front.tell("GET", f"{API}/alerts/{ALERT}", 503, {})
    visitor = browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}")
    assert visitor.page.status_code == 503
    assert "The evidence cannot be read just now." in visitor.text
    assert "Confirm: take the credits back" in visitor.text
    assert browser(story.OFFICER).open(f"/compliance/alerts/{ALERT}?as=csv").page.status_code == 503


# Samples.


def test_c5_samples_say_what_waits_in_each(browser):
    visitor = browser(story.OFFICER).open("/compliance/samples")
    assert shown(visitor, "sample") == [SAMPLE, "HO.2026-09"]
    assert "2 of 3" in visitor.text
    assert shown(visitor.open("/compliance/samples?state=to_remedy"), "sample") == [SAMPLE]
    assert shown(visitor.open("/compliance/samples?unit_id=HO"), "sample") == ["HO.2026-09"]
    rows = lines(browser(story.OFFICER).open("/compliance/samples?as=csv"))
    assert rows[1] == [SAMPLE, "East City branch", "2026-09", "2", "3", "1", "1", "0"]


def test_c5_a_sample_shows_its_openings_and_how_it_was_drawn(browser, told):
    visitor = browser(story.OFFICER).open(f"/compliance/samples/{SAMPLE}")
    for words in ("5eed", "2 of 3", "5%", "身份证复印件不清晰", "Remedy overdue", "Oct 31, 2026"):
        assert words in visitor.text, words
    assert shown(visitor, "item") == ["l1.payroll.1", SEEN]
    rows = lines(visitor.open(f"/compliance/samples/{SAMPLE}?as=csv"))
    assert rows[2][:4] == [SEEN, "Remedy overdue", "身份证复印件不清晰", "2026-10-31"]


def test_c5_an_officer_inspects(browser, told, bank):
    place = f"{API}/samples/{SAMPLE}/openings"
    told.tell("POST", f"{place}/l1.payroll.1/inspect", 200, happens(bank, story.inspected("l1.payroll.1")))
    page = f"/compliance/samples/{SAMPLE}/openings/l1.payroll.1"
    visitor = browser(story.OFFICER).open(page)
    assert "华瑞纺织有限公司 · Payroll service" in visitor.text
    visitor.send(f"{page}/in-order#inspect")
    assert told.commands[0][2] == {}
    assert "Inspected: all is in order." in visitor.text
    assert visitor.path == page
    found = {"finding": "缺授权书", "remedy_due": "2026-12-31"}
    send(visitor, f"{page}/finding#found", finding="缺授权书", remedy_due="2026-12-31")
    assert told.commands[1][2] == found
    assert "The finding is recorded." in visitor.text


def test_c5_a_finding_must_be_told_and_its_day_lie_ahead(browser, told):
    page = f"/compliance/samples/{SAMPLE}/openings/{SEEN}"
    visitor = browser(story.OFFICER).open(page)
    assert "What you find now replaces what was found before." in visitor.text
    send(visitor, f"{page}/finding#found", finding="", remedy_due="2026-01-31")
    assert visitor.page.status_code == 422
    assert 'id="finding-error"' in visitor.text
    assert 'value="2026-01-31"' in visitor.text
    assert told.commands == []
    detail = "A finding of 2026-10-02 cannot be remedied by 2026-01-31."
    told.refuse("POST", f"{API}/samples/{SAMPLE}/openings/{SEEN}/inspect", 409, code="due_in_the_past", detail=detail, rule="C5")  # fmt: skip
    send(visitor, f"{page}/finding#found", finding="缺授权书", remedy_due="2026-01-31")
    assert visitor.page.status_code == 409
    assert detail in visitor.text
    assert ">缺授权书</textarea>" in visitor.text
    told.refuse("POST", f"{API}/samples/{SAMPLE}/openings/{SEEN}/inspect", 422, code="invalid", detail="No.",
                errors={"remedy_due": ["Not a valid date."]})  # fmt: skip
    send(visitor, f"{page}/finding#found", finding="缺授权书", remedy_due="soon")
    assert 'id="remedy_due-error"' in visitor.text


def test_c2_who_took_part_does_not_inspect(browser, told):
    took_part = opening(SEEN, story.SUN, officer_id=story.OFFICER)
    partner = opening(SEEN, story.SUN, sellers=[story.OFFICER, story.ZHANG])
    for told_of in (took_part, partner):
        told.tell("GET", f"{API}/openings/{SEEN}", 200, told_of)
        page = browser(story.OFFICER).open(f"/compliance/samples/{SAMPLE}/openings/{SEEN}").text
        assert "Not yours to inspect: rule C2" in page
        assert "/in-order" not in page


def test_c5_a_branch_sees_its_own_samples_and_reports_remedies(browser, told, bank):
    visitor = browser(HEAD).open("/compliance/samples")
    assert shown(visitor, "sample") == [SAMPLE]
    assert "Head office" not in visitor.text
    assert visitor.open("/compliance/samples/HO.2026-09").page.status_code == 404
    page = f"/compliance/samples/{SAMPLE}/openings/{SEEN}"
    visitor.open(page)
    assert "/in-order" not in visitor.text
    assert f'href="/compliance/openings/{SEEN}"' not in visitor.text
    send(visitor, f"{page}/remedy#report", remedy="")
    assert (visitor.page.status_code, 'id="remedy-error"' in visitor.text) == (422, True)
    detail = f"{SEEN} is of B01; who leads B01 reports what was done."
    told.refuse("POST", f"{API}/samples/{SAMPLE}/openings/{SEEN}/remedy", 403, code="another_unit", detail=detail)
    send(visitor, f"{page}/remedy#report", remedy="已重新扫描")
    assert (visitor.page.status_code, detail in visitor.text) == (403, True)
    assert ">已重新扫描</textarea>" in visitor.text
    reported = RemedyReported(SAMPLE, "B01", SEEN, "已重新扫描", HEAD, story.LATE)
    told.tell("POST", f"{API}/samples/{SAMPLE}/openings/{SEEN}/remedy", 200, happens(bank, reported))
    send(visitor, f"{page}/remedy#report", remedy="已重新扫描")
    assert told.commands[-1][2] == {"remedy": "已重新扫描"}
    assert "The remedy is reported." in visitor.text


def test_samples_are_told_to_be_unread_while_the_api_is_away(make_app, secrets):
    visitor = Browser(make_app(secrets), "en").sign_in(story.OFFICER)
    for path, said in ((f"/compliance/samples/{SAMPLE}", "The sample cannot be read just now."),
                       (f"/compliance/samples/{SAMPLE}/openings/{SEEN}", "The evidence cannot be read just now.")):  # fmt: skip
        visitor.open(path)
        assert (visitor.page.status_code, said in visitor.text) == (503, True)
    assert visitor.open(f"/compliance/samples/{SAMPLE}?as=csv").page.status_code == 503


# Whose it is.

DETAILS = (f"/compliance/openings/{SEEN}", f"/compliance/alerts/{ALERT}", f"/compliance/samples/{SAMPLE}",
           f"/compliance/samples/{SAMPLE}/openings/{SEEN}")  # fmt: skip
LISTS = ("/compliance", "/compliance/alerts", "/compliance/samples")
LIVE = tuple(f"{path}/live" for path in ("/compliance", *DETAILS[:3]))


def test_an_auditor_sees_everything_and_decides_nothing(browser, told):
    visitor = browser(story.AUDITOR)
    assert visitor.path == "/compliance"
    for path in (*LISTS, *DETAILS, "/compliance/openings/l6.mobile.1"):
        visitor.open(path)
        assert visitor.page.status_code == 200, path
        assert 'method="post"' not in visitor.text.split("<main")[1], path
    token = visitor.form("/sign-out")
    for path in (f"/compliance/openings/{WAITS}/clear", f"/compliance/alerts/{ALERT}/judge", f"{DETAILS[3]}/in-order",
                 f"{DETAILS[3]}/remedy"):  # fmt: skip
        assert visitor.send(path, form=token).page.status_code == 403, path
    assert told.commands == []


def test_the_screen_is_not_for_other_roles(browser, told):
    for who, paths in ((story.ZHANG, (*LISTS, *DETAILS, *LIVE)), (HEAD, ("/compliance", "/compliance/alerts", *DETAILS[:2], *LIVE[1:3]))):  # fmt: skip
        visitor = browser(who)
        told.asked.clear()
        for path in paths:
            assert visitor.open(path).page.status_code == 403, (who, path)
        assert told.asked == []
    visitor = browser(HEAD)
    told.asked.clear()
    assert visitor.send(f"{DETAILS[3]}/in-order", form=visitor.form("/sign-out")).page.status_code == 403
    assert told.asked == []


@pytest.mark.parametrize("path", [
    "/compliance/openings/nothing", "/compliance/alerts/nothing", "/compliance/alerts/nothing/live", "/compliance/samples/nothing",
    f"/compliance/samples/{SAMPLE}/openings/nothing", f"/compliance/samples/nothing/openings/{SEEN}",
])  # fmt: skip
def test_what_is_not_there_is_not_found(browser, told, path):
    assert browser(story.OFFICER).open(path).page.status_code == 404


def test_what_the_api_does_not_tell_is_not_there(browser, front):
    front.refuse("GET", f"{API}/openings/{SEEN}", 403, code="wrong_role", detail="No.")
    for path in DETAILS:
        assert browser(story.OFFICER).open(path).page.status_code == 404


@LANGUAGES
@pytest.mark.parametrize(
    "path",
    [*LISTS, *DETAILS, "/compliance/openings/l6.mobile.1", "/compliance?state=all", "/compliance/alerts?state=all"],
)
def test_each_page_speaks_one_language_and_can_be_used_without_eyes_or_mouse(browser, told, language, path):
    page = browser(story.OFFICER, language).open(path).text
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert "style=" not in page
    assert all("scope=" in cell for cell in re.findall(r"<th[ >][^>]*", page))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        named = re.search(r' id="([^"]+)"', control)
        assert 'type="hidden"' in control or (named and f'<label for="{named[1]}"' in page), control
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    words = re.sub(r'<(\w+)[^>]*lang="[^"]*"[^>]*>[^<]*</\1>|<code>[^<]*</code>|<[^>]*>', " ", page.split("<body>")[1])
    if language == "zh-CN":
        words = re.sub(r"C\d\.\w+", " ", words)
        assert set(re.findall(r"[A-Za-z]{4,}", words)) <= {"system", "mobile"}
    else:
        assert not re.search(r"待|审核|预警|开立", words)
