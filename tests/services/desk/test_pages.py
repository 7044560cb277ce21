"""What each user sees: their own page, their own leads, in their own language, and nothing of others."""

import json
import re

import pytest

from tests.services.desk import story
from tests.services.desk.bank import KEYS, STATEMENT, prepare_secrets

pytestmark = pytest.mark.stack
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
EVERY_PAGE = [
    (None, "/sign-in"),
    (story.ZHANG, "/corporate"),
    (story.ZHANG, "/corporate/day"),
    (story.ZHANG, "/corporate?layout=board"),
    (story.ZHANG, "/corporate/new?q=C0001"),
    (story.ZHANG, "/corporate/new?customer_id=C0002"),
    (story.ZHANG, "/corporate?view=won"),
    (story.ZHANG, "/corporate?view=queue"),
    (story.ZHANG, "/corporate/leads/l1"),
    (story.ZHANG, "/corporate/leads/l4"),
    (story.LI, "/retail"),
    (story.LI, "/retail/leads/l5"),
    (story.LI, "/retail/leads/l7"),
    ("S0301", "/hr"),
    ("S0301", "/hr/statements/1"),
    ("S0302", "/compliance"),
    ("S0302", "/compliance/alerts"),
    ("S0302", "/compliance/alerts?state=confirmed&q=nothing"),
    ("S0302", "/compliance/samples"),
    ("S0401", "/compliance/samples"),
    ("S0303", "/"),
    ("S0303", "/corporate"),
    ("S0401", "/branch"),
    ("S0401", "/branch/leads?state=won"),
    (story.ZHANG, "/score"),
    (story.ZHANG, "/score/lines/n1"),
    ("S0301", "/nowhere"),
]


def rows(browser):
    """The ids of the leads in the page's table."""
    return re.findall(r'id="lead-(l\d+)"', browser.text)


@pytest.mark.parametrize(
    ("staff_id", "path"), [(story.ZHANG, "/corporate/day"), (story.LI, "/retail/day"), ("S0301", "/hr"), ("S0302", "/compliance"),
      ("S0303", "/"), ("S0311", "/plans"), ("S0312", "/plans")],
)  # fmt: skip
def test_home_sends_each_role_to_its_page(browser, staff_id, path):
    assert browser(staff_id).path == path


def test_nobody_signed_in_is_asked_to_and_comes_back(browser):
    visitor = browser().open("/retail/leads/l5")
    assert visitor.path == "/sign-in"
    visitor.send("/sign-in", ("staff_id", story.LI))
    assert visitor.path == "/retail/leads/l5"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb"])
def test_signing_in_leads_nowhere_else(browser, back):
    visitor = browser().open("/sign-in")
    form = [field for field in visitor.form("/sign-in") if field[0] != "back"]
    visitor.send("/sign-in", ("staff_id", story.LI), ("back", back), form=form, follow=False)
    assert visitor.page.headers["Location"] == "/"


def test_sign_out_ends_the_session(browser):
    visitor = browser(story.LI).send("/sign-out")
    assert visitor.path == "/sign-in"
    assert visitor.open("/retail").path == "/sign-in"


def test_an_unknown_staff_number_signs_nobody_in(browser):
    visitor = browser().open("/sign-in").send("/sign-in", ("staff_id", "S9999"))
    assert "Nobody has that staff number" in visitor.text


def test_a_page_of_another_role_is_refused(browser):
    visitor = browser(story.LI)
    for path in ("/corporate", "/corporate/leads/l1", "/hr", "/hr/statements/1"):
        visitor.open(path)
        assert visitor.page.status_code == 403
        assert "Not for your role" in visitor.text


def test_the_lists_of_the_corporate_desk(browser):
    visitor = browser(story.ZHANG).open("/corporate")
    assert rows(visitor) == ["l5", "l6", "l7", "l3", "l2"]
    assert rows(visitor.open("/corporate?view=accept")) == ["l5"]
    assert rows(visitor.open("/corporate?view=won")) == ["l8", "l1"]
    assert "brought 4 opportunities" in visitor.text
    assert rows(visitor.open("/corporate?view=ended")) == ["l4"]
    assert rows(visitor.open("/corporate?view=queue")) == []
    assert "No lead waits in the queue of your unit." in visitor.text


def test_the_lists_of_the_retail_desk(browser):
    visitor = browser(story.LI).open("/retail")
    assert rows(visitor) == ["l5", "l6", "l3", "l2"]
    assert rows(visitor.open("/retail?view=accept")) == ["l5", "l3"]
    assert rows(visitor.open("/retail?view=queue")) == ["l7"]


def test_leads_of_others_are_not_shown(browser):
    visitor = browser(story.CHEN).open("/retail")
    assert rows(visitor) == []
    assert rows(visitor.open("/retail?view=queue")) == []
    for lead in ("l1", "l7", "nothing"):
        assert visitor.open(f"/retail/leads/{lead}").page.status_code == 404


def test_a_row_says_who_accepted_and_where_the_lead_comes_from(browser):
    page = browser(story.LI).open("/retail").text
    row = re.search(r'<tr role="row" id="lead-l3">.*?</tr>', page, re.DOTALL)[0]
    assert re.search(r"Corporate 60%</b> 张伟.*?✓ accepted", row, re.DOTALL)
    assert re.search(r"Retail 40%</b> 李娜.*?… waiting", row, re.DOTALL)
    assert "Claimed target list" in row
    spawned = re.search(r'<tr role="row" id="lead-l6">.*?</tr>', page, re.DOTALL)[0]
    assert "Win with 华瑞纺织有限公司" in spawned
    assert "(finance staff)" in spawned


def test_a_lead_names_the_rule_of_a_refused_opening(browser):
    page = browser(story.ZHANG).open("/corporate/leads/l1").text
    assert "Refused by compliance" in page
    assert "Rule C1" in page
    assert "Activated" in page


def test_hr_takes_the_list_of_statements_as_a_file(browser, front):
    visitor = browser("S0301").open("/hr?as=csv")
    head, *rows = visitor.text.removeprefix("\ufeff").splitlines()
    assert head.split(",")[:3] == ["No.", "Period", "Kind"]
    assert [row.split(",")[0] for row in rows] == sorted((row.split(",")[0] for row in rows), reverse=True)
    assert [row.split(",")[4] for row in rows if row.startswith("1,")] == ["18.5"]  # points, as on the page
    assert [one["name"] for one in front.taken] == ["statements.csv"]


def test_hr_sees_statements_the_newest_first(browser):
    page = browser("S0301").text
    assert page.index(story.HASHES[2][:12]) < page.index(story.HASHES[1][:12])
    assert "−1.500" in page
    assert "18.500" in page
    assert "hr-system" in page
    assert "not acknowledged yet" in page
    assert "2026-10-01 10:00:00 GMT+08:00" in page


def tell_statement(front, seq=1, **changes):
    front.tell("GET", f"/api/incentives/hr/statements/{seq}", 200, STATEMENT | changes)
    front.tell("GET", "/api/incentives/hr/keys", 200, KEYS)


def test_hr_sees_a_statements_lines_from_the_feed(browser, front):
    tell_statement(front)
    page = browser("S0301").open("/hr/statements/1").text
    assert "Mobile banking in use" in page
    assert "−3.000" in page
    assert "春风路网点" not in page
    assert "Chunfeng Road outlet" in page
    assert "does not match its seal" not in page
    assert page.count('<span class="yes">✓') == 5  # four of the seal, and the acknowledgement
    assert {path for _, path, *_ in front.asked} == {"/api/incentives/hr/statements/1", "/api/incentives/hr/keys"}
    assert {(one.staff_id, one.roles) for *_, one in front.asked} == {("S0301", frozenset({"hr"}))}


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"lines": STATEMENT["lines"][:3]}, ["The content is what was sealed", "The totals are the sums of the lines"]),
        ({"signature": KEYS["keys"][0]["x"] * 2}, ["It is signed with a published key"]),
        ({"kid": "k2"}, ["It is signed with a published key"]),
        ({"prev_hash": "1" * 64}, ["The content is what was sealed", "It follows the statement before it"]),
    ],
)
def test_i12_hr_is_told_what_of_a_seal_does_not_hold(browser, front, changes, broken):
    tell_statement(front, **changes)
    page = browser("S0301").open("/hr/statements/1").text
    assert "does not match its seal" in page
    found = re.findall(r"✗ ([^:]*): does not hold", page)
    assert set(broken) <= set(found)
    assert len(found) < 4


def test_i12_keys_that_cannot_be_read_are_no_broken_seal(browser, front):
    front.tell("GET", "/api/incentives/hr/statements/1", 200, STATEMENT)
    page = browser("S0301").open("/hr/statements/1").text
    assert "does not match its seal" not in page
    assert "It is signed with a published key: cannot be looked at just now" in page


def test_i10_hr_sees_what_a_statement_corrects(browser, front):
    tell_statement(front)
    page = browser("S0301").open("/hr/statements/1").text
    part = page[page.index("What it corrects") : page.index("<h2>Lines</h2>")]
    assert re.search(r"2026-08.*?李娜.*?−3\.000", part, re.DOTALL)


@pytest.mark.parametrize(("kind", "media"), [("json", "application/json"), ("csv", "text/csv; charset=utf-8")])
def test_i12_a_statement_is_taken_home_as_the_feed_gives_it(browser, front, kind, media):
    front.tell("GET", "/api/incentives/hr/statements/1", 200, b"as it is", media)
    visitor = browser("S0301").open(f"/hr/statements/1/{kind}")
    assert visitor.text == "as it is"
    assert visitor.page.headers["Content-Disposition"] == f'attachment; filename="statement-1.{kind}"'
    assert visitor.open("/hr/statements/7/json").page.status_code == 404
    assert visitor.open("/hr/statements/1/xml").page.status_code == 404


def test_a_statement_of_many_lines_comes_in_parts(browser, front):
    many = [STATEMENT["lines"][0] | {"line_id": f"line-{n:03d}"} for n in range(150)]
    front.tell("GET", "/api/incentives/hr/statements/1", 200, STATEMENT | {"lines": many})
    visitor = browser("S0301").open("/hr/statements/1")
    assert "line-099" in visitor.text
    assert "line-100" not in visitor.text
    assert "line-149" in visitor.open("/hr/statements/1?page=2").text


def test_hr_is_warned_of_a_statement_that_does_not_match_its_seal(browser, front):
    front.tell("GET", "/api/incentives/hr/statements/1", 200, STATEMENT | {"hash": "0" * 64})
    assert "does not match its seal" in browser("S0301").open("/hr/statements/1").text


def test_hr_is_told_when_the_lines_cannot_be_read(browser, front):
    visitor = browser("S0301").open("/hr/statements/2")
    assert visitor.page.status_code == 503
    assert "The lines cannot be read just now." in visitor.text
    assert visitor.open("/hr/statements/9").page.status_code == 404


@LANGUAGES
@pytest.mark.parametrize(("staff_id", "path"), EVERY_PAGE)
def test_every_page_speaks_one_language(browser, front, language, staff_id, path):
    front.tell("GET", "/api/incentives/hr/statements/1", 200, STATEMENT)
    visitor = browser(staff_id, language).open(path)
    page = visitor.text
    assert f'<html lang="{language}"' in page
    title = re.search(r"<title>(.*) · (.*)</title>", page, re.DOTALL)
    assert title[2] == ("联动" if language == "zh-CN" else "Liandong")
    words = re.sub(
        r'<(\w+)[^>]*lang="[^"]*"[^>]*>[^<]*</\1>|<code[^>]*>[^<]*</code>|<[^>]*>', " ", page.split("<body>")[1]
    )
    if language == "zh-CN":
        assert set(re.findall(r"[A-Za-z]{4,}", words)) <= {
            "JSON",
            "make",
            "nothing",
            "system",
            "ebank",
            "payroll",
            "mobile",
            "vested",
            "reversed",
        }
    else:
        labels = re.findall(r"<t?h[12]?[^>]*>([^<{]+)<", page)
        assert not re.search(r"待|确认|状态|产品|登记", words), labels


def test_the_language_can_be_chosen_and_stays(browser):
    visitor = browser(story.LI, "en").open("/retail?view=queue")
    visitor.send("/language", ("language", "zh_CN"))
    assert (visitor.path, visitor.page.request.args["view"]) == ("/retail", "queue")
    assert "零售工作台" in visitor.text
    assert "零售工作台" in visitor.send("/sign-out").sign_in(story.LI).text
    visitor.send("/language", ("language", "xx"))
    assert visitor.page.status_code == 400


def test_dates_shares_and_money_follow_the_language(browser):
    english = browser(story.ZHANG, "en").open("/corporate/leads/l1").text
    chinese = browser(story.ZHANG, "zh-CN").open("/corporate/leads/l1").text
    assert "Sep 12, 2026" in english
    assert "2026年9月12日" in chinese
    assert "¥120,000.00" in chinese


@pytest.mark.parametrize(("staff_id", "path"), EVERY_PAGE)
def test_pages_can_be_used_without_eyes_or_mouse(browser, staff_id, path):
    page = browser(staff_id).open(path).text
    assert page.count("<h1") == 1
    assert page.count("<main") == 1
    assert all("scope=" in cell for cell in re.findall(r"<th[ >][^>]*", page))
    for control in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
        named = re.search(r' id="([^"]+)"', control)
        labelled = named and f'<label for="{named[1]}"' in page
        assert 'type="hidden"' in control or 'type="checkbox"' in control or labelled, control
    assert all("<label" in line for line in page.splitlines() if 'type="checkbox"' in line)
    assert all(
        'src="/static/' in script and "></script>" in script
        for script in re.findall(r"<script[^>]*>[^<]*</script>", page)
    )
    assert not re.search(r" on[a-z]+=", page)
    assert "style=" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


def test_headers_keep_a_page_from_being_misused(browser):
    visitor = browser(story.LI)
    headers = visitor.page.headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    cookie = next(iter(browser().open("/sign-in").page.headers.getlist("Set-Cookie")))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser().open("/static/desk.css").page.status_code == 200


def test_a_form_without_its_token_is_refused(browser, front):
    visitor = browser(story.LI).send("/retail/leads/l5/accept", form=[("proposal", "1")])
    assert front.commands == []
    assert visitor.page.status_code == 400
    assert "This form is no longer valid" in visitor.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/retail?after=nonsense", 400), ("/retail?after=linkage/x", 400), ("/retail?page=99", 200), ("/retail?page=-1&view=x", 200)],
)  # fmt: skip
def test_a_crooked_link_does_no_harm(browser, path, status):
    assert browser(story.LI).open(path).page.status_code == status


def test_a_form_address_opened_as_a_page_is_explained(browser):
    visitor = browser(story.LI).open("/retail/leads/l5/accept")
    assert visitor.page.status_code == 405


def test_a_session_ends_with_its_role(browser, secrets):
    visitor = browser(story.LI)
    path = secrets / "demo-identities.json"
    before = path.read_text()
    cast = [one for one in json.loads(before) if one["staff_id"] != story.LI]
    path.write_text(json.dumps(cast))
    try:
        assert visitor.open("/retail").path == "/sign-in"
    finally:
        path.write_text(before)


@LANGUAGES
def test_without_demo_users_the_sign_in_page_says_so(make_app, tmp_path, language):
    prepare_secrets(tmp_path, cast=None)
    client = make_app(tmp_path).test_client()
    page = client.get("/sign-in", headers={"Accept-Language": language})
    assert page.status_code == 503
    told = "演示用户名单缺失" if language == "zh-CN" else "The list of demo users is missing"
    assert told in page.get_data(as_text=True)


def test_the_session_key_is_its_owners_alone_and_stays(make_app, tmp_path):
    prepare_secrets(tmp_path)
    first = make_app(tmp_path)
    again = make_app(tmp_path, "https://bank.example")
    assert (tmp_path / "desk-session.key").stat().st_mode & 0o777 == 0o600
    assert first.config["SECRET_KEY"] == again.config["SECRET_KEY"]
    assert [first.config["SESSION_COOKIE_SECURE"], again.config["SESSION_COOKIE_SECURE"]] == [False, True]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_supervisors_are_answered(browser):
    assert [browser().open(path).page.status_code for path in ("/health", "/ready")] == [200, 200]


def test_requests_are_counted_by_template_refused_ones_too(browser):
    browser(story.LI).send("/retail/leads/l5/accept", form=[("proposal", "1")])
    browser().open("/no/such/page")
    text = browser().open("/metrics").page.get_data(as_text=True)
    refused = 'method="POST",route="/retail/leads/<lead_id>/accept",service="desk",status="400"'
    assert f"liandong_http_requests_total{{{refused}}}" in text
    assert 'liandong_http_requests_total{method="none",route="none",service="desk",status="404"}' in text
    assert "l5" not in text
