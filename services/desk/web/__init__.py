"""The desk's web application: server-rendered pages in Chinese and English, which work without scripts, too.

It reads the desk's projections, and sends commands to the same public HTTP API that everybody uses.
"""

import atexit
import sys
from datetime import timedelta

from flask import Flask

from services.catalogue import EVENTS, UPCASTS
from services.desk.projections import CORPORATE_DESK, PROJECTIONS, RETAIL_DESK
from services.desk.web import (
    audit,
    branch,
    compliance,
    customer,
    entrance,
    errors,
    hr,
    language,
    operations,
    plans,
    product,
    score,
    secret,
    small_tables,
    view,
    vitals,
)
from services.desk.web.api_client import ApiClient
from services.desk.web.identities import Identities
from services.desk.web.leads import lead_desk
from services.desk.web.live import Live
from services.desk.web.oidc import Provider, configured
from services.desk.web.preferences import Preferences
from services.desk.web.reading import Desk
from services.desk.web.security import protect
from shared.runtime import metrics
from shared.runtime.app import Reader
from shared.runtime.config import BadSettings, Settings, read_settings
from shared.runtime.health import Health
from shared.runtime.logs import configure_logs
from shared.runtime.wiring import Logs, connect, now

CANNOT_START = 4
"""gunicorn's own number for an application that cannot be loaded: it stops, and does not try again for ever."""


def create_app(settings: Settings | None = None) -> Flask:
    """The application; with settings of the environment where none are given. Ends the process where they are wrong."""
    try:
        settings = settings or read_settings()
        configure_logs("desk", settings.log_level)
        metrics.name_process("desk")
        app = _build(settings)
    except BadSettings as error:
        print(error, file=sys.stderr)  # noqa: T201 -- one clear line for whoever started it
        raise SystemExit(CANNOT_START) from None
    atexit.register(close, app)
    return app


def close(app: Flask) -> None:
    """Give back the connections; the application is of no use afterwards."""
    app.extensions["live"].close()
    app.extensions["desk"].close()
    app.extensions["api"].close()


def _build(settings: Settings) -> Flask:
    provider = configured(settings.secrets)
    client = connect(settings)
    logs = Logs(client, EVENTS, UPCASTS, settings.partitions)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret.session_key(settings.secrets),
        SESSION_COOKIE_NAME="liandong_desk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_REFRESH_EACH_REQUEST=False,  # a late answer must not bring back a session that was ended meanwhile
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,  # a form is as old as its session
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.extensions["identities"] = Identities(settings.secrets)
    app.extensions["provider"] = Provider(app, provider, settings.public_url) if provider else None
    app.extensions["desk"] = Desk(Reader("desk", client, logs))
    app.extensions["preferences"] = Preferences(client["desk"])
    app.extensions["live"] = Live(client["desk"], [projection.name for projection in PROJECTIONS])
    app.extensions["api"] = ApiClient(settings.public_url, settings.secrets, now)
    vitals.count_requests(app)
    protect(app)
    language.speak(app)
    view.prepare(app)
    errors.answer(app)
    small_tables.take_out(app)
    app.register_blueprint(entrance.screen)
    app.register_blueprint(lead_desk("corporate", CORPORATE_DESK))
    app.register_blueprint(lead_desk("retail", RETAIL_DESK))
    app.register_blueprint(branch.screen)
    app.register_blueprint(hr.screen)
    app.register_blueprint(customer.screen)
    app.register_blueprint(score.screen)
    app.register_blueprint(compliance.screen)
    app.register_blueprint(plans.screen)
    app.register_blueprint(product.screen)
    app.register_blueprint(operations.screen)
    app.register_blueprint(audit.screen)
    vitals.answer_supervisors(app, Health(client))
    return app
