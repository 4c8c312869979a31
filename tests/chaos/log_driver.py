"""A process that drives a log as the daemon does, and says in marks what it may say.

    python -m tests.chaos.log_driver '{"path": ..., "run": ..., "boot": ..., "since_s": ...,
                                       "seed": ..., "steps": ..., "max_size": ..., "end": ...}'

Its limits are small, so that in some hundred readings everything happens: full groups, checkpoints
of the write-ahead log, reservations of numbers, pruning, VACUUM, thinning and dropping.
"""

import json
import os
import random
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

import msgspec

from drivers.quantities import Rank
from gateway.buffer import Log, candidates, commits, logfile, readers, reserve, retention, upkeep
from gateway.buffer.entries import entry
from gateway.buffer.passage import Batch
from gateway.buffer.rows import Row
from gateway.config import Buffer
from gateway.model import Note, Reading
from tests.chaos.ledger import Marks, contents
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
SENSORS = ("air", "bell", "door", "gate", "hall")

LIMITS: Sequence[tuple[ModuleType, str, int]] = (
    (commits, "GROUP_LIMIT", 40),
    (readers, "CURSOR_LAG", 30),
    (upkeep, "PRUNE_ROWS", 60),
    (upkeep, "LOOK_S", 2),
    (reserve, "RESERVE", 100),
    (logfile, "CHECKPOINT_PAGES", 60),
    (candidates, "CHUNK_ROWS", 80),
    (candidates, "LOOK_ROWS", 200),
    (retention, "SHRINK_BYTES", 30_000),
)
"""Of the log, in this process; another one that opens the log should have the same."""


class Drive(msgspec.Struct):
    """One life of the process; `end` is "stop" or "kill"."""

    path: str
    run: str
    boot: str
    since_s: int
    seed: int
    steps: int
    max_size: int
    end: str


def open_log(path: Path, run: Path, clock: SimulatedClock, max_size: int, *also: str) -> Log:
    """For the uplink `city`, and others that begin with everything that is there."""
    buffer = Buffer(path=str(path), commit_every=60.0, hold_back=30, reserve=0, max_size=max_size)
    uplinks = dict.fromkeys(("city", *also), "everything")
    return Log(buffer, run, clock, uplinks, {"bell": Rank.ALARM})


def measure(log: Log, clock: SimulatedClock, sensor: str) -> Reading:
    """What that sensor says now."""
    now = clock.now_ns()
    n = now // SECOND
    values: dict[str, dict[str, float | None]] = {
        "air": {"temperature": 20 + n % 97 / 10, "humidity": 40 + n % 31},
        "bell": {"temperature": 60 + n % 7},
        "door": {"count_in": n % 4, "count_out": n % 3},
        "gate": {"count_in": n % 11},
        "hall": {"targets": n % 5},
    }
    span = SECOND if sensor in ("door", "gate") else None
    return log.append(Reading(sensor, values[sensor], now, span))


class Driver:
    """One log, and what its far side has."""

    def __init__(self, drive: Drive) -> None:
        self._random = random.Random(drive.seed)
        self._settling = self._random.choice((2, 14))
        self._marks = Marks()
        self._clock = SimulatedClock(drive.boot)
        self._clock.sleep(drive.since_s)
        self._log = open_log(Path(drive.path), Path(drive.run), self._clock, drive.max_size)
        if self._log.store is None:
            self._log.attach()
        self._city = self._log.reader("city")
        self._under_way: list[Batch] = []
        self._marks.opened()

    def step(self) -> None:
        """One of the things that the threads of a node do."""
        weights = {
            self._measure: 40,
            self._commit: 6,
            self._keep: 10,
            self._take: 20,
            self._settle: self._settling,
            self._note: 3,
            self._anchor: 2,
            self._city.rewind: 1,
            self._rest: 2,
        }
        self._random.choices(list(weights), list(weights.values()))[0]()

    def stop(self) -> None:
        """All is accepted when it returns."""
        pending = list(self._log.window.group.rows)
        self._log.close()
        self._accepted(pending)

    def _measure(self) -> None:
        for _ in range(self._random.randint(1, 12)):
            self._clock.sleep(self._random.choice((1, 1, 5)))
            sensors = SENSORS if self._random.random() < 0.05 else tuple(set(SENSORS) - {"bell"})
            before = self._log.window.last_position
            measure(self._log, self._clock, self._random.choice(sorted(sensors)))
            self._marks.tell("measured", self._told(self._log.window.rows_after(before, 9)))
            if self._log.commit_due() == 0:
                self._commit()

    def _commit(self) -> None:
        pending = list(self._log.window.group.rows)
        self._accepted(pending[: self._log.commit()])

    def _keep(self) -> None:
        """What was pending before, and the record of the step, if it was stored by it."""
        pending, before = list(self._log.window.group.rows), self._log.window.stored_position
        self._log.keep()
        stored = self._log.window.stored_position
        assert self._log.store is not None
        records = self._log.store.chunk(max([before, *(row.position for row in pending)]), stored)
        self._accepted([row for row in pending if row.position <= stored] + records)

    def _take(self) -> None:
        """Some of it, or all that there is, as when the line is good."""
        batches = self._random.choice((1, 99))
        take = self._random.choice((self._city.take, self._city.take_news))
        while batches and (batch := take(self._random.randint(1, 60))) is not None:
            self._marks.tell("out", contents(batch.entries))
            self._under_way.append(batch)
            batches -= 1

    def _settle(self) -> None:
        """In any order."""
        if self._under_way:
            batch = self._under_way.pop(self._random.randrange(len(self._under_way)))
            self._marks.tell("settled", contents(batch.entries))
            self._city.settle(batch)

    def _note(self) -> None:
        now = self._clock.now_ns()
        self._log.note(Note("door", {"count_in": 2.0, "count_out": 1.0}, now - SECOND, now))

    def _anchor(self) -> None:
        self._clock.utc_at_boot_ns = (1_800_000_000 + self._random.randrange(10**6)) * SECOND
        anchor = self._clock.anchor()
        assert anchor is not None
        self._log.add_anchor(anchor)

    def _rest(self) -> None:
        self._clock.sleep(300)

    def _accepted(self, rows: Sequence[Row]) -> None:
        self._marks.tell("accepted", self._told(rows))

    def _told(self, rows: Iterable[Row]) -> dict[tuple[int, int, int], str]:
        window = self._log.window
        return contents(entry(row, window.identities, window.dating) for row in rows)


def main() -> None:
    drive = msgspec.convert(json.loads(sys.argv[1]), Drive)
    for module, name, value in LIMITS:
        setattr(module, name, value)
    driver = Driver(drive)
    for _ in range(drive.steps):
        driver.step()
    if drive.end == "stop":
        driver.stop()
    else:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
