"""What is concluded of a bus, and how its sensors wait for it, on a simulated clock."""

import logging
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Driver, Sample
from drivers.errors import BadData, BusError, BusErrorKind, DriverError, WrongDevice
from drivers.quantities import TEMPERATURE, Quantity
from gateway.backoff import Backoff
from gateway.model import BusState, Gap, Moment, Note, Reading
from gateway.sampling.bus_care import (
    FAILURES,
    PATIENCE_NS,
    RECOVERY_EVERY_NS,
    RECOVERY_TAKES_NS,
    Blame,
    BusCare,
)
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from gateway.sampling.wire import Wire
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
NACK = BusError("nobody there", "", BusErrorKind.NO_ANSWER)
TIMEOUT = BusError("held", "", BusErrorKind.TIMEOUT)
BROKEN = BusError("broke off", "", BusErrorKind.BROKEN_OFF)
GONE = BusError("no such file", "plug it in", BusErrorKind.GONE)
OTHER = BusError("read before open")
RUBBISH = BadData("wrong checksum")


def care(*sensors: str) -> BusCare:
    return BusCare(sensors, Backoff(2.0, 60.0))


def state(cared: BusCare) -> BusState:
    return cared.state


def tell(cared: BusCare, *said: tuple[str, DriverError | None], at_s: float = 0.0) -> list[Blame]:
    """Each a millisecond after the other; what was answered to failures."""
    blames = []
    for number, (sensor, error) in enumerate(said):
        now_ns = round(at_s * 1e9) + number * 1_000_000
        if error is None:
            cared.succeeded(sensor, now_ns)
        else:
            blames.append(cared.failed(sensor, error, now_ns))
    return blames


@pytest.mark.parametrize("error", [TIMEOUT, BROKEN])
def test_a_bus_that_all_find_held_is_stuck(error: BusError) -> None:
    cared = care("a", "b", "c")
    tell(cared, ("a", None), ("b", None), ("c", None))
    assert tell(cared, ("a", error), ("b", error)) == [Blame.OPEN] * 2
    assert state(cared) is BusState.WELL
    assert tell(cared, ("c", error)) == [Blame.BUS]
    assert state(cared) is BusState.STUCK


def test_two_sensors_need_three_failures_and_one_alone_too() -> None:
    two = care("a", "b")
    assert tell(two, ("a", TIMEOUT), ("b", TIMEOUT)) == [Blame.OPEN] * 2
    assert tell(two, ("a", TIMEOUT)) == [Blame.BUS]
    one = care("a")
    assert tell(one, *[("a", TIMEOUT)] * FAILURES) == [Blame.OPEN, Blame.OPEN, Blame.BUS]


def test_a_part_that_others_get_along_with_is_to_blame_itself() -> None:
    cared = care("a", "b")
    tell(cared, ("a", None), ("b", None))
    for _ in range(5):
        blames = tell(cared, ("a", TIMEOUT), ("b", None))
    assert blames == [Blame.SENSOR]
    assert state(cared) is BusState.WELL


def test_one_part_alone_is_never_the_bus_where_there_are_others() -> None:
    cared = care("a", "b")
    blames = [tell(cared, ("a", TIMEOUT), at_s=second)[0] for second in range(60)]
    told = PATIENCE_NS // SECOND
    assert blames == [Blame.OPEN] * told + [Blame.SENSOR] * (60 - told)


def test_a_part_that_opens_and_cannot_be_read_is_to_blame_itself() -> None:
    cared = care("a")
    tell(cared, ("a", None), ("a", None), ("a", TIMEOUT), ("a", None))
    assert tell(cared, ("a", TIMEOUT), ("a", None), ("a", TIMEOUT)) == [Blame.SENSOR] * 2
    tell(cared, ("a", None), ("a", None))
    assert tell(cared, ("a", TIMEOUT)) == [Blame.OPEN]


def test_a_nack_shows_that_the_lines_work() -> None:
    cared = care("a", "b", "c")
    tell(cared, ("a", TIMEOUT), ("b", TIMEOUT), ("c", NACK))
    assert tell(cared, ("a", TIMEOUT), ("b", TIMEOUT), ("c", TIMEOUT))[-1] is Blame.BUS
    assert tell(cared, ("c", NACK)) == [Blame.SENSOR]
    assert (state(cared), cared.not_before_ns("a")) == (BusState.WELL, 0)


def test_a_sensor_that_is_away_for_long_is_not_waited_for() -> None:
    cared = care("a", "b", "away")
    tell(cared, ("a", None), ("away", NACK), ("b", None))
    assert tell(cared, *[("a", TIMEOUT), ("b", TIMEOUT)] * 2)[-1] is Blame.BUS


def test_nor_is_one_that_went_away_while_the_others_stayed() -> None:
    cared = care("a", "b", "away")
    tell(cared, ("a", None), ("b", None), ("away", None), ("away", NACK), ("a", None))
    assert tell(cared, *[("a", TIMEOUT), ("b", TIMEOUT)] * 2)[-1] is Blame.BUS


def test_a_sensor_that_is_rarely_read_is_not_waited_for() -> None:
    cared = care("a", "b", "hourly")
    tell(cared, ("a", None), ("b", None), ("hourly", None))
    tell(cared, *[("a", TIMEOUT), ("b", TIMEOUT)] * 5)
    assert state(cared) is BusState.WELL
    assert tell(cared, ("a", TIMEOUT), at_s=PATIENCE_NS / 1e9) == [Blame.BUS]


def test_those_that_failed_while_others_did_not_do_not_speak_for_the_bus_again() -> None:
    cared = care("a", "b", "hourly")
    tell(cared, ("a", TIMEOUT), ("b", TIMEOUT), ("hourly", None))
    for second in range(100):
        assert tell(cared, ("a", TIMEOUT), ("b", TIMEOUT), at_s=second) == [Blame.SENSOR] * 2
    assert state(cared) is BusState.WELL


def test_rubbish_of_all_is_a_held_line_and_of_one_its_own() -> None:
    """A Raspberry Pi's controller takes a data line that is held low for acknowledges and zeros."""
    cared = care("a", "b")
    wrong = WrongDevice("another part")
    told = [Blame.SENSOR, Blame.SENSOR, Blame.BUS]
    assert tell(cared, ("a", RUBBISH), ("b", wrong), ("a", RUBBISH)) == told
    lone = care("a")
    assert set(tell(lone, *[("a", RUBBISH)] * 9)) == {Blame.SENSOR}


def test_a_device_file_that_is_gone_needs_one_witness() -> None:
    cared = care("a", "b")
    assert tell(cared, ("a", GONE)) == [Blame.BUS]
    assert state(cared) is BusState.GONE
    assert tell(cared, ("b", OTHER)) == [Blame.BUS]
    assert tell(cared, ("b", TIMEOUT)) == [Blame.OPEN]
    assert state(cared) is BusState.WELL


def test_a_bus_of_which_nobody_answers_is_silent() -> None:
    cared = care("a", "b", "c")
    tell(cared, ("a", None), ("c", NACK), ("b", None))
    assert tell(cared, ("a", NACK), ("b", NACK)) == [Blame.SENSOR, Blame.OPEN]
    assert (state(cared), cared.not_before_ns("a")) == (BusState.SILENT, 0)
    tell(cared, ("b", None))
    assert state(cared) is BusState.WELL


def test_who_does_not_answer_alone_is_not_the_bus() -> None:
    assert set(tell(care("a"), *[("a", NACK)] * 5)) == {Blame.SENSOR}
    cared = care("a", "b")
    tell(cared, ("a", None))
    assert set(tell(cared, *[("a", NACK)] * 5)) == {Blame.SENSOR}


def test_what_a_driver_says_of_its_own_says_nothing_of_the_bus() -> None:
    cared = care("a", "b")
    assert set(tell(cared, *[("a", OTHER), ("b", OTHER)] * 5)) == {Blame.SENSOR}


def test_all_wait_together_and_take_turns() -> None:
    cared = care("a", "b", "c")
    tell(cared, ("a", TIMEOUT), ("b", TIMEOUT), ("c", TIMEOUT))
    tried = []
    for _ in range(6):
        turn = min("abc", key=cared.not_before_ns)
        tried.append(turn)
        cared.failed(turn, TIMEOUT, cared.not_before_ns(turn))
    assert tried == [*"abcabc"]


def test_the_waits_grow_to_a_minute_and_are_never_shorter_than_a_second() -> None:
    random.seed(1)
    cared = care("a")
    now_ns, waits = 0, []
    for _ in range(200):
        cared.failed("a", GONE, now_ns)
        waits.append(cared.not_before_ns("a") - now_ns)
        now_ns += waits[-1]
    assert min(waits) >= SECOND
    assert max(waits[:3]) < 18 * SECOND
    assert 50 * SECOND < max(waits) <= 61 * SECOND


def test_recovery_is_asked_for_at_once_and_then_once_in_five_minutes() -> None:
    cared = care("a")
    tell(cared, ("a", TIMEOUT), ("a", TIMEOUT))
    assert not cared.take_recovery(0)
    now_ns, asked = 0, []
    for _ in range(100):
        cared.failed("a", TIMEOUT, now_ns)
        if cared.take_recovery(now_ns):
            asked.append(now_ns)
            assert cared.not_before_ns("a") - now_ns >= RECOVERY_TAKES_NS
        now_ns = cared.not_before_ns("a")
    assert asked[0] == 0
    assert len(asked) > 5
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert min(gaps) >= RECOVERY_EVERY_NS
    assert max(gaps) < RECOVERY_EVERY_NS + 62 * SECOND


EVENTS = st.tuples(
    st.sampled_from("abc"),
    st.sampled_from([None, NACK, TIMEOUT, BROKEN, GONE, OTHER, RUBBISH]),
    st.floats(0, 100),
)


@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_one_success_makes_it_well(events: list[Any]) -> None:
    cared = care("a", "b", "c")
    now_s = 0.0
    for sensor, error, passed_s in events:
        now_s += passed_s
        tell(cared, (sensor, error), at_s=now_s)
        waiting = cared.state in (BusState.STUCK, BusState.GONE)
        assert (cared.not_before_ns("a") > 0) is waiting
    tell(cared, ("b", None), at_s=now_s)
    assert state(cared) is BusState.WELL


class Part(Driver):
    """Fails as its bus does, or by itself."""

    channels: ClassVar[Sequence[Quantity]] = (TEMPERATURE,)

    def __init__(self, rig: "Rig") -> None:
        self._rig = rig
        self.failure: DriverError | None = None
        self.tried: list[int] = []

    def open(self) -> None:
        self.read()

    def read(self) -> Sample:
        self.tried.append(self._rig.clock.now_ns())
        self._rig.released = False
        error = self._rig.failure or self.failure
        if error is not None:
            raise error
        return {"temperature": 20.0}

    def close(self) -> None:
        assert not self._rig.released, "it may still have something to say to its part"


class Rig:
    """Some parts of one wire, some of them behind a multiplexer."""

    has_room = True

    def __init__(self, *buses: int, interval: float = 10.0) -> None:
        self.clock = SimulatedClock()
        self.failure: DriverError | None = None
        self.released = False
        self.recoveries: list[int] = []
        self.stream: list[Reading | Gap] = []
        self.parts = [Part(self) for _ in range(sum(buses))]
        grid = Grid()
        self.sensors = [
            Sensor(f"s{n}", part, interval, self.clock, grid, Backoff(1.0, 60.0))
            for n, part in enumerate(self.parts)
        ]
        names = iter([sensor.name for sensor in self.sensors])
        named = {f"bus{n}": [next(names) for _ in range(count)] for n, count in enumerate(buses)}
        self.wire = Wire(named, self.clock, self._release, self._recover)
        for sensor in self.sensors:
            sensor.care = self.wire
        self.sampler = Sampler(self.sensors, self, self.clock)

    def _release(self) -> None:
        self.released = True

    def _recover(self) -> None:
        assert self.released
        self.recoveries.append(self.clock.now_ns())

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        self.stream.append(reading)
        return reading

    def append_gap(self, gap: Gap) -> None:
        self.stream.append(gap)

    def note(self, note: Note) -> None:
        raise AssertionError

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns() + round(seconds * 1e9)
        while (wait := self.sampler.sample_once()) * 1e9 + self.clock.now_ns() < end_ns:
            self.clock.sleep(wait)
        self.clock.sleep((end_ns - self.clock.now_ns()) / 1e9)

    def problems(self) -> list[str]:
        return [f"{found.about} {found.problem}" for found in self.wire.findings()]


def test_a_stuck_bus_is_one_finding_few_attempts_and_two_lines_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    rig = Rig(5)
    rig.run(60)
    before = sum(len(part.tried) for part in rig.parts)
    rig.failure = TIMEOUT
    rig.run(3600)
    tried = sum(len(part.tried) for part in rig.parts) - before
    assert 3600 / 61 < tried < 3600 / 15
    assert rig.problems() == ["bus bus0 is stuck"]
    assert [sensor.trouble.finding for sensor in rig.sensors] == [None] * 5
    assert rig.wire.lines["bus0"].failures == {"timeout": tried}
    assert 10 <= len(rig.recoveries) <= 12
    stream = len(rig.stream)
    rig.failure = None
    rig.run(62)
    assert all(sensor.present for sensor in rig.sensors)
    assert len(rig.stream) >= stream + 10  # of each a gap and a reading
    assert rig.problems() == []
    first, last = [record.getMessage() for record in caplog.records]
    assert first.startswith("bus bus0 is stuck: all fail: held; switch the power")
    assert last == "bus bus0 is well again"


def test_at_the_first_success_all_are_tried_at_once() -> None:
    rig = Rig(5)
    rig.run(60)
    rig.failure = TIMEOUT
    rig.run(3600)
    rig.failure = None
    while rig.problems():
        rig.run(0.5)
    rig.run(0.5)
    assert all(sensor.present for sensor in rig.sensors)


def test_while_the_bus_waits_no_sensor_waits_for_itself() -> None:
    rig = Rig(1)
    rig.failure = TIMEOUT
    rig.run(60)
    for _ in range(30):
        rig.run((rig.wire.not_before_ns("s0") - rig.clock.now_ns()) / 1e9)
        rig.sampler.sample_once()
        assert rig.sensors[0].due_ns == rig.wire.not_before_ns("s0") > rig.clock.now_ns()


def test_one_bad_part_is_told_of_and_costs_the_others_nothing() -> None:
    rig = Rig(3)
    rig.run(60)
    rig.parts[0].failure = TIMEOUT
    rig.run(600)
    assert rig.problems() == []
    finding = rig.sensors[0].trouble.finding
    assert finding is not None
    assert finding.evidence == "held"
    assert rig.recoveries == []
    assert [rig.sensors[n].measured for n in (1, 2)] == [67, 67]


def test_where_all_say_rubbish_each_sensor_is_told_of_too() -> None:
    """A line may be held, or the configuration may name other parts."""
    rig = Rig(2)
    rig.failure = WrongDevice("found bmp280", "correct the driver")
    rig.run(30)
    [finding] = rig.wire.findings()
    assert finding.problem == "is stuck"
    assert "are these the parts that are configured?" in finding.cure
    assert [rig.wire.excuses(sensor.name) for sensor in rig.sensors] == [False] * 2
    cures = [one.trouble.finding.cure for one in rig.sensors if one.trouble.finding]
    assert cures == ["correct the driver"] * 2
    rig.failure = TIMEOUT
    rig.run(120)
    assert [rig.wire.excuses(sensor.name) for sensor in rig.sensors] == [True] * 2


def test_a_cable_that_was_pulled_is_told_of_by_its_bus() -> None:
    rig = Rig(3)
    rig.run(60)
    rig.failure = NACK
    rig.run(30)
    assert rig.problems() == ["bus bus0 is silent"]
    assert all(rig.wire.excuses(sensor.name) for sensor in rig.sensors)
    assert rig.recoveries == []
    rig.failure = None
    rig.run(130)
    assert rig.problems() == []
    assert [sensor.trouble.finding for sensor in rig.sensors] == [None] * 3


def test_a_channel_may_be_silent_while_its_wire_is_well() -> None:
    rig = Rig(1, 2, 2)
    rig.run(60)
    for part in rig.parts[1:3]:
        part.failure = NACK
    rig.run(60)
    assert rig.problems() == ["bus bus1 is silent"]
    assert [rig.wire.excuses(f"s{n}") for n in range(5)] == [False, True, True, False, False]
    rig.failure = TIMEOUT
    rig.run(60)
    assert rig.problems() == ["bus bus0 is stuck"]
    rig.failure = None
    rig.run(120)
    assert rig.problems() == ["bus bus1 is silent"]
    assert set(rig.wire.lines["bus1"].failures) == {"no_answer", "timeout"}


def test_a_usb_adapter_that_was_pulled_is_its_port_gone() -> None:
    rig = Rig(1)
    rig.run(60)
    rig.failure = GONE
    rig.run(600)
    [finding] = rig.wire.findings()
    assert (finding.about, finding.problem) == ("bus bus0", "is not there")
    assert (finding.evidence, finding.cure) == ("no such file", "plug it in")
    assert rig.sensors[0].trouble.finding is None
    rig.failure = None
    rig.run(62)
    assert rig.problems() == []
    assert rig.sensors[0].present


def test_without_care_each_sensor_is_by_itself() -> None:
    rig = Rig(1)
    sensor = Sensor("alone", rig.parts[0], 10, rig.clock, Grid(), Backoff(1.0, 60.0))
    rig.failure = TIMEOUT
    sensor.run(rig)
    assert sensor.trouble.finding is not None
