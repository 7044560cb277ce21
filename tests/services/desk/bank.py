"""The story kept in real logs and folded into the desk's real collections, and a front door to send commands to."""

import json
import re
import threading

from pymongo import MongoClient
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from services.catalogue import EVENTS, UPCASTS
from services.desk.projections import PROJECTIONS
from services.desk.web.tables import FILES_TAKEN
from shared.runtime.auth import Authenticator, make_identity_keys
from shared.runtime.config import Settings
from shared.runtime.projector import subscribe
from shared.runtime.wiring import Logs
from tests.services.desk import story

STATEMENT, KEYS = story.STATEMENT, story.KEYS
DATABASES = (*story.STORY, "desk")
JSON = "application/json"
CAST = [
    {"staff_id": story.ZHANG, "name": "张伟", "name_en": "Zhang Wei", "roles": ["corporate"], "unit_id": "B01", "line": "corporate"},
    {"staff_id": story.LI, "name": "李娜", "name_en": "Li Na", "roles": ["retail"], "unit_id": "O01", "line": "retail"},
    {"staff_id": story.CHEN, "name": "陈静", "name_en": "Chen Jing", "roles": ["retail"], "unit_id": "O02", "line": "retail"},
    {"staff_id": "S0301", "name": "周敏", "name_en": "Zhou Min", "roles": ["hr"], "unit_id": "HO", "line": None},
    {"staff_id": "S0302", "name": "吴强", "name_en": "Wu Qiang", "roles": ["compliance"], "unit_id": "HO", "line": None},
    {"staff_id": "S0401", "name": "何伟", "name_en": "He Wei", "roles": ["branch"], "unit_id": "B01", "line": "management"},
    {"staff_id": story.AUDITOR, "name": "冯远", "name_en": "Feng Yuan", "roles": ["auditor"], "unit_id": "HO", "line": None},
    {"staff_id": story.SELLS_TOO, "name": "蒋平", "name_en": "Jiang Ping", "roles": ["compliance"], "unit_id": "HO", "line": None},
    {"staff_id": "S0311", "name": "冯岚", "name_en": "Feng Lan", "roles": ["designer"], "unit_id": "HO", "line": None},
    {"staff_id": "S0312", "name": "高远", "name_en": "Gao Yuan", "roles": ["approver"], "unit_id": "HO", "line": None},
    {"staff_id": "S0313", "name": "许宁", "name_en": "Xu Ning", "roles": ["designer", "approver"], "unit_id": "HO", "line": None},
    {"staff_id": "S0501", "name": "马涛", "name_en": "Ma Tao", "roles": ["ops"], "unit_id": "HO", "line": None},
    {"staff_id": "S0303", "name": "郑平", "name_en": "Zheng Ping", "roles": ["corporate", "hr"], "unit_id": "HO", "line": None},
]  # fmt: skip


class StoryBank:
    """What the relay and the projector would do, done at once and in this process."""

    def __init__(self, client: MongoClient) -> None:
        self.client = client
        for name in DATABASES:
            client.drop_database(name)
        self.logs = Logs(client, EVENTS, UPCASTS, 1)
        self._subscriptions = [
            subscription
            for projection in PROJECTIONS
            for subscription in subscribe(client["desk"], projection, self.logs.stores)
        ]
        for service, events in story.STORY.items():
            store = self.logs[service]
            store.prepare()
            store.append(list(story.commits(service, events)))
        self.project()

    def project(self) -> None:
        for subscription in self._subscriptions:
            subscription.catch_up()

    def record(self, event, service="leads") -> str:
        """One more event of a service on its stream; the position by which a caller may wait for it."""
        store = self.logs[service]
        stream = story.stream_of(service, event)
        version = sum(len(commit.events) for commit in store.load(stream))
        (commit,) = story.commits(service, [event], start=store.head(0) + 1)
        store.append([type(commit)(**{**_fields(commit), "version": version + 1})])
        return f"{service}/{stream}@{version + 1}"

    def close(self) -> None:
        for name in DATABASES:
            self.client.drop_database(name)


def _fields(struct) -> dict:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


class Front:
    """A real HTTP server where the public API would be: it keeps what was asked, in ``heard`` with the query and the
    version that was decided on, and gives the answer it was told.
    """

    def __init__(self, secrets) -> None:
        self._authenticator = Authenticator(secrets)
        self._server = make_server("127.0.0.1", 0, Request.application(self._answer), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.reset()

    def reset(self) -> None:
        self.asked = []
        self.heard = []
        self.answers = {
            ("POST", FILES_TAKEN): (200, {"id": "f1", "version": 1, "position": "registry/file-f1@1"}, JSON)
        }

    @property
    def commands(self):
        """What was asked to be done, without what was only read, and without what is noted of files."""
        return [one for one in self.asked if one[0] == "POST" and one[1] != FILES_TAKEN]

    @property
    def taken(self):
        """The files of which it was noted that somebody takes them."""
        return [body | {"staff_id": who.staff_id} for _, path, body, _, who in self.asked if path == FILES_TAKEN]

    @property
    def queries(self):
        """The path and the query of each thing that was asked."""
        return [(path, query) for path, query, _ in self.heard]

    def tell(self, method: str, path: str, status: int, body, content_type=JSON) -> None:
        """``body`` is JSON, bytes, or a function of nothing that makes one of them."""
        self.answers[method, path] = (status, body, content_type)

    def refuse(self, method: str, path: str, status: int, **problem) -> None:
        self.tell(method, path, status, {"status": status, "title": "No"} | problem, "application/problem+json")

    def _answer(self, request: Request) -> Response:
        principal = self._authenticator.principal(request.headers.get("Authorization"))
        body = json.loads(request.get_data() or b"null")
        self.heard.append((request.path, dict(request.args), request.headers.get("If-Match")))
        self.asked.append((request.method, request.path, body, request.headers.get("Idempotency-Key"), principal))
        status, told, content_type = self.answers.get(
            (request.method, request.path), (404, {"code": "not_found"}, "application/problem+json")
        )
        told = told() if callable(told) else told
        content = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False)
        return Response(content, status, content_type=content_type)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Browser:
    """A visitor without scripts: follows links and sends the forms that pages really hold."""

    def __init__(self, app, language):
        self.client = app.test_client()
        self.language = language
        self.page = None

    def open(self, path):
        self.page = self.client.get(
            path, headers={"Accept-Language": self.language}, follow_redirects=True, buffered=True
        )
        return self

    @property
    def text(self):
        return self.page.get_data(as_text=True)

    @property
    def path(self):
        return self.page.request.path

    def forms(self):
        """Action and fields of each form of the page, as they would be sent untouched."""
        for form in re.findall(r"<form[^>]*>.*?</form>", self.text, re.DOTALL):
            action = re.search(r'action="([^"]*)"', form)[1]
            inputs = re.findall(r"<input[^>]*>", form)
            fields = [(_attribute(i, "name"), _attribute(i, "value")) for i in inputs if _sent(i)]
            yield action, fields

    def form(self, action):
        return next(fields for found, fields in self.forms() if found == action)

    def send(self, action, *more, form=None, follow=True):
        fields = [*(form or self.form(action)), *more]
        data = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        headers = {"Accept-Language": self.language}
        self.page = self.client.post(action, data=data, headers=headers, follow_redirects=follow)
        return self

    def sign_in(self, staff_id):
        return self.open("/sign-in").send("/sign-in", ("staff_id", staff_id))


def _attribute(tag, name):
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""


def _sent(tag):
    return _attribute(tag, "type") != "checkbox" or " checked" in tag


def prepare_secrets(directory, cast=CAST) -> None:
    make_identity_keys(directory)
    if cast is not None:
        (directory / "demo-identities.json").write_text(json.dumps(cast, ensure_ascii=False))


def settings_for(servers, secrets, public_url) -> Settings:
    return Settings(
        mongo_uri=servers.mongo_uri,
        amqp_uri=servers.amqp_uri,
        secrets=secrets,
        host="127.0.0.1",
        port=0,
        partitions=1,
        public_url=public_url,
        log_level="INFO",
    )
