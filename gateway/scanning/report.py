"""The document behind `gateway scan --json`; see docs/cli.md. Fields may be added."""

from enum import StrEnum

import msgspec

from drivers.probe import Sureness
from gateway.model import Finding


class Verdict(StrEnum):
    """What a scan says of a sensor that is configured."""

    THERE = "there"
    NOT_THERE = "not_there"
    ANOTHER_PART = "another_part"
    CANNOT_TELL = "cannot_tell"


class PartSeen(msgspec.Struct, frozen=True):
    """Something that answers. `part` is null where nobody knows it, `driver` where there is none.

    `also` are parts that it cannot be told apart from; `sensor` is as what it is configured.
    """

    place: str
    part: str | None
    also: list[str]
    driver: str | None
    sureness: Sureness | None
    evidence: str
    sensor: str | None


class BusSeen(msgspec.Struct, frozen=True):
    """One bus; `problem`: why it could not be looked at to its end, null if it could."""

    name: str
    type: str
    device: str | None
    simulated: bool
    problem: str | None
    parts: list[PartSeen]


class SensorSeen(msgspec.Struct, frozen=True):
    """One sensor of the configuration, and what was seen at its place."""

    name: str
    driver: str
    bus: str
    verdict: Verdict
    evidence: str


class ScanReport(msgspec.Struct, frozen=True):
    """The whole document. `snippet` is YAML to paste, "" if there is nothing to add."""

    version: str
    buses: list[BusSeen]
    sensors: list[SensorSeen]
    findings: list[Finding]
    snippet: str
