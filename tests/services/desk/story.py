"""A small bank in full flow, as the events of each service: what the desks are tried on."""

import hashlib
import itertools
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.bundling import events as bundling
from services.compliance import events as compliance
from services.compliance import inspection_events as inspections
from services.incentives import events as incentives
from services.leads import events as leads
from services.linkage import events as linkage
from services.registry import events as registry
from shared.core.ids import partition_of
from shared.core.recorded import Commit, Meta

DAY = date(2026, 9, 1)
AT = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)
SEALED_AT = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
META = Meta(command_id="told", actor="story")
ZHANG, LI, CHEN = "S0101", "S0203", "S0204"
TEXTILE, PRINTING, FOODS, HARBOUR = "C0001", "C0002", "C0003", "C0004"
WANG, ZHAO, QIAN, SUN = "P0001", "P0002", "P0003", "P0004"

BODY = {
    "seq": 1,
    "kind": "period",
    "period": "2026-08",
    "plan": {"id": "ebank-2026", "version": 1, "hash": "0" * 64},
    "log": [{"partition": 0, "first": 1, "last": 100}],
    "lines": [
        {"line_id": "l0.payroll.1-vested-1", "staff_id": ZHANG, "unit_id": "B01", "indicator": "payroll_active",
         "entry": "vested", "points_milli": 12_000, "of_period": "2026-08", "adjusts": None},
        {"line_id": "l0.payroll.1-vested-2", "staff_id": LI, "unit_id": "O01", "indicator": "payroll_active",
         "entry": "vested", "points_milli": 8_000, "of_period": "2026-08", "adjusts": None},
        {"line_id": "l0.mobile.1-vested-1", "staff_id": LI, "unit_id": "O01", "indicator": "mobile_active",
         "entry": "vested", "points_milli": 1_500, "of_period": "2026-08", "adjusts": None},
        {"line_id": "l0.mobile.1-reversed-1", "staff_id": LI, "unit_id": "O01", "indicator": "mobile_active",
         "entry": "reversed", "points_milli": -3_000, "of_period": "2026-08", "adjusts": "l0.mobile.1-vested-1"},
    ],
    "totals": {"lines": 4, "points_milli": 18_500, "by_staff": {ZHANG: 12_000, LI: 6_500}},
    "sealed_at": "2026-10-01T02:00:00Z",
    "prev_hash": "0" * 64,
}  # fmt: skip
SIGNING = Ed25519PrivateKey.from_private_bytes(b"signs statements of the story   ")
DIGEST = hashlib.sha256(rfc8785.dumps(BODY)).digest()
HASHES = ("0" * 64, DIGEST.hex(), f"2f{'ab12cd34' * 8}"[:64])


def base64url(content):
    return urlsafe_b64encode(content).rstrip(b"=").decode()


STATEMENT = BODY | {"hash": HASHES[1], "kid": "k1", "signature": base64url(SIGNING.sign(DIGEST))}
KEYS = {
    "keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": base64url(SIGNING.public_key().public_bytes_raw())}]
}

UNITS = (
    ("HO", "总行", "Head office", "head_office", None),
    ("B01", "城东支行", "East City branch", "branch", "HO"),
    ("O01", "春风路网点", "Chunfeng Road outlet", "outlet", "B01"),
    ("O02", "解放路网点", "Jiefang Road outlet", "outlet", "B01"),
)
STAFF = (
    (ZHANG, "张伟", "B01", "corporate"),
    (LI, "李娜", "O01", "retail"),
    (CHEN, "陈静", "O02", "retail"),
    ("S0301", "周敏", "HO", "management"),
)
CUSTOMERS = (
    (TEXTILE, "company", "华瑞纺织有限公司", "B01"),
    (PRINTING, "company", "新彩印务有限公司", "B01"),
    (FOODS, "company", "江南食品股份有限公司", "B01"),
    (HARBOUR, "company", "海港物流集团有限责任公司第三分公司", "B01"),
    (WANG, "person", "王*", "O01"),
    (ZHAO, "person", "赵*", "O01"),
    (QIAN, "person", "钱**", "O01"),
    (SUN, "person", "孙*", "O01"),
)

MANAGERS = {TEXTILE: ZHANG, PRINTING: ZHANG, WANG: LI}
TIERS = ((TEXTILE, "key", 800_000_00), (PRINTING, "level_1", 90_000_00), (WANG, "level_2", 1_200_00))
LINKS = (
    (TEXTILE, WANG, "legal_representative", None, True),
    (TEXTILE, ZHAO, "finance_staff", None, True),
    (TEXTILE, QIAN, "employee", None, False),
    (TEXTILE, SUN, "employee", date(2026, 6, 30), True),
    (TEXTILE, PRINTING, "supplier", None, True),
    (HARBOUR, TEXTILE, "buyer", None, True),
)
"""From a company, to whom, as what, until when, and whether they consent."""


def linked(from_id, to_id, kind, valid_to=None, consent=True):
    return registry.RelationshipRecorded(
        from_id=from_id, to_id=to_id, kind=kind, valid_from=date(2020, 3, 1), valid_to=valid_to, source="payroll list",
        confidence_bps=9_000, consent=consent, business_date=DAY,
    )  # fmt: skip


def lead_opened(lead_id, customer_id, **changes):
    company = customer_id.startswith("C")
    fields = {
        "lead_id": lead_id,
        "customer_id": customer_id,
        "customer_kind": "company" if company else "person",
        "need": "payroll" if company else "mobile",
        "products": ("payroll", "corporate_ebank") if company else ("mobile",),
        "source": "branch",
        "opened_by": ZHANG,
        "opened_by_line": "corporate",
        "unit_id": "B01",
        "outlet_id": "O01",
        "value_minor": 120_000_00 if company else 0,
        "on": DAY,
    }
    return leads.LeadOpened(**fields | changes)


def routed(lead_id, line, owner_id=None, unit_id=None, queue=None, rule="L3.opener"):
    fields = {"rule": rule, "reason": "Opened the lead.", "rules_version": 1, "on": DAY}
    return leads.LeadRouted(lead_id=lead_id, line=line, owner_id=owner_id, owner_unit_id=unit_id, queue=queue, **fields)


def shares(corporate=6_000, retail_owner=LI):
    return (
        leads.Share(line="corporate", staff_id=ZHANG, unit_id="B01", bps=corporate),
        leads.Share(line="retail", staff_id=retail_owner, unit_id="O01", bps=10_000 - corporate),
    )


def proposed(lead_id, proposal=1, corporate=6_000, by=ZHANG):
    return leads.SplitProposed(lead_id=lead_id, proposal=proposal, shares=shares(corporate), proposed_by=by)


def accepted(lead_id, line, proposal=1):
    staff = ZHANG if line == "corporate" else LI
    return leads.SplitAccepted(lead_id=lead_id, proposal=proposal, line=line, staff_id=staff)


def activated(lead_id, customer_id, corporate=6_000, origin=None):
    return leads.LeadActivated(
        lead_id=lead_id, customer_id=customer_id, proposal=1, shares=shares(corporate), on=DAY, origin=origin
    )


def won(lead_id, customer_id, products, **changes):
    company = customer_id.startswith("C")
    fields = {
        "lead_id": lead_id,
        "customer_id": customer_id,
        "customer_kind": "company" if company else "person",
        "line": "corporate" if company else "retail",
        "products": products,
        "shares": shares(),
        "won_by": ZHANG if company else LI,
        "unit_id": "B01",
        "outlet_id": "O01",
        "value_minor": 120_000_00,
        "on": date(2026, 9, 12),
    }
    return leads.LeadWon(**fields | changes)


def joint(lead_id, customer_id, **changes):
    """A lead that both sides own, its split proposed by the corporate side and not yet accepted by retail."""
    return [
        lead_opened(lead_id, customer_id, **changes),
        routed(lead_id, "corporate", ZHANG, "B01"),
        routed(lead_id, "retail", LI, "O01", rule="L3.invited"),
        proposed(lead_id),
        accepted(lead_id, "corporate"),
    ]


def origin(opportunity_id):
    return leads.Origin(
        opportunity_id=opportunity_id, root_lead_id="l1", parent_lead_id="l1", ancestors=(TEXTILE,), hop=1
    )


def spawned_lead(lead_id, customer_id, queued=False):
    """A lead on an employee of the textile company, as the win spawned it."""
    mine = {"queue": "retail:O01", "rule": "L3.none"} if queued else {"owner_id": LI, "unit_id": "O01"}
    events = [
        lead_opened(lead_id, customer_id, source="linkage", origin=origin(f"op-{lead_id}"), on=date(2026, 9, 13)),
        routed(lead_id, "corporate", ZHANG, "B01", rule="L3.winner"),
        routed(lead_id, "retail", **{"rule": "L3.roster"} | mine),
    ]
    return events if queued else [*events, proposed(lead_id, corporate=3_000, by="K1")]


def spawned(lead_id, customer_id, relationship="employee"):
    return linkage.OpportunitySpawned(
        opportunity_id=f"op-{lead_id}",
        from_id=TEXTILE,
        customer_id=customer_id,
        customer_kind="person",
        product="mobile",
        relationship=relationship,
        rule="K1",
        rules_version=1,
        parent_lead_id="l1",
        root_lead_id="l1",
        ancestors=(TEXTILE,),
        hop=1,
        winner_id=ZHANG,
        winner_unit_id="B01",
        winner_line="corporate",
        outlet_id="O01",
        on=date(2026, 9, 13),
    )


LEADS = [
    *joint("l1", TEXTILE),
    accepted("l1", "retail"),
    activated("l1", TEXTILE),
    won("l1", TEXTILE, ("payroll", "corporate_ebank")),
    *joint("l2", PRINTING, on=date(2026, 9, 5)),
    accepted("l2", "retail"),
    activated("l2", PRINTING),
    *joint("l3", FOODS, on=date(2026, 9, 8), need="settlement", products=("settlement",), source="target_list"),
    *joint("l4", HARBOUR, on=date(2026, 8, 3)),
    leads.LeadLost(lead_id="l4", reason="competitor", text="他行已签约", staff_id=ZHANG, on=date(2026, 9, 9)),
    *spawned_lead("l5", WANG),
    *spawned_lead("l6", ZHAO),
    accepted("l6", "corporate"),
    accepted("l6", "retail"),
    activated("l6", ZHAO, corporate=3_000, origin=origin("op-l6")),
    *spawned_lead("l7", QIAN, queued=True),
    *spawned_lead("l8", SUN),
    accepted("l8", "corporate"),
    accepted("l8", "retail"),
    activated("l8", SUN, corporate=3_000, origin=origin("op-l8")),
    won("l8", SUN, ("mobile",), value_minor=0, on=date(2026, 9, 20)),
]
LINKAGE = [
    spawned("l5", WANG),
    spawned("l6", ZHAO, "finance_staff"),
    spawned("l7", QIAN),
    spawned("l8", SUN),
    spawned("l9", "P0009"),
    linkage.OpportunityWithdrawn(
        opportunity_id="op-l9",
        customer_id="P0009",
        parent_lead_id="l1",
        root_lead_id="l1",
        reason="held_before_win",
        on=date(2026, 9, 14),
    ),
]
REGISTRY = [
    *(
        registry.UnitRecorded(unit_id=i, name=n, name_en=e, kind=k, parent_id=p, business_date=DAY)
        for i, n, e, k, p in UNITS
    ),
    *(
        registry.StaffRecorded(
            staff_id=i, name=n, unit_id=u, line=line, role=line, manager_id=None,
            valid_from=DAY, valid_to=None, business_date=DAY,
        )
        for i, n, u, line in STAFF
    ),
    *(
        registry.CustomerRecorded(
            customer_id=i, kind=kind, display_name=n, sealed="…", birth_year=None, outlet_id=o,
            manager_id=MANAGERS.get(i), consent_marketing=True, corporate_customer=False, business_date=DAY,
        )
        for i, kind, n, o in CUSTOMERS
    ),
    *(
        registry.TierAssigned(
            customer_id=i, unit_id="B01", month="2026-08", tier=tier, contribution_minor=worth, rules_version=1
        )
        for i, tier, worth in TIERS
    ),
    *(linked(*one) for one in LINKS),
]  # fmt: skip


def evidence():
    return bundling.Evidence(
        papers=("licence",),
        maker_id=ZHANG,
        checker_id="S0102",
        call_back_by=None,
        call_back_confirmed=False,
        certificate_handed_to="customer",
        daily_limit_minor=5_000_000,
    )


def requested(lead_id, customer_id, product, attempt=1):
    return bundling.OpeningRequested(
        opening_id=f"{lead_id}.{product}.{attempt}",
        offer_id=lead_id,
        lead_id=lead_id,
        customer_id=customer_id,
        customer_kind="company" if customer_id.startswith("C") else "person",
        product=product,
        product_version=1,
        attempt=attempt,
        seller_id=ZHANG,
        sellers=(ZHANG,),
        unit_id="B01",
        evidence=evidence(),
        on=DAY,
    )


def about(kind, lead_id, product, attempt=1, **fields):
    """An event of bundling about one item."""
    return kind(
        offer_id=lead_id, lead_id=lead_id, product=product, opening_id=f"{lead_id}.{product}.{attempt}", **fields
    )


BUNDLING = [
    requested("l1", TEXTILE, "payroll"),
    requested("l1", TEXTILE, "corporate_ebank"),
    about(bundling.ItemRefused, "l1", "corporate_ebank", rule="C1", reason="one operator made and checked it"),
    about(bundling.ItemCleared, "l1", "payroll"),
    about(bundling.ItemOpened, "l1", "payroll", holding_id="H1", on=DAY),
    about(bundling.ItemActivated, "l1", "payroll", on=DAY),
    requested("l8", SUN, "mobile"),
    about(bundling.ItemCleared, "l8", "mobile"),
    about(bundling.ItemOpened, "l8", "mobile", holding_id="H2", on=DAY),
]


def sealed(seq, period, lines, points_milli, kind="period"):
    return incentives.StatementSealed(
        seq=seq,
        kind=kind,
        period=period,
        plan_id="ebank-2026",
        plan_version=1,
        plan_hash="0" * 64,
        log=(incentives.LogRange(partition=0, first=1, last=seq * 100),),
        lines=lines,
        points_milli=points_milli,
        sealed_at=SEALED_AT,
        prev_hash=HASHES[seq - 1],
        hash=HASHES[seq],
        kid="k1",
        signature="s",
    )


INCENTIVES = [
    sealed(1, "2026-08", 4, 18_500),
    incentives.StatementAcknowledged(seq=1, hash=HASHES[1], acknowledged_by="hr-system", at=SEALED_AT),
    sealed(2, "2026-09", 3, -1_500),
]
OFFICER, SELLS_TOO, AUDITOR = "S0302", "S0305", "S0304"
LATE = date(2026, 9, 28)


def asked_for(opening_id, customer_id, seller_id=ZHANG, on=DAY, unit_id="B01", sellers=()):
    """An opening as compliance received it."""
    lead_id, product, _ = opening_id.split(".")
    return compliance.OpeningReceived(
        opening_id=opening_id,
        lead_id=lead_id,
        product=product,
        customer_id=customer_id,
        customer_kind="company" if customer_id.startswith("C") else "person",
        seller_id=seller_id,
        sellers=tuple(sorted({seller_id, *sellers})),
        unit_id=unit_id,
        evidence=compliance.Evidence(("application",), "S0102", "S0103", None, False, "none", 5_000_000),
        on=on,
    )


def checked(opening_id, by=OFFICER, rule=None, reason="", on=LATE):
    """Cleared; with a rule, refused."""
    lead_id, product, _ = opening_id.split(".")
    about_it = {"opening_id": opening_id, "lead_id": lead_id, "product": product, "officer_id": by, "on": on}
    if rule is None:
        return compliance.OpeningCleared(checks=(), **about_it)
    return compliance.OpeningRefused(rule=rule, reason=reason, checks=(), **about_it)


def transfer(transfer_id, holding_id, minutes, amount=2_000_000, direction="out", other=None):
    at = datetime(2026, 9, 21, 1, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    return compliance.TransferSeen(
        transfer_id=transfer_id, holding_id=holding_id, opening_ref="l8.mobile.1", amount_minor=amount,
        limit_minor=2_000_000, at=at, direction=direction, counterparty=other,
    )  # fmt: skip


def raised(alert_id, kind, openings, evidence, on=date(2026, 9, 21)):
    subject, _, rest = alert_id.rpartition(".")[0].rpartition(".")
    return compliance.AlertOpened(alert_id, rest, kind, subject, tuple(openings), tuple(evidence), 1, on)


def sampled(unit_id, openings, month="2026-09"):
    return inspections.SampleDrawn(
        sample_id=f"{unit_id}.{month}", unit_id=unit_id, month=month, seed="5eed", share_bps=500,
        drawn_from=(*openings, "l9.mobile.1"), openings=tuple(openings), rules_version=1, on=date(2026, 10, 1),
    )  # fmt: skip


def inspected(opening_id, finding=None, due=None, unit_id="B01"):
    return inspections.OpeningInspected(
        f"{unit_id}.2026-09", unit_id, opening_id, finding, due, OFFICER, date(2026, 10, 2)
    )


BURST = [transfer(f"T{n}", "H2", 10 * n) for n in range(1, 6)]
TRIP = [transfer("M1", "H3", 0, 1_000_000, "in", "mark-a"), transfer("M2", "H3", 600, 950_000, other="mark-b")]
COMPLIANCE = [
    asked_for("l1.payroll.1", TEXTILE),
    checked("l1.payroll.1", on=date(2026, 9, 2)),
    asked_for("l1.corporate_ebank.1", TEXTILE),
    checked("l1.corporate_ebank.1", by=None, rule="C1.two_operators", reason="S0102 both made and checked it", on=DAY),
    asked_for("l8.mobile.1", SUN, on=date(2026, 9, 20), unit_id="O01"),
    checked("l8.mobile.1", on=date(2026, 9, 21)),
    asked_for("l6.mobile.1", ZHAO, on=date(2026, 9, 29), seller_id=SELLS_TOO, unit_id="O01"),
    asked_for("l5.mobile.1", WANG, on=LATE, unit_id="O01"),
    *BURST,
    raised("H2.burst.1", "holding", ["l8.mobile.1"], [one.transfer_id for one in BURST]),
    *TRIP,
    raised("H3.round_trip.1", "holding", ["l8.mobile.1"], ["M1", "M2"]),
    compliance.AlertConfirmed("H3.round_trip.1", ("l8.mobile.1",), OFFICER, "只为激活账户", date(2026, 9, 23)),
    raised("t1.shared_phone.1", "telephone", ["l5.mobile.1", "l6.mobile.1"], [WANG, ZHAO, QIAN], on=LATE),
    compliance.AlertDismissed(
        "t1.shared_phone.1", ("l5.mobile.1", "l6.mobile.1"), OFFICER, "一家人", date(2026, 9, 29)
    ),
    raised("P0001.new_device_registration.1", "customer", ["l5.mobile.1"], ["H5@2026-09-30"], on=date(2026, 9, 30)),
    raised("S0101.period_end_spike.2026-09", "seller", ["l5.mobile.1"], ["l5.mobile.1"], on=date(2026, 10, 1)),
    sampled("B01", ["l1.payroll.1", "l8.mobile.1"]),
    inspected("l8.mobile.1", "身份证复印件不清晰", date(2026, 10, 31)),
    sampled("HO", ["l7.mobile.1"]),
]
STORY = {
    "registry": REGISTRY,
    "leads": LEADS,
    "linkage": LINKAGE,
    "bundling": BUNDLING,
    "incentives": INCENTIVES,
    "compliance": COMPLIANCE,
}
STREAMS = (
    "alert_id",
    "sample_id",
    "lead_id",
    "opportunity_id",
    "seq",
    "customer_id",
    "staff_id",
    "unit_id",
    "holding_id",
    "from_id",
)


def stream_of(service, event):
    key = next(getattr(event, field) for field in STREAMS if hasattr(event, field))
    return f"{service}-{key}"


def commits(service, events, start=1):
    """A commit an event, numbered from position ``start``."""
    versions: dict[str, itertools.count] = {}
    for position, event in enumerate(events, start):
        stream = stream_of(service, event)
        yield Commit(
            service=service,
            stream=stream,
            version=next(versions.setdefault(stream, itertools.count(1))),
            partition=partition_of(stream, 1),
            events=(event,),
            meta=Meta(command_id=f"{service}-{position}", actor="story"),
            recorded_at=AT,
            position=position,
        )


def recorded(service, events):
    return [one for commit in commits(service, events) for one in commit.recorded()]
