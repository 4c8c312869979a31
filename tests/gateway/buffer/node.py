"""A node whose log is opened, closed, killed and cut off from its power."""

from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway.buffer import Log
from gateway.errors import StoreError
from gateway.model import Entry, Gap, Reading, StoredGap, StoredReading
from tests.gateway.buffer.logs import open_log
from tests.gateway.simulated_clock import SimulatedClock


class Node:
    """The disk and the memory of a node; `clock` is that of its present boot."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state" / "log.db"
        self.run = folder / "run"
        self.run.mkdir()
        self.journal = self.run / "journal"
        self.clock = SimulatedClock()
        self._boots = 1
        self._opened: list[Log] = []

    def start(self, counts: Container[str] = (), **options: Any) -> Log:
        """Open the log, for one uplink unless others are named; these sensors go on counting."""
        self._opened.append(open_log(self.path.parent, self.clock, run=self.run, **options))
        self._opened[-1].carry_notes(others_than=counts)
        return self._opened[-1]

    @property
    def opened(self) -> Log:
        """The log that was opened last."""
        return self._opened[-1]

    def kill(self) -> None:
        """SIGKILL: nothing is committed any more, nothing is said."""
        self._opened[-1].let_go()

    def cut_power(self) -> None:
        """What stood in memory is gone, and the next boot has begun."""
        self.kill()
        self.journal.unlink()
        self.boot()

    def boot(self) -> None:
        """A later boot, whose clock begins anew."""
        self._boots += 1
        self.clock = SimulatedClock(f"b00t{self._boots:04}")

    def stop(self) -> None:
        """Let go of everything that is still open."""
        for log in self._opened:
            log.let_go()


def reading(value: float = 21.5, up_ns: int = 2_000_000_000, sensor: str = "hall") -> Reading:
    """What a sensor of the air says; its pressure is not known."""
    return Reading(sensor, {"temperature": value, "pressure": None}, up_ns)


def counted(amount: float, up_ns: int = 2_000_000_000, sensor: str = "door") -> Reading:
    """What a door counted in the second before."""
    return Reading(sensor, {"count_in": amount}, up_ns, 1_000_000_000)


def everything(log: Log, uplink: str = "city") -> list[Entry]:
    """What that uplink can take once what waits for its commit is stored; it is not settled."""
    _store_totals(log)
    entries: list[Entry] = []
    while batch := log.reader(uplink).take(100):
        entries += batch.entries
    return entries


def readings(entries: list[Entry]) -> list[StoredReading]:
    """Those that are no gaps."""
    return [entry for entry in entries if isinstance(entry, StoredReading)]


def gaps(entries: list[Entry]) -> list[Gap]:
    """Those that are gaps."""
    return [entry.gap for entry in entries if isinstance(entry, StoredGap)]


def numbers(entries: list[Entry]) -> list[int]:
    """The numbers of readings and gaps."""
    return [entry.number for entry in entries]


def settle_all(log: Log, uplink: str = "city") -> None:
    """The far side has everything."""
    _store_totals(log)
    while batch := log.reader(uplink).take(100):
        log.reader(uplink).settle(batch)


def _store_totals(log: Log) -> None:
    """Readings with a running total go out after their commit."""
    with suppress(StoreError):
        while log.window.held_position is not None and log.commit():
            pass


def commit_all(log: Log) -> None:
    """Store all groups."""
    while log.commit():
        pass
