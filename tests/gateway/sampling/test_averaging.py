"""A sensor that averages: which values are in which reading, whatever happens to it."""

from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Sample
from drivers.errors import BusError
from gateway.model import Gap, Moment, Reading, Reason
from tests.gateway.sampling.node_bench import SECOND, Bench, Scripted, configured
from tests.gateway.simulated_clock import SimulatedClock


class Averaged(Bench):
    """One thermometer, read each 10 s, of which each minute has a mean."""

    def __init__(
        self,
        interval: float = 60.0,
        average: float | None = 10.0,
        clock: SimulatedClock | None = None,
        until: Moment | None = None,
    ) -> None:
        clock = clock or SimulatedClock()
        self.part = Scripted(clock)
        config = configured(interval=interval, average=average)
        super().__init__((config, self.part), clock=clock, until=until)

    @property
    def spans(self) -> list[tuple[float, float, int]]:
        """Seconds since boot: begin and end of each reading, and of how many values it is."""
        return [
            ((one.up_ns - (one.span_ns or 0)) / SECOND, one.up_ns / SECOND, n(one))
            for one in self.of("s0")
        ]


def n(reading: Reading) -> int:
    return int(reading.values["temperature_n"] or 0)


def gap(bench: Averaged, since_s: float, until_s: float, missing: int | None) -> Gap:
    boot = bench.clock.boot_id
    since, until = (boot, round(since_s * SECOND)), (boot, round(until_s * SECOND))
    return Gap(Reason.NOT_MEASURED, "s0", None, missing, since, until)


def test_a_reading_each_interval_is_of_the_values_in_it() -> None:
    bench = Averaged()
    bench.run(185)
    assert bench.spans == [(1, 60, 7), (60, 120, 6), (120, 180, 6)]
    mean = fsum(value for at, value in bench.part.taken if 60 * SECOND < at <= 120 * SECOND) / 6
    assert bench.of("s0")[1].values["temperature"] == pytest.approx(mean)
    assert bench.gaps == []


def test_without_averaging_a_reading_is_of_a_moment() -> None:
    bench = Averaged(average=None)
    bench.run(65)
    assert [one.span_ns for one in bench.of("s0")] == [None, None]
    assert set(bench.of("s0")[0].values) == {"temperature"}


def test_intervals_end_on_the_grid_of_utc() -> None:
    bench = Averaged()
    bench.grid.offset_ns = 23 * SECOND
    bench.run(170)
    assert [(end + 23) % 60 for _, end, _ in bench.spans] == [0, 0, 0]


@pytest.mark.parametrize("step_s", [-100, -31, -7, 13, 29, 31, 45, 3600])
def test_a_step_of_the_clock_leaves_no_hole_and_loses_no_value(step_s: int) -> None:
    bench = Averaged()
    bench.run(95)
    bench.grid.offset_ns += step_s * SECOND
    bench.run(300)
    ends = [end for _, end, _ in bench.spans]
    assert [begin for begin, _, _ in bench.spans] == [1, *ends[:-1]]
    assert bench.gaps == []
    assert sum(n for _, _, n in bench.spans) == _taken(bench, ends[-1])
    assert all((end + step_s) % 60 == 0 for end in ends[-3:])
    assert all(29 <= end - begin <= 91 for begin, end, _ in bench.spans[1:])


def _taken(bench: Averaged, until_s: float) -> int:
    return sum(at <= until_s * SECOND for at, _ in bench.part.taken)


def test_a_sensor_that_is_away_for_a_moment_has_fewer_values_in_its_mean() -> None:
    bench = Averaged()
    bench.run(75)
    bench.part.broken = BusError("gone")
    bench.run(20)
    bench.part.broken = None
    bench.run(60)
    assert bench.spans[1][:2] == (60, 120)
    assert 3 <= bench.spans[1][2] <= 5
    assert bench.gaps == []


def test_what_was_taken_before_a_loss_goes_out_when_its_interval_is_broken_off() -> None:
    bench = Averaged()
    bench.run(94)  # until 95 s
    bench.part.broken = BusError("gone")
    bench.run(54)
    assert bench.spans == [(1, 60, 7)]
    bench.run(2)  # 30 s behind the end of the interval
    assert bench.spans == [(1, 60, 7), (60, 90, 3)]
    bench.part.broken = None
    bench.run(200)
    back_s, end_s, _ = bench.spans[2]
    assert end_s == 180
    assert bench.gaps == [gap(bench, 90, back_s, int(back_s - 90) // 60)]
    assert back_s + 10 == pytest.approx(151, abs=5)
    assert [n for _, _, n in bench.spans[3:]] == [6, 6]


def test_after_a_long_loss_the_interval_ends_at_the_next_boundary() -> None:
    bench = Averaged()
    bench.run(94)
    bench.part.broken = BusError("gone")
    bench.run(1000)
    bench.part.broken = None
    bench.run(100)
    _, partial, first, *_ = bench.spans
    assert partial == (60, 90, 3)
    assert first[1] % 60 == 0
    assert first[2] >= 5


def test_a_computer_that_slept_makes_no_mean_over_its_sleep() -> None:
    bench = Averaged()
    bench.run(94)
    bench.clock.sleep(8 * 3600)
    bench.run(100)
    _, partial, first, *_ = bench.spans
    assert partial == (60, 90, 3)
    assert first[0] > 8 * 3600
    assert bench.gaps == [gap(bench, 90, first[0], int(first[0] - 90) // 60)]


def test_a_bus_that_is_busy_at_the_end_of_an_interval_lengthens_it() -> None:
    bench = Averaged()
    bench.run(114)
    bench.clock.sleep(12)
    bench.run(100)
    assert bench.spans[1][:2] == (60, 127)
    assert bench.spans[2][:2] == (127, 180)
    assert bench.gaps == []


def test_a_value_that_comes_just_as_its_interval_is_broken_off_is_of_the_next_one() -> None:
    bench = Averaged()
    bench.run(53)
    bench.clock.sleep(36)  # until 90 s
    bench.run(40)
    assert bench.spans == [(1, 50, 6), (50, 120, 4)]
    assert bench.gaps == []


def test_a_read_that_takes_long_may_end_the_interval_that_it_began_in() -> None:
    bench = Averaged(interval=50)
    read = bench.part.read

    def slowly() -> Sample:
        bench.clock.sleep(10.5)
        return read()

    bench.part.read = slowly  # type: ignore[method-assign]
    bench.run(400)
    assert [end % 50 for _, end, _ in bench.spans[:3]] == [0, 10.5, 0]
    assert bench.gaps == []


def test_at_the_end_of_the_program_what_was_begun_is_a_reading() -> None:
    bench = Averaged()
    bench.run(94)  # until 95 s
    bench.sampler.close()
    assert bench.spans == [(1, 60, 7), (60, 90, 3)]
    bench.sampler.close()
    assert len(bench.spans) == 2


def test_at_the_end_of_the_program_a_log_without_room_is_not_waited_for() -> None:
    bench = Averaged()
    bench.run(94)
    bench.full = True
    bench.sampler.close()
    assert bench.spans == [(1, 60, 7)]


def test_a_restart_begins_the_mean_anew_and_says_since_when() -> None:
    clock = SimulatedClock()
    before = Averaged(clock=clock)
    before.run(100)
    clock.sleep(5)
    after = Averaged(clock=clock, until=(clock.boot_id, 60 * SECOND))
    after.run(100)
    assert after.gaps == [gap(after, 60, 106, 0)]
    assert after.spans[0][:2] == (106, 180)


def test_while_the_log_has_no_room_nothing_is_taken_and_nothing_lost() -> None:
    bench = Averaged()
    bench.run(75)
    bench.full = True
    bench.part.broken = BusError("gone")
    bench.run(120)
    assert bench.spans == [(1, 60, 7)]
    bench.full = False
    bench.part.broken = None
    bench.run(100)
    assert bench.spans[1] == (60, 70, 1)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "busy", "fail", "broken", "full", "step", "restart"]),
        st.floats(0.1, 200),
    ),
    max_size=12,
)


class Life:
    """One averaging sensor through runs of its node; `stream` is what its log holds."""

    def __init__(self, interval: float, average: float) -> None:
        self._form = interval, average
        self.clock = SimulatedClock()
        self.stream: list[Reading | Gap] = []
        self.taken: list[tuple[int, float]] = []
        self.starts_ns = [self.clock.now_ns()]
        self._bench = Averaged(interval, average, self.clock)

    def go(self, event: str, seconds: float) -> None:
        bench = self._bench
        if event == "busy":
            self.clock.sleep(seconds)
        elif event == "step":
            bench.grid.offset_ns += round((seconds - 100) * SECOND)
        elif event == "fail":
            bench.part.answers = [BusError("gone")] * 2
        elif event == "restart":
            self._end()
            self.clock.sleep(seconds)
            self._begin()
        bench = self._bench
        bench.full = event == "full"
        bench.part.broken = BusError("gone") if event == "broken" else None
        bench.run(seconds)
        bench.full, bench.part.broken = False, None

    def finish(self) -> None:
        self._bench.part.answers = []
        self._bench.run(3 * self._form[0] + 30)
        self._end()

    def _begin(self) -> None:
        newest = self.stream[-1] if self.stream else None
        until = (self.clock.boot_id, newest.up_ns) if isinstance(newest, Reading) else None
        self.starts_ns.append(self.clock.now_ns())
        self._bench = Averaged(*self._form, clock=self.clock, until=until)

    def _end(self) -> None:
        self.stream += self._bench.stream
        self.taken += self._bench.part.taken


def test_one_value_at_the_start_and_no_more_is_a_reading_of_a_moment() -> None:
    bench = Averaged()
    bench.run(1)
    bench.part.broken = BusError("gone")
    bench.run(200)
    [reading] = bench.of("s0")
    assert (reading.up_ns, reading.span_ns, n(reading)) == (SECOND, None, 1)


@settings(deadline=None)
@given(EVENTS, st.sampled_from([(60.0, 10.0), (10.0, 10.0), (900.0, 1.0), (10.0, 2.5)]))
def test_every_moment_is_in_one_reading_or_in_one_gap_and_every_value_in_its_mean(
    events: list[tuple[str, float]], form: tuple[float, float]
) -> None:
    life = Life(*form)
    for event in events:
        life.go(*event)
    life.finish()
    spans: list[tuple[int, int]] = []
    for one in life.stream:
        if isinstance(one, Gap):
            assert one.since is not None
            spans.append((one.since[1], one.until[1]))
            continue
        begin_ns = one.up_ns - (one.span_ns or 0)
        spans.append((begin_ns, one.up_ns))
        _is_the_mean_of_its_time(one, begin_ns, life)
    assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert all(begin < end or begin in life.starts_ns for begin, end in spans)


def _is_the_mean_of_its_time(reading: Reading, begin_ns: int, life: Life) -> None:
    """But for a value up to a second behind its end, which belongs to it or to the next one."""
    late_ns = SECOND
    values = dict(life.taken)
    sure = [v for at, v in values.items() if begin_ns + late_ns < at <= reading.up_ns]
    near = [v for at, v in values.items() if begin_ns - 1 < at <= reading.up_ns + late_ns]
    smallest, largest = reading.values["temperature_min"], reading.values["temperature_max"]
    assert smallest is not None
    assert largest is not None
    assert len(sure) <= n(reading) <= len(near)
    part = [v for v in near if smallest <= v <= largest]
    assert set(sure) <= set(part)
    assert reading.values["temperature"] == pytest.approx(fsum(part) / len(part))
