"""Reporting intervals of a sampler while its clock steps, gains and loses trust, or sleeps.

The wall clock and who trusts it are simulated; the node's share (date the boot once a second, move
the grid) is done here as `Node` does it.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Driver, Sample
from drivers.errors import BusError
from drivers.quantities import COUNT_IN, TEMPERATURE, Quantity
from gateway.backoff import Backoff
from gateway.clock import Timeline
from gateway.model import Gap, Moment, Note, Reading
from gateway.sampling.grid import Grid
from gateway.sampling.intervals import LATE_NS
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY
NOON = 1_795_176_000 * SECOND
EVENT_NS = SECOND // 10
CONVERSION_S = 0.05
BUS_NS = 4 * round(CONVERSION_S * SECOND)
"""What the bus may take for everything that is due at once."""


class Part(Driver):
    """May be taken from its bus."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.absent = False
        self._clock = clock

    def open(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.absent:
            raise BusError("gone")

    def close(self) -> None:
        pass


class Thermometer(Part):
    """Its conversion takes a while."""

    channels: ClassVar[Sequence[Quantity]] = (TEMPERATURE,)

    def read(self) -> Sample:
        self._answer()
        self._clock.sleep(CONVERSION_S)
        return {"temperature": 20.0}


class Turnstile(Part):
    """Somebody passes every 100 ms, whether it is asked or not."""

    channels: ClassVar[Sequence[Quantity]] = (COUNT_IN,)
    poll_every = 7.0

    def poll(self) -> None:
        self._answer()

    def read(self) -> Sample:
        self._answer()
        return {"count_in": passed(self._clock.now_ns())}


def passed(up_ns: int) -> int:
    return up_ns // EVENT_NS


class Told(NamedTuple):
    """A reading, when it was taken, and the offset of the grid then."""

    reading: Reading
    read_ns: int
    offset_ns: int

    @property
    def begin_ns(self) -> int:
        assert self.reading.span_ns is not None
        return self.reading.up_ns - self.reading.span_ns


class Station:
    """Two turnstiles and two thermometers at one bus, on a clock that does what a test wants."""

    def __init__(self, interval_s: float) -> None:
        self.clock = SimulatedClock()
        self.grid = Grid()
        self.interval_ns = round(interval_s * SECOND)
        self.parts = [Turnstile(self.clock), Thermometer(self.clock)]
        self.parts += [Turnstile(self.clock), Thermometer(self.clock)]
        self.told: dict[str, list[Told]] = {f"s{n}": [] for n in range(len(self.parts))}
        self.gaps: list[Gap] = []
        self.moved: list[int] = []
        """When the grid did."""
        self.disturbed: list[tuple[int, int]] = []
        """When the bus could not be used, from when to when."""
        self.has_room = True
        self.began_ns = self.clock.now_ns()
        self._timeline = Timeline()
        self._check_ns = max(SECOND, self.interval_ns // 60)
        self._sampler = Sampler(self._sensors(interval_s), self, self.clock)

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        self.told[reading.sensor].append(Told(reading, self.clock.now_ns(), self.grid.offset_ns))
        return reading

    def append_gap(self, gap: Gap) -> None:
        self.gaps.append(gap)

    def note(self, note: Note) -> None:
        pass

    def run(self, intervals: float) -> None:
        """Let the node measure for so long."""
        end_ns = self.clock.now_ns() + round(intervals * self.interval_ns)
        while self.clock.now_ns() < end_ns:
            self._check()
            checked_ns = min(self.clock.now_ns() + self._check_ns, end_ns)
            while self.clock.now_ns() < checked_ns:
                wait_ns = round(self._sampler.sample_once() * SECOND)
                left_ns = max(0, checked_ns - self.clock.now_ns())
                self.clock.sleep(min(wait_ns, left_ns) / SECOND)

    def stand_still(self, intervals: float) -> None:
        """The bus is busy, or the computer is suspended."""
        begin_ns = self.clock.now_ns()
        self.clock.sleep(intervals * self.interval_ns / SECOND)
        self.disturbed.append((begin_ns, self.clock.now_ns()))

    def lose(self, part: Part, intervals: float) -> None:
        """That part is away for so long, and is found again within the longest wait for it."""
        begin_ns = self.clock.now_ns()
        part.absent = True
        self.run(intervals)
        part.absent = False
        self.run(60 * SECOND / self.interval_ns)
        self.disturbed.append((begin_ns, self.clock.now_ns()))

    def have_no_room(self, intervals: float) -> None:
        begin_ns = self.clock.now_ns()
        self.has_room = False
        self.run(intervals)
        self.has_room = True
        self.disturbed.append((begin_ns, self.clock.now_ns()))

    def set_wall_clock(self, utc_ns: int | None) -> None:
        """To a time that is trusted, or trust in it is lost."""
        self.clock.utc_at_boot_ns = None if utc_ns is None else utc_ns - self.clock.now_ns()

    def is_disturbed(self, begin_ns: int, end_ns: int, tolerated_ns: int = 0) -> bool:
        """Whether between those moments, or just before, the bus could not be used for longer."""
        return any(
            a <= end_ns and b + self.interval_ns > begin_ns and b - a > tolerated_ns
            for a, b in self.disturbed
        )

    def on_grid(self, one: Told, at_ns: int) -> bool:
        """On time on a boundary, or at once when the grid had moved past it."""
        late_ns = (at_ns + one.offset_ns) % self.interval_ns
        return late_ns <= BUS_NS or any(0 <= at_ns - moved <= BUS_NS for moved in self.moved)

    def _check(self) -> None:
        now_ns = self.clock.now_ns()
        self._timeline.add(self.clock.anchor())
        if self.grid.follow(now_ns, self._timeline.date(now_ns)[0]):
            self.moved.append(now_ns)

    def _sensors(self, interval_s: float) -> list[Sensor]:
        backoff = [Backoff(1.0, 30.0) for _ in self.parts]
        return [
            Sensor(name, part, interval_s, self.clock, self.grid, wait)
            for name, part, wait in zip(self.told, self.parts, backoff, strict=True)
        ]


def of_kind(station: Station, kind: type[Part]) -> list[list[Told]]:
    pairs = zip(station.parts, station.told.values(), strict=True)
    return [told for part, told in pairs if isinstance(part, kind)]


def until_s(station: Station, up_s: float) -> list[float]:
    """Measure until then; returns the seconds since boot at which intervals have ended."""
    now_s = station.clock.now_ns() / SECOND
    station.run((up_s - now_s) * SECOND / station.interval_ns)
    return [told.reading.up_ns / SECOND for told in station.told["s0"]]


def boundary_at(station: Station, up_s: float) -> None:
    """Now it becomes known, or the clock says after a step, that UTC has a full minute then."""
    station.clock.utc_at_boot_ns = NOON - round(up_s * SECOND)


def test_intervals_are_aligned_as_soon_as_utc_is_known() -> None:
    station = Station(60)
    assert until_s(station, 130) == [60, 120]
    boundary_at(station, 45)
    assert until_s(station, 290) == [60, 120, 165, 225, 285]
    station.set_wall_clock(None)
    assert until_s(station, 350)[-1] == 345
    boundary_at(station, 44.9)  # a step of 100 ms
    assert until_s(station, 480)[-2:] == [404.9, 464.9]


@pytest.mark.parametrize("years", [-50, -1, 10])
def test_a_step_by_years_makes_neither_a_burst_nor_a_hole(years: int) -> None:
    station = Station(60)
    boundary_at(station, 0)
    until_s(station, 130)
    boundary_at(station, 20 + years * YEAR / SECOND)
    assert until_s(station, 350) == [60, 120, 200, 260, 320]


def test_where_the_grid_moves_past_its_boundary_an_interval_ends_at_once() -> None:
    station = Station(60)
    boundary_at(station, 0)
    assert until_s(station, 130) == [60, 120]
    boundary_at(station, 25)
    assert until_s(station, 200) == [60, 120]  # it waits for 205
    boundary_at(station, 31)  # 151 would have been nearer
    assert until_s(station, 350) == [60, 120, 200, 271, 331]  # and none of 11 s


def test_a_window_that_goes_on_ends_where_the_grid_has_moved_to() -> None:
    station = Station(60)
    boundary_at(station, 0)
    until_s(station, 130)
    station.clock.sleep(100)
    assert until_s(station, 230.2) == [60, 120]
    boundary_at(station, 45)  # 225 has passed
    assert until_s(station, 400) == [60, 120, 230.2, 285, 345]


def test_counts_of_a_bus_that_is_a_little_late_belong_to_the_window_that_ended() -> None:
    station = Station(60)
    until_s(station, 119.5)
    station.clock.sleep(1.4)
    assert until_s(station, 121.5) == [60, 120]
    until_s(station, 179.5)
    station.clock.sleep(1.6)
    assert until_s(station, 300.5) == [60, 120, 240, 300]
    counts = [told.reading.values["count_in"] for told in station.told["s0"]]
    assert counts == [600, 609, 1191, 600]


def test_a_suspend_is_one_long_window_and_one_gap() -> None:
    station = Station(60)
    boundary_at(station, 0)
    until_s(station, 130)
    station.clock.sleep(3600)
    assert until_s(station, 3850) == [60, 120, 3780, 3840]
    [air] = [told for name, told in station.told.items() if name == "s1"]
    assert [round(told.reading.up_ns / SECOND) for told in air] == [1, 60, 120, 3730, 3780, 3840]
    assert [(gap.sensor, gap.n) for gap in station.gaps] == [("s1", 59), ("s3", 59)]


EVENTS = st.tuples(
    st.sampled_from(["run", "run", "stand still", "lose", "no room", "step", "trust", "distrust"]),
    st.floats(0, 4),
    st.sampled_from([SECOND // 50, SECOND, MINUTE, HOUR, DAY, YEAR]),
    st.floats(-10, 10),
    st.integers(0, 3),
)


def happen(station: Station, event: tuple[str, float, int, float, int]) -> None:
    what, intervals, size_ns, steps, part = event
    offset_ns = station.clock.utc_at_boot_ns
    match what:
        case "stand still":
            station.stand_still(intervals)
        case "lose":
            station.lose(station.parts[part], intervals)
        case "no room":
            station.have_no_room(intervals)
        case "step":
            if offset_ns is not None:
                station.clock.utc_at_boot_ns = offset_ns + round(steps * size_ns)
        case "trust":
            station.set_wall_clock(NOON + round(steps * size_ns) + station.clock.now_ns())
        case "distrust":
            station.set_wall_clock(None)
    station.run(intervals)


@settings(deadline=None)
@given(st.sampled_from([2.0, 10.0, 60.0, 900.0]), st.lists(EVENTS, max_size=15))
def test_whatever_the_clock_does_intervals_are_whole(
    interval_s: float, events: list[tuple[str, float, int, float, int]]
) -> None:
    station = Station(interval_s)
    for event in events:
        happen(station, event)
    station.run(3)
    for told in of_kind(station, Turnstile):
        has_whole_intervals(station, told)
        has_all_counts(station, told)
        is_no_burst(station, told, len(events))
    for told in of_kind(station, Thermometer):
        tells_moments(station, told)
        is_no_burst(station, told, len(events))


def has_whole_intervals(station: Station, told: list[Told]) -> None:
    """No moment twice, none missing; none much too short or too long; on the grid."""
    tolerated_ns = min(LATE_NS, station.interval_ns // 2) - BUS_NS
    ends = [told[0].begin_ns, *(one.reading.up_ns for one in told)]
    assert [one.begin_ns for one in told] == ends[:-1]
    assert told[0].begin_ns % station.interval_ns == 0 or station.moved
    for one, (begin_ns, end_ns) in zip(told, pairwise(ends), strict=True):
        assert begin_ns < end_ns
        if not station.is_disturbed(begin_ns, end_ns, tolerated_ns):
            length = (end_ns - begin_ns) / station.interval_ns
            assert 0.5 <= length <= 1.5 + BUS_NS / station.interval_ns
            assert station.on_grid(one, end_ns)
        if not any(begin_ns <= moved <= end_ns for moved in station.moved):
            assert (end_ns + one.offset_ns) % station.interval_ns == 0


def has_all_counts(station: Station, told: list[Told]) -> None:
    """The sum is what was produced; each count is of its interval, to within the tolerance.

    That doubles with each boundary at which a window had to go on.
    """
    counts = [one.reading.values["count_in"] or 0 for one in told]
    assert sum(counts) == passed(told[-1].read_ns)
    tolerated = [
        max(LATE_NS, min(LATE_NS << (ns // station.interval_ns), station.interval_ns // 2))
        for ns in (one.reading.span_ns or 0 for one in told)
    ]
    pairs = pairwise(tolerated)
    for one, count, late_ns in zip(told[1:], counts[1:], map(max, pairs), strict=True):
        truth = passed(one.reading.up_ns) - passed(one.begin_ns)
        assert abs(count - truth) <= late_ns / EVENT_NS


def is_no_burst(station: Station, told: list[Told], events: int) -> None:
    elapsed_ns = station.clock.now_ns() - station.began_ns
    assert len(told) <= 2 * elapsed_ns / station.interval_ns + 3 * events + 3


def tells_moments(station: Station, told: list[Told]) -> None:
    """Each is dated by its conversion, the first at once, and those after it on the grid."""
    times = [one.reading.up_ns for one in told]
    assert times == [one.read_ns for one in told]
    assert times[0] - station.began_ns <= BUS_NS or station.is_disturbed(0, times[0])
    for one, (before_ns, at_ns) in zip(told[1:], pairwise(times), strict=True):
        assert before_ns < at_ns
        if not station.is_disturbed(before_ns, at_ns):
            assert station.on_grid(one, at_ns)
            assert at_ns - before_ns <= 1.5 * station.interval_ns + BUS_NS
