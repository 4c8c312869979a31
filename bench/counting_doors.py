"""Doors with one sensor each, its model on the wire and its own driver, polled as it asks for.

Mounted as a technician would: VL53L1X at 2400 mm, over the wider doors at 2750 mm (its own
configuration refuses less for 1200 mm); AMG8833 at 2600 mm; the LD2450 faces the door from 2 m; the
beams are 100 mm apart.
"""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar, Literal, NamedTuple, Protocol

from bench.counting_baselines import TwoZonePath, WarmBlobs
from bench.counting_ports import MemoryPort, TappedI2c
from drivers.bus.sim import SimulatedGpio
from drivers.contract import Driver
from drivers.people.amg8833.driver import Amg8833, Amg8833Config
from drivers.people.amg8833.model import Amg8833Model
from drivers.people.beam_pair.driver import BeamPair, BeamPairConfig
from drivers.people.beam_pair.model import BeamPairModel
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.vl53l1x import mounting
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.simulation.scene import View
from drivers.timebase import VirtualTimebase

SensorName = Literal["beam-pair", "vl53l1x", "amg8833", "ld2450"]


class Counts(NamedTuple):
    """People since the start."""

    count_in: int
    count_out: int


class Baseline(Protocol):
    counted_in: int
    counted_out: int


class Door(ABC):
    """`step_s`: how often the part sees the world; the driver is polled at every `polls`-th."""

    step_s: ClassVar[float]
    polls: ClassVar[int]
    reach_m: ClassVar[float] = 2.0
    """Whoever is farther from the line is out of its sight."""
    settles_s: ClassVar[float] = 1.5
    """When nobody has been near for so long, all who came have been counted or never will be."""

    driver: Driver
    baseline: Baseline | None = None
    _steps = 0

    @abstractmethod
    def __init__(self, width_mm: int, seed: int) -> None: ...

    def show(self, view: View) -> None:
        self._step(view)
        self._steps += 1
        if self._steps % self.polls == 0:
            self.driver.poll()

    @property
    def counts(self) -> Counts:
        sample = self.driver.read()
        return Counts(int(sample["count_in"] or 0), int(sample["count_out"] or 0))

    @property
    def baseline_counts(self) -> Counts | None:
        if self.baseline is None:
            return None
        return Counts(self.baseline.counted_in, self.baseline.counted_out)

    @property
    def blind_s(self) -> float:
        return self.driver.read()["blind_time"] or 0.0

    @abstractmethod
    def _step(self, view: View) -> None: ...


class BeamDoor(Door):
    """A beam pair, which sees arms and bounces; its edges carry the time at which they come."""

    step_s, polls = 0.02, 50
    fine_steps, near_m = 10, 0.8

    def __init__(self, width_mm: int, seed: int) -> None:
        config = BeamPairConfig(17, 27)
        self._time = VirtualTimebase()
        self._bus = SimulatedGpio(self._time)
        self._bus.attach(BeamPairModel(config, seed))
        self._bus.step(View(0.0))
        self.driver = BeamPair(self._bus, config)
        self.driver.open()

    def _step(self, view: View) -> None:
        near = any(abs(body.along) < self.near_m for body in view.bodies)
        steps = self.fine_steps if near else 1
        for left in reversed(range(steps)):
            self._time.sleep(self.step_s / steps)
            self._bus.step(_earlier(view, left * self.step_s / steps))


class DistanceDoor(Door):
    """A VL53L1X; two steps in each of its measurements, which see the middle of their time.

    Its driver holds who has gone through for 4 s; at 2 m/s he is near for 0.9 s of them.
    """

    step_s, polls, settles_s = 0.0125, 2, 3.3

    def __init__(self, width_mm: int, seed: int) -> None:
        config = Vl53l1xConfig(2400 if width_mm <= 1000 else 2750, door_width_mm=width_mm)
        outer = mounting.CENTRES[config.mount][config.width][0]
        self.baseline = TwoZonePath(outer, config.mounting_height_mm)
        self._bus = TappedI2c(seed, self.baseline.tap)
        self._bus.attach(Vl53l1xModel(config, seed))
        self._bus.step(View(0.0))
        self.driver = Vl53l1x(self._bus, config)
        self.driver.open()

    def _step(self, view: View) -> None:
        self._bus.step(view)


class ThermalDoor(Door):
    """An AMG8833; a frame is of the step in which it is read."""

    step_s, polls = 0.1, 1

    def __init__(self, width_mm: int, seed: int) -> None:
        config = Amg8833Config(mounting_height_mm=2600, door_width_mm=width_mm)
        self.baseline = WarmBlobs()
        self._bus = TappedI2c(seed, self.baseline.tap)
        self._bus.attach(Amg8833Model(config, seed))
        self._bus.step(View(0.0))
        self._bus.time.sleep(1.0)  # it has had its supply for a while
        self.driver = Amg8833(self._bus, config)
        self.driver.open()

    def _step(self, view: View) -> None:
        self._bus.step(view)


class RadarDoor(Door):
    """An LD2450, which sees people in all of the scene."""

    step_s, polls, reach_m = 0.1, 2, 4.0

    def __init__(self, width_mm: int, seed: int) -> None:
        config = Ld2450Config()
        self._port = MemoryPort(Ld2450Model(config, seed), self.step_s)
        self.driver = Ld2450(self._port, config)
        self.driver.open()

    def _step(self, view: View) -> None:
        self._port.step(view)


def _earlier(view: View, seconds: float) -> View:
    """What there was so shortly before."""
    if not seconds:
        return view
    bodies = (body._replace(along=body.along - body.speed * seconds) for body in view.bodies)
    return replace(view, now_s=view.now_s - seconds, bodies=tuple(bodies))


DOORS: dict[SensorName, type[Door]] = {
    "beam-pair": BeamDoor,
    "vl53l1x": DistanceDoor,
    "amg8833": ThermalDoor,
    "ld2450": RadarDoor,
}
