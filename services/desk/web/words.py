"""Flask-Babel's functions with the types that they lack. The extraction of texts knows them by these names."""

from typing import Any

import flask_babel


def text(message: str, **values: Any) -> str:
    """The message in the user's language, with its ``%(name)s`` filled in."""
    return str(flask_babel.gettext(message, **values))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The same of a number: ``%(num)d`` is filled in besides."""
    return str(flask_babel.ngettext(one, many, num, **values))
