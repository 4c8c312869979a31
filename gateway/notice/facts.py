"""What a notice tells, in one language: taken from the configuration and from the registry."""

from collections.abc import Sequence

from msgspec import Struct

from drivers import registry
from drivers.quantities import QUANTITIES, Quantity
from gateway import __version__
from gateway.config import (
    Config,
    Controller,
    Language,
    Sensor,
    SmallCounts,
    is_about_people,
    mqtt_uplinks,
)
from gateway.notice.language import WORDS
from gateway.notice.words import Words


class Measure(Struct, frozen=True):
    """One quantity; `words` is what citizens call it."""

    quantity: str
    words: str


class SensorFacts(Struct, frozen=True):
    """One sensor. `known`: its driver is one of ours; of another its maker must tell."""

    name: str
    driver: str
    known: bool
    people: bool
    what: str
    limits: str
    interval_s: float
    averaged: bool
    measures: list[Measure]


class Kept(Struct, frozen=True):
    """How long readings stay on the node, in time that it was running; None = no limit in time."""

    delivered_s: float | None
    at_most_s: float | None
    at_most_bytes: int


class Sent(Struct, frozen=True):
    """Whether readings leave the node, how many ways are a radio, whether each is encrypted.

    No addresses.
    """

    uplinks: int
    encrypted: bool
    radio: int

    @property
    def is_only_radio(self) -> bool:
        """Nobody confirms each reading then: what was sent counts as delivered."""
        return self.radio == self.uplinks > 0


class People(Struct, frozen=True):
    """How coarse all is that tells of people, and the ways in which small counts are told."""

    window_s: float
    small_below: int
    small_counts: list[SmallCounts]


class Facts(Struct, frozen=True):
    """All of it; see docs/cli.md."""

    language: Language
    version: str
    node: str
    place: str
    controller: Controller
    data_protection_officer: str
    purpose: str
    legal_basis: str
    recipients: list[str]
    transfer: str | None
    retention: str | None
    supervisory_authority: str | None
    url: str | None
    sensors: list[SensorFacts]
    kept: Kept
    sent: Sent
    people: People | None
    """None: nothing here tells of people."""

    @property
    def foreign(self) -> list[SensorFacts]:
        """Sensors of which only their makers can tell."""
        return [sensor for sensor in self.sensors if not sensor.known]


def facts(config: Config, language: Language) -> Facts:
    """Of a configuration without holes (gateway/config/filled.py)."""
    notice, node = config.notice, config.node
    return Facts(
        language=language,
        version=__version__,
        node=f"{node.municipality}/{node.name}",
        place=node.place.description or "",
        controller=notice.controller,
        data_protection_officer=notice.data_protection_officer or "",
        purpose=notice.purpose.of(language) or "",
        legal_basis=notice.legal_basis.of(language) or "",
        recipients=[one.of(language) or "" for one in notice.recipients],
        transfer=notice.transfer.of(language),
        retention=notice.retention.of(language),
        supervisory_authority=notice.supervisory_authority,
        url=notice.url,
        sensors=[_sensor(sensor, language) for sensor in config.sensors],
        kept=_kept(config),
        sent=_sent(config),
        people=_people(config),
    )


def _sensor(sensor: Sensor, language: Language) -> SensorFacts:
    words, measured = WORDS[language], _quantities(sensor)
    known = sensor.driver in registry.BUILT_IN
    people = any(one.about_people for one in measured)
    what, limits = _plain(sensor, words, general=known and not people)
    return SensorFacts(
        name=sensor.name,
        driver=sensor.driver,
        known=known,
        people=people,
        what=what,
        limits=limits,
        interval_s=sensor.interval_s,
        averaged=sensor.average is not None,
        measures=[Measure(one.name, words.quantities.get(one.name, one.name)) for one in measured],
    )


def _plain(sensor: Sensor, words: Words, general: bool) -> tuple[str, str]:
    """What it is, and what it cannot see; empty where nobody has told."""
    own = sensor.part.plain.get(words.language)
    if own is not None:
        return own.what, own.limits
    if general:
        return words.air_sensor, words.air_limits
    return "", sensor.part.limits if words.language == "en" else ""


def _quantities(sensor: Sensor) -> list[Quantity]:
    """What its driver says that it measures, and the running totals of that."""
    channels: Sequence[Quantity] = getattr(sensor.part.driver, "channels", ())
    return [*channels, *(QUANTITIES[one.total] for one in channels if one.total is not None)]


def _people(config: Config) -> People | None:
    if not any(is_about_people(sensor.part) for sensor in config.sensors):
        return None
    modes = dict.fromkeys(uplink.small_counts for uplink in config.uplinks)
    return People(config.privacy.window, config.privacy.small_below, list(modes))


def _sent(config: Config) -> Sent:
    brokers = mqtt_uplinks(config)
    every = len(config.uplinks)
    return Sent(every, all(uplink.tls for uplink in config.uplinks), every - len(brokers))


def _kept(config: Config) -> Kept:
    """What is older than `max_age` goes in any case; without an uplink nothing is delivered."""
    buffer = config.buffer
    at_most = buffer.max_age
    delivered = buffer.hold_back if at_most is None else min(buffer.hold_back, at_most)
    return Kept(delivered if config.uplinks else None, at_most, buffer.max_size)
