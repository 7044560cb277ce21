"""Which language a page speaks, and its catalogue.

English stands in the code; the files ``translations/zh_CN/…/*.po`` are the only other source, ``messages.po`` for what
several screens say, and one more a screen. They are compiled in memory, in a moment, when the process starts: no build
step, and no compiled file that could be stale.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, Domain

SOURCE = Path(__file__).parent / "translations"
LANGUAGES = {"zh_CN": "中文", "en": "English"}
TAGS = {"zh_CN": "zh-CN", "en": "en"}
TIMEZONE = "Asia/Shanghai"


class Words(Domain):  # type: ignore[misc] # Flask-Babel has no types
    """The catalogues of this process, by language."""

    def __init__(self) -> None:
        super().__init__()
        self._catalogues: Mapping[str, NullTranslations] = {
            language: _catalogue(SOURCE / language / "LC_MESSAGES") for language in LANGUAGES
        }

    def get_translations(self) -> NullTranslations:
        return self._catalogues[chosen()]


def _catalogue(directory: Path) -> NullTranslations:
    """The words of a language; those of the code where it has no file."""
    words: NullTranslations = NullTranslations()
    for po in sorted(directory.glob("*.po")):
        compiled = BytesIO()
        with po.open("rb") as source:
            write_mo(compiled, read_po(source))
        compiled.seek(0)
        words = words.merge(Translations(compiled)) if isinstance(words, Translations) else Translations(compiled)
    return words


def speak(app: Flask) -> None:
    """Make the application speak both languages, and show times where the bank is."""
    babel = Babel(app, default_locale="en", default_timezone=TIMEZONE, locale_selector=chosen)
    babel.domain_instance = Words()


def chosen() -> str:
    """What the user chose; else what the browser asks for; else Chinese."""
    spoken = session.get("language")
    if spoken in LANGUAGES:
        return str(spoken)
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"], default="zh")
    return "en" if best == "en" else "zh_CN"
