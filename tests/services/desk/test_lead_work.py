"""What a customer manager does all day: see what waits, narrow a list, open a lead, split it, log a contact, end it."""

import csv
import io
import re

import pytest

from services.leads.work_events import ContactLogged
from tests.services.desk import story
from tests.services.desk.test_wishes import happens

pytestmark = pytest.mark.stack
LEAD = "/api/leads/l2"
TIMELINE = [
    {"type": "lead_opened", "at": "2026-09-05T09:30:00+00:00", "opened_by": story.ZHANG},
    {"type": "lead_routed", "at": "2026-09-05T09:30:00+00:00", "line": "retail", "owner_id": None, "queue": "retail:O01",
     "rule": "L3.none", "reason": "No rule matched."},
    {"type": "split_proposed", "at": "2026-09-06T01:00:00+00:00", "proposal": 1, "proposed_by": story.ZHANG,
     "shares": [{"line": "corporate", "staff_id": story.ZHANG, "bps": 6000}, {"line": "retail", "staff_id": story.LI, "bps": 4000}]},
    {"type": "split_voided", "at": "2026-09-06T02:00:00+00:00", "proposal": 1, "reason": "withdrawn", "standing": None, "by": story.ZHANG},
]  # fmt: skip
TOLD = {
    "lead_id": "l2",
    "version": 9,
    "timeline": TIMELINE,
    "score": {
        "points": 12,
        "card": "shipped 1",
        "occasion": "opening",
        "on": "2026-09-05",
        "parts": [
            {"attribute": "value_tier", "bin": "key", "points": 20, "reason": "A key customer."},
            {"attribute": "products_held", "bin": "0", "points": -8, "reason": "Holds nothing yet."},
        ],
    },
    "first_contact": {"owner_id": story.ZHANG, "due_on": "2026-09-08", "missed": True, "made": None},
    "project": None,
}
FIELDS = {"reason": "price", "text": "", "version": "9"}


def day(front, overdue=(), visits=(), done=1):
    front.tell("GET", "/api/leads/overdue", 200, {"leads": list(overdue)})
    front.tell("GET", "/api/leads/visits", 200, {"visits": list(visits)})
    counted = {"visits_new": done, "visits_existing": 0, "calls": 3}
    work = {"done": counted, "norm": dict.fromkeys(counted, 4), "missing": counted, "working_day": True}
    front.tell("GET", "/api/leads/contacts", 200, work)


def rows(visitor):
    return re.findall(r'id="lead-(l\d+)"', visitor.text)


def test_l7_l8_the_day_shows_what_is_late_and_due(browser, front):
    late = {"lead_id": "l2", "customer_id": story.PRINTING, "first_contact": {"due_on": "2026-09-08"}}
    visit = {"lead_id": "l1", "customer_id": story.TEXTILE, "due_on": "2026-09-30", "stage": "bid"}
    day(front, [late], [visit])
    page = browser(story.ZHANG).open("/corporate/day").text
    assert re.search(
        r'href="/corporate/leads/l2#evidence">新彩印务有限公司</a>.*?was due on Sep 8, 2026', page, re.DOTALL
    )
    assert re.search(r"华瑞纺织有限公司</a>.*?due on Sep 30, 2026.*?Bid", page, re.DOTALL)
    assert "1 of 4" in page
    assert "3 of 4" in page


def test_c1_the_day_shows_openings_that_were_refused(browser, front):
    day(front)
    page = browser(story.ZHANG).open("/corporate/day").text
    part = page[page.index("day-refused") : page.index("day-dormant")]
    assert "华瑞纺织有限公司" in part
    assert "Corporate e-banking: Rule C1" in part


def test_a_part_of_the_day_that_cannot_be_read_says_so_alone(browser, front):
    visitor = browser(story.LI).open("/retail/day")
    assert visitor.page.status_code == 200
    assert visitor.text.count("This part cannot be read just now.") == 3
    assert "王*" in visitor.text


def test_a_day_without_anything_says_what_would_appear(browser, front):
    day(front)
    assert "Nothing waits for you." in browser(story.CHEN).open("/retail/day").text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=C0002", ["l2"]),
        ("q=新彩", ["l2"]),
        ("q=nobody", []),
        ("q=.*", []),
        ("product=settlement", ["l3"]),
        ("source=target_list", ["l3"]),
        ("order=oldest", ["l2", "l3", "l5", "l6", "l7"]),
        ("order=crooked&product=&q=", ["l5", "l6", "l7", "l3", "l2"]),
    ],
)
def test_a_list_is_narrowed_and_ordered(browser, asked, found):
    assert rows(browser(story.ZHANG).open(f"/corporate?{asked}")) == found


def test_a_board_has_a_column_for_each_state(browser):
    page = browser(story.ZHANG).open("/corporate?layout=board").text
    columns = re.split(r'<section aria-labelledby="column-', page)[1:]
    shown = {column.partition('"')[0]: re.findall(r'id="lead-(l\d+)"', column) for column in columns}
    assert shown == {"opened": ["l7"], "proposed": ["l5", "l3"], "active": ["l6", "l2"], "qualified": []}


def test_a_list_is_taken_as_a_file_whole(browser):
    visitor = browser(story.ZHANG).open("/corporate?as=csv")
    assert visitor.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in visitor.page.headers["Content-Disposition"]
    head, *lines = csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff")))
    assert [line[0] for line in lines] == ["l5", "l6", "l7", "l3", "l2"]
    printing = dict(zip(head, lines[-1], strict=True))
    assert printing["Customer"] == "新彩印务有限公司"
    assert printing["Estimated value"] == "120000.00"
    assert printing["Split"] == "Corporate 张伟 60%; Retail 李娜 40%"


def test_the_history_is_told_in_plain_words(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    page = browser(story.ZHANG).open("/corporate/leads/l2").text
    told = page[page.index('id="story"') :]
    assert told.index("Split no. 1 is off") < told.index("张伟 proposed split no. 1: Corporate 60%, Retail 40%")
    assert "Retail side: waits in the queue Retail · Chunfeng Road outlet" in told
    assert "No rule matched: waits at the customer" in told
    assert "Withdrawn by who proposed it" in told
    assert "First contact due on Sep 8, 2026" in page


def test_l5_the_parts_of_a_score_are_drawn_and_add_up(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    page = browser(story.ZHANG).open("/corporate/leads/l2").text
    part = page[page.index("score-parts") :]
    assert "Score: 12 points" in part
    assert re.findall(r'<td class="number">(-?\d+)</td>', part)[:3] == ["20", "-8", "12"]
    assert re.search(r'class="bad" x="60.0" y="2" width="40.0"', part)


def test_what_somebody_else_did_meanwhile_is_marked(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    page = browser(story.ZHANG).open("/corporate/leads/l2?seen=2").text
    assert "Changed since you opened this page, 2 times:" in page
    assert page.count('class="fresh"') == 2
    assert "Changed since" not in browser(story.ZHANG).open("/corporate/leads/l2?seen=4").text


def test_a_history_that_cannot_be_read_leaves_the_rest(browser, front):
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    assert visitor.page.status_code == 200
    assert "The history cannot be read just now." in visitor.text
    assert "新彩印务有限公司" in visitor.text


def test_l2_a_split_is_proposed_in_per_cent(browser, front, bank):
    front.tell("GET", LEAD, 200, TOLD)
    front.tell("POST", f"{LEAD}/split", 200, happens(bank, story.proposed("l2", proposal=2, corporate=5_550)))
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    kept = [field for field in visitor.form("/corporate/leads/l2/split") if not field[0].startswith("share-")]
    shares = [("share-corporate", "55.5"), ("share-retail", "44.5 %")]
    visitor.send("/corporate/leads/l2/split", *shares, form=kept)
    ((_, _, body, key, _),) = front.commands
    assert body == {"shares": [{"line": "corporate", "bps": 5_550}, {"line": "retail", "bps": 4_450}]}
    assert key
    assert "The split is proposed." in visitor.text


@pytest.mark.parametrize(
    ("corporate", "retail", "said"),
    [("60", "60", "come to 100% together"), ("x", "40", "percentage from 0 to 100"), ("60.001", "39.999", "two decimals"), ("-1", "101", "from 0 to 100"), ("NaN", "1", "from 0 to 100")],
)  # fmt: skip
def test_l2_a_split_that_cannot_be_is_told_at_its_field(browser, front, corporate, retail, said):
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    kept = [field for field in visitor.form("/corporate/leads/l2/split") if not field[0].startswith("share-")]
    visitor.send("/corporate/leads/l2/split", ("share-corporate", corporate), ("share-retail", retail), form=kept)
    assert visitor.page.status_code == 422
    assert front.commands == []
    error = re.search(
        r'name="share-corporate" value="([^"]*)" aria-invalid="true" aria-describedby=" ?(share-corporate-error)"',
        visitor.text,
    )
    assert error, visitor.text[-4000:]
    assert error[1] == corporate
    assert said in re.search(rf'id="{error[2]}">([^<]*)<', visitor.text)[1]


def test_l1_a_lead_is_lost_with_a_reason(browser, front, bank):
    lost = story.leads.LeadLost(lead_id="l7", reason="price", text="", staff_id=story.ZHANG, on=story.DAY)
    front.tell("GET", "/api/leads/l7", 200, TOLD | {"lead_id": "l7"})
    front.tell("POST", "/api/leads/l7/lose", 200, happens(bank, lost))
    visitor = (
        browser(story.ZHANG)
        .open("/corporate/leads/l7")
        .send("/corporate/leads/l7/lose", ("reason", "price"), ("text", ""))
    )
    assert front.commands[0][2] == {"reason": "price", "text": ""}
    assert "The lead is lost." in visitor.text


def test_who_decides_on_what_has_changed_is_told_so(browser, front):
    front.tell("GET", "/api/leads/l6", 200, TOLD | {"lead_id": "l6"})
    front.refuse(
        "POST", "/api/leads/l6/lose", 412, code="stale", detail="You decided on version 8; it is at version 9."
    )
    visitor = browser(story.LI, "zh-CN").open("/retail/leads/l6")
    kept = [field for field in visitor.form("/retail/leads/l6/lose") if field[0] != "seen"]
    visitor.send("/retail/leads/l6/lose", ("seen", "2"), ("reason", "other"), ("text", "他行报价更低"), form=kept)
    assert visitor.page.status_code == 412
    assert "您打开本页之后线索有变化" in visitor.text
    assert visitor.text.count('class="fresh"') == 2
    assert "他行报价更低" in visitor.text


def test_l10_a_contact_is_logged_for_the_leads_customer(browser, front, bank):
    logged = ContactLogged(
        "c1", story.ZHANG, "B01", story.FOODS, "visit", "existing", "rec-77", "谈妥", "l3", True, None, story.DAY
    )  # fmt: skip
    front.tell("POST", "/api/leads/contacts", 201, happens(bank, logged))
    visitor = browser(story.ZHANG).open("/corporate/leads/l3")
    form = visitor.form("/corporate/leads/l3/contact")
    visitor.send("/corporate/leads/l3/contact", ("kind", "visit"), form=form)
    assert visitor.page.status_code == 422
    assert front.commands == []
    filled = [field for field in form if field[0] != "evidence"]
    visitor.send(
        "/corporate/leads/l3/contact", ("kind", "visit"), ("evidence", "rec-77"), ("note", "谈妥"), form=filled
    )
    expected = {"customer_id": story.FOODS, "lead_id": "l3", "kind": "visit", "evidence": "rec-77", "note": "谈妥"}
    assert front.commands[0][2] == expected
    assert "The contact stands in your work log." in visitor.text
    listed = visitor.text[visitor.text.index('id="contact-log"') :]
    assert "rec-77" in listed
    assert "谈妥" in listed


def test_l9_what_was_typed_stays_when_the_lead_has_another_owner_by_then(browser, front, bank):
    action, leads = "/corporate/leads/l6/contact", bank.client["desk"]["corporate_desk"]
    visitor = browser(story.ZHANG).open("/corporate/leads/l6")
    form = [field for field in visitor.form(action) if field[0] != "evidence"]
    leads.update_one({"_id": "l6"}, {"$set": {"owner_id": "S9999"}})
    visitor.send(action, ("kind", "visit"), ("evidence", "rec-78"), ("note", "续谈"), form=form)
    leads.update_one({"_id": "l6"}, {"$set": {"owner_id": story.ZHANG}})
    assert visitor.page.status_code == 404
    assert "The lead is not yours any more" in visitor.text
    assert "rec-78" in visitor.text
    assert "续谈" in visitor.text
    assert front.commands == []


def test_who_is_signed_out_meanwhile_gets_back_what_was_typed(browser, front):
    visitor = browser(story.ZHANG).open("/corporate/leads/l3")
    form = [field for field in visitor.form("/corporate/leads/l3/contact") if field[0] != "evidence"]
    with visitor.client.session_transaction() as session:
        session["until"] = "2020-01-01T00:00:00+00:00"
    visitor.send("/corporate/leads/l3/contact", ("kind", "visit"), ("evidence", "rec-79"), ("note", "再约"), form=form)
    assert visitor.page.status_code == 401
    assert "What you typed stands here, to be copied." in visitor.text
    assert "再约" in visitor.text
    assert "rec-79" in visitor.text
    assert 'href="/sign-in?back=' in visitor.text
    assert front.commands == []


def test_a_part_that_is_read_again_when_signed_out_leaves_the_page_alone(browser):
    """The page itself knows whether something is typed into it."""
    answer = browser().client.get("/corporate/leads/l3", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert "HX-Refresh" not in answer.headers


def test_a_history_that_is_not_told_for_a_moment_marks_nothing_as_new(browser, front):
    visitor = browser(story.ZHANG)
    again = {"HX-Request": "true"}
    assert visitor.client.get("/corporate/leads/l2?seen=2", headers=again).status_code == 503
    page = visitor.open("/corporate/leads/l2?seen=2").text
    assert "seen=2" in page
    assert "Changed since" not in page


def test_what_is_refused_in_a_narrowed_list_leaves_the_list_as_it_was(browser, front):
    front.refuse("POST", "/api/leads/l5/accept", 409, code="other", detail="Not now.")
    visitor = browser(story.ZHANG).open("/corporate?order=oldest&view=open")
    shown = rows(visitor)
    visitor.send("/corporate/leads/l5/accept", ("from", "list"))
    assert visitor.page.status_code == 409
    assert "Not now." in visitor.text
    assert rows(visitor) == shown
    assert "data-live " not in visitor.text  # else the next change would wipe out what was said


@pytest.mark.parametrize(("value", "corporate"), [("1e999999", "60"), ("9" * 30, "60"), ("", "1e999999")])
def test_l2_a_number_beyond_all_measure_is_told_at_its_field(browser, front, value, corporate):
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    if value:
        visitor.open("/corporate/new?customer_id=C0004")
        kept = [field for field in visitor.form("/corporate/new") if field[0] not in ("need", "value")]
        visitor.send("/corporate/new", ("need", "payroll"), ("value", value), form=kept)
        assert "Give an amount in yuan" in visitor.text
    else:
        kept = [field for field in visitor.form("/corporate/leads/l2/split") if not field[0].startswith("share-")]
        shares = [("share-corporate", corporate), ("share-retail", "40")]
        visitor.send("/corporate/leads/l2/split", *shares, form=kept)
    assert visitor.page.status_code == 422
    assert front.commands == []


def test_l11_what_a_win_brought_is_listed(browser):
    page = browser(story.ZHANG).open("/corporate/leads/l1").text
    part = page[page.index('id="brought"') :]
    assert "王*" in part
    assert "finance staff" in part


def test_several_splits_are_accepted_at_once(browser, front):
    front.tell("POST", "/api/leads/l5/accept", 200, {"id": "l5", "version": 4, "position": "leads/leads-l5@4"})
    front.refuse(
        "POST", "/api/leads/gone/accept", 409, code="not_the_proposal", detail="Proposal 1 is void.", rule="L2"
    )
    visitor = browser(story.ZHANG).open("/corporate?view=accept")
    kept = [field for field in visitor.form("/corporate/bulk/accept") if field[0] != "lead"]
    visitor.send("/corporate/bulk/accept", ("lead", "l5@1"), ("lead", "gone@1"), form=kept)
    assert [(path, body) for _, path, body, _, _ in front.commands] == [
        ("/api/leads/l5/accept", {"proposal": 1}),
        ("/api/leads/gone/accept", {"proposal": 1}),
    ]
    assert len({key for *_, key, _ in front.commands}) == 2
    assert "1 lead done. 1 not done: gone: Another split was proposed meanwhile." in visitor.text
    visitor.open("/corporate?view=accept").send("/corporate/bulk/accept", form=kept)
    assert "Nothing was chosen." in visitor.text


def test_a_customer_is_found_by_number_or_by_how_the_name_begins(browser):
    visitor = browser(story.ZHANG)
    for words in ("C0002", "新彩"):
        assert "/corporate/new?customer_id=C0002" in visitor.open(f"/corporate/new?q={words}").text
    assert "customer_id=" not in visitor.open("/corporate/new?q=新").text
    assert "No customer is found." in visitor.open("/corporate/new?q=zz").text


def test_l4_a_new_lead_warns_of_those_about_the_same_need(browser):
    page = browser(story.ZHANG).open("/corporate/new?customer_id=C0002&need=payroll").text
    assert "1 lead on this customer is in progress already:" in page
    warned = '<span class="no">about the same need</span>'
    assert warned in page
    assert warned not in browser(story.ZHANG).open("/corporate/new?customer_id=C0002&need=loan").text
    assert "in progress already" not in browser(story.ZHANG).open("/corporate/new?customer_id=C0001").text


def test_a_lead_is_opened(browser, front, bank):
    front.tell("POST", "/api/leads", 201, happens(bank, story.lead_opened("l77", story.HARBOUR)))
    bank_routes = story.routed("l77", "corporate", story.ZHANG, "B01")
    visitor = browser(story.ZHANG).open("/corporate/new?customer_id=C0004")
    kept = [field for field in visitor.form("/corporate/new") if field[0] not in ("need", "value")]
    typed = [("need", "payroll for 80"), ("products", "payroll"), ("source", "phone"), ("value", "1,200.50")]
    bank.record(bank_routes)
    visitor.send("/corporate/new", *typed, form=kept)
    assert front.commands[0][2] == {
        "customer_id": story.HARBOUR,
        "customer_kind": "company",
        "need": "payroll for 80",
        "products": ["payroll"],
        "source": "phone",
        "outlet_id": "B01",
        "value_minor": 120_050,
    }
    assert visitor.path == "/corporate/leads/l77"


def test_l4_what_is_wrong_with_a_new_lead_is_told_in_place(browser, front):
    visitor = browser(story.ZHANG).open("/corporate/new?customer_id=C0004")
    kept = [field for field in visitor.form("/corporate/new") if field[0] not in ("need", "value")]
    visitor.send("/corporate/new", ("need", " "), ("value", "much"), form=kept)
    assert visitor.page.status_code == 422
    assert "Say what the customer needs." in visitor.text
    assert "Give an amount in yuan" in visitor.text
    assert 'name="value" value="much" aria-invalid="true"' in visitor.text
    front.refuse("POST", "/api/leads", 409, code="duplicate_lead", detail="There is l2 already.", rule="L4")
    visitor.send("/corporate/new", ("need", "payroll"), ("value", ""), form=kept)
    assert visitor.page.status_code == 409
    assert "Not done: rule L4" in visitor.text
    assert 'name="despite"' in visitor.text


def test_other_lines_have_no_say(browser, front):
    visitor = browser(story.LI)
    front.asked.clear()
    for path in ("/corporate/day", "/corporate/new", "/corporate/live", "/corporate?as=csv"):
        assert visitor.open(path).page.status_code == 403
    assert front.asked == []


def test_a_view_is_saved_used_and_removed(browser):
    visitor = browser(story.ZHANG).open("/corporate?q=新彩&order=oldest")
    kept = [field for field in visitor.form("/corporate/views/save") if field[0] != "name"]
    visitor.send("/corporate/views/save", ("name", "印务"), form=kept)
    assert "The view is saved." in visitor.text
    assert rows(visitor) == ["l2"]
    assert ">印务</a>" in browser(story.ZHANG).open("/corporate").text
    assert ">印务</a>" not in browser(story.LI).open("/retail").text
    visitor.send("/corporate/views/forget")
    assert ">印务</a>" not in visitor.text
    visitor.send("/corporate/views/save", ("name", "a.b"), form=kept)
    assert "Give the view a name" in visitor.text


def test_l2_a_partner_whose_name_is_typed_is_to_be_chosen_and_nothing_is_sent(browser, front, bank):
    bank.record(story.lead_opened("l78", story.HARBOUR))
    bank.record(story.routed("l78", "corporate", story.ZHANG, "B01"))
    bank.record(story.routed("l78", "retail", queue="retail:O01", rule="L3.none"))
    bank.project()
    visitor = browser(story.ZHANG).open("/corporate/leads/l78")
    form = [field for field in visitor.form("/corporate/leads/l78/invite") if field[0] != "staff_id"]
    visitor.send("/corporate/leads/l78/invite", ("staff_id", "赵国子"), form=form)
    assert visitor.page.status_code == 422
    assert "Choose a colleague from the list that opens as you type" in visitor.text
    assert 'value="赵国子"' in visitor.text
    assert front.commands == []
