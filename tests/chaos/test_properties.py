"""Whatever is done to a log, in whatever order, two far sides can account for every count.

Rules are what the threads of a node do, and what happens to it; the limits are so small that some
hundred readings take every way through the log. Each uplink has two far sides: one that got all
that was handed out, and one that got only what was settled. Both must be able to account for
everything, so no cursor has passed what was not settled.
"""

import shutil
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.buffer.quota import LADDER
from gateway.errors import StoreUnavailable
from gateway.model import Note
from tests.chaos.form import report, rounds
from tests.chaos.ledger import gap_of
from tests.chaos.watched import LIMITS, SECOND, SENSORS, UNDER_WAY, UPLINKS, WatchedNode
from tests.gateway.buffer.disk import Disk

EXAMPLES = rounds(100, 1000)

uplinks = st.sampled_from(UPLINKS)


class Life(RuleBasedStateMachine):
    """One node from its first reading until both uplinks have everything."""

    disk: ClassVar[Disk]
    room: ClassVar[Path]
    figures: ClassVar[Counter[str]]

    @initialize(max_size=st.sampled_from((40_000, 60_000, 10**8)))
    def begin(self, max_size: int) -> None:
        self.node = WatchedNode(Path(mkdtemp(dir=self.room)), self.disk, max_size)

    @rule(
        sensors=st.lists(st.sampled_from(sorted(SENSORS)), min_size=1, max_size=4),
        times=st.integers(1, 25),
        apart=st.sampled_from((0, 1, 20, 400)),
    )
    def append(self, sensors: list[str], times: int, apart: int) -> None:
        for _ in range(times):
            self.node.clock.sleep(apart)
            for sensor in sensors:
                if self.node.log.has_room:
                    self.node.measure(sensor)

    @rule(
        rows=st.integers(20, 120),
        apart=st.sampled_from((2, 15, 200, 1500)),
        keeps=st.booleans(),
        limit=st.integers(0, 9),
    )
    def go_on(self, rows: int, apart: int, keeps: bool, limit: int) -> None:
        """For a while, with all sensors, the writer, and one uplink's thread."""
        for index in range(rows):
            self.append([sorted(SENSORS)[self.node.serial % len(SENSORS)]], 1, apart)
            if self.node.log.commit_due() == 0:
                self.keep(index % 5 if keeps else 0)
            if limit and index % 3 == 0:
                self.take(UPLINKS[limit % 2], limit, 2, news=index % 2 == 0)
                self.settle(UPLINKS[limit % 2], index, 1)

    @rule(sensor=st.sampled_from(("door", "gate")))
    def note(self, sensor: str) -> None:
        self.node.noted[sensor] += 1
        now = self.node.clock.now_ns()
        counts = {"count_in": float(self.node.noted[sensor])}
        self.node.log.note(Note(sensor, counts, now - SECOND, now))

    @rule(groups=st.integers(1, 9))
    def commit(self, groups: int) -> None:
        self.node.try_to(lambda: [self.node.log.commit() for _ in range(groups)])

    @rule(steps=st.integers(1, 30))
    def keep(self, steps: int) -> None:
        self.commit(9)
        self.node.try_to(lambda: all(self.node.log.keep() for _ in range(steps)))

    @rule(
        uplink=uplinks,
        limit=st.integers(1, UNDER_WAY),
        times=st.integers(1, 5),
        news=st.booleans(),
    )
    def take(self, uplink: str, limit: int, times: int, news: bool = False) -> None:
        """The oldest, or what is new beside the backlog."""
        for _ in range(times):
            under_way = sum(len(one.entries) for one in self.node.batches[uplink])
            if under_way == UNDER_WAY:
                return
            reader, room = self.node.log.reader(uplink), min(limit, UNDER_WAY - under_way)
            batch = reader.take_news(room) if news else reader.take(room)
            if batch is not None:
                self.node.arrived[uplink].take(batch.entries)
                self.node.batches[uplink].append(batch)

    @rule(uplink=uplinks, which=st.integers(0, 9), times=st.integers(1, 5))
    def settle(self, uplink: str, which: int, times: int) -> None:
        for _ in range(times):
            if self.node.batches[uplink]:
                batch = self.node.batches[uplink].pop(which % len(self.node.batches[uplink]))
                self.node.settled[uplink].take(batch.entries)
                self.node.log.reader(uplink).settle(batch)

    @rule(uplink=uplinks)
    def rewind(self, uplink: str) -> None:
        self.node.log.reader(uplink).rewind()
        self.node.batches[uplink].clear()

    @rule(uplink=uplinks)
    def drain(self, uplink: str) -> None:
        self.rewind(uplink)
        while batch := self.node.log.reader(uplink).take(UNDER_WAY):
            self.node.arrived[uplink].take(batch.entries)
            self.node.settled[uplink].take(batch.entries)
            self.node.log.reader(uplink).settle(batch)

    @rule()
    def anchor(self) -> None:
        self.node.clock.utc_at_boot_ns = (1_800_000_000 + 7 * self.node.serial) * SECOND
        anchor = self.node.clock.anchor()
        assert anchor is not None
        self.node.log.add_anchor(anchor)

    @rule(storing=st.booleans(), starting=st.booleans())
    def kill(self, storing: bool, starting: bool) -> None:
        """Anywhere, or between the store and the journal: of a commit, or of the next start."""
        journal = self.node.log.window.journal.path
        before = journal.read_bytes()
        if storing:
            self.commit(1)
        self.node.log.let_go()
        if storing:
            journal.write_bytes(before)
        if starting:
            before = journal.read_bytes()
            self.node.open().let_go()
            journal.write_bytes(before)
        self.node.start()
        assert not +self.node.noted, "what was noted became no reading"

    @rule()
    def cut_power(self) -> None:
        self.node.log.let_go()
        self.node.lose_memory()
        self.node.start()

    @rule(boot=st.booleans())
    def stop(self, boot: bool) -> None:
        """What was noted outlives a shutdown too; what the disk refuses stays in memory."""
        well = self.node.is_well
        self.node.log.close()
        if boot and not well:
            self.node.lose_memory()
        elif boot:
            self.node.log.window.journal.path.unlink(missing_ok=True)
            self.node.boot()
        self.node.start()

    @precondition(lambda self: self.node.disk.takes)
    @rule()
    def refuse(self) -> None:
        self.node.disk.takes = False
        self.commit(1)

    @precondition(lambda self: self.node.log.store is not None)
    @rule()
    def detach(self) -> None:
        self.node.log.detach(StoreUnavailable("the disk is away"))

    @precondition(lambda self: self.node.disk.opens)
    @rule()
    def take_away(self) -> None:
        self.node.disk.opens = False

    @precondition(lambda self: not self.node.is_well)
    @rule()
    def mend(self) -> None:
        self.node.disk.takes = self.node.disk.opens = True
        self.attach()

    @precondition(lambda self: self.node.log.store is None)
    @rule()
    def attach(self) -> None:
        if self.node.log.store is None:
            self.node.try_to(self.node.log.attach)

    @invariant()
    def no_cursor_is_ahead(self) -> None:
        """Also counts what happens."""
        for reader in self.node.log.readers.values():
            assert 0 <= reader.position <= reader.sent <= self.node.log.window.last_position
        self.node.look()
        self.figures["rules"] += 1

    def teardown(self) -> None:
        if not hasattr(self, "node"):
            return
        try:
            self.end()
        finally:
            self.figures["cuts"] += self.node.cuts
            self.node.log.let_go()
            shutil.rmtree(self.node.folder)

    def end(self) -> None:
        self.mend()
        self.commit(99)
        for name in UPLINKS:
            self.drain(name)
        self.commit(99)
        for view in (*self.node.arrived.values(), *self.node.settled.values()):
            faults = list(view.faults())
            assert not faults, (view.name, faults[:5])
        gaps = filter(None, map(gap_of, self.node.books.ledger.out.values()))
        self.figures.update(f"{reason} {rank} {step}" for reason, *_, rank, step in gaps)
        self.figures["lives"] += 1
        self.figures["readings"] += len(self.node.books.measured)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Of a node with so little room that everything happens soon."""
    for module, name, value in LIMITS:
        monkeypatch.setattr(module, name, value)
    return Disk(monkeypatch)


def test_every_count_is_accounted_for_in_any_order_of_events(disk: Disk, tmp_path: Path) -> None:
    Life.disk, Life.room, Life.figures = disk, tmp_path, Counter()
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
    steps = {name: n for name, n in figures.items() if name.startswith(("thinned", "dropped"))}
    report(
        f"properties: {figures['lives']:,} lives of {figures['rules']:,} events, "
        f"{figures['cuts']:,} power cuts among them, {figures['readings']:,} readings; "
        f"{sum(steps.values()):,} steps of the ladder, of {len(steps)} of its rungs"
    )
    assert len(steps) == len(LADDER)
