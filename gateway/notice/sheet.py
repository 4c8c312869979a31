"""The full sheet, in the order of Art. 13 GDPR."""

from gateway.notice.facts import Facts, SensorFacts
from gateway.notice.language import WORDS
from gateway.notice.sections import (
    Block,
    Document,
    Section,
    Subsection,
    called,
    complaint,
    controller,
    footer,
    kept,
    more,
    not_seen,
    people,
)
from gateway.notice.words import Words


def sheet(facts: Facts) -> Document:
    """What a citizen may know who asks."""
    words = WORDS[facts.language]
    headings = words.headings
    sensors = tuple(_sensor(sensor, words) for sensor in facts.sensors)
    sections = [
        Section(headings.controller, [*controller(facts, words)]),
        Section(headings.officer, [facts.data_protection_officer]),
        Section(headings.measured, [*_only_these(facts, words), *people(facts, words)], sensors),
        Section(headings.not_seen, [*not_seen(facts, words), words.no_decisions]),
        Section(
            headings.purpose, [facts.purpose, words.legal_basis.format(basis=facts.legal_basis)]
        ),
        Section(headings.recipients, _recipients(facts, words)),
        Section(headings.kept, kept(facts, words)),
        Section(headings.rights, _rights(facts, words)),
        Section(headings.complaint, complaint(facts, words)),
        *more(facts, words),
    ]
    intro: list[Block] = [words.at_place.format(place=facts.place)]
    return Document(facts.language, headings.sheet, intro, sections, footer(facts, words))


def _only_these(facts: Facts, words: Words) -> list[Block]:
    """Where a driver does not say what it measures, nothing can be said of all."""
    return [words.only_these] if all(sensor.measures for sensor in facts.sensors) else []


def _sensor(sensor: SensorFacts, words: Words) -> Subsection:
    heading = f"{sensor.name}: {called(sensor)}"
    blocks: list[Block] = []
    if sensor.measures:
        blocks.append(words.measures.format(every=words.every(sensor.interval_s)))
        blocks.append([one.words for one in sensor.measures])
    if sensor.averaged:
        blocks.append(words.averaged)
    if not sensor.known:
        blocks.append(words.foreign.format(driver=sensor.driver))
    if sensor.limits:
        told = words.limits if sensor.known else words.author_says
        blocks.append(told.format(limits=sensor.limits))
    return Subsection(heading, blocks)


def _recipients(facts: Facts, words: Words) -> list[Block]:
    there: list[Block] = [facts.recipients] if facts.recipients else []
    there += _ways(facts, words)
    if facts.transfer:
        there.append(words.transfer.format(transfer=facts.transfer))
    return there


def _ways(facts: Facts, words: Words) -> list[Block]:
    sent = facts.sent
    if not sent.uplinks:
        return [words.nothing_sent]
    if sent.is_only_radio:
        return [words.also_how_it_is, words.by_radio]
    way = words.encrypted if sent.encrypted else words.not_encrypted
    return [words.also_about_node, way, *([words.by_radio] if sent.radio else [])]


def _rights(facts: Facts, words: Words) -> list[Block]:
    """What Art. 11 says of readings is said of ours only."""
    if not facts.foreign:
        anonymous: list[Block] = [words.anonymous, words.identify]
    elif len(facts.foreign) < len(facts.sensors):
        anonymous = [words.anonymous_ours]
    else:
        anonymous = []
    return [list(words.rights), words.rights_controller, *anonymous]
