"""One bus, many parts: who is served while others wait, and what becomes of those who wait."""

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest

from drivers.contract import Driver, Sample
from drivers.errors import BusError, DriverError
from drivers.quantities import TEMPERATURE
from drivers.timebase import VirtualTimebase
from gateway.app import Node
from gateway.backoff import Backoff
from gateway.clock import SystemClock
from gateway.config import parse
from gateway.model import Gap, Moment, Note, Reading
from gateway.sampling.fibers import LIMIT_NS, CooperativeTimebase
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from gateway.worker import Worker
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

SECOND = 1_000_000_000


class Slow(Driver):
    """A part that takes `seconds` for a reading; `told` has what happened to all of a rig."""

    channels: ClassVar = (TEMPERATURE,)

    def __init__(self, rig: "Rig", name: str, seconds: float) -> None:
        self.rig = rig
        self.name = name
        self.seconds = seconds
        self.within = False

    def open(self) -> None:
        self.tell("open")

    def read(self) -> Sample:
        assert not self.within, "called twice at once"
        self.within = True
        self.tell("read")
        self.wait()
        self.tell("done")
        self.within = False
        return {"temperature": 20.0}

    def close(self) -> None:
        assert not self.within, "closed in the middle"
        self.tell("close")

    def wait(self) -> None:
        self.rig.time.sleep(self.seconds)

    def tell(self, what: str) -> None:
        self.rig.told.append((self.rig.clock.now_ns() / SECOND, f"{self.name} {what}"))


class Rig:
    """One bus on a clock that moves only when nobody has anything to do."""

    has_room = True

    def __init__(self, *drivers: Callable[["Rig"], Slow], interval: float = 10.0) -> None:
        self.clock = SimulatedClock()
        self.time = CooperativeTimebase(self.clock)
        self.told: list[tuple[float, str]] = []
        self.readings: list[Reading] = []
        self.drivers = [made(self) for made in drivers]
        self.sensors = [
            Sensor(one.name, one, interval, self.clock, Grid(), Backoff(1.0, 60.0))
            for one in self.drivers
        ]
        self.sampler = Sampler(self.sensors, self, self.clock)

    def begun(self, sensor: str) -> Note | None:
        return None

    def measured_until(self, sensor: str) -> Moment | None:
        return None

    def append(self, reading: Reading) -> Reading:
        self.readings.append(reading)
        return reading

    def append_gap(self, gap: Gap) -> None:
        pass

    def note(self, note: Note) -> None:
        pass

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns() + round(seconds * SECOND)
        while (wait := self.sampler.sample_once()) * SECOND + self.clock.now_ns() < end_ns:
            self.clock.sleep(wait)
        self.clock.sleep((end_ns - self.clock.now_ns()) / SECOND)

    def since(self, at_s: float) -> list[tuple[float, str]]:
        return [one for one in self.told if one[0] >= at_s]


def slow(name: str, seconds: float, kind: type[Slow] = Slow) -> Callable[[Rig], Slow]:
    return lambda rig: kind(rig, name, seconds)


def test_while_one_part_works_the_others_are_served() -> None:
    rig = Rig(slow("a", 0.6), slow("b", 0.2), slow("c", 0.0))
    rig.run(15)
    assert rig.since(10) == [
        (10.0, "a read"),
        (10.0, "b read"),
        (10.0, "c read"),
        (10.0, "c done"),
        (10.2, "b done"),
        (10.6, "a done"),
    ]
    assert [one.sensor for one in rig.readings] == ["c", "b", "a"] * 2


def test_a_part_that_takes_longer_than_its_interval_is_never_called_twice_at_once() -> None:
    rig = Rig(slow("a", 2.5), slow("b", 0.1), interval=1.0)
    rig.run(30)
    begun = [at for at, what in rig.told if what == "a read"]
    assert all(later - earlier >= 2.5 for earlier, later in pairwise(begun))
    assert len(begun) >= 9
    assert len([what for _, what in rig.told if what == "b read"]) == 30


@pytest.mark.parametrize(
    ("seconds", "order"), [(18.0, ["a done", "b read"]), (20.0, ["b read", "a done"])]
)
def test_what_has_been_due_for_longest_goes_first_be_it_a_wait_or_a_sensor(
    seconds: float, order: list[str]
) -> None:
    rig = Rig(slow("a", seconds), slow("b", 0.0))
    rig.run(11.1)
    rig.clock.sleep(12.9)  # a bus that was busy: both are late now
    rig.run(0.01)
    told = [what for _, what in rig.since(24.9) if what in order]
    assert told[:2] == order


def test_each_step_beats_so_that_many_are_no_step_that_hangs() -> None:
    rig = Rig(slow("a", 0.1), slow("b", 0.1))
    beats: list[int] = []
    rig.sampler.beat = lambda: beats.append(1)
    rig.run(9)
    assert len(beats) == 2 * 3  # opened, begun, done


def test_outside_of_a_fiber_sleeping_is_sleeping() -> None:
    clock = SimulatedClock()
    CooperativeTimebase(clock).sleep(2.5)
    assert clock.now_ns() == 3.5 * SECOND
    assert CooperativeTimebase(clock).now_ns() == clock.now_ns()


def test_a_wait_of_nothing_lets_nobody_in() -> None:
    rig = Rig(slow("a", 0.0), slow("b", 0.0))
    rig.run(15)
    assert [what for _, what in rig.since(10)] == ["a read", "a done", "b read", "b done"]


class Stubborn(Slow):
    """Catches all that a driver may catch, and waits on its way out."""

    def wait(self) -> None:
        try:
            for _ in range(3):
                with suppress(DriverError):
                    super().wait()
        except Exception as error:  # noqa: BLE001 - as drivers of others do
            self.tell(f"swallowed {error}")
        finally:
            self.within = False
            self.tell("leaves")
            try:
                super().wait()
                self.tell("waited on its way out")
            finally:
                self.tell("is gone")


@pytest.mark.parametrize("kind", [Slow, Stubborn])
def test_at_the_end_whoever_waits_leaves_before_his_part_is_closed(kind: type[Slow]) -> None:
    rig = Rig(slow("a", 0.6, kind), slow("b", 0.0))
    rig.run(0.1)
    for driver in rig.drivers:
        driver.within = False  # what the assertion in `close` cannot know
    rig.sampler.close()
    assert [one.sensor for one in rig.readings] == ["b"]
    told = [what for _, what in rig.told if what.startswith("a ")]
    left = ["a leaves", "a is gone"] if kind is Stubborn else []
    assert told == ["a open", "a read", *left, "a close"]
    assert rig.clock.now_ns() == 1.1 * SECOND  # nobody has waited for anybody


def test_an_end_in_the_middle_of_opening_closes_the_part_too() -> None:
    class Opening(Slow):
        def open(self) -> None:
            super().open()
            self.wait()
            self.tell("opened")

    rig = Rig(slow("a", 5.0, Opening))
    rig.run(1)
    rig.sampler.close()
    assert [what for _, what in rig.told] == ["a open", "a close"]


class Faulty(Slow):
    def wait(self) -> None:
        super().wait()
        raise ZeroDivisionError("a bug")


def test_a_bug_behind_a_wait_leaves_the_step_as_any_bug() -> None:
    rig = Rig(slow("a", 0.5, Faulty), slow("b", 0.0))
    with pytest.raises(ZeroDivisionError, match="a bug"):
        rig.run(1)
    assert rig.clock.now_ns() == 1.5 * SECOND


class Failing(Slow):
    def wait(self) -> None:
        super().wait()
        self.within = False
        raise BusError("gone", "look")


def test_trouble_behind_a_wait_is_trouble_of_that_sensor_alone() -> None:
    rig = Rig(slow("a", 0.5, Failing), slow("b", 0.0))
    rig.run(30)
    assert rig.sensors[0].trouble.finding is not None
    assert not rig.sensors[0].measured
    assert rig.sensors[1].measured == 4


class Endless(Slow):
    """Never ready: it looks again and again, or waits for ever."""

    def wait(self) -> None:
        try:
            while True:
                super().wait()
        finally:
            self.within = False


@pytest.mark.parametrize("seconds", [0.02, 1e6])
def test_a_part_that_comes_to_no_end_is_absent_and_disturbs_nobody(seconds: float) -> None:
    rig = Rig(slow("a", seconds, Endless), slow("b", 0.0), interval=1.0)
    rig.run(LIMIT_NS / SECOND - 0.1)
    assert rig.sensors[0].present
    rig.run(0.2)
    assert rig.sensors[0].failed == 1
    assert (30.0 + 1.0, "a close") in rig.told
    assert rig.sensors[0].trouble.finding is not None
    assert "no end" in rig.sensors[0].trouble.finding.evidence
    assert rig.sensors[1].measured == 31
    rig.run(5)
    rig.sampler.close()


def test_a_worker_whose_part_is_waited_for_is_well_and_ends_cleanly() -> None:
    rig = Rig(slow("a", 0.6), slow("b", 0.0), interval=60.0)
    worker = Worker("bus", rig.sampler.sample_once, rig.clock, 1.0, at_end=rig.sampler.close)
    worker.start()
    until(lambda: rig.readings, lambda: rig.told)
    until(lambda: worker._busy_since_ns is None, lambda: "busy")
    rig.clock.sleep(0.5)
    assert worker.beats()
    rig.drivers[0].within = False
    worker.stop()
    assert worker.join(5)
    assert worker.failure is None
    assert [what for _, what in rig.told][-2:] == ["a close", "b close"]


def test_the_time_base_of_another_bus_waits_by_itself() -> None:
    """A virtual time parks nobody: who sleeps on it goes on at once."""
    virtual = VirtualTimebase()

    class Virtual(Slow):
        def wait(self) -> None:
            virtual.sleep(0.6)

    rig = Rig(slow("a", 0.6, Virtual), slow("b", 0.0))
    rig.run(5)
    assert [one.sensor for one in rig.readings] == ["a", "b"]
    assert virtual.now_ns() == 600_000_000


def test_a_sampler_that_nobody_has_any_more_leaves_nothing_behind() -> None:
    rig = Rig(slow("a", 0.1), slow("b", 0.0))
    rig.run(5)
    gone = [weakref.ref(driver) for driver in rig.drivers]
    del rig
    gc.collect()
    assert [one() for one in gone] == [None, None]


def test_a_node_parks_the_drivers_of_its_buses_and_a_busy_bus_beats(tmp_path: Path) -> None:
    text = f"""
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {tmp_path}}}
buffer: {{path: {tmp_path}/log.db}}
buses: {{main: {{type: i2c, device: {tmp_path}/no-bus}}}}
sensors: [{{name: air, driver: bme280, bus: main}}]
"""
    node = Node(parse(text), SystemClock())
    node.start()
    [worker] = [one for one in node.workers if one.name == "bus main"]
    sampler: Any = getattr(worker.step, "__self__", None)
    assert sampler.beat == worker.beat
    assert isinstance(node.buses.ports["main"].time, CooperativeTimebase)
    node.stop()
