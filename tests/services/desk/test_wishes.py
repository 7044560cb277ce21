"""What a button does: one command to the public API as the user, then the own write, or the reason why not."""

import re

import pytest

from shared.runtime import app as runtime
from tests.services.desk import story
from tests.services.desk.bank import Browser

pytestmark = pytest.mark.stack
ACCEPT = "/api/leads/l5/accept"
WIN = "/api/leads/l2/win"


def happens(bank, event):
    """The API's answer to a command: the event is kept, and can be seen a moment later."""

    def answer():
        position = bank.record(event)
        bank.project()
        return {"id": event.lead_id, "version": 1, "position": position}

    return answer


def test_l2_accepting_sends_the_proposal_that_was_shown(browser, front, bank):
    front.tell("POST", "/api/leads/l3/accept", 200, happens(bank, story.accepted("l3", "retail")))
    visitor = browser(story.LI).open("/retail?view=accept")
    visitor.send("/retail/leads/l3/accept")
    ((_, _, body, key, principal),) = front.commands
    assert body == {"proposal": 1}
    assert key
    assert (principal.staff_id, principal.roles, principal.unit_id, principal.line) == (
        story.LI,
        frozenset({"retail"}),
        "O01",
        "retail",
    )
    assert (visitor.path, visitor.page.request.args["view"]) == ("/retail", "accept")
    assert "You accepted the split." in visitor.text
    assert 'id="lead-l3"' not in visitor.text
    assert "✓ accepted" in visitor.open("/retail/leads/l3").text


def test_a_double_click_is_one_command(browser, front):
    front.tell("POST", ACCEPT, 200, {"id": "l5", "version": 4, "position": "leads/leads-l5@4"})
    visitor = browser(story.LI).open("/retail/leads/l5")
    form = visitor.form("/retail/leads/l5/accept")
    for _ in range(2):
        visitor.send("/retail/leads/l5/accept", form=form)
    assert len(front.commands) == 2
    assert len({key for _, _, _, key, _ in front.commands}) == 1
    visitor.open("/retail/leads/l5").send("/retail/leads/l5/accept")
    assert front.commands[2][3] != front.commands[0][3]


def test_k1_claiming_makes_the_lead_ones_own(browser, front, bank):
    front.tell("POST", "/api/leads/l7/claim", 200, happens(bank, story.routed("l7", "retail", story.LI, "O01")))
    visitor = browser(story.LI).open("/retail?view=queue").send("/retail/leads/l7/claim")
    assert front.commands[0][2] == {}
    assert "The lead is yours now." in visitor.text
    assert 'id="lead-l7"' in visitor.open("/retail").text


def test_l11_winning_names_the_products(browser, front, bank):
    event = story.won("l6", story.ZHAO, ("mobile", "debit_card"))
    front.tell("POST", "/api/leads/l6/win", 200, happens(bank, event))
    visitor = browser(story.LI).open("/retail/leads/l6").send("/retail/leads/l6/win", ("products", "debit_card"))
    assert front.commands[0][2] == {"products": ["mobile", "debit_card"]}
    assert "The lead is won." in visitor.text
    assert re.search(r"Products sold</dt><dd>Mobile banking, Debit card", visitor.text)


def test_a_company_is_sold_what_companies_buy(browser):
    page = browser(story.ZHANG).open("/corporate/leads/l2").text
    assert re.findall(r'name="products" value="(\w+)"', page) == [
        "settlement",
        "payroll",
        "corporate_ebank",
        "online_reconciliation",
    ]
    assert len(re.findall(r"checked", page)) == 2


def test_winning_nothing_is_refused_in_place(browser, front):
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    form = [field for field in visitor.form("/corporate/leads/l2/win") if field[0] != "products"]
    visitor.send("/corporate/leads/l2/win", form=form)
    assert visitor.page.status_code == 422
    assert "Choose at least one product" in visitor.text
    assert " checked" not in visitor.text
    assert front.commands == []


def test_l2_a_refusal_names_its_rule_and_keeps_what_was_typed(browser, front):
    detail = "The lead is not active: the split still needs the acceptance of retail."
    front.refuse("POST", WIN, 409, code="lead_not_active", detail=detail, rule="L2")
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    visitor.send("/corporate/leads/l2/win", ("products", "settlement"))
    assert visitor.page.status_code == 409
    assert "Not done: rule L2" in visitor.text
    assert detail in visitor.text
    assert visitor.text.count(" checked") == 3


def test_a_refusal_is_told_in_chinese_beside_the_apis_own_words(browser, front):
    front.refuse("POST", ACCEPT, 409, code="not_the_proposal", detail="Proposal 1 cannot be accepted", rule="L2")
    visitor = browser(story.LI, "zh-CN").open("/retail").send("/retail/leads/l5/accept")
    row = re.search(r'<tr role="row" id="lead-l5">.*?</tr>', visitor.text, re.DOTALL)[0]
    assert "未办理：规则 L2" in row
    assert "期间有人提出了新的分成" in row
    assert 'lang="en"><small>Proposal 1 cannot be accepted' in row


def test_a_refusal_of_fields_names_each(browser, front):
    front.refuse("POST", WIN, 422, code="invalid", detail="Some fields are wrong.", errors={"products": ["Too long."]})
    visitor = browser(story.ZHANG).open("/corporate/leads/l2").send("/corporate/leads/l2/win")
    assert "Some fields are not as they must be." in visitor.text
    assert re.search(r"Products</a>: Too long\.", visitor.text)


def test_a_lead_that_somebody_else_took_is_refused_in_the_list(browser, front, bank):
    visitor = browser(story.LI).open("/retail/leads/l5")
    form = visitor.form("/retail/leads/l5/accept")
    front.refuse("POST", "/api/leads/l7/claim", 409, code="side_taken", detail="Taken by S0204.", rule="L3")
    front.refuse("POST", "/api/leads/gone/claim", 409, code="side_taken", detail="Taken by S0204.", rule="L3")
    visitor.send("/retail/leads/gone/claim", form=form)
    assert (visitor.page.status_code, "Taken by S0204." in visitor.text) == (409, True)
    assert "<h1>Retail desk</h1>" in visitor.text


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, b"<html>broken</html>", "text/html"),
        (503, {"code": "service_unavailable"}, "application/problem+json"),
        (200, b"not json", "application/json"),
        (200, b"[]", "application/json"),
    ],
)
def test_an_unknown_outcome_is_said_and_tried_again_under_the_same_key(browser, front, status, body, kind):
    front.tell("POST", ACCEPT, status, body, kind)
    visitor = browser(story.LI).open("/retail/leads/l5").send("/retail/leads/l5/accept")
    assert visitor.page.status_code == 503
    assert "it is not known whether this was done" in visitor.text
    visitor.send("/retail/leads/l5/accept")
    assert len({key for _, _, _, key, _ in front.commands}) == 1


def test_the_api_away_is_an_unknown_outcome(make_app, secrets):
    visitor = Browser(make_app(secrets), "en").sign_in(story.LI)
    visitor.open("/retail/leads/l5").send("/retail/leads/l5/accept")
    assert visitor.page.status_code == 503
    assert "it is not known whether this was done" in visitor.text


def test_a_write_that_takes_long_to_be_seen_is_still_said_to_be_kept(browser, front, bank, monkeypatch):
    monkeypatch.setattr(runtime, "WAIT_SECONDS", 0.05)
    not_projected = bank.record(story.accepted("l5", "corporate"))
    front.tell("POST", ACCEPT, 200, {"id": "l5", "version": 9, "position": not_projected})
    visitor = browser(story.LI).open("/retail/leads/l5").send("/retail/leads/l5/accept")
    assert visitor.page.status_code == 200
    assert "is kept, but this page does not show it yet" in visitor.text


def test_a_strange_lead_id_stays_one_part_of_the_path(browser, front):
    visitor = browser(story.LI).open("/retail/leads/l5")
    form = visitor.form("/retail/leads/l5/accept")
    visitor.send("/retail/leads/..%2F..%2Fhr/accept", form=form)
    assert all("/hr/" not in path for _, path, _, _, _ in front.commands) or visitor.page.status_code == 404
