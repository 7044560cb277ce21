"""Which language a page speaks, and its catalogue.

English stands in the code; ``translations/zh_CN/…/messages.po`` is the only other source. It is compiled when the
process starts, in a moment and into a temporary directory: no build step, and no compiled file that could be stale.
"""

import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, request, session
from flask_babel import Babel

SOURCE = Path(__file__).parent / "translations"
LANGUAGES = {"zh_CN": "中文", "en": "English"}
TAGS = {"zh_CN": "zh-CN", "en": "en"}
TIMEZONE = "Asia/Shanghai"


def speak(app: Flask) -> None:
    """Make the application speak both languages, and show times where the bank is."""
    compiled = tempfile.TemporaryDirectory(prefix="liandong-desk-")
    app.extensions["translations"] = compiled  # removed with the application
    for source in SOURCE.glob("*/LC_MESSAGES/messages.po"):
        target = Path(compiled.name) / source.relative_to(SOURCE).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        with source.open("rb") as po, target.open("wb") as mo:
            write_mo(mo, read_po(po))
    Babel(
        app,
        default_locale="en",
        default_translation_directories=compiled.name,
        default_timezone=TIMEZONE,
        locale_selector=chosen,
    )


def chosen() -> str:
    """What the user chose; else what the browser asks for; else Chinese."""
    spoken = session.get("language")
    if spoken in LANGUAGES:
        return str(spoken)
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    return "en" if best == "en" else "zh_CN"
