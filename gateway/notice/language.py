"""The languages of notices."""

from collections.abc import Mapping

from gateway.config import Language
from gateway.notice.english import ENGLISH
from gateway.notice.german import GERMAN
from gateway.notice.words import Words

WORDS: Mapping[Language, Words] = {"de": GERMAN, "en": ENGLISH}


def of_locale(environment: Mapping[str, str]) -> Language:
    """German where the locale says so, by the order of POSIX (XBD 8.2), else English."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "de" if locale.partition(".")[0].partition("_")[0].lower() == "de" else "en"
