"""How values look on a page: shares, points, money, dates, names; and what every template knows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, session, url_for
from flask_babel import format_currency, format_date, format_datetime
from ulid import ULID
from werkzeug.exceptions import RequestEntityTooLarge

from services.desk.web import labels
from services.desk.web.identities import Identity
from services.desk.web.language import LANGUAGES, TAGS, chosen
from services.desk.web.signed_in import pages_of, who

THEMES = ("auto", "light", "dark")


def prepare(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(share=share, points=points, money=money, day=day, moment=moment, own_name=own_name)
    app.jinja_env.globals.update(label=labels.label, words=labels.WORDS.__getitem__, new_key=new_key)
    app.context_processor(_known_to_all)


def _known_to_all() -> dict[str, Any]:
    identity, spoken = who(), chosen()
    return {
        "me": identity,
        "pages": pages_of(identity) if identity else [],
        "language": spoken,
        "language_tag": TAGS[spoken],
        "other_languages": {code: name for code, name in LANGUAGES.items() if code != spoken},
        "tags": TAGS,
        "theme": theme(),
        "next_theme": THEMES[(THEMES.index(theme()) + 1) % len(THEMES)],
        "here": here(),
        "read_at": g.begun_at,
    }


def theme() -> str:
    chosen_theme = session.get("theme")
    return chosen_theme if chosen_theme in THEMES else "auto"


def new_key() -> str:
    """For the hidden field of a form: however often the form is sent, its command is done once."""
    return str(ULID()).lower()


def here() -> str:
    """Where a user is, to come back to after a detour such as a change of language."""
    if request.method != "GET":
        return local_path(_form_here()) or url_for("entrance.home")
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return f"{request.path}?{urlencode(arguments)}" if arguments else request.path


def _form_here() -> str | None:
    """A form that is too large is not read at all, not even to say so."""
    try:
        return request.form.get("here")
    except RequestEntityTooLarge:
        return None


def local_path(text: str | None) -> str | None:
    """A path of our own, or None: nobody is sent elsewhere by a prepared link."""
    inside = text is not None and text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if inside and text is not None and text.isprintable() else None


def own_name(identity: Identity) -> str:
    """How a person who may sign in is called, in the user's language."""
    return identity.name if chosen() == "zh_CN" else identity.name_en or identity.name


def share(bps: int) -> str:
    """6,000 basis points → 60%; 3,333 → 33.33%."""
    return f"{Decimal(bps) / 100:f}%"


def points(milli: int) -> str:
    """1,500 thousandths → 1.500; a minus sign is a real one."""
    return f"{Decimal(milli) / 1000:,.3f}".replace("-", "\N{MINUS SIGN}")


def money(minor: int) -> str:
    return str(format_currency(Decimal(minor) / 100, "CNY"))


MOST_MINOR = 10**15


def minor_of(yuan: str | None) -> int:
    """``12,500.50`` yuan → 1,250,050 分; nothing is nothing. Raises ``ValueError`` for what is no such amount."""
    told = (yuan or "0").strip().replace(",", "").replace("\N{FULLWIDTH COMMA}", "") or "0"
    try:
        minor = Decimal(told) * 100
    except ArithmeticError:
        raise ValueError(yuan) from None
    if not minor.is_finite() or not 0 <= minor <= MOST_MINOR or minor != minor.to_integral_value():
        raise ValueError(yuan)
    return int(minor)


def day(iso: str) -> str:
    return str(format_date(date.fromisoformat(iso), "medium"))


def moment(iso: str) -> str:
    """With its offset: a statement is read in more than one place."""
    return str(format_datetime(datetime.fromisoformat(iso), "yyyy-MM-dd HH:mm:ss ZZZZ"))
