"""Whatever is done to a log, in whatever order, two far sides can account for every count.

Rules are what the threads of a node do, and what happens to it; the limits are so small that some
hundred readings take every way through the log. Each uplink has two far sides: one that got all
that was handed out, and one that got only what was settled. Both must be able to account for
everything, so no cursor has passed what was not settled.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from drivers.quantities import Rank
from gateway.buffer import Log, candidates, log, retention, store
from gateway.buffer.gaps import gap_of
from gateway.buffer.group import Group
from gateway.buffer.reader import Batch
from gateway.buffer.store import Store
from gateway.config import Buffer
from gateway.errors import StoreUnavailable
from gateway.model import Note, Reading
from tests.chaos.books import Books, View
from tests.chaos.form import report, rounds
from tests.gateway.simulated_clock import SimulatedClock

EXAMPLES = rounds(40, 1000)
SECOND = 10**9
UNDER_WAY = 40
UPLINKS = ("city", "radio")
RANKS = {"bell": Rank.ALARM, "board": Rank.DIAGNOSTIC}
SENSORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "door": (("count_in",),),
    "gate": (("count_in", "targets"),),
    "hall": (("temperature", "humidity"),),
    "yard": (("targets",),),
    "bell": (("temperature",),),
    "board": (("temperature",),),
    "mixed": (("temperature",), ("count_in", "temperature"), ("targets",)),
}
"""What each says, in turn."""

LIMITS: tuple[tuple[ModuleType, str, int], ...] = (
    (log, "GROUP_LIMIT", 25),
    (log, "CURSOR_LAG", 10),
    (log, "PENDING_LIMIT", 60),
    (log, "PRUNE_ROWS", 30),
    (log, "RESERVE", 150),
    (store, "MIN_CHECKPOINT_PAGES", 5),
    (candidates, "CHUNK_ROWS", 30),
    (candidates, "LOOK_ROWS", 60),
    (retention, "PRUNE_ROWS", 40),
    (retention, "SHRINK_BYTES", 30_000),
)

uplinks = st.sampled_from(UPLINKS)


class Disk:
    """Whether it takes what is written, and can be opened."""

    takes = opens = True


class Observed(Log):
    """The books know every reading that it takes in."""

    def __init__(self, books: Books, folder: Path, clock: SimulatedClock, max_size: int) -> None:
        self.books = books
        buffer = Buffer(path=str(folder / "log.db"), max_size=max_size, reserve=0)
        starts = dict.fromkeys(UPLINKS, "everything")
        super().__init__(buffer, folder, clock, starts, RANKS, UNDER_WAY)

    def append(self, reading: Reading) -> Reading:
        self._make_number()
        epoch, number = self.window.identities.of(self.window.next_position)
        taken = super().append(reading)
        self.books.measure(epoch, number, taken, self.clock.boot_id)
        return taken


class Life(RuleBasedStateMachine):
    """One node from its first reading until both uplinks have everything."""

    disk: ClassVar[Disk]
    figures: ClassVar[Counter[str]]

    @initialize(max_size=st.sampled_from((40_000, 60_000, 10**8)))
    def begin(self, max_size: int) -> None:
        self.disk.takes = self.disk.opens = True
        self.folder = Path(mkdtemp(prefix="life"))
        self.max_size = max_size
        self.boots = 1
        self.clock = SimulatedClock()
        self.books = Books()
        self.arrived = {name: View(f"{name}, all that went out", self.books) for name in UPLINKS}
        self.settled = {name: View(f"{name}, what was settled", self.books) for name in UPLINKS}
        self.serial = 0
        self.cuts = 0
        self.sums: Counter[str] = Counter()
        self.least: defaultdict[str, float] = defaultdict(float)
        self.noted: Counter[str] = Counter()
        self.known: set[int] = set()
        self.start()

    @rule(
        sensors=st.lists(st.sampled_from(sorted(SENSORS)), min_size=1, max_size=4),
        times=st.integers(1, 25),
        apart=st.sampled_from((0, 1, 20, 400)),
    )
    def append(self, sensors: list[str], times: int, apart: int) -> None:
        for _ in range(times):
            self.clock.sleep(apart)
            for sensor in sensors:
                if self.log.has_room:
                    self.measure(sensor)

    @rule(sensor=st.sampled_from(("door", "gate")))
    def note(self, sensor: str) -> None:
        self.noted[sensor] += 1
        now = self.clock.now_ns()
        counts = {"count_in": float(self.noted[sensor])}
        self.log.note(Note(sensor, counts, now - SECOND, now))

    @rule(groups=st.integers(1, 9))
    def commit(self, groups: int) -> None:
        self.try_to(lambda: [self.log.commit() for _ in range(groups)])

    @rule(steps=st.integers(1, 30))
    def keep(self, steps: int) -> None:
        self.commit(9)
        self.try_to(lambda: all(self.log.keep() for _ in range(steps)))

    @rule(uplink=uplinks, limit=st.integers(1, UNDER_WAY), times=st.integers(1, 5))
    def take(self, uplink: str, limit: int, times: int) -> None:
        for _ in range(times):
            under_way = sum(len(one.entries) for one in self.batches[uplink])
            batch = self.log.reader(uplink).take(min(limit, UNDER_WAY - under_way))
            if under_way >= UNDER_WAY or batch is None:
                return
            self.arrived[uplink].take(batch.entries)
            self.batches[uplink].append(batch)

    @rule(uplink=uplinks, which=st.integers(0, 9), times=st.integers(1, 5))
    def settle(self, uplink: str, which: int, times: int) -> None:
        for _ in range(times):
            if self.batches[uplink]:
                batch = self.batches[uplink].pop(which % len(self.batches[uplink]))
                self.settled[uplink].take(batch.entries)
                self.log.reader(uplink).settle(batch)

    @rule(uplink=uplinks)
    def rewind(self, uplink: str) -> None:
        self.log.reader(uplink).rewind()
        self.batches[uplink].clear()

    @rule(uplink=uplinks)
    def drain(self, uplink: str) -> None:
        self.rewind(uplink)
        while batch := self.log.reader(uplink).take(UNDER_WAY):
            self.arrived[uplink].take(batch.entries)
            self.settled[uplink].take(batch.entries)
            self.log.reader(uplink).settle(batch)

    @rule()
    def anchor(self) -> None:
        self.clock.utc_at_boot_ns = (1_800_000_000 + 7 * self.serial) * SECOND
        anchor = self.clock.anchor()
        assert anchor is not None
        self.log.add_anchor(anchor)

    @rule(storing=st.booleans(), starting=st.booleans())
    def kill(self, storing: bool, starting: bool) -> None:
        """Anywhere, or between the store and the journal: of a commit, or of the next start."""
        journal = self.log.window.journal.path
        before = journal.read_bytes()
        if storing:
            self.commit(1)
        self.log.let_go()
        if storing:
            journal.write_bytes(before)
        if starting:
            before = journal.read_bytes()
            self.open().let_go()
            journal.write_bytes(before)
        self.start()
        assert not +self.noted, "what was noted became no reading"

    @rule()
    def cut_power(self) -> None:
        self.log.let_go()
        self.lose_memory()
        self.start()

    @rule(boot=st.booleans())
    def stop(self, boot: bool) -> None:
        self.log.close()
        if not self.log.window.journal.path.exists():
            self.noted.clear()
            if boot:
                self.boot()
        elif boot:
            self.lose_memory()
        self.start()

    @rule()
    def refuse(self) -> None:
        self.disk.takes = False
        self.commit(1)

    @rule()
    def detach(self) -> None:
        if self.log.store is not None:
            self.log.detach(StoreUnavailable("the disk is away"))

    @rule(away=st.booleans())
    def turn_away(self, away: bool) -> None:
        self.disk.opens = not away

    @rule()
    def mend(self) -> None:
        self.disk.takes = self.disk.opens = True
        self.attach()

    @rule()
    def attach(self) -> None:
        if self.log.store is None:
            self.try_to(self.log.attach)

    @invariant()
    def no_cursor_is_ahead(self) -> None:
        """Also counts what happens."""
        for reader in self.log.readers.values():
            assert 0 <= reader.position <= reader.sent <= self.log.last_position
        if self.log.store is not None:
            self.known |= {one.epoch for one in self.log.store.identities.segments}
        self.figures["rules"] += 1

    def teardown(self) -> None:
        if not hasattr(self, "log"):
            return
        try:
            self.end()
        finally:
            self.log.let_go()
            shutil.rmtree(self.folder)

    def end(self) -> None:
        self.mend()
        self.commit(99)
        for name in UPLINKS:
            self.drain(name)
        self.commit(99)
        for view in (*self.arrived.values(), *self.settled.values()):
            faults = list(view.faults())
            assert not faults, (view.name, faults[:5])
        self.figures["examples"] += 1
        self.figures["readings"] += len(self.books.measured)

    def measure(self, sensor: str) -> None:
        self.serial += 1
        said = SENSORS[sensor]
        values: dict[str, float | None] = {
            name: float(self.serial % 7) for name in said[self.serial % len(said)]
        }
        if "count_in" in values:
            values["count_in"] = self.serial % 7 + self.noted.pop(sensor, 0)
            self.sums[sensor] += int(values["count_in"] or 0)
        taken = self.log.append(Reading(sensor, values, self.clock.now_ns(), SECOND)).values
        total = taken.get("total_in")
        if total is not None:
            assert total >= self.least[sensor], "a total runs backwards"
            assert self.cuts or total == self.sums[sensor], "a total is not the sum"
            self.least[sensor] = total

    def try_to(self, work: Callable[[], object]) -> None:
        """As the writer does, which will try again."""
        try:
            work()
        except StoreUnavailable:
            assert not (self.disk.takes and self.disk.opens and self.log.store)

    def start(self) -> None:
        """The notes of the run before are readings now."""
        self.log = self.open()
        self.batches: dict[str, list[Batch]] = {name: [] for name in UPLINKS}
        identities = self.log.window.identities
        for row in self.log.window.group.rows:
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

    def lose_memory(self) -> None:
        """The power was cut: what was pending may be with the far side, or lost."""
        window = self.log.window
        for row in window.group.rows:
            self.books.doubt(row, *window.identities.of(row.position))
            numbers = gap_of(row).numbers if row.layout.gap else None
            if numbers:
                self.books.doubt_all(numbers)
        self.books.lost |= {one.epoch for one in window.identities.segments} - self.known
        window.journal.path.unlink(missing_ok=True)
        self.noted.clear()
        self.cuts += 1
        self.least = defaultdict(float, {name: self.books.total(name) for name in SENSORS})
        self.boot()

    def boot(self) -> None:
        self.boots += 1
        self.clock = SimulatedClock(f"b00t{self.boots:04}")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """What a log does with so little room, on a disk that may refuse."""
    for module, name, value in LIMITS:
        monkeypatch.setattr(module, name, value)
    disk, write, opening = Disk(), Store.write, Store._open

    def refusing_write(self: Store, group: Group) -> None:
        if not disk.takes:
            raise StoreUnavailable("the disk takes nothing")
        write(self, group)

    def refusing_open(self: Store) -> None:
        if not disk.opens:
            raise StoreUnavailable("the disk is away")
        opening(self)

    monkeypatch.setattr(Store, "write", refusing_write)
    monkeypatch.setattr(Store, "_open", refusing_open)
    return disk


def test_every_count_is_accounted_for_in_any_order_of_events(disk: Disk) -> None:
    Life.disk, Life.figures = disk, Counter()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            derandomize=EXAMPLES < 1000,
            suppress_health_check=list(HealthCheck),
        ),
    )
    figures = Life.figures
    report(
        f"properties: {figures['examples']:,} lives of {figures['rules']:,} rules, "
        f"{figures['readings']:,} readings"
    )
