"""What sheet and notice are made of, before it is HTML: headings with paragraphs and lists."""

from typing import NamedTuple

from gateway.notice.facts import Facts, SensorFacts
from gateway.notice.spans import size
from gateway.notice.words import Words

Block = str | list[str]
"""A paragraph, or a list of points."""


class Subsection(NamedTuple):
    """Blocks below a heading of their own: one sensor."""

    heading: str
    blocks: list[Block]


class Section(NamedTuple):
    """One heading of the page."""

    heading: str
    blocks: list[Block]
    subsections: tuple[Subsection, ...] = ()


class Document(NamedTuple):
    """A whole page, in one language."""

    language: str
    title: str
    intro: list[Block]
    sections: list[Section]
    footer: str


def controller(facts: Facts, words: Words) -> list[str]:
    """Name and address, and how to ask."""
    one = facts.controller
    phone = [words.phone.format(phone=one.phone)] if one.phone else []
    return [one.name or "", one.address or "", one.email or "", *phone]


def called(sensor: SensorFacts) -> str:
    """What a sensor is, with its name where that is told."""
    return f"{sensor.what} ({sensor.driver})" if sensor.what else sensor.driver


def foreign(facts: Facts, words: Words) -> list[str]:
    """A sentence for each driver of another package."""
    drivers = dict.fromkeys(sensor.driver for sensor in facts.foreign)
    return [words.foreign.format(driver=driver) for driver in drivers]


def not_seen(facts: Facts, words: Words) -> list[Block]:
    """What no driver of ours can do; of other drivers nothing is promised."""
    if not facts.foreign:
        return [words.nothing_else]
    ours = [words.ours] if len(facts.foreign) < len(facts.sensors) else []
    return [*ours, *foreign(facts, words)]


def kept(facts: Facts, words: Words) -> list[Block]:
    """How long the node keeps readings, and then the recipients."""
    told = [_kept_delivered(facts, words)] if facts.sent.uplinks else []
    if facts.kept.at_most_s is None:
        rest = words.kept_unsent if facts.sent.is_only_radio else words.kept_undelivered
        told += [rest] if facts.sent.uplinks else []
    else:
        told.append(words.kept_at_most.format(after=words.after(facts.kept.at_most_s)))
    told.append(words.kept_until_full.format(size=size(facts.kept.at_most_bytes)))
    timed = bool(facts.kept.delivered_s) or facts.kept.at_most_s is not None
    told += [words.kept_running] if timed else []
    there = [words.retention.format(retention=facts.retention)] if facts.retention else []
    return [" ".join(told), *there]


def _kept_delivered(facts: Facts, words: Words) -> str:
    sent = facts.sent.is_only_radio
    if not facts.kept.delivered_s:
        return words.kept_until_sent if sent else words.kept_until_delivered
    told = words.kept_sent if sent else words.kept_delivered
    return told.format(after=words.after(facts.kept.delivered_s))


def people(facts: Facts, words: Words) -> list[Block]:
    """How coarse it is what tells of people, and what becomes of small counts."""
    own = facts.people
    if own is None:
        return []
    window: list[Block] = [words.window.format(every=words.every(own.window_s))]
    told = [words.small_counts[one].format(small_below=own.small_below) for one in own.small_counts]
    return [*window, *told] if len(told) < 2 else [*window, words.by_recipient, told]


def complaint(facts: Facts, words: Words) -> list[Block]:
    """Where to go, if the keeper has said it."""
    where = facts.supervisory_authority
    return [words.complaint, *([words.complaint_at.format(authority=where)] if where else [])]


def more(facts: Facts, words: Words) -> list[Section]:
    """Only where there is more."""
    return [Section(words.headings.more, [facts.url])] if facts.url else []


def footer(facts: Facts, words: Words) -> str:
    """Which node it is about, and what has made it."""
    return words.footer.format(node=facts.node, version=facts.version)
