"""What the API tells the product screens: made by the services' own rules and schemas, so that it looks as theirs does."""

import json
from collections import Counter
from datetime import date, timedelta

import msgspec

from services.bundling import schemas as bundling
from services.bundling import trial_schemas, views
from services.bundling.rule_service import whole
from services.bundling.rules.bundles import RULE_SETS, book_of
from services.bundling.rules.facts import Facts, Held
from services.bundling.trial_judged import METHOD, shown
from services.leads.campaign_result import result
from services.leads.scorecard.card import card_hash, dump_card
from services.leads.scorecard.default import DEFAULT
from shared.core.proportions import Proportion

TODAY = date(2026, 10, 8)
LIN, HE, GAO, FANG, OPS = "S0401", "S0402", "S0403", "S0404", "S0405"
CORPORATE = "S0101"
CAST = [
    {"staff_id": LIN, "name": "林悦", "name_en": "Lin Yue", "roles": ["product"], "unit_id": "HO", "line": "ebanking"},
    {"staff_id": HE, "name": "何军", "name_en": "He Jun", "roles": ["product"], "unit_id": "HO", "line": "ebanking"},
    {"staff_id": GAO, "name": "高波", "name_en": "Gao Bo", "roles": ["branch"], "unit_id": "B01", "line": "management"},
    {"staff_id": FANG, "name": "方芳", "name_en": "Fang Fang", "roles": ["auditor"], "unit_id": "HO", "line": None},
    {"staff_id": OPS, "name": "姜海", "name_en": "Jiang Hai", "roles": ["ops"], "unit_id": "HO", "line": None},
    {"staff_id": CORPORATE, "name": "张伟", "name_en": "Zhang Wei", "roles": ["corporate"], "unit_id": "B01", "line": None},
]  # fmt: skip


def told(schema, content):
    """As it comes over the wire."""
    return json.loads(msgspec.json.encode(schema().dump(content), enc_hook=str))


def catalogue(on=TODAY):
    return told(bundling.CatalogueView, views.catalogue(book_of(on), on))


IN_FORCE = whole(RULE_SETS[0])
YOUNG = {
    "code": "young", "name_zh": "年轻客户", "name_en": "Young customers", "items": ["mobile", "debit_card"],
    "conditions": [{"type": "kind_is", "kind": "person"}, {"type": "age_at_most", "years": 30}],
}  # fmt: skip
PRECISE = next(one for one in IN_FORCE["bundles"] if one["code"] == "precise_mobile")
OLDER = PRECISE | {"conditions": [*PRECISE["conditions"][:-1], {"type": "age_at_most", "years": 50}]}
BANK = {"code": "mobile", "version": 2, "name_zh": "手机银行", "name_en": "Mobile banking", "line": "ebanking",
        "kind": "channel", "electronic": True, "prerequisites": [["debit_card"]], "exclusions": [],
        "effective_from": "2027-01-01", "effective_to": None}  # fmt: skip
DRAFT = {
    "version": 2, "effective_from": "2027-01-01", "active": {"uses": 3, "days": 60}, "bundles": [YOUNG, OLDER],
    "products": [BANK], "hold_out_bps": 500, "rules_hash": "d" * 64, "status": "draft", "drafted_by": LIN,
    "drafted_on": "2026-10-07", "decided_by": None, "decided_on": None, "reason": None,
}  # fmt: skip
REJECTED = DRAFT | {"rules_hash": "e" * 64, "status": "rejected", "decided_by": HE, "decided_on": "2026-10-07",
                    "reason": "Too young"}  # fmt: skip

FACTS = Facts(
    "P0042", "person", 1990, TODAY,
    (
        Held("H1", "online", date(2025, 1, 1), as_of=TODAY, uses={TODAY - timedelta(days=9): 2}),
        Held("H2", "now", date(2025, 1, 1), as_of=TODAY),
    ),
)  # fmt: skip


def answers(sets=RULE_SETS, on=TODAY, facts=FACTS):
    return told(bundling.AnswersView, views.answers(sets[-1], facts, on))


def trial(arm, active, popular=False):
    found = {"used": active, "active": active, "popular_active": popular}
    return {"arm": arm, "compared": True, "measured": {"30": found, "90": found}}


def results():
    many = [trial("offered", n % 2 == 0) for n in range(120)] + [
        trial("held_out", n % 8 == 0, n % 4 == 0) for n in range(80)
    ]
    few = [trial("offered", True), trial("held_out", False)]
    found = [
        shown("precise_mobile", 1, many, Counter(accepted=60, declined=40, presented=20)),
        shown("young", 2, few, Counter()),
        shown("payroll", 1, [], Counter()),
    ]
    return told(trial_schemas.ResultsView, {"results": found, "method": METHOD})


NEEDS = {"topics": [
    {"topic": "外汇期权", "count": 12, "lines": {"corporate": 10, "retail": 2}, "first_on": "2026-08-01",
     "last_on": "2026-10-02", "latest": [{"need_id": "n1", "text": "想锁定欧元汇率", "customer_id": "C0001",
     "staff_id": CORPORATE, "unit_id": "B01", "line": "corporate", "on": "2026-10-02"}]},
    {"topic": "=HYPERLINK()", "count": 1, "lines": {"retail": 1}, "first_on": "2026-09-01", "last_on": "2026-09-01",
     "latest": []},
]}  # fmt: skip

LEARNED = msgspec.structs.replace(DEFAULT, name="learned", base=380, note="learned on 900 leads")
CARD = {
    "number": 3, "card": "learned@1", "card_hash": card_hash(LEARNED), "content": dump_card(LEARNED).decode(),
    "trial": {"leads": 420, "won": 90, "auc_bps": 7_312, "rival_hash": card_hash(DEFAULT), "rival_auc_bps": 6_480},
    "status": "submitted", "by": LIN, "on": "2026-10-01", "rules_version": 1, "decided": None,
}  # fmt: skip
SHIPPED = {"number": None, "card": "default@1", "card_hash": card_hash(DEFAULT), "content": dump_card(DEFAULT).decode()}
CARDS = {"in_force": SHIPPED, "scorecards": [CARD]}

PROGRESS = {"reached": 800, "expected": 1_000, "contacted": 700, "held_out": 80, "spared": 20, "leads": 690, "rounds": 4,
            "done": False}  # fmt: skip
DRAFTED = {
    "campaign_id": "c1", "version": 1, "name": "Autumn mobile", "status": "drafted",
    "group": {"unit_id": "B01", "kind": "person", "tiers": ["key"], "holds": ["online"], "lacks": ["mobile"]},
    "need": "mobile", "products": ["mobile"], "value_minor": 50_000, "opened_on": "2026-10-10", "until": "2026-11-30",
    "drafted_by": GAO, "unit_id": "B01", "started": None, "ended": None,
    "progress": dict.fromkeys(PROGRESS, 0) | {"expected": 1_000, "done": False},
}  # fmt: skip
STARTED = DRAFTED | {
    "status": "started", "progress": PROGRESS,
    "started": {"outlet_ids": ["B01"], "expected": 1_000, "seed": "s", "hold_out_bps": 1_000, "by": GAO,
                "rules_version": 1, "on": "2026-10-10"},
}  # fmt: skip
CANCELLED = STARTED | {
    "status": "cancelled",
    "ended": {"reason": "budget", "text": "Spent", "by": GAO, "on": "2026-10-20"},
}


def outcome(contacted=(700, 140), held_out=(80, 4)):
    found = result(Proportion(*contacted), Proportion(*held_out))
    leads = [{"status": "opened", "leads": 400}, {"status": "won", "leads": 120}]
    return {"campaign_id": "c1", "opened_on": "2026-10-10", "until": "2026-11-30", **found, "leads": leads}


def tell_all(front):
    """Every page has something to show."""
    front.tell("GET", "/api/bundling/catalogue", 200, catalogue())
    front.tell("GET", "/api/bundling/rules", 200, {"rules": [DRAFT, REJECTED]})
    front.tell("GET", "/api/bundling/rules/in-force", 200, IN_FORCE)
    for one in (DRAFT, REJECTED):
        front.tell("GET", f"/api/bundling/rules/{one['rules_hash']}", 200, one)
    front.tell("GET", "/api/bundling/customers/P0042/answers", 200, answers())
    front.tell("GET", "/api/bundling/results", 200, results())
    front.tell("GET", "/api/leads/needs", 200, NEEDS)
    front.tell("GET", "/api/leads/scorecards", 200, CARDS)
    front.tell("GET", f"/api/leads/scorecards/{CARD['card_hash']}", 200, CARD)
    front.tell("GET", "/api/leads/campaigns", 200, {"campaigns": [STARTED, DRAFTED | {"campaign_id": "c0"}]})
    for one in (STARTED, DRAFTED | {"campaign_id": "c0"}, CANCELLED | {"campaign_id": "c2"}):
        front.tell("GET", f"/api/leads/campaigns/{one['campaign_id']}", 200, one)
        front.tell("GET", f"/api/leads/campaigns/{one['campaign_id']}/result", 200, outcome())
