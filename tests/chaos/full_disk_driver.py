"""A process whose log loses its disk again and again, each time at another write.

    python -m tests.chaos.full_disk_driver FOLDER RUN ERROR FIRST STRIDE

It goes through a short life (start, measure, thin, stop, start again, prune) with a log and a
writer as the daemon has them. Behind the FIRST write every change fails with ERROR for some steps;
then the life is lived again on another disk, with the error STRIDE writes later, until a life is
over before it comes. Of each life one line of JSON goes to the standard output, a `Told`.
"""

import mmap
import os
import random
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec

from gateway.buffer.entries import entry
from gateway.buffer.gaps import gap_of
from gateway.model import Gap, Note, Reading, Reason
from gateway.writer import Writer
from tests.chaos.disk import CONTROL
from tests.chaos.ledger import FarSide, Identity, contents
from tests.chaos.log_driver import LIMITS, SECOND, measure, open_log
from tests.gateway.buffer.node import everything
from tests.gateway.simulated_clock import SimulatedClock

LARGE, SMALL = 10_000_000, 30_000
"""Quotas; the log is thinned while it is the small one."""

HELD_STEPS = 7
"""How long the disk is away; a stop or a start is a step."""

ARCHIVE = "observer"
"""An uplink that fetches all there is in the middle and at the end; only then it may be pruned."""


class Told(msgspec.Struct):
    """`late`: what the live uplink had not been given while the disk was away; `unclean` stops."""

    after: int
    came: bool = False
    appended: list[tuple[Identity, str]] = []
    archived: list[tuple[Identity, str]] = []
    late: list[str] = []
    unclean: int = 0
    recovered: bool = False
    early: int = 0
    """Readings that were archived before the record that they are dropped was stored."""
    totals: dict[str, list[int]] = {}
    """What a counter carries at the end, and what it has measured."""


class Fault:
    """disk.c's error, from within the process."""

    def __init__(self) -> None:
        with Path(os.environ["GATEWAY_DISK_FAULT"]).open("r+b") as file:
            self._control = mmap.mmap(file.fileno(), CONTROL.size)

    @property
    def writes(self) -> int:
        return int(CONTROL.unpack_from(self._control)[0])

    def set(self, after: int, error: int) -> None:
        """Writes after which the error sets in; 0 is no error."""
        CONTROL.pack_into(self._control, 0, self.writes, after, error)


class Life:
    """One life on one disk."""

    def __init__(self, path: Path, run: Path, fault: Fault, after: int, error: int) -> None:
        run.mkdir()
        self.told = Told(after)
        self._path, self._run, self._fault = path, run, fault
        self._clock = SimulatedClock()
        self._onset = fault.writes + after
        self._away = 0
        self._healed = False
        fault.set(self._onset, error)
        self._live: dict[Identity, str] = {}
        self._start(LARGE)

    def live(self) -> Told:
        """To its end, when the disk is back."""
        for number in range(20):
            self._step(number)
            if number in (7, 14):
                self._restart(SMALL if number == 7 else LARGE)
            if number == 13:
                self._archive()
        self._heal()
        self._recover()
        self._restart()
        self._step(99)
        self._count()
        self._archive()
        self._log.close()
        return self.told

    def _step(self, number: int) -> None:
        """What the threads of a node do in half a minute or a minute."""
        sensors = ("air", "door", "air", "hall", "air", *["gate"] * (number > 2))
        times, seconds = (5, 2) if number < 7 else (1, 9)
        for sensor in sensors * times:
            self._clock.sleep(seconds)
            self._append(lambda: measure(self._log, self._clock, sensor))  # noqa: B023
        now = self._clock.now_ns()
        if number == 6:
            self._log.note(Note("gate", {"count_in": 0.0}, now - SECOND, now))
        if number == 4:
            self._clock.utc_at_boot_ns = 1_800_000_000 * SECOND
        if anchor := self._clock.anchor():
            self._log.add_anchor(anchor)
        if number == 16:
            gap = Gap(Reason.NOT_MEASURED, "air", None, None, None, (self._clock.boot_id, now))
            self._append(lambda: self._log.append_gap(gap))
        self._write()
        self._deliver()
        self._tick()

    def _append(self, work: Callable[[], Reading | None]) -> None:
        before = self._log.window.last_position
        work()
        window = self._log.window
        rows = window.rows_after(before, 1)
        told = contents(entry(row, window.identities, window.dating) for row in rows)
        self.told.appended += told.items()

    def _write(self) -> None:
        """As the writer's thread: whatever is due."""
        for _ in range(100):
            wait = self._writer.commit_once()
            if wait is None or wait > 0:
                return
        raise AssertionError("the writer goes round in circles")

    def _deliver(self) -> None:
        city = self._log.reader("city")
        while batch := city.take(50):
            self._live |= contents(batch.entries)
            city.settle(batch)
        if self._log.refused is None:  # running totals wait for their commit
            return
        far_side = FarSide(self._live)
        late = [one for one in self.told.appended if not far_side.has_all_of(*one)]
        self.told.late += [f"{one} at {self._clock.now_ns()}" for one in late]

    def _tick(self) -> None:
        if self._fault.writes >= self._onset and not self._healed:
            self.told.came = True
            self._away += 1
            if self._away > HELD_STEPS:
                self._heal()

    def _heal(self) -> None:
        self._healed = True
        self._fault.set(0, 0)

    def _start(self, max_size: int) -> None:
        self._log = open_log(self._path, self._run, self._clock, max_size, ARCHIVE)
        self._writer = Writer(self._log, self._clock)

    def _restart(self, max_size: int = LARGE) -> None:
        self._log.close()
        self.told.unclean += (self._run / "journal").exists()
        self._tick()
        self._clock.sleep(3)
        self._start(max_size)
        self._tick()

    def _archive(self) -> None:
        """It fetches everything, and has it."""
        waiting = map(gap_of, (row for row in self._log.window.group.rows if row.layout.gap))
        self.told.early += sum(gap.n or 0 for gap in waiting if gap.reason is Reason.DROPPED)
        self.told.archived += contents(everything(self._log, ARCHIVE)).items()
        reader = self._log.reader(ARCHIVE)
        reader.rewind()
        while batch := reader.take(1000):
            reader.settle(batch)

    def _recover(self) -> None:
        """By itself, within the longest back-off and a commit."""
        for _ in range(20):
            self._clock.sleep(31)
            self._write()
            self.told.recovered = self._log.store is not None and not self._log.pending
            if self.told.recovered:
                return

    def _count(self) -> None:
        for sensor, names in (("door", ("in", "out")), ("gate", ("in",))):
            self._append(lambda: measure(self._log, self._clock, sensor))  # noqa: B023
            newest = self.told.appended[-1][1]
            for name in names:
                amounts = [_value(told, sensor, f"count_{name}") for _, told in self.told.appended]
                total = _value(newest, sensor, f"total_{name}")
                self.told.totals[f"{sensor} {name}"] = [int(total), int(sum(amounts))]


def _value(told: str, sensor: str, name: str) -> float:
    of, names, packed, *_ = msgspec.json.decode(told)
    if of != sensor or name not in names:
        return 0
    return float(packed.split(",")[names.index(name)])


def main() -> None:
    folder, run, error, first, stride = sys.argv[1:]
    for module, name, value in LIMITS:
        setattr(module, name, value)
    fault = Fault()
    for after in count(int(first), int(stride)):
        random.seed(after)  # of the back-off
        place = Path(folder) / str(after) / "log.db"
        told = Life(place, Path(run) / str(after), fault, after, int(error)).live()
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        sys.stdout.flush()
        if not told.came:
            return


if __name__ == "__main__":
    main()
