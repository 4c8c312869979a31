"""The notice at the door: what the sheet says, in few words."""

from gateway.notice.facts import Facts, SensorFacts
from gateway.notice.language import WORDS
from gateway.notice.sections import (
    Block,
    Document,
    Section,
    controller,
    footer,
    kept,
    more,
    not_seen,
    people,
)

_DETAILS = {"blind_time", "total_in", "total_out"}
"""What the sheet tells, and nobody need know at the door."""


def plain(facts: Facts) -> Document:
    """What everybody who walks by may know."""
    words = WORDS[facts.language]
    headings = words.headings
    nobody = [] if facts.foreign else [words.plain_anonymous]
    sections = [
        Section(headings.measured, [_measured(facts), *people(facts, words)]),
        Section(headings.not_seen, [*not_seen(facts, words), *nobody]),
        Section(headings.purpose, [facts.purpose]),
        Section(headings.recipients, _recipients(facts, words.nothing_sent)),
        Section(headings.kept, kept(facts, words)),
        Section(headings.rights, [words.plain_rights]),
        Section(headings.controller, [", ".join(controller(facts, words))]),
        Section(headings.officer, [facts.data_protection_officer]),
        *more(facts, words),
    ]
    intro: list[Block] = [words.at_place.format(place=facts.place)]
    return Document(facts.language, headings.plain, intro, sections, footer(facts, words))


def _measured(facts: Facts) -> list[str]:
    """A point for each kind of part and what it measures, whatever number there is of it."""
    found = (
        ": ".join(filter(None, (one.what or one.driver, _measures(one)))) for one in facts.sensors
    )
    return list(dict.fromkeys(found))


def _measures(sensor: SensorFacts) -> str:
    return ", ".join(one.words for one in sensor.measures if one.quantity not in _DETAILS)


def _recipients(facts: Facts, nothing_sent: str) -> list[Block]:
    there: list[Block] = [facts.recipients] if facts.recipients else []
    return there if facts.sent.uplinks else [*there, nothing_sent]
