"""The sampler: times, trouble, counts, gaps, and independence of the sensors on a bus."""

import logging
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Driver, Sample
from drivers.environment.bme280.driver import Bme280, Bme280Config
from drivers.environment.bme280.model import Bme280Model, Bmp280Model
from drivers.errors import BadData, BusError, BusErrorKind, DriverError
from drivers.quantities import BLIND_TIME, COUNT_IN, TEMPERATURE, Quantity
from gateway.backoff import Backoff
from gateway.model import Gap, Moment, Note, Reading, Reason
from gateway.sampling.counting import LEAST_NS, NOTE_EVERY_NS
from gateway.sampling.grid import Grid
from gateway.sampling.readings import JITTER_NS
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import NO_ROOM_WAIT_NS, Sensor
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000


class Gauge(Driver):
    """A part that answers what the test wants; an exception is raised."""

    channels: ClassVar[Sequence[Quantity]] = (TEMPERATURE,)

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.calls: list[str] = []

    def open(self) -> None:
        self.calls.append("open")

    def read(self) -> Sample:
        self.calls.append("read")
        answer = self.answers.pop(0) if self.answers else {"temperature": 20.0}
        if isinstance(answer, Exception):
            raise answer
        sample: Sample = answer
        return sample

    def poll(self) -> None:
        self.calls.append("poll")

    def close(self) -> None:
        self.calls.append("close")


class Counter(Gauge):
    """Its counters stand where `sample` says, unless it has an answer."""

    channels = (COUNT_IN, BLIND_TIME)
    poll_every = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.sample: Sample = {"count_in": 0, "blind_time": 0.0}

    def read(self) -> Sample:
        if not self.answers:
            self.calls.append("read")
            return self.sample
        return super().read()


class Rig:
    """One bus with some drivers at it, on a clock of its own, and what reached the log."""

    def __init__(
        self,
        *drivers: Driver,
        interval: float = 10.0,
        until: Moment | None = None,
        clock: SimulatedClock | None = None,
    ) -> None:
        self.clock = clock or SimulatedClock()
        self.grid = Grid()
        self.stream: list[Reading | Gap] = []
        self._until = until
        self.notes: list[Note] = []
        self.left: Note | None = None
        """By an earlier run."""
        self.full = False
        self.sensors = [
            Sensor(f"s{number}", driver, interval, self.clock, self.grid, Backoff(1.0, 60.0))
            for number, driver in enumerate(drivers)
        ]
        self.sampler = Sampler(self.sensors, self, self.clock)

    @property
    def has_room(self) -> bool:
        return not self.full

    @property
    def readings(self) -> list[Reading]:
        return [one for one in self.stream if isinstance(one, Reading)]

    @property
    def gaps(self) -> list[Gap]:
        return [one for one in self.stream if isinstance(one, Gap)]

    def begun(self, sensor: str) -> Note | None:
        return self.left

    def measured_until(self, sensor: str) -> Moment | None:
        return self._until

    def append(self, reading: Reading) -> Reading:
        self.stream.append(reading)
        return reading._replace(values={**reading.values, "total_in": 7})

    def append_gap(self, gap: Gap) -> None:
        self.stream.append(gap)

    def note(self, note: Note) -> None:
        self.notes.append(note)

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns() + round(seconds * 1e9)
        while (wait := self.sampler.sample_once()) * 1e9 + self.clock.now_ns() < end_ns:
            self.clock.sleep(wait)
        self.clock.sleep((end_ns - self.clock.now_ns()) / 1e9)


def not_measured(rig: Rig, since_s: float, until_s: float, n: int | None) -> Gap:
    """The record of such a time of this boot."""
    boot = rig.clock.boot_id
    since, until = (boot, round(since_s * SECOND)), (boot, round(until_s * SECOND))
    return Gap(Reason.NOT_MEASURED, "s0", None, n, since, until)


def test_a_sensor_is_read_at_once_and_then_on_the_grid() -> None:
    rig = Rig(Gauge())
    rig.run(35)
    assert [reading.up_ns for reading in rig.readings] == [n * SECOND for n in (1, 10, 20, 30)]
    assert rig.readings[0] == Reading("s0", {"temperature": 20.0}, SECOND)


def test_times_that_were_missed_are_left_out_not_caught_up() -> None:
    rig = Rig(Gauge())
    rig.run(5)
    rig.clock.sleep(40)
    rig.run(12)
    assert [reading.up_ns for reading in rig.readings] == [n * SECOND for n in (1, 46, 50)]


def test_a_counter_carries_amounts_over_its_interval() -> None:
    driver = Counter()
    rig = Rig(driver)
    driver.sample = {"count_in": 2}
    rig.run(10.2)
    driver.sample = {"count_in": 7}
    rig.run(10)
    assert rig.stream == [
        Reading("s0", {"count_in": 2}, 10 * SECOND, 10 * SECOND),
        Reading("s0", {"count_in": 5}, 20 * SECOND, 10 * SECOND),
    ]
    assert driver.calls.count("poll") > 30


def test_what_is_shown_of_a_sensor_is_what_the_log_made_of_its_reading() -> None:
    rig = Rig(Counter())
    rig.run(8.9)
    assert rig.sensors[0].latest is None
    rig.run(0.2)
    assert rig.sensors[0].latest == Reading(
        "s0", {"count_in": 0, "blind_time": 1.0, "total_in": 7}, 10 * SECOND, 10 * SECOND
    )


def test_while_the_log_has_no_room_a_counter_is_polled_and_its_counts_stay_with_it() -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.full = True
    driver.sample = {"count_in": 3}
    rig.run(15)
    assert (rig.sensors[0].measured, rig.stream) == (0, [])
    assert driver.calls.count("poll") > 25
    driver.sample = {"count_in": 7}
    rig.full = False
    rig.run(5)
    assert rig.stream == [Reading("s0", {"count_in": 7}, 20 * SECOND, 20 * SECOND)]


def test_waiting_for_room_does_not_move_the_times_of_reading() -> None:
    rig = Rig(Gauge())
    rig.run(15)
    rig.full = True
    rig.run(8.99)  # until 24.99 s: the reading of 20 s must wait
    rig.full = False
    rig.run(30)
    late, *others = [reading.up_ns for reading in rig.readings if reading.up_ns >= 20 * SECOND]
    assert late == pytest.approx(25 * SECOND, abs=NO_ROOM_WAIT_NS)
    assert others == [n * SECOND for n in (30, 40, 50)]


def test_counts_of_a_time_of_trouble_are_in_the_reading_after_it() -> None:
    driver = Counter()
    driver.answers = [BusError("gone"), {"count_in": 3}]
    rig = Rig(driver)
    driver.sample = {"count_in": 3}
    rig.run(40)
    assert rig.readings[0].values["count_in"] == 3
    assert rig.readings[0].span_ns == rig.readings[0].up_ns
    assert rig.gaps == []


def test_a_count_is_noted_as_soon_as_a_poll_has_seen_it() -> None:
    driver = Counter()
    rig = Rig(driver, interval=60)
    rig.run(2.2)
    assert rig.notes == [Note("s0", {"count_in": 0, "blind_time": 1}, 0, LEAST_NS, 60 * SECOND)]
    driver.sample = {"count_in": 1, "blind_time": 0.25}
    rig.run(0.5)
    assert rig.notes[1:] == [Note("s0", {"count_in": 1, "blind_time": 1}, 0, LEAST_NS, 60 * SECOND)]
    rig.run(5)
    assert len(rig.notes) == 2


NACK = BusError("no acknowledge", kind=BusErrorKind.NO_ANSWER)


def test_a_counter_is_not_lost_by_single_transfers_that_fail() -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.run(3)
    for _ in range(10):
        driver.answers = [NACK]
        rig.run(1.2)
    assert (driver.calls.count("open"), rig.sensors[0].failed) == (1, 10)
    assert [reading.up_ns for reading in rig.readings] == [10 * SECOND]
    assert rig.gaps == []


def test_a_counter_that_is_silent_for_a_second_is_lost() -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.run(3)
    driver.answers = [NACK] * 100
    rig.run(0.4)
    assert driver.calls.count("close") == 0
    rig.run(1.2)
    assert driver.calls.count("close") > 0
    assert rig.sensors[0].trouble.finding is not None


@pytest.mark.parametrize("error", [BadData("rubbish"), BusError("gone", kind=BusErrorKind.GONE)])
def test_what_no_next_transfer_can_cure_is_not_forgiven(error: DriverError) -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.run(3)
    driver.answers = [error]
    rig.run(0.6)
    assert driver.calls.count("close") == 1


def test_a_gauge_is_opened_anew_after_one_failure() -> None:
    driver = Gauge()
    rig = Rig(driver)
    rig.run(5)
    driver.answers = [NACK]
    rig.run(8)
    assert driver.calls.count("open") == 2


def test_what_came_since_the_last_poll_is_noted_when_the_program_ends() -> None:
    driver = Counter()
    rig = Rig(driver, interval=60)
    rig.run(2.2)
    driver.sample = {"count_in": 5, "blind_time": 0.0}
    rig.sampler.close()
    assert rig.notes[-1].counts["count_in"] == 5


def test_a_part_that_fails_at_the_end_keeps_nobody_waiting() -> None:
    driver = Counter()
    rig = Rig(driver, interval=60)
    rig.run(2.2)
    driver.answers = [BusError("gone")]
    rig.sampler.close()
    assert driver.calls[-1] == "close"
    assert rig.notes[-1].counts["count_in"] == 0


def test_times_that_a_sensor_counts_are_noted_at_round_times_whenever_somebody_comes() -> None:
    def notes(comes_s: float) -> list[Note]:
        driver = Counter()
        rig = Rig(driver, interval=60)
        for tenth in range(550):
            driver.sample = {"count_in": int(tenth >= comes_s * 10), "blind_time": tenth / 10}
            rig.run(0.1)
        return rig.notes

    sooner, later = notes(3), notes(7)
    assert sooner == later
    seen = [max(LEAST_NS, n * NOTE_EVERY_NS) for n in (0, 0, 1, 2, 3, 4, 5)]
    assert [note.seen_ns for note in sooner] == seen
    assert sooner[-1].counts["blind_time"] == pytest.approx(51, abs=2)


def test_a_reading_carries_what_was_noted_and_the_next_note_begins_there() -> None:
    driver = Counter()
    rig = Rig(driver)
    driver.sample = {"count_in": 4}
    rig.run(11.2)
    assert [note.counts["count_in"] for note in rig.notes] == [4, 0]
    driver.sample = {"count_in": 6}
    rig.run(1)
    open_until = 20 * SECOND
    assert rig.notes[2:] == [
        Note("s0", {"count_in": 2}, 10 * SECOND, 10 * SECOND + LEAST_NS, open_until)
    ]


def test_what_is_counted_while_the_log_has_no_room_is_noted() -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.full = True
    rig.run(30)
    driver.sample = {"count_in": 9}
    rig.run(1)
    assert rig.stream == []
    assert (rig.notes[-1].counts, rig.notes[-1].since_ns) == ({"count_in": 9, "blind_time": 1}, 0)


def test_a_window_that_an_earlier_run_has_begun_goes_on_and_the_time_between_was_blind() -> None:
    clock = SimulatedClock()
    driver = Counter()
    clock.sleep(19)
    rig = Rig(driver, interval=60, clock=clock)
    rig.left = Note("s0", {"count_in": 3, "blind_time": 2.0}, 0, 10 * SECOND, 60 * SECOND)
    driver.sample = {"count_in": 1, "blind_time": 0.5}
    rig.run(45)
    assert rig.stream == [
        Reading("s0", {"count_in": 4, "blind_time": 12.5}, 60 * SECOND, 60 * SECOND)
    ]


def test_a_window_that_has_ended_meanwhile_is_a_reading_and_what_lies_between_a_gap() -> None:
    clock = SimulatedClock()
    clock.sleep(199)
    rig = Rig(Counter(), interval=60, clock=clock, until=(clock.boot_id, 60 * SECOND))
    rig.left = Note(
        "s0", {"count_in": 3, "blind_time": 2.0}, 60 * SECOND, 90 * SECOND, 120 * SECOND
    )
    rig.run(45)
    assert rig.stream == [
        Reading("s0", {"count_in": 3, "blind_time": 32.0}, 120 * SECOND, 60 * SECOND),
        not_measured(rig, 120, 180, 1),
        Reading("s0", {"count_in": 0, "blind_time": 20.0}, 240 * SECOND, 60 * SECOND),
    ]


def test_a_gauge_notes_nothing() -> None:
    driver = Gauge()
    driver.poll_every = 0.5  # type: ignore[misc]
    rig = Rig(driver)
    rig.run(60)
    assert (rig.notes, driver.calls.count("read")) == ([], 7)


def test_a_dead_gauge_leaves_a_gap_before_its_next_reading() -> None:
    driver = Gauge()
    rig = Rig(driver)
    rig.run(5)
    driver.answers = [BusError("gone")] * 8
    rig.run(2000)
    first, gap, second = rig.stream[:3]
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    back_s = second.up_ns / SECOND
    assert back_s > 30
    assert gap == not_measured(rig, 1, back_s - 10, int(back_s - 11) // 10)
    assert rig.gaps == [gap]


def test_a_bus_that_was_busy_for_several_intervals_leaves_a_gap() -> None:
    rig = Rig(Gauge())
    rig.run(5)
    rig.clock.sleep(40)
    rig.run(12)
    assert rig.gaps == [not_measured(rig, 1, 36, 3)]


@pytest.mark.parametrize(("interval", "late_s"), [(10.0, 9.9), (0.25, 0.9), (0.0, 0.9)])
def test_a_gauge_that_is_late_has_missed_nothing(interval: float, late_s: float) -> None:
    rig = Rig(Gauge(), interval=interval)
    rig.sampler.sample_once()
    rig.clock.sleep(interval + late_s)
    rig.sampler.sample_once()
    assert len(rig.readings) > 1
    assert rig.gaps == []


@pytest.mark.parametrize(("interval", "n"), [(0.25, 4), (0.0, None)])
def test_a_fast_gauge_that_stood_still_has_a_gap(interval: float, n: int | None) -> None:
    rig = Rig(Gauge(), interval=interval)
    rig.sampler.sample_once()
    rig.clock.sleep(interval + 1.1)
    rig.sampler.sample_once()
    assert [gap.n for gap in rig.gaps] == [n]


def test_a_counter_is_measured_without_a_break_whatever_keeps_it_from_being_read() -> None:
    driver = Counter()
    rig = Rig(driver)
    rig.run(15)
    rig.clock.sleep(40)
    driver.answers = [BusError("gone")] * 5
    rig.run(200)
    assert rig.gaps == []
    ends = [reading.up_ns for reading in rig.readings]
    spans = [reading.span_ns for reading in rig.readings]
    assert spans == [b - a for a, b in zip([0, *ends], ends, strict=False)]
    assert all(end % (10 * SECOND) == 0 for end in ends)


def test_the_first_reading_ever_has_nothing_before_it() -> None:
    for driver in (Gauge(), Counter()):
        rig = Rig(driver)
        rig.clock.sleep(100)
        rig.run(15)
        assert len(rig.readings) > 0
        assert rig.gaps == []


def test_a_restart_is_a_gap_of_a_counter_up_to_the_window_that_lasts() -> None:
    clock = SimulatedClock()
    clock.sleep(103.000_000_007)
    rig = Rig(Counter(), until=(clock.boot_id, 42_000_000_003), clock=clock)
    rig.run(15)
    gap, reading = rig.stream
    assert gap == Gap(
        Reason.NOT_MEASURED,
        "s0",
        None,
        5,
        (clock.boot_id, 42_000_000_003),
        (clock.boot_id, 100 * SECOND),
    )
    assert isinstance(reading, Reading)
    assert reading.values["blind_time"] == pytest.approx(4)
    assert (reading.up_ns, reading.span_ns) == (110 * SECOND, 10 * SECOND)


def test_a_gap_before_counts_that_only_a_note_carries_is_told_once() -> None:
    """The note may be all that is left of this run."""
    driver = Counter()
    rig = Rig(driver, interval=60, until=("0ld00000", 5 * SECOND))
    driver.sample = {"count_in": 1}
    rig.run(1)
    assert [gap.until for gap in rig.gaps] == [(rig.clock.boot_id, rig.notes[0].since_ns)]
    rig.run(120)
    assert (len(rig.gaps), len(rig.readings)) == (1, 2)


def test_a_restart_within_the_interval_is_no_gap_of_a_gauge() -> None:
    clock = SimulatedClock()
    clock.sleep(99)
    rig = Rig(Gauge(), until=(clock.boot_id, 91 * SECOND), clock=clock)
    rig.run(15)
    assert len(rig.readings) == 2
    assert rig.gaps == []


@pytest.mark.parametrize("driver", [Gauge, Counter])
def test_a_boot_is_always_a_gap_of_which_nobody_knows_how_much_it_is(driver: type[Gauge]) -> None:
    """An interval cannot begin before the boot."""
    before = ("0ld00000", 5 * SECOND)
    rig = Rig(driver(), until=before)
    rig.run(15)
    gap = rig.stream[0]
    assert gap == Gap(Reason.NOT_MEASURED, "s0", None, None, before, (rig.clock.boot_id, 0))
    assert rig.gaps == [gap]


def test_trouble_is_logged_once_when_it_comes_and_once_when_it_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    driver = Gauge()
    driver.answers = [{"temperature": 1.0}, *[BusError("no answer", "check the wire")] * 99]
    rig = Rig(driver)
    rig.run(11)
    finding = rig.sensors[0].trouble.finding
    assert finding is not None
    assert (finding.about, finding.evidence, finding.cure) == (
        "sensor s0",
        "no answer",
        "check the wire",
    )
    assert finding.since_up_ns == 10 * SECOND
    driver.answers.clear()
    rig.run(300)
    assert rig.sensors[0].trouble.finding is None
    assert [record.getMessage() for record in caplog.records] == [
        "sensor s0 does not measure: no answer; check the wire",
        "sensor s0 is well again",
    ]


def test_a_failed_part_is_closed_and_opened_again_with_back_off() -> None:
    driver = Gauge()
    driver.answers = [BusError("gone")] * 5
    rig = Rig(driver)
    rig.run(120)
    assert driver.calls[:4] == ["open", "read", "close", "open"]
    assert driver.calls.count("open") == 6
    assert rig.sensors[0].failed == 5


def test_an_absent_a_wrong_and_a_broken_part_do_not_stop_the_good_one() -> None:
    absent, wrong, broken, good = SimulatedI2c(), SimulatedI2c(), SimulatedI2c(), SimulatedI2c()
    wrong.attach(Bmp280Model())
    broken.attach(Bme280Model())
    broken.faults[0x76] = "noise"
    good.attach(Bme280Model())
    drivers = [Bme280(bus, Bme280Config()) for bus in (absent, wrong, broken, good)]
    rig = Rig(*drivers)
    rig.run(35)
    assert {reading.sensor for reading in rig.readings} == {"s3"}
    assert len(rig.readings) == 4
    evidence = [s.trouble.finding.evidence if s.trouble.finding else "" for s in rig.sensors]
    assert "does not answer" in evidence[0]
    assert "found bmp280" in evidence[1]
    assert "bme280 expected at 0x76, found" in evidence[2]
    assert evidence[3] == ""


def test_a_bug_in_a_driver_is_not_swallowed() -> None:
    driver = Gauge()
    driver.answers = [KeyError("a bug")]
    with pytest.raises(KeyError):
        Rig(driver).run(1)


def test_full_speed_serves_all_sensors_in_turn() -> None:
    rig = Rig(Gauge(), Gauge(), interval=0)
    rig.run(1e-7)
    assert len(rig.readings) > 50
    by_sensor = [reading.sensor for reading in rig.readings]
    assert abs(by_sensor.count("s0") - by_sensor.count("s1")) <= 1


class Life:
    """One sensor through runs and boots of its node; `stream` is what its log holds in the end."""

    def __init__(self, kind: type[Gauge], interval: float) -> None:
        self.stream: list[tuple[str, Reading | Gap]] = []
        self._kind = kind
        self._interval = interval
        self._clock = SimulatedClock()
        self._begin(None)

    def go(self, event: str, seconds: float) -> None:
        """Let that happen for so long."""
        match event:
            case "run" | "full":
                self._rig.full = event == "full"
                self._rig.run(seconds)
                self._rig.full = False
            case "busy":
                self._clock.sleep(seconds)
            case "fail":
                self._driver.answers = [BusError("gone")] * 3
                self._rig.run(seconds)
            case "restart" | "boot":
                left = self._end()
                if event == "boot":
                    self.stream += (
                        [(self._clock.boot_id, left.reading(left.seen_ns))] if left else []
                    )
                    self._clock, left = SimulatedClock(self._clock.boot_id + "'"), None
                self._clock.sleep(seconds)
                self._begin(self._until(), left)

    def finish(self) -> None:
        """Let it measure undisturbed, and stop."""
        self._driver.answers = []
        self._rig.run(150)
        self._end()

    def _begin(self, until: Moment | None, left: Note | None = None) -> None:
        self._driver = self._kind()
        self._rig = Rig(self._driver, interval=self._interval, until=until, clock=self._clock)
        self._rig.left = left

    def _end(self) -> Note | None:
        """Returns what was noted of the window that is open, if anything was."""
        rig = self._rig
        self.stream += [(self._clock.boot_id, one) for one in rig.stream]
        begun = rig.notes[-1] if rig.notes else rig.left
        over = begun is None or any(one.up_ns >= begun.ends_ns for one in rig.readings)
        return None if over else begun

    def _until(self) -> Moment | None:
        if not self.stream:
            return None
        boot, one = self.stream[-1]
        return (boot, one.up_ns) if isinstance(one, Reading) else one.until


SCHEDULES = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "busy", "fail", "full", "restart", "boot"]),
        st.floats(0.1, 45),
    ),
    max_size=12,
)


def lived(kind: type[Gauge], interval: float, schedule: list[tuple[str, float]]) -> Life:
    life = Life(kind, interval)
    for event, seconds in schedule:
        life.go(event, seconds)
    life.finish()
    return life


@settings(deadline=None)
@given(SCHEDULES, st.sampled_from([0.3, 1.0, 10.0, 60.0]))
def test_every_moment_of_a_counter_is_in_one_reading_or_in_one_gap(
    schedule: list[tuple[str, float]], interval: float
) -> None:
    stream = lived(Counter, interval, schedule).stream
    spans: list[tuple[Moment | None, Moment]] = []
    for boot, one in stream:
        if isinstance(one, Reading):
            assert one.span_ns is not None
            spans.append(((boot, one.up_ns - one.span_ns), (boot, one.up_ns)))
        else:
            spans.append((one.since, one.until))
    assert [begin for begin, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert all(begin != end for begin, end in spans)
    assert not isinstance(stream[0][1], Gap)


@settings(deadline=None)
@given(SCHEDULES, st.sampled_from([0.3, 1.0, 10.0, 60.0]))
def test_a_gauge_has_a_gap_where_readings_are_missing_and_nowhere_else(
    schedule: list[tuple[str, float]], interval: float
) -> None:
    interval_ns = round(interval * SECOND)
    newest: Moment | None = None
    gap: Gap | None = None
    for boot, one in lived(Gauge, interval, schedule).stream:
        if isinstance(one, Gap):
            assert (gap, one.since) == (None, newest)
            assert one.until[0] == boot
            gap = one
            continue
        late_ns = interval_ns if newest is None else one.up_ns - newest[1]
        rebooted = newest is not None and newest[0] != boot
        missed = rebooted or late_ns > interval_ns + max(interval_ns, JITTER_NS)
        assert (gap is not None) is missed
        if gap is not None:
            assert gap.until[1] == max(0, one.up_ns - interval_ns)
        newest, gap = (boot, one.up_ns), None
    assert gap is None


@settings(deadline=None)
@given(st.lists(st.floats(0, 9.9), max_size=30))
def test_a_bus_that_is_busy_for_less_than_an_interval_leaves_no_gap(busy: list[float]) -> None:
    rig = Rig(Gauge(), Gauge())
    for seconds in busy:
        rig.run(10)
        rig.clock.sleep(seconds)
    rig.run(20)
    assert rig.gaps == []


def test_polls_that_were_missed_are_left_out_not_caught_up_and_keep_their_pace() -> None:
    driver = Counter()
    rig = Rig(driver, interval=600)
    rig.run(5)
    rig.clock.sleep(40)
    before = driver.calls.count("poll")
    rig.run(10)
    assert driver.calls.count("poll") - before == pytest.approx(20, abs=2)
