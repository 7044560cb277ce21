"""The example account as a real nameko service, with HTTP, a projection and a reaction: ``bank`` mirrors itself."""

from marshmallow import Schema, fields, validate

from shared.core.reaction import Intent
from shared.runtime.api import Call, Raw, api
from shared.runtime.app import App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import ACCOUNT, EVENTS, MoneyTaken, OpenAccount, TakeMoney

CATALOGUE = {"bank": EVENTS}


def mirror(recorded):
    """Every real account has a mirror that takes the same money."""
    if recorded.stream.startswith("account-mirror"):
        return []
    return [Intent(ACCOUNT, f"mirror-{recorded.stream.removeprefix('account-')}", TakeMoney(recorded.event.amount))]


class Open(Schema):
    owner = fields.Str(required=True, validate=validate.Length(min=1, max=40))
    branch = fields.Str(required=True)


class Take(Schema):
    amount = fields.Int(required=True, strict=True)


class Bank:
    name = "bank"
    app: App = Kernel(CATALOGUE, {}, (BALANCES,))

    @api("POST", "/api/bank", roles=("teller",), body=Open, status=201)
    def open_account(self, call: Call):
        return self.app.execute(ACCOUNT, call.new_id(), OpenAccount(call.body["owner"]), call, creates=True)

    @api("POST", "/api/bank/<key>/take", roles=("teller",), body=Take)
    def take(self, call: Call):
        return self.app.execute(ACCOUNT, call.path["key"], TakeMoney(**call.body), call)

    @api("POST", "/api/bank/<key>/take-shown", roles=("teller",), body=Take)
    def take_shown(self, call: Call):
        """As a command does that looks something up first."""
        self.app.document(BALANCES, f"account-{call.path['key']}", call)
        return self.app.execute(ACCOUNT, call.path["key"], TakeMoney(**call.body), call)

    @api("GET", "/api/bank/<key>", roles=("teller", "auditor"))
    def show(self, call: Call):
        return self.app.document(BALANCES, f"account-{call.path['key']}", call)

    @api("GET", "/api/bank/<key>/statement", roles=("teller",))
    def statement(self, _call: Call):
        return Raw(b"x" * 5_000, "text/plain", {"ETag": '"five-thousand"'})

    @api("POST", "/api/bank/break", roles=("teller",))
    def break_down(self, _call: Call):
        raise RuntimeError("the password is hunter2")

    @listen("bank", "bank.mirror", (MoneyTaken,))
    def mirror(self):
        return mirror
