"""The words of a notice: one type for all languages, so that each says all that another says.

What stands in braces is filled in from the facts. Every text is escaped when it becomes HTML, none
holds markup.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.config import Language


@dataclass(frozen=True, slots=True)
class Headings:
    """Titles, and the headings of sections in their order."""

    sheet: str
    plain: str
    controller: str
    officer: str
    measured: str
    not_seen: str
    purpose: str
    recipients: str
    kept: str
    rights: str
    complaint: str
    more: str


@dataclass(frozen=True, slots=True)
class Words:
    """One language. `every` and `after` say seconds: "every ...", "... after the measurement"."""

    language: Language
    headings: Headings
    every: Callable[[float], str]
    after: Callable[[float], str]
    quantities: Mapping[str, str]
    air_sensor: str
    air_limits: str

    at_place: str
    phone: str
    measures: str
    averaged: str
    limits: str
    foreign: str
    author_says: str
    only_these: str
    nothing_else: str
    ours: str
    no_decisions: str
    legal_basis: str

    window: str
    small_counts: Mapping[str, str]
    by_recipient: str

    nothing_sent: str
    also_about_node: str
    also_how_it_is: str
    encrypted: str
    not_encrypted: str
    by_radio: str
    transfer: str

    kept_delivered: str
    kept_until_delivered: str
    kept_undelivered: str
    kept_sent: str
    kept_until_sent: str
    kept_unsent: str
    kept_at_most: str
    kept_until_full: str
    kept_running: str
    retention: str

    rights_controller: str
    anonymous: str
    anonymous_ours: str
    identify: str
    rights: tuple[str, ...]
    complaint: str
    complaint_at: str
    plain_rights: str
    plain_anonymous: str
    footer: str
