"""Words of notices: each language says all that the other says, in whole texts."""

import string
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from drivers import registry
from drivers.quantities import QUANTITIES
from gateway.notice.language import WORDS, of_locale
from gateway.notice.spans import largest, size

languages = pytest.mark.parametrize("language", ["de", "en"])


def texts(words: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Each text by its place."""
    if isinstance(words, str):
        yield place, words
    elif is_dataclass(words):
        for field in fields(words):
            yield from texts(getattr(words, field.name), f"{place}.{field.name}")
    elif isinstance(words, tuple):
        for index, one in enumerate(words):
            yield from texts(one, f"{place}[{index}]")
    elif isinstance(words, dict):
        for name, one in words.items():
            yield from texts(one, f"{place}.{name}")


def filled_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_languages_have_the_same_places_and_fill_in_the_same() -> None:
    german, english = (dict(texts(WORDS[language])) for language in ("de", "en"))
    assert german.keys() == english.keys()
    assert len(german) > 60
    for place, text in german.items():
        assert text.strip() == text != ""
        assert filled_in(text) == filled_in(english[place]), place


def test_both_name_the_same_articles() -> None:
    def articles(language: Any) -> list[str]:
        words = WORDS[language]
        return [text.partition("Art. ")[2].split()[0] for text in words.rights]

    assert articles("de") == articles("en") == [str(number) for number in range(15, 22)]
    assert all("Art. 77" in WORDS[language].complaint for language in WORDS)


def test_no_english_is_left_in_the_german_one() -> None:
    same = {p for p, text in texts(WORDS["de"]) if text == dict(texts(WORDS["en"]))[p]}
    assert same == {".quantities.temperature"} & same


@languages
def test_each_quantity_has_words(language: Any) -> None:
    assert list(WORDS[language].quantities) == list(QUANTITIES)


@pytest.mark.parametrize("name", sorted(registry.BUILT_IN))
def test_each_part_that_notices_people_is_told_in_plain_words(name: str) -> None:
    """What is said of all others would not be true of it."""
    part = registry.part(name)
    channels: Any = getattr(part.driver, "channels", None)
    people = any(one.about_people for one in channels)
    assert set(part.plain) == (set(WORDS) if people else set())
    for plain in part.plain.values():
        assert plain.what
        assert plain.limits.endswith(".")
        assert "`" not in plain.limits


@pytest.mark.parametrize(
    ("seconds", "german", "english"),
    [
        (0, "so oft wie möglich", "as often as it can"),
        (0.5, "alle 0,5 Sekunden", "every 0.5 seconds"),
        (1, "jede Sekunde", "every second"),
        (60, "jede Minute", "every minute"),
        (90, "alle 90 Sekunden", "every 90 seconds"),
        (900, "alle 15 Minuten", "every 15 minutes"),
        (3600, "jede Stunde", "every hour"),
        (86_400, "jeden Tag", "every day"),
    ],
)
def test_intervals(seconds: float, german: str, english: str) -> None:
    assert [WORDS[language].every(seconds) for language in WORDS] == [german, english]


@pytest.mark.parametrize(
    ("seconds", "german", "english"),
    [
        (0.5, "0,5 Sekunden nach", "0.5 seconds after"),
        (86_400, "1 Tag nach", "1 day after"),
        (14 * 86_400, "14 Tage nach", "14 days after"),
        (36 * 3600, "36 Stunden nach", "36 hours after"),
    ],
)
def test_ages(seconds: float, german: str, english: str) -> None:
    expected = [f"{german} der Messung", f"{english} the measurement"]
    assert [WORDS[language].after(seconds) for language in WORDS] == expected


def test_spans_and_sizes() -> None:
    assert largest(3661) == ("3661", "second")
    assert [size(n) for n in (512_000_000, 10**9, 1_536_000, 100_100)] == [
        *("512 MB", "1 GB", "1536 kB", "100 kB")
    ]


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "de_AT@euro"}, "de"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "den_CA"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "de_DE.UTF-8", "LC_ALL": ""}, "de"),
    ],
)
def test_the_language_of_a_locale(environment: dict[str, str], language: str) -> None:
    assert of_locale(environment) == language
