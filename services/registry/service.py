"""The nameko class of registry: feeds come in as HTTP batches, tools look up what is known."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple, get_args

import msgspec
from nameko.extensions import DependencyProvider
from ulid import ULID

from services.registry import reactions, schemas
from services.registry.domain.files import FILE, NoteFile
from services.registry.domain.people import UNMASKING, UnmaskCustomer
from services.registry.events import UPCASTS, FeedLoaded, RegistryEvent
from services.registry.feed import batch_feed
from services.registry.figures import ShownFigures, ShownMonths, ShownPosts
from services.registry.intake import kind_named, open_ports, vault_of
from services.registry.loader import FIRST, Ports, load
from services.registry.match_service import Matches
from services.registry.people import People
from services.registry.projections import (
    CUSTOMERS,
    FEEDS,
    FILES,
    HOLDINGS,
    POSTINGS,
    PROJECTIONS,
    STAFF,
    TIERS,
    UNITS,
    UNMASKINGS,
)
from services.registry.rejects import Reject, as_csv
from services.registry.rules.unmasking import ASKERS, LOOKS_UP, scopes_of
from services.registry.secret_files import VaultError
from services.registry.staffing import Bases, staffing_of
from services.registry.telephones import Telephones
from shared.core.errors import KeyReused
from shared.core.projection import Projection
from shared.core.reaction import Reaction
from shared.runtime.api import CSV, JSON, Call, Raw, api
from shared.runtime.app import Accepted, App, command_id, meta_of
from shared.runtime.config import BadSettings
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from shared.runtime.problems import BadRequest
from shared.runtime.wiring import now

ALL = ("corporate", "retail", "product", "branch", "compliance", "designer", "approver", "hr", "ops", "auditor")
SELLING = ("corporate", "retail", "product", "branch", "compliance", "ops", "auditor")
STAFFING = ("branch", "product", "hr", "ops", "auditor")
Answer = dict[str, Any]


class Inside(NamedTuple):
    """What the entrypoints need of this service's own: the ports of a load, and what is sealed of people."""

    ports: Ports
    people: People
    telephones: Telephones
    bases: Bases


class Opened(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """What needs the secrets: a service without the right ones does not start. The rest waits for the first worker, who
    comes after everything is set up.
    """

    inside: Inside | None = None

    def setup(self) -> None:
        config = self.container.config
        try:
            self.vault = vault_of(config["CLIENT"][self.container.service_name], config["SECRETS"])
        except VaultError as error:
            raise BadSettings(str(error)) from None

    def get_dependency(self, worker_ctx: Any) -> Inside:  # noqa: ARG002 -- nameko's signature
        if self.inside is None:
            app: App = next(d for d in self.container.dependencies if isinstance(d, Kernel)).app
            ports = open_ports(app.executor, app.database, self.vault, new_id, now)
            self.inside = Inside(
                ports, People(app.store, self.vault), Telephones(app.store.load_many, self.vault), Bases()
            )
        return self.inside


class RegistryService(Matches):
    name = "registry"
    app: App = Kernel(
        events={"registry": get_args(RegistryEvent)}, upcasts={"registry": UPCASTS}, projections=PROJECTIONS
    )
    inside: Inside = Opened()

    @api("POST", "/api/registry/feeds/<kind>", roles=("ops",), body=schemas.Batch, view=schemas.BatchView)
    def load(self, call: Call) -> Answer:
        kind = kind_named(call.path["kind"])
        earlier = self._loaded_with(call)
        if earlier is not None:
            return earlier
        feed = batch_feed(kind.shape, call.body["name"], call.body["rows"])
        report = load(feed, self.inside.ports, meta_of(call))
        return self._answer(report.loaded, report.commit_id, report.first)

    @api("GET", "/api/registry/feeds", roles=("ops", "auditor"), query=schemas.Page, view=schemas.FeedList)
    def feeds(self, call: Call) -> Answer:
        return {"feeds": self.app.documents(FEEDS, {}, call, sort="-loaded_at", limit=call.query["limit"])}

    @api("GET", "/api/registry/feeds/<feed_id>", roles=("ops", "auditor"), view=schemas.FeedView)
    def feed(self, call: Call) -> Answer:
        return self.app.document(FEEDS, call.path["feed_id"], call)

    @api(
        "GET",
        "/api/registry/feeds/<feed_id>/rejects",
        roles=("ops", "auditor"),
        query=schemas.RejectQuery,
        view=schemas.RejectList,
        produces=(JSON, CSV),
    )
    def rejects(self, call: Call) -> Answer | Raw:
        feed = self.app.document(FEEDS, call.path["feed_id"], call)
        found = self.inside.ports.rejects.of(feed["feed_id"], call.query["from_line"], call.query["limit"])
        if "text/csv" in call.accept:
            named = {"Content-Disposition": f'attachment; filename="rejects-{feed["feed_id"]}.csv"'}
            return Raw(as_csv(found).encode(), f"{CSV}; charset=utf-8", named)
        return {"feed_id": feed["feed_id"], "rejects": msgspec.to_builtins(list(found))}

    @api("GET", "/api/registry/units", roles=ALL, query=schemas.UnitQuery, view=schemas.UnitList)
    def units(self, call: Call) -> Answer:
        return {"units": self._page(UNITS, call)}

    @api("GET", "/api/registry/units/<unit_id>/tiers", roles=SELLING, query=schemas.Months, view=schemas.TiersView)
    def unit_tiers(self, call: Call) -> Answer:
        unit_id, limit = call.path["unit_id"], call.query["limit"]
        unit = self.app.document(UNITS, unit_id)
        months = self.app.documents(TIERS, {"unit_id": unit_id}, call, sort="-month", limit=limit)
        return {"unit_id": unit_id, "name": unit["name"], "months": months}

    @api("GET", "/api/registry/units/<unit_id>/staffing", roles=STAFFING, query=schemas.On, view=schemas.StaffingView)
    def staffing(self, call: Call) -> Answer:
        for projection in (UNITS, POSTINGS, CUSTOMERS):
            self.app.wait(projection, call)
        unit_id, on = call.path["unit_id"], call.query["on"] or call.today
        return staffing_of(self.app, self.inside.bases, unit_id, on, anew=call.after is not None)

    @api("GET", "/api/registry/staff", roles=ALL, query=schemas.StaffQuery, view=schemas.StaffList)
    def staff(self, call: Call) -> Answer:
        return {"staff": self._page(STAFF, call)}

    @api("GET", "/api/registry/customers", roles=SELLING, query=schemas.CustomerQuery, view=schemas.CustomerList)
    def customers(self, call: Call) -> Answer:
        return {"customers": self._page(CUSTOMERS, call)}

    @api("GET", "/api/registry/customers/<customer_id>", roles=SELLING, view=schemas.CustomerView)
    def customer(self, call: Call) -> Answer:
        customer = self.app.document(CUSTOMERS, call.path["customer_id"], call)
        held = self.app.documents(HOLDINGS, {"customer_id": customer["customer_id"]}, call, limit=1_000)
        return customer | self.inside.people.masked(customer["customer_id"]) | {"holdings": held}

    @api(
        "POST",
        "/api/registry/customers/<customer_id>/unmask",
        roles=ASKERS,
        body=schemas.Unmask,
        view=schemas.UnmaskedView,
    )
    def unmask(self, call: Call) -> Raw:
        command = self._unmasking(call)
        looked, _ = self.app.state(UNMASKING, command.unmasking_id)
        UNMASKING.decide(looked, command)  # a repeat is answered without a decision, and the data are today's
        data = self.inside.people.opened(command.customer_id)
        if self.inside.people.mentioned(command.customer_id, command.note):
            raise BadRequest("note_holds_personal_data", "The note names the person. Say why without who.")
        self.app.execute(UNMASKING, command.unmasking_id, command, call, creates=True)
        seen = {field: data[field] for field in command.fields}
        return _in_clear({"unmasking_id": command.unmasking_id, "customer_id": command.customer_id} | seen)

    @api("POST", "/api/registry/customers/lookup", roles=LOOKS_UP, body=schemas.LookUp, view=schemas.CustomerList)
    def look_up(self, call: Call) -> Raw:
        ((field, number),) = call.body.items()
        ids = self.inside.people.with_number(field, number)
        found = self.app.documents(CUSTOMERS, {"_id": {"$in": ids}}, call, limit=len(ids) or 1)
        shown = [schemas.CustomerView().dump(one | self.inside.people.masked(one["customer_id"])) for one in found]
        return _in_clear({"customers": shown})

    @api(
        "GET",
        "/api/registry/unmaskings",
        roles=("compliance", "auditor"),
        query=schemas.UnmaskingQuery,
        view=schemas.UnmaskingList,
    )
    def unmaskings(self, call: Call) -> Answer:
        return {"unmaskings": self._newest(UNMASKINGS, call)}

    @api("POST", "/api/registry/files-taken", roles=ALL, body=schemas.FileTaking)
    def take_file(self, call: Call) -> Accepted:
        """Note that the caller takes a file from a screen, before it is given."""
        who, taking_id = call.principal, call.new_id()
        roles = tuple(sorted(who.roles))
        command = NoteFile(taking_id, **call.body, staff_id=who.staff_id, roles=roles, on=call.today)
        return self.app.execute(FILE, taking_id, command, call, creates=True)

    @api(
        "GET",
        "/api/registry/files-taken",
        roles=("compliance", "auditor"),
        query=schemas.FileQuery,
        view=schemas.FilesTaken,
    )
    def files_taken(self, call: Call) -> Answer:
        return {"files": self._newest(FILES, call)}

    @listen("registry", "registry.rank_customers", reactions.TIER_FACTS)
    def follow_tiers(self) -> Reaction:
        return reactions.follow_tiers(ShownFigures(self.app))

    @listen("registry", "registry.note_posts", reactions.STAFF_FACTS)
    def follow_staff(self) -> Reaction:
        return reactions.follow_staff(ShownPosts(self.app))

    @listen("registry", "registry.move_balances", reactions.MOVES)
    def move_balances(self) -> Reaction:
        return reactions.move_balances(ShownMonths(self.app))

    @listen("registry", "registry.note_telephones", reactions.CLOSES)
    def note_telephones(self) -> Reaction:
        return reactions.note_telephones(self.inside.telephones, ShownPosts(self.app))

    def _unmasking(self, call: Call) -> UnmaskCustomer:
        """What is asked, by whom, and how near they stand to the customer."""
        who, customer_id = call.principal, call.path["customer_id"]
        fact = self.inside.people.fact(customer_id)
        return UnmaskCustomer(
            unmasking_id=call.new_id(),
            customer_id=customer_id,
            fields=tuple(sorted(set(call.body["fields_"]))),
            reason=call.body["reason"],
            note=call.body["note"],
            staff_id=who.staff_id,
            roles=tuple(sorted(who.roles)),
            scopes=scopes_of(who.staff_id, who.unit_id, fact.manager_id, self._above(fact.outlet_id)),
            on=call.today,
        )

    def _above(self, unit_id: str | None) -> list[str]:
        """A unit and those over it."""
        found: list[str] = []
        while unit_id is not None and unit_id not in found:
            found.append(unit_id)
            unit_id = next((one["parent_id"] for one in self.app.documents(UNITS, {"_id": unit_id}, limit=1)), None)
        return found

    def _newest(self, projection: Projection, call: Call) -> list[Answer]:
        """Documents before a moment, the newest first, that have what the other parameters say."""
        asked = {name: value for name, value in call.query.items() if name not in {"before", "limit"}}
        where = asked | {"at": {"$lt": call.query["before"]}}
        return self.app.documents(projection, where, call, sort="-at", limit=call.query["limit"])

    def _page(self, projection: Projection, call: Call) -> list[Answer]:
        """Documents after ``over``, by id, that have what the other parameters say."""
        asked = {name: value for name, value in call.query.items() if name not in {"over", "limit"}}
        return self.app.documents(
            projection, asked | {"_id": {"$gt": call.query["over"]}}, call, limit=call.query["limit"]
        )

    def _loaded_with(self, call: Call) -> Answer | None:
        """The answer that was given to the same Idempotency-Key before, if any."""
        done = None if call.idempotency_key is None else self.app.store.by_command(command_id(call))
        if done is None:
            return None
        if done.meta.fingerprint != call.fingerprint:
            raise KeyReused(
                "idempotency_key_reused", "This Idempotency-Key was used for another request. Take a new one."
            )
        loaded = next(event for event in done.events if isinstance(event, FeedLoaded))
        return self._answer(loaded, done.id, islice(self.inside.ports.rejects.of(loaded.feed_id), FIRST))

    def _answer(self, loaded: FeedLoaded, commit_id: str, rejects: "Iterator[Reject] | tuple[Reject, ...]") -> Answer:
        facts: Answer = msgspec.to_builtins(loaded)
        return facts | {"rejects": list(rejects), "position": f"{self.app.service}/{commit_id}"}


def _in_clear(body: Answer) -> Raw:
    """An answer that nobody on the way may keep."""
    return Raw(msgspec.json.encode(body), JSON, {"Cache-Control": "no-store"})


def new_id() -> str:
    return str(ULID()).lower()
