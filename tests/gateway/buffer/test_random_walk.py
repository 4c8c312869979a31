"""Whatever is done to a node, and in whatever order, its consumer can account for everything."""

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model import Entry, Note, Numbers, StoredGap
from tests.gateway.buffer.node import (
    Node,
    commit_all,
    counted,
    readings,
)

steps = st.lists(
    st.sampled_from(["append", "note", "commit", "settle", "take", "kill", "cut", "stop", "wait"]),
    max_size=40,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_whatever_happens_every_count_is_delivered_or_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("walk", numbered=True)
    walk = Walk(Node(folder))
    try:
        for step in steps:
            getattr(walk, step)()
        walk.cut()
        walk.check()
    finally:
        walk.node.stop()
        shutil.rmtree(folder)


class Walk:
    """A consumer that keeps what it was sent, and a door that knows what it counted."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.log = node.start()
        self.counted: float = 0
        self.safe: float = 0
        self.noted = 0
        self.total = 0.0
        self.sent: dict[tuple[int, int], Entry] = {}
        self.told: list[Numbers] = []

    def append(self) -> None:
        self.node.clock.sleep(1)
        self.counted += 1
        values = self.log.append(counted(1 + self.noted, self.node.clock.now_ns())).values
        self.noted = 0
        assert values["total_in"] is not None
        assert values["total_in"] >= self.total
        self.total = values["total_in"]
        self.take()

    def note(self) -> None:
        self.counted += 1
        self.noted += 1
        now_ns = self.node.clock.now_ns()
        self.log.note(Note("door", {"count_in": self.noted}, now_ns - 1, now_ns))

    def commit(self) -> None:
        commit_all(self.log)
        self.safe = self.counted - self.noted

    def settle(self) -> None:
        self.log.reader("city").rewind()
        while batch := self.log.reader("city").take(3):
            self.keep(batch.entries)
            self.log.reader("city").settle(batch)

    def take(self) -> None:
        while batch := self.log.reader("city").take(2):
            self.keep(batch.entries)

    def wait(self) -> None:
        self.node.clock.sleep(100)

    def kill(self) -> None:
        self.node.kill()
        self.restart()
        assert self.measured() == self.counted

    def stop(self) -> None:
        self.log.close()
        self.node.boot()
        self.restart()
        assert self.measured() == self.counted

    def cut(self) -> None:
        """What had gone out is known at the far side; what had not, and was not stored, is lost."""
        self.node.cut_power()
        self.restart()
        assert self.safe <= self.measured() <= self.counted
        self.counted = self.measured()
        self.total = self.highest_sent()

    def restart(self) -> None:
        self.log = self.node.start()
        self.noted = 0
        commit_all(self.log)  # running totals go out after it
        self.take()

    def keep(self, entries: list[Entry]) -> None:
        for entry in entries:
            assert self.sent.setdefault((entry.epoch, entry.number), entry) == entry
            if isinstance(entry, StoredGap) and entry.gap.numbers:
                self.told.append(entry.gap.numbers)

    def highest_sent(self) -> float:
        """How far the running total has come, as the far side knows it."""
        found = readings(list(self.sent.values()))
        return max([0.0, *(one.values.get("total_in") or 0 for one in found)])

    def measured(self) -> float:
        """Counts that the far side has, each identity once."""
        found = readings(list(self.sent.values()))
        return sum(one.values["count_in"] or 0 for one in found)

    def check(self) -> None:
        """Every number up to the newest of its epoch was sent or lies within a gap."""
        commit_all(self.log)
        self.take()
        known: dict[int, list[tuple[int, int]]] = {}
        for epoch, number in self.sent:
            known.setdefault(epoch, []).append((number, number))
        for gap in self.told:
            known.setdefault(gap.epoch, []).append((gap.first, gap.last))
        for epoch, spans in known.items():
            end = 0
            for first, last in sorted(spans):
                assert first <= end + 1, epoch
                end = max(end, last)
