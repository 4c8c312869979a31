"""Presence by what an LD2410 reports; the part speaks unasked, after the dialogue at `open`.

Its own settings (gates, thresholds, the seconds for which it stays after the last detection) lie in
its flash and are not written: the vendor's app sets them.
"""

from typing import Annotated, ClassVar

import msgspec

from drivers.bus.ports import Serial
from drivers.contract import Sample
from drivers.people.hilink_dialogue import Dialogue
from drivers.people.hilink_driver import GIVE_UP_NS, HilinkDriver
from drivers.people.ld2410 import codec
from drivers.people.presence import Presence
from drivers.quantities import ACTIVATIONS, BLIND_TIME, MOTION, OCCUPIED_TIME, Quantity

_HOLDS_NS = 500_000_000


class Ld2410Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is farther than `within_cm` is nobody; by itself the part sees up to 6 m."""

    within_cm: Annotated[int, msgspec.Meta(ge=50, le=600)] = 600


class Ld2410(HilinkDriver[codec.Report]):
    """Motion now (1 or 0), and since construction activations, occupied and blind time.

    `motion` is somebody who moves; who is still occupies the place too. An activation is a free
    place that becomes occupied. Blind is silence beyond 0.5 s; then `motion` is None.
    """

    channels: ClassVar[tuple[Quantity, ...]] = (MOTION, ACTIVATIONS, OCCUPIED_TIME, BLIND_TIME)

    def __init__(self, bus: Serial, config: Ld2410Config) -> None:
        super().__init__(bus, codec.Parser())
        self._config = config
        self._presence = Presence(bus.time.now_ns(), _HOLDS_NS)
        self._moves = False

    def open(self) -> None:
        self._parser = codec.Parser()
        self._bus.open(codec.BAUDRATE)
        Dialogue(self._bus, codec.Parser(), "ld2410").hold([codec.FIRMWARE])
        self._heard_ns = self._bus.time.now_ns()
        self._garbage = 0

    def read(self) -> Sample:
        self.poll()
        now_ns = self._bus.time.now_ns()
        if now_ns - self._heard_ns > GIVE_UP_NS:
            raise self._no_report(now_ns - self._heard_ns)
        self._presence.settle(now_ns)
        return {
            "motion": None if self._presence.state is None else int(self._moves),
            "activations": self._presence.activations,
            "occupied_time": self._presence.occupied_ns / 1e9,
            "blind_time": self._presence.blind_ns / 1e9,
        }

    def _hear(self, report: codec.Report, at_ns: int) -> None:
        self._moves = self._counts(report.moving)
        self._presence.see(self._moves or self._counts(report.still), at_ns)

    def _counts(self, seen: codec.Seen | None) -> bool:
        return seen is not None and seen.distance <= self._config.within_cm
