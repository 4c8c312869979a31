"""Findings about the values of one sensor: suspect ones, and calibrations that are due.

Theory: a value may be suspect for a moment without anybody having to act. A finding comes when each
value of a quantity has been suspect for PATIENCE, by what a person can cure: its range, a
standstill, a disagreement. The first value that is not takes it away. A calibration is due from a
date on, so only once UTC is known.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

from drivers.quantities import Kind, Quantity
from gateway.clock import Clock
from gateway.conditioning import Suspicion
from gateway.config.conditioning import Calibration
from gateway.errors import GatewayError
from gateway.model import Finding, Flag
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

PATIENCE_NS = 300_000_000_000
CURABLE = Flag.RANGE | Flag.STUCK | Flag.DISAGREES


class SuspectValue(GatewayError):
    """What is wrong with the values of a quantity."""


class Suspects:
    """The gauges of one sensor, each with what is suspect about it."""

    def __init__(self, sensor: str, channels: Sequence[Quantity], clock: Clock) -> None:
        self._since_ns: dict[str, int] = {}
        self._troubles = {
            one.name: Trouble(f"sensor {sensor}", f"has suspect {one.name}", clock, logger)
            for one in channels
            if one.kind is Kind.GAUGE
        }

    def look(self, suspicions: Mapping[str, Sequence[Suspicion]], up_ns: int) -> None:
        """At those of one sample, of each quantity that it had a value of."""
        if not self._since_ns and not any(suspicions.values()):
            return  # as mostly
        for name, found in suspicions.items():
            curable = found and [one for one in found if one.flag & CURABLE]
            if not curable:
                if self._since_ns.pop(name, None) is not None:
                    self._troubles[name].went()
            elif up_ns - self._since_ns.setdefault(name, up_ns) >= PATIENCE_NS:
                evidence = "; ".join(one.evidence for one in curable)
                self._troubles[name].came(SuspectValue(evidence), curable[0].cure)

    def findings(self) -> list[Finding]:
        """One for each quantity that has been suspect for long."""
        found = [trouble.finding for trouble in self._troubles.values()]
        return [finding for finding in found if finding is not None]


def due(
    sensor: str, calibrations: Sequence[Calibration], utc_ns: int | None, now_ns: int
) -> Iterator[Finding]:
    """Calibrations that are due again at that UTC, which is `now_ns` since boot."""
    for one in calibrations:
        if utc_ns is None or one.until is None or utc_ns < _begins_ns(one.until):
            continue
        since_ns = now_ns - (utc_ns - _begins_ns(one.until))
        evidence = f"{one.id} of {one.quantity} is of {one.on}, good until {one.until}"
        cure = f"compare it again and put the new calibration, with a new id, in place of {one.id}"
        yield Finding(f"sensor {sensor}", "calibration is due", since_ns, evidence, cure)


def _begins_ns(day: date) -> int:
    """UTC of its midnight."""
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 10**9
