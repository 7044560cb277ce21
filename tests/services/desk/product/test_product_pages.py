"""The product screens: what each shows, to whom, in both languages, as a file, empty, and without an answer."""

import re
from typing import get_args

import pytest

from services.bundling.rules import conditions as theirs
from services.bundling.rules.usage import Threshold
from services.desk.web.labels import WORDS
from services.desk.web.product.chart import drawn, interval, rate
from services.desk.web.product.conditions import of_label, of_rule, words
from services.leads.campaign_rules import CANCEL_REASONS, FINISH_REASONS
from services.leads.campaign_schemas import STATUSES, TIERS
from services.leads.scorecard.facts import ATTRIBUTES
from shared.core.plain import plain
from tests.services.desk.product import told

pytestmark = pytest.mark.stack
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
CARD = f"/product/scorecards/{told.CARD['card_hash']}"
PAGES = [
    "/product", "/product?on=2026-10-08", "/product/rules", "/product/rules?status=draft", "/product/rules/in-force",
    f"/product/rules/{'d' * 64}", f"/product/rules/{'e' * 64}", "/product/rules/new", "/product/bench",
    "/product/bench?customer=P0042", f"/product/bench?customer=P0042&rules={'d' * 64}", "/product/results",
    "/product/needs", "/product/scorecards", "/product/scorecards/new", CARD, "/product/campaigns",
    "/product/campaigns/new", "/product/campaigns/new?line=corporate", "/product/campaigns/c0", "/product/campaigns/c1",
    "/product/campaigns/c2",
]  # fmt: skip
READING = [
    path for path in PAGES if path not in {"/product/scorecards/new", "/product/campaigns/new"} and "line=" not in path
]


def csv_of(visitor, path):
    visitor.open(path)
    assert visitor.page.content_type == "text/csv; charset=utf-8", visitor.page.status_code
    return visitor.text.lstrip("\N{BYTE ORDER MARK}").splitlines()


@LANGUAGES
@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_one_language_and_can_be_used_without_eyes_or_mouse(browser, front, path, language):
    visitor = browser(told.HE, language).open(path)
    page = visitor.text
    assert visitor.page.status_code == 200, page
    body = page.split("<main")[1].partition(">")[2]
    spoken = re.sub(
        r'<(\w+)[^>]*lang="[^"]*"[^>]*>[^<]*</\1>|<code[^>]*>[^<]*</code>|<textarea.*?</textarea>|<[^>]*>',
        " ",
        body,
        flags=re.DOTALL,
    )
    if language == "zh-CN":
        allowed = {
            "YAML",
            "liandong",
            "scorecard",
            "learn",
            "Autumn",
            "mobile",
            "default",
            "learned",
            "HYPERLINK",
            "Spent",
            "Young",
            "young",
        }
        assert set(re.findall(r"[A-Za-z]{4,}", spoken)) <= allowed | {"Too", "UTF"}
    else:
        assert not re.search(r"产品|规则|客群|评分|推荐", spoken)
    assert page.count("<h1") == 1
    assert all("scope=" in cell for cell in re.findall(r"<th[ >][^>]*", page))
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        if 'type="hidden"' not in control and 'type="checkbox"' not in control:
            assert f'<label for="{re.search(r" id=.([^ ]+?).(?: |>)", control)[1]}"' in page, control
    assert all("<label" in line for line in page.splitlines() if 'type="checkbox"' in line)
    assert "style=" not in page
    assert page.count("<caption") == page.count("<table")
    assert all("<title>" in drawing for drawing in re.findall(r'<svg[^>]*role="img".*?</svg>', page, re.DOTALL))


@pytest.mark.parametrize("path", READING)
def test_an_api_that_does_not_answer_is_said(browser, running_front, path):
    running_front.reset()
    for key in ("/api/bundling/catalogue", "/api/bundling/rules", "/api/bundling/rules/in-force", f"/api/bundling/rules/{'d' * 64}",
                f"/api/bundling/rules/{'e' * 64}", "/api/bundling/customers/P0042/answers", "/api/bundling/results",
                "/api/leads/needs", "/api/leads/scorecards", f"/api/leads/scorecards/{told.CARD['card_hash']}", "/api/leads/campaigns",
                *(f"/api/leads/campaigns/c{n}" for n in range(3))):  # fmt: skip
        running_front.tell("GET", key, 503, {})
    visitor = browser(told.HE).open(path)
    assert visitor.page.status_code == 503
    assert "This page cannot be read just now." in visitor.text


def test_each_role_sees_what_the_api_lets_it(browser, front):
    for path in ("/product", "/product/rules", "/product/campaigns/c1"):
        assert browser(told.CORPORATE).open(path).page.status_code == 403
    auditor = browser(told.FANG).open("/product")
    assert "Unmet needs" not in auditor.text
    assert auditor.open("/product/needs").page.status_code == 403
    for path in ("/product/rules/new", "/product/scorecards/new", "/product/campaigns/new"):
        assert auditor.open(path).page.status_code == 403
    for path in (f"/product/rules/{'d' * 64}", CARD, "/product/campaigns/c1"):
        assert 'action="/product' not in auditor.open(path).text
    branch = browser(told.GAO)
    assert branch.open("/product/needs").page.status_code == 200
    assert branch.open("/product/rules/new").page.status_code == 403
    assert "Publish</button>" not in branch.open(f"/product/rules/{'d' * 64}").text
    assert "put in force</button>" in branch.open(CARD).text
    assert browser(told.LIN).path == "/product"


def test_what_the_api_does_not_tell_is_not_there(browser, front):
    for path in (
        "/product/rules/none",
        "/product/scorecards/none",
        "/product/campaigns/none",
        "/product/rules/none/file",
    ):
        assert browser(told.HE).open(path).page.status_code == 404


def test_b1_b2_the_catalogue_of_a_day(browser, front):
    page = browser(told.HE).open("/product?on=2026-10-08").text
    assert ("/api/bundling/catalogue", {"on": "2026-10-08"}) in front.queries
    for said in ("Precise mobile banking", "holds Online banking", "does not hold Mobile banking", "is at most 45 years old",
                 "used Online banking at least 3 times in the last 60 days", "A service visit", "is linked with a company that was won",
                 "Needs Corporate e-banking", "Electronic channel", "from Jan 1, 2000", "no bundle"):  # fmt: skip
        assert said in page, said
    chinese = browser(told.HE, "zh-CN").open("/product").text
    for said in ("手机银行精准营销", "持有个人网上银行", "最近 60 天内使用个人网上银行至少 3 次", "服务回访"):
        assert said in chinese, said


def test_a_day_that_is_none_is_said_where_it_was_typed(browser, front):
    visitor = browser(told.HE).open("/product?on=soon")
    assert visitor.page.status_code == 422
    assert re.search(r'id="on"[^>]*value="soon"[^>]*aria-invalid="true"', visitor.text)
    assert "Give a date, such as 2026-09-30." in visitor.text


def test_every_table_is_a_file_too(browser, front):
    visitor = browser(told.HE)
    products = csv_of(visitor, "/product?as=csv")
    assert len(products) == 1 + len(told.catalogue()["products"])
    assert products[0].startswith("Code,Product,Version")
    assert any(row.startswith("new_corporate_account") for row in csv_of(visitor, "/product?part=bundles&as=csv"))
    assert csv_of(visitor, "/product/rules?as=csv")[2].endswith(f"Too young,{'e' * 64}")
    assert "Young customers" in csv_of(visitor, f"/product/rules/{'d' * 64}?as=csv")[1]
    assert any(
        "does not hold Mobile banking,Yes" in row for row in csv_of(visitor, "/product/bench?customer=P0042&as=csv")
    )
    assert len(csv_of(visitor, "/product/results?as=csv")) == 7
    assert csv_of(visitor, "/product/needs?as=csv")[1:] == [
        "外汇期权,12,10,2,2026-08-01,2026-10-02",
        "'=HYPERLINK(),1,0,1,2026-09-01,2026-09-01",
    ]
    assert ",0.7312,0.6480,420,90," in csv_of(visitor, "/product/scorecards?as=csv")[1]
    assert ",1000,800,700,80,20,690,c1" in csv_of(visitor, "/product/campaigns?as=csv")[1]
    assert "Leads opened,690" in csv_of(visitor, "/product/campaigns/c1?as=csv")


def test_nothing_yet_says_what_would_make_it_something(browser, front):
    front.tell("GET", "/api/bundling/rules", 200, {"rules": []})
    front.tell("GET", "/api/bundling/results", 200, {"results": [], "method": "m"})
    front.tell("GET", "/api/leads/needs", 200, {"topics": []})
    front.tell("GET", "/api/leads/scorecards", 200, told.CARDS | {"scorecards": []})
    front.tell("GET", "/api/leads/campaigns", 200, {"campaigns": []})
    visitor = browser(told.HE)
    for path, said in [("rules", "No version here."), ("results", "not enough data yet"), ("needs", "No need is recorded"),
                       ("scorecards", "No card here."), ("campaigns", "No campaign here."), ("bench", "Nobody is chosen yet.")]:  # fmt: skip
        assert said in visitor.open(f"/product/{path}").text, path


def test_b2_a_version_says_what_it_asks_and_what_it_changes(browser, front):
    page = browser(told.HE).open(f"/product/rules/{'d' * 64}").text
    assert ("/api/bundling/rules/in-force", {"on": "2026-12-31"}) in front.queries
    for said in ("Rules, version 2", "What it changes beside version 1", "now asks: is at most 50 years old",
                 "no longer asks: is at most 45 years old", ">Added</span> <strong>Young customers", ">Gone</span> <strong>Payroll linkage",
                 "0% → 5%", "Mobile banking, version 2, from Jan 1, 2027", "3 uses in 60 days"):  # fmt: skip
        assert said in page, said
    shipped = browser(told.HE).open("/product/rules/in-force").text
    assert "What it changes" not in shipped
    assert "Precise mobile banking" in shipped


def test_b3_the_bench_says_why_and_what_would_flip_it(browser, front):
    page = browser(told.HE).open("/product/bench?customer=P0042&on=2026-10-08").text
    assert ("/api/bundling/customers/P0042/answers", {"on": "2026-10-08"}) in front.queries
    answer = re.search(r'<article class="answer" id="answer-precise_mobile".*?</article>', page, re.DOTALL)[0]
    assert "✗ Not offered" in answer
    assert "Online banking is used 1 more times" in answer
    assert "online (H1): 2 authenticated uses in the 60 days to 2026-10-08" in answer
    revive = re.search(r'id="answer-dormant_revive".*?</article>', page, re.DOTALL)[0]
    assert "✓ Offered" in revive
    assert "Asks for a service visit" in revive
    company = re.search(r'id="answer-new_corporate_account".*?</article>', page, re.DOTALL)[0]
    assert "nobody can bring this about" in company
    rows = dict(
        re.findall(r'<th scope="row" role="rowheader">([^<]+)</th>\s*<td[^>]*><div><span class="\w+">(. [^<]+)<', page)
    )
    assert rows["Mobile banking"] == "✗ Not offered"
    assert rows["Online banking"] == "– Has it already"
    assert rows["Mortgage"] == "– In no rule"


def test_b3_a_draft_is_tried_beside_the_rules_in_force(browser, front):
    draft = told.answers([*told.RULE_SETS, told.msgspec.convert(told.DRAFT, type(told.RULE_SETS[0]))])
    front.tell("GET", "/api/bundling/customers/P0042/answers", 200, draft)
    page = browser(told.HE).open(f"/product/bench?customer=P0042&rules={'d' * 64}").text
    asked = [query for path, query in front.queries if path.endswith("/answers")]
    assert asked == [{"rules": "d" * 64}, {"on": "2026-10-08"}]
    assert f'<option value="{"d" * 64}" selected>Version 2 from 2027-01-01 (Draft)' in page
    assert f'value="{"e" * 64}"' not in page
    assert "as by today&#39;s rules" in page or "as by today's rules" in page


@pytest.mark.parametrize(
    ("query", "said"), [("customer=P9", "Nothing is known of a customer P9."), ("customer=P0042&rules=gone", "There are no such rules any more."),
                        ("customer=P0042&on=x", "Give a date, such as 2026-09-30.")]
)  # fmt: skip
def test_what_cannot_be_tried_is_said_at_its_field(browser, front, query, said):
    visitor = browser(told.HE).open(f"/product/bench?{query}")
    assert visitor.page.status_code == 422
    assert said in visitor.text
    assert visitor.text.count('aria-invalid="true"') == 1


def test_b8_results_have_their_intervals_and_say_where_data_are_too_few(browser, front):
    page = browser(told.HE).open("/product/results").text
    precise, young, payroll = re.findall(r'<section class="rule".*?</section>', page, re.DOTALL)
    for said in ("30 days, Offered: 50% of 120", "more are in use", "60 of 120", "+37.5% (+", 'role="img"', "<circle"):
        assert said in precise, said
    assert "not enough data yet" in young
    assert "more are in use" not in young
    assert payroll.count("not enough data yet") >= 8
    browser(told.HE).open("/product/results?bundle=precise_mobile&rules_version=1&on=x")
    assert ("/api/bundling/results", {"bundle": "precise_mobile", "rules_version": "1"}) in front.queries


def test_l13_needs_are_counted_by_topic_in_their_own_words(browser, front):
    page = browser(told.GAO).open("/product/needs").text
    assert page.index("外汇期权") < page.index("=HYPERLINK()")
    assert "想锁定欧元汇率" in page
    assert "Corporate 10" in page
    assert "张伟" in page


def test_l5_the_card_in_force_and_those_proposed(browser, front):
    page = browser(told.GAO).open("/product/scorecards").text
    for said in ("In force: default@1", "the card that Liandong ships with", "0.7312", "0.6480", "420 leads, 90 won",
                 "below 1", "from 1, below 3", "3 and more", "not known", "another value", "Every lead begins with 400 points",
                 "waits for a second person", "Branch, Claimed target list"):  # fmt: skip
        assert said in page, said
    beside = browser(told.GAO).open(CARD).text
    assert "Points of learned@1" in beside
    assert "Points of the card in force, default@1" in beside


def test_l12_campaigns_with_their_progress_and_result(browser, front):
    page = browser(told.GAO).open("/product/campaigns").text
    assert '<progress max="1000" value="800"' in page
    assert 'hx-trigger="refresh, every 10s"' in page
    assert "with Online banking" in page
    assert "without Mobile banking" in page
    one = browser(told.GAO).open("/product/campaigns/c1").text
    for said in ("The contacted opened more: the campaign shows an effect", "+15% (", "10% held out", "New: 400", "Won: 120",
                 "80 held out to compare with, 20 spared", 'hx-trigger="refresh, every 5s"', "Pause it", "Finish it", "Cancel it", "¥500.00"):  # fmt: skip
        assert said in one, said
    assert "Start the campaign" not in one
    drafted = browser(told.GAO).open("/product/campaigns/c0").text
    assert "1,000 customers with consent are in the group now." in drafted
    assert "What it brought" not in drafted
    assert ("/api/leads/campaigns/c0/result", {}) not in front.queries
    ended = browser(told.GAO).open("/product/campaigns/c2").text
    assert "Budget: Spent" in ended
    assert "What may be done" not in ended


def test_l12_a_campaign_with_nobody_to_compare_has_no_result_yet(browser, front):
    front.tell("GET", "/api/leads/campaigns/c1/result", 200, told.outcome((700, 140), (0, 0)))
    page = browser(told.GAO).open("/product/campaigns/c1").text
    assert "<strong>not enough data yet</strong>" in page


def test_every_code_has_a_name(app):
    assert set(CANCEL_REASONS) | set(FINISH_REASONS) == set(WORDS["campaign_reason"])
    assert set(STATUSES) == set(WORDS["campaign_status"])
    assert set(TIERS) == set(WORDS["card_tier"])
    assert set(ATTRIBUTES) == set(WORDS["card_attribute"])


def test_b2_every_kind_of_condition_has_words(app):
    bar = Threshold(3, 60)
    every = [
        theirs.KindIs("person"), theirs.AgeAtMost(45), theirs.Holds(("online", "mobile")), theirs.NotHolds("mobile"),
        theirs.LacksOneOf(("online",)), theirs.Active(("online",), bar), theirs.NotActive(("online", "mobile"), bar),
        theirs.NewAccountWithin(("now",), 90), theirs.LinkedToWin(),
    ]  # fmt: skip
    assert {type(one) for one in every} == set(get_args(theirs.Condition))
    with app.test_request_context(headers={"Accept-Language": "en"}):
        for one in every:
            said = words(of_rule(plain(one)), str)
            assert " " in said
            assert words(of_label(theirs.label(one)), str) == said
        assert words(of_label("something_new(5 moons)"), str) == "something_new"


def test_a_drawing_keeps_its_marks_in_place_and_order(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        chart = drawn(
            [rate("a", 100, 20), interval("b", -300, -900, 300), rate("c", 0, 0), interval("d", None, None, None)]
        )
    low, middle, high = (tick.x for tick in chart.ticks)
    assert low < middle < high
    assert [tick.zero for tick in chart.ticks] == [False, True, False]
    for mark in chart.marks[:2]:
        assert low <= mark.low < mark.point < mark.high <= high
    assert [mark.point for mark in chart.marks[2:]] == [None, None]
    assert chart.marks[1].point < middle < chart.marks[0].point
