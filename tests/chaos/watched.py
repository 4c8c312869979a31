"""A node whose books know every reading, with limits so small that some hundred take every way."""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from drivers.quantities import Rank
from gateway.buffer import (
    Log,
    candidates,
    commits,
    logfile,
    readers,
    reserve,
    retention,
    ring,
    upkeep,
)
from gateway.buffer.gaps import gap_of
from gateway.buffer.passage import Batch
from gateway.config import Buffer
from gateway.errors import StoreUnavailable
from gateway.model import Reading
from tests.chaos.books import Books, View
from tests.gateway.buffer.disk import Disk
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 10**9
UNDER_WAY = 40
UPLINKS = ("city", "radio")
RANKS = {"bell": Rank.ALARM, "board": Rank.DIAGNOSTIC}
SENSORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "door": (("count_in",),),
    "gate": (("count_in", "targets"),),
    "hall": (
        ("temperature", "humidity"),
        ("temperature", "temperature_raw", "humidity"),
        ("temperature", "temperature_raw", "temperature_flags", "humidity"),
        ("temperature", "temperature_min", "temperature_max", "temperature_n"),
    ),
    "yard": (("targets",),),
    "bell": (("temperature",),),
    "board": (("temperature",),),
    "mixed": (("temperature",), ("count_in", "temperature"), ("targets",)),
}
"""What each says, in turn."""

LIMITS: tuple[tuple[ModuleType, str, int], ...] = (
    (commits, "GROUP_LIMIT", 25),
    (readers, "CURSOR_LAG", 10),
    (ring, "PENDING_LIMIT", 60),
    (upkeep, "PRUNE_ROWS", 30),
    (upkeep, "LOOK_S", 2),
    (reserve, "RESERVE", 150),
    (logfile, "MIN_CHECKPOINT_PAGES", 5),
    (candidates, "CHUNK_ROWS", 30),
    (candidates, "LOOK_ROWS", 60),
    (retention, "PRUNE_ROWS", 40),
    (retention, "SHRINK_BYTES", 30_000),
)


class Observed(Log):
    """The books know every reading that it takes in."""

    def __init__(self, books: Books, folder: Path, clock: SimulatedClock, max_size: int) -> None:
        self.books = books
        buffer = Buffer(path=str(folder / "log.db"), max_size=max_size, hold_back=20, reserve=0)
        starts = dict.fromkeys(UPLINKS, "everything")
        super().__init__(buffer, folder, clock, starts, RANKS, UNDER_WAY)

    def append(self, reading: Reading) -> Reading:
        self.reserve.make_number()
        epoch, number = self.window.identities.of(self.window.next_position)
        taken = super().append(reading)
        self.books.measure(epoch, number, taken, self.clock.boot_id)
        return taken


class WatchedNode:
    """Its uplinks have far sides that got all that `arrived`, or only what was `settled`."""

    def __init__(self, folder: Path, disk: Disk, max_size: int) -> None:
        self.disk = disk
        self.disk.takes = self.disk.opens = True
        self.folder = folder
        self.max_size = max_size
        self.boots = 1
        self.clock = SimulatedClock()
        self.books = Books()
        self.arrived = {name: View(f"{name}, all that went out", self.books) for name in UPLINKS}
        self.settled = {name: View(f"{name}, what was settled", self.books) for name in UPLINKS}
        self.serial = 0
        self.cuts = 0
        self.is_exact = True
        self.sums: Counter[str] = Counter()
        self.least: defaultdict[str, float] = defaultdict(float)
        self.noted: Counter[str] = Counter()
        self.stored: dict[int, int] = {}
        """The newest number of each epoch that the disk has."""
        self.start()

    @property
    def is_well(self) -> bool:
        """The log stands on a disk that takes and gives."""
        return self.disk.takes and self.disk.opens and self.log.store is not None

    def measure(self, sensor: str) -> None:
        self.serial += 1
        said = SENSORS[sensor]
        values: dict[str, float | None] = {
            name: float(self.serial % 7) for name in said[self.serial % len(said)]
        }
        if "count_in" in values:
            values["count_in"] = self.serial % 7 + self.noted.pop(sensor, 0)
            self.sums[sensor] += int(values["count_in"] or 0)
        corrected = "temperature_raw" in values
        how = (("temperature", f"t-{self.serial % 3}"),) if corrected else ()
        taken = self.log.append(Reading(sensor, values, self.clock.now_ns(), SECOND, how)).values
        total = taken.get("total_in")
        if total is not None:
            assert total >= self.least[sensor], "a total runs backwards"
            assert not self.is_exact or total == self.sums[sensor], "a total is not the sum"
            self.least[sensor] = total

    def try_to(self, work: Callable[[], object]) -> None:
        """As the writer does, which will try again."""
        try:
            work()
        except StoreUnavailable:
            assert not self.is_well

    def start(self) -> None:
        """The notes of the run before are readings now: nobody goes on with them."""
        self.log = self.open()
        for sensor, note in self.log.window.notes.items():
            assert note.counts["count_in"] == self.noted[sensor]
            self.sums[sensor] += self.noted.pop(sensor)
        self.log.carry_notes(())
        self.batches: dict[str, list[Batch]] = {name: [] for name in UPLINKS}
        identities = self.log.window.identities
        store = self.log.store
        stored = (
            [] if store is None else store.chunk(store.last_position - 100, store.last_position)
        )
        for row in [*stored, *self.log.window.group.rows]:
            key = identities.of(row.position)
            sensor = row.layout.sensor
            if key not in self.books.measured and not row.layout.gap and not row.layout.step_s:
                values = dict(zip(row.layout.names, map(float, row.packed.split(",")), strict=True))
                reading = Reading(sensor, values, row.up_ns, row.span_ns)
                self.books.measure(*key, reading, row.boot)
                assert values["count_in"] == self.noted.pop(sensor)
                self.sums[sensor] += int(values["count_in"])

    def open(self) -> Observed:
        return Observed(self.books, self.folder, self.clock, self.max_size)

    def look(self) -> None:
        """What is on the disk now."""
        store = self.log.store
        if store is not None:
            self.stored |= {
                one.epoch: store.highest(one.epoch) for one in store.identities.segments
            }

    def lose_memory(self) -> None:
        """The power was cut: what was pending may be with the far side, or lost."""
        window = self.log.window
        for row in window.group.rows:
            self.books.doubt(row, *window.identities.of(row.position))
            numbers = gap_of(row).numbers if row.layout.gap else None
            if numbers:
                self.books.doubt_all(numbers)
        self.look()
        self.books.lost |= {one.epoch for one in window.identities.segments} - self.stored.keys()
        self.books.doubt_beyond(self.stored)
        window.journal.path.unlink(missing_ok=True)
        self.noted.clear()
        self.cuts, self.is_exact = self.cuts + 1, False
        self.least = defaultdict(float, {name: self.books.total(name) for name in SENSORS})
        self.boot()

    def boot(self) -> None:
        self.boots += 1
        self.clock = SimulatedClock(f"b00t{self.boots:04}")
