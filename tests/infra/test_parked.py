"""Operators and parked events: seen without their content, discarded only by two people, and never gone."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from rich.console import Console

from infra import cli
from infra.commands.verify import run_checks
from infra.verify import Note, decided, projection_holds
from shared.core.errors import Forbidden, LiandongError
from shared.runtime.auth import Principal, issue_token, make_identity_keys
from shared.runtime.projector import subscribe
from shared.runtime.sequencer import Sequencer
from tests.infra.accounts import SECRET, STREAM, Logs
from tests.shared.examples import MoneyTaken, commit

pytestmark = pytest.mark.stack


@pytest.fixture
def parked(servers, tmp_path, monkeypatch):
    """Calls ``liandong parked …`` as somebody, and answers what it printed."""
    make_identity_keys(tmp_path)
    for name, value in {"MONGO_URI": servers.mongo_uri, "AMQP_URI": servers.amqp_uri, "SECRETS": str(tmp_path)}.items():
        monkeypatch.setenv(f"LIANDONG_{name}", value)
    monkeypatch.setenv("COLUMNS", "250")

    def call(*arguments, staff=None, role="ops"):
        principal = Principal(staff or "nobody", "x", frozenset({role}))
        token = issue_token(tmp_path, principal, datetime.now(UTC)) if staff else ""
        done = CliRunner(env={"OPS_TOKEN": token}).invoke(cli.liandong, ["parked", *arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return call


def total(mongo):
    return mongo.leads.balances.find_one({"_id": STREAM})["total"]


def test_list_and_show_tell_what_and_why_and_what_waits_but_not_the_content(subscription, parked):
    for output in (parked("list"), parked("show", "leads.balances", STREAM)):
        assert f"leads/{STREAM}@4" in output
        assert "schema 9, newest known here is 1" in output
        assert SECRET not in output
    assert f"leads/{STREAM}@5" in output
    assert "2 events" in output
    with pytest.raises(LiandongError, match="nothing of account-1 is parked by leads.balances"):
        parked("show", "leads.balances", "account-1")


def test_a_discard_needs_a_reason_and_two_people_of_ops(subscription, parked, mongo):
    place = ("leads.balances", STREAM)
    assert "--token" in parked("discard", *place, "--reason", "a test row")
    assert "give either" in parked("discard", *place, "--reason", "  ", staff="OPS1")
    with pytest.raises(Forbidden, match="needs one of the roles ops"):
        parked("discard", *place, "--reason", "a test row", staff="S1", role="corporate")
    with pytest.raises(LiandongError, match="nobody proposed"):
        parked("discard", *place, "--confirm", staff="OPS2")
    parked("discard", *place, "--reason", "a [test] row", staff="OPS1")
    assert "proposed by OPS1: a [test] row" in parked("show", *place)
    with pytest.raises(Forbidden, match="somebody else must confirm"):
        parked("discard", *place, "--confirm", staff="OPS1")
    subscription.redrive()
    assert mongo.leads.parked.count_documents({}) == 3
    assert "is left out" in parked("discard", *place, "--confirm", staff="OPS2")


def decide(parked, reason="a test row"):
    parked("discard", "leads.balances", STREAM, "--reason", reason, staff="OPS1")
    parked("discard", "leads.balances", STREAM, "--confirm", staff="OPS2")


def test_what_waited_goes_on_in_order_and_the_record_stays(subscription, parked, mongo, store):
    before = total(mongo)
    decide(parked)
    assert subscription.redrive() == 3
    assert total(mongo) == before + 5 + 6  # without the 4 of version 4
    assert mongo.leads.parked.count_documents({}) == 0
    (kept,) = mongo.leads.discarded.find()
    assert (kept["event_id"], kept["discard"]["reason"]) == (f"leads/{STREAM}@4", "a test row")
    assert (kept["discard"]["proposed_by"], kept["discard"]["confirmed_by"]) == ("OPS1", "OPS2")
    assert f"leads/{STREAM}@4" in parked("list", "--discarded")
    store.append([commit(STREAM, 7, MoneyTaken(100), service="leads")])
    sequencer = Sequencer(mongo, store)
    store_numbered(sequencer)
    subscription.catch_up()
    assert total(mongo) == before + 5 + 6 + 100


def store_numbered(sequencer):
    sequencer.claim()
    sequencer.sweep()


def test_a_decision_holds_when_the_log_is_read_again(subscription, parked, mongo, store, projection):
    decide(parked)
    subscription.redrive()
    mongo.leads.commits.update_one({"_id": f"{STREAM}@4"}, {"$set": {"events.0.schema": 1}})
    right = {d["_id"]: d["total"] for d in mongo.leads.balances.find()}
    mongo.leads.balances.delete_many({})
    mongo.leads.checkpoints.update_one({"_id": subscription.key}, {"$set": {"position": 0}})
    (again,) = subscribe(mongo.leads, projection, {"leads": store})
    again.catch_up()
    assert {d["_id"]: d["total"] for d in mongo.leads.balances.find()} == right


def test_verify_names_the_decision_and_refolds_without_the_event(subscription, parked, mongo, store, projection):
    logs = Logs(leads=store)
    checks = {
        "left out": lambda: decided(mongo, ["leads"]),
        "balances": lambda: projection_holds(mongo, logs, "leads", projection),
    }
    assert any("3 events are parked" in found for found in checks["balances"]())
    decide(parked, "typed [twice] by hand")
    subscription.redrive()
    mongo.leads.commits.update_one({"_id": f"{STREAM}@4"}, {"$set": {"events.0.schema": 1}})
    assert list(checks["balances"]()) == []
    (note,) = checks["left out"]()
    assert isinstance(note, Note)
    console = Console(record=True, width=250)
    assert run_checks(checks, console) == 0
    said = console.export_text()
    assert f"does without leads/{STREAM}@4 (proposed by OPS1, confirmed by OPS2: typed [twice] by hand)" in said
    mongo.leads.discarded.delete_many({})
    assert len(list(checks["balances"]())) == 1
