"""A real log of a house with a door, a motion sensor and a thermometer, quarter by quarter."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

from drivers.contract import Sample
from gateway.buffer import Log
from gateway.config import SmallCounts
from gateway.encoding import native
from gateway.model import Entry, Reading, StoredReading
from gateway.privacy import Protection
from tests.gateway.buffer.logs import open_log
from tests.gateway.privacy.windows import BERLIN, QUARTER_NS, WINTER_NS
from tests.gateway.simulated_clock import SimulatedClock

NODE = "brandis/rathaus-01"
K = 3


class House:
    """`modes`: how each uplink is told small counts; all of them begin with everything."""

    def __init__(
        self, folder: Path, modes: dict[str, SmallCounts], clock: SimulatedClock | None = None
    ) -> None:
        self.folder = folder
        self.modes = modes
        self.clock = clock or SimulatedClock(utc_at_boot_ns=WINTER_NS - 10**9)
        self.dice = Random(7)
        self.truth: dict[str, dict[int, int]] = {"count_in": {}, "count_out": {}, "activations": {}}
        """By local day in which the middle of a window lies."""
        self.log = self.opened()
        self.log.add_anchor(self.clock.anchor())

    def opened(self) -> Log:
        """With protections that know nothing yet."""
        hidden = {
            name: Protection(mode, K, BERLIN.day)
            for name, mode in self.modes.items()
            if mode != "none"
        }
        everything = dict.fromkeys(self.modes, "everything")
        return open_log(self.folder, self.clock, everything, protections=hidden)

    def restart(self) -> None:
        self.log.close()
        self.log = self.opened()

    def run(self, quarters: int, busy: float = 0.2, commit: bool = True) -> None:
        """So many windows, of some of which the sensors fail, between looks at the air."""
        for _ in range(quarters):
            for _ in range(3):
                self.clock.sleep(300)
                air = {"temperature": 20 + self.dice.random()}
                self.log.append(Reading("air", air, self.clock.now_ns()))
            self.door(*(self._people(busy) for _ in range(2)))
            self.motion(self._people(busy))
            if commit:
                self.log.commit()

    def door(self, count_in: int, count_out: int) -> None:
        values: Sample = {
            "count_in": count_in,
            "count_out": count_out,
            "blind_time": 0.5,
            "targets": 1,
        }
        self._append("door", values)

    def motion(self, activations: int) -> None:
        """Without a running total: it goes out before its commit."""
        values: Sample = {
            "motion": 1,
            "activations": activations,
            "occupied_time": 2.5 * activations,
        }
        self._append("hall", values)

    def entries(self, uplink: str, after: int = 0) -> list[Entry]:
        """All that it may take, first from the disk and then from memory."""
        found: list[Entry] = []
        while (taken := self.log.readers.feed(uplink).entries(after, 10**6)).upto > after:
            found += taken.entries
            after = taken.upto
        return found

    def some(self, uplink: str, after: int, limit: int, last: int | None = None) -> list[Entry]:
        return self.log.readers.feed(uplink).entries(after, limit, last).entries

    def _people(self, busy: float) -> int:
        return self.dice.choice([3, 4, 9] if self.dice.random() < busy else [0, 0, 0, 1, 2])

    def _append(self, sensor: str, values: Sample) -> None:
        now_ns = self.clock.now_ns()
        self.log.append(Reading(sensor, values, now_ns, QUARTER_NS))
        for name in self.truth.keys() & values.keys():
            day = BERLIN.day(self.clock.wall_ns - QUARTER_NS // 2)
            self.truth[name][day] = self.truth[name].get(day, 0) + int(values[name] or 0)


def told(entries: Sequence[Entry]) -> list[bytes]:
    """Each as it goes out."""
    return [native.encode(NODE, [entry], hist=False) for entry in entries]


def sums(entries: Sequence[Entry], sensor: str, quantity: str) -> dict[int, int]:
    """What was told of one quantity, by the local day in which its span begins.

    Which is that of the middle of its first window.
    """
    found: dict[int, int] = {}
    for one in entries:
        if isinstance(one, StoredReading) and one.sensor == sensor and quantity in one.names:
            spans = {span.quantity: span.since for span in one.spans}
            since = spans.get(quantity, one.since)
            assert since is not None
            assert since.utc_ns is not None
            day = BERLIN.day(since.utc_ns + QUARTER_NS // 2)
            found[day] = found.get(day, 0) + int(one.values[quantity] or 0)
    return found


def without_last(days: dict[int, int], last: int) -> dict[int, int]:
    """Days that are over; those with nobody need not be told."""
    return {day: n for day, n in days.items() if day < last and n}
