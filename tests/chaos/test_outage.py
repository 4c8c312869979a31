"""A month without the platform: the log stays within its quota, and every count arrives.

Short: one simulated day, 864,000 readings, in a thirtieth of 512 MB; long: thirty such days.
"""

import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from gateway.buffer import Log
from gateway.buffer.logfile import size
from gateway.buffer.retention import SHRINK_BYTES
from gateway.buffer.upkeep import LOOK_S
from gateway.config import Buffer
from gateway.model import Entry, Gap, Numbers, Reading, Reason, StoredReading
from gateway.writer import Writer
from tests.chaos.form import report, rounds
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 10**9
COMMIT_S = 10
SECONDS = rounds(1, 30) * 86_400
QUOTA = rounds(1, 30) * 512_000_000 // 30
GAUGES = tuple(f"hall-{index}" for index in range(8))
DOORS = ("door-a", "door-b")
BATCH = 200
MEMORY = 120_000_000
"""How much the process may grow; most of it is what the consumer must remember."""

FLAT = rounds(500_000, 10_000_000)
"""Readings in a log that must be no slower than an empty one."""
ROUNDS = 300


class Consumer:
    """Adds up what it is told by the rules of the message format."""

    def __init__(self) -> None:
        self.merged: dict[str, list[StoredReading]] = defaultdict(list)
        self.last: dict[str, int] = {}
        self.sums: Counter[str] = Counter()
        self.readings: Counter[str] = Counter()
        self.dropped = 0
        self.told: list[Numbers] = []
        self.spans: list[tuple[int, int]] = []
        self.newest = 0

    def take(self, entry: Entry) -> None:
        self.newest = max(self.newest, entry.number)
        if isinstance(entry, StoredReading):
            self._reading(entry)
            return
        self.spans.append((entry.number, entry.number))
        if entry.gap.numbers is not None:
            self._gap(entry.gap, entry.gap.numbers)

    def _reading(self, one: StoredReading) -> None:
        assert one.first > self.last.get(one.sensor, 0), f"{one} supersedes what was delivered"
        self.last[one.sensor] = one.number
        self.readings[one.sensor] += one.merged
        if one.sensor in DOORS:
            self.sums[one.sensor] += int(one.values["count_in"] or 0)
        if one.first == one.number:
            self.spans.append((one.number, one.number))
        else:
            self.merged[one.sensor].append(one)

    def _gap(self, gap: Gap, numbers: Numbers) -> None:
        if gap.reason is Reason.DROPPED:
            self.dropped += gap.n or 0
            self.spans.append(numbers[1:])
        else:
            self.told.append(numbers)

    def unexplained(self) -> list[tuple[int, int]]:
        """Spans of numbers that nobody has told of."""
        thinned = joined([numbers[1:] for numbers in self.told])
        merged = joined([(r.first, r.number) for rows in self.merged.values() for r in rows])
        known = joined([*self.spans, *(common(thinned, merged))])
        return [
            (end + 1, begin - 1)
            for (_, end), (begin, _) in zip(
                [(0, 0), *known], [*known, (self.newest + 1, 0)], strict=True
            )
            if begin > end + 1
        ]


def joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers in as few spans as there can be, in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def common(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The numbers that are in both; each in order, without touching spans."""
    found, index = [], 0
    for first, last in some:
        while index < len(others) and others[index][1] < first:
            index += 1
        at = index
        while at < len(others) and others[at][0] <= last:
            found.append((max(first, others[at][0]), min(last, others[at][1])))
            at += 1
    return found


def memory() -> int:
    """Resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_log(folder: Path, clock: SimulatedClock, max_size: int = QUOTA) -> Log:
    buffer = Buffer(path=str(folder / "log.db"), max_size=max_size, hold_back=0, reserve=0)
    return Log(buffer, folder, clock, {"city": "everything"})


def measure(log: Log, clock: SimulatedClock) -> Counter[str]:
    """Ten readings in a second; what the doors counted."""
    clock.sleep(1)
    now_ns = clock.now_ns()
    second = now_ns // SECOND
    counted: Counter[str] = Counter()
    for index, name in enumerate(GAUGES):
        values = {
            "temperature": 20 + (second * 7 + index) % 500 / 100,
            "humidity": 40 + (second * 3 + index) % 300 / 10,
            "pressure": 101_325 + (second + index) % 90 / 10,
        }
        log.append(Reading(name, values, now_ns))
    for index, name in enumerate(DOORS):
        counted[name] = (second * 13 + index) % 5
        log.append(Reading(name, {"count_in": counted[name], "count_out": 1}, now_ns, SECOND))
    return counted


def work(writer: Writer) -> None:
    """All that is due."""
    while writer.commit_once() == 0:
        pass


def test_a_month_without_the_platform(tmp_path: Path) -> None:
    clock = SimulatedClock(utc_at_boot_ns=1_790_000_000 * SECOND)
    with closing(open_log(tmp_path, clock)) as log:
        _outage(log, clock)


def _outage(log: Log, clock: SimulatedClock) -> None:
    writer, counted, before = Writer(log, clock), Counter[str](), memory()
    anchor = clock.anchor()
    assert anchor is not None
    log.add_anchor(anchor)
    begun, largest, grown = time.monotonic(), 0, 0
    for second in range(SECONDS):
        counted += measure(log, clock)
        if second % COMMIT_S == 0:
            work(writer)
            largest, grown = max(largest, size(log.path)), max(grown, memory() - before)
            assert largest <= QUOTA
            assert grown <= MEMORY
    clock.sleep(COMMIT_S)
    work(writer)
    assert log.pending == 0
    written = time.monotonic()
    consumer, entries = Consumer(), 0
    for entry in deliver(log, writer, clock):
        entries += 1
        consumer.take(entry)
    assert consumer.sums == counted
    assert sum(consumer.readings.values()) + consumer.dropped == SECONDS * 10
    assert all(consumer.readings[name] == SECONDS for name in DOORS)
    assert consumer.unexplained() == []
    assert log.reader("city").backlog == 0
    shrunk = log.path.stat().st_size
    assert shrunk <= SHRINK_BYTES
    steps = Counter(one.number - one.first for rows in consumer.merged.values() for one in rows)
    report(
        f"outage: {SECONDS * 10:,} readings in {written - begun:.0f} s within {largest / 1e6:.1f} "
        f"of {QUOTA / 1e6:.1f} MB, {grown / 1e6:.0f} MB of memory more; {entries:,} entries "
        f"({sum(steps.values()):,} merged, {consumer.dropped:,} readings dropped) delivered in "
        f"{time.monotonic() - written:.0f} s, then {shrunk / 1e6:.1f} MB"
    )


def deliver(log: Log, writer: Writer, clock: SimulatedClock) -> Iterator[Entry]:
    """The platform is back."""
    reader = log.reader("city")
    while batch := reader.take(BATCH):
        yield from batch.entries
        reader.settle(batch)
        clock.sleep(0.1)
        work(writer)
    clock.sleep(COMMIT_S)
    work(writer)
    clock.sleep(LOOK_S)
    while log.keep():
        pass


def test_a_full_log_is_as_fast_as_an_empty_one(tmp_path: Path) -> None:
    """Both in turn, so that what else the machine does weighs on both."""
    clock = SimulatedClock()
    for name in ("full", "empty"):
        (tmp_path / name).mkdir()
    with (
        closing(open_log(tmp_path / "full", clock, 10**11)) as full,
        closing(open_log(tmp_path / "empty", clock, 10**11)) as empty,
    ):
        while full.window.last_position < FLAT:
            _ten_seconds(full, clock)
        times = [(_times(full, clock), _times(empty, clock)) for _ in range(ROUNDS)]
    ratios = [
        statistics.median(one[kind] for one, _ in times)
        / statistics.median(other[kind] for _, other in times)
        for kind in range(2)
    ]
    report(
        f"flatness at {FLAT:,} readings: append and commit {ratios[0]:.2f}, taking a batch "
        f"{ratios[1]:.2f} times what they take in an empty log (goal: 1.5)"
    )
    assert max(ratios) < 5


def _ten_seconds(log: Log, clock: SimulatedClock) -> None:
    for _ in range(COMMIT_S):
        measure(log, clock)
    log.commit()


def _times(log: Log, clock: SimulatedClock) -> tuple[float, float]:
    """Of a group, and of a batch from the oldest end, in seconds."""
    reader = log.reader("city")
    group = timed(lambda: _ten_seconds(log, clock))
    batch = timed(lambda: reader.take(BATCH))
    reader.rewind()
    return group, batch


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
