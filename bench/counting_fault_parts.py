"""Sensors as `bench.counting_doors` mounts them, on the buses of `bench.counting_fault_buses`."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from bench.counting_fault_buses import Chance, FaultyGpio, FaultyI2c, FaultyPort, Late
from bench.counting_ports import SleepTime
from drivers.contract import Driver
from drivers.people.amg8833 import codec as amg8833
from drivers.people.amg8833.driver import Amg8833, Amg8833Config
from drivers.people.amg8833.model import Amg8833Model
from drivers.people.beam_pair.driver import BeamPair, BeamPairConfig
from drivers.people.beam_pair.model import BeamPairModel
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.tf_luna_pair import codec as tf_luna
from drivers.people.tf_luna_pair.driver import TfLunaPair, TfLunaPairConfig
from drivers.people.tf_luna_pair.model import TfLunaPairModel
from drivers.people.vl53l1x import codec as vl53l1x
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.simulation.scene import View

PartName = Literal["beam-pair", "beam-pair-high", "vl53l1x", "amg8833", "ld2450", "tf-luna-pair"]
"""`beam-pair-high`: `broken: high`, so that a beam without supply looks broken."""


class FaultyPart(ABC):
    """`step_s`: how often it sees the world. `seen_m`: who is nearer to the line is in its sight.

    `settles_s` as `bench.counting_doors` has it. `starts_s` passes until it counts after its
    supply has come back and it was opened.
    """

    step_s: ClassVar[float]
    seen_m: ClassVar[float]
    reach_m: ClassVar[float] = 2.0
    settles_s: ClassVar[float] = 1.5
    starts_s: ClassVar[float] = 0.5

    driver: Driver

    @abstractmethod
    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None: ...

    @abstractmethod
    def step(self, view: View) -> None:
        """The part sees the world, and its bus the time."""

    def restart(self, view: View) -> None:
        """Its supply is back: it is as after power-on."""
        raise NotImplementedError


class Beams(FaultyPart):
    step_s, seen_m = 0.01, 0.4
    config: ClassVar[BeamPairConfig] = BeamPairConfig(17, 27)

    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None:
        self._bus = FaultyGpio(time, chance, self.config.lines)
        self._bus.attach(BeamPairModel(self.config))
        self._bus.step(View(0.0))
        self.driver = BeamPair(self._bus, self.config)

    def step(self, view: View) -> None:
        self._bus.step(view)

    def restart(self, view: View) -> None:
        """It has nothing to forget."""


class BeamsHigh(Beams):
    config = BeamPairConfig(17, 27, broken="high")


class _OnI2c(FaultyPart):
    _bus: FaultyI2c

    def step(self, view: View) -> None:
        self._bus.step(view)


class Distance(_OnI2c):
    step_s, seen_m, settles_s = 0.0125, 0.6, 3.3

    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None:
        config = Vl53l1xConfig(2400)
        late = Late(vl53l1x.index(vl53l1x.RESULT), lambda new, _: bytes([new[0] & ~7]) + new[1:])
        self._bus = FaultyI2c(seed, time, chance, late)
        self._model = Vl53l1xModel(config, seed)
        self._bus.attach(self._model)
        self.driver = Vl53l1x(self._bus, config)

    def restart(self, view: View) -> None:
        self._model.brown_out(round(view.now_s * 1e9))


class Thermal(_OnI2c):
    step_s, seen_m, starts_s = 0.1, 1.2, 17.5

    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None:
        config = Amg8833Config(mounting_height_mm=2600, door_width_mm=900)
        late = Late(bytes([amg8833.PIXELS]), lambda _, before: before)
        self._bus = FaultyI2c(seed, time, chance, late)
        self._model = Amg8833Model(config, seed)
        self._bus.attach(self._model)
        self.driver = Amg8833(self._bus, config)

    def restart(self, view: View) -> None:
        self._model.brown_out(round(view.now_s * 1e9))


class Lidars(_OnI2c):
    """Both share one cable."""

    step_s, seen_m, starts_s = 0.02, 0.4, 2.5

    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None:
        config = TfLunaPairConfig()
        late = Late(bytes([tf_luna.MEASUREMENT]), lambda _, before: before)
        self._bus = FaultyI2c(seed, time, chance, late)
        self._model = TfLunaPairModel(config, seed)
        self._bus.attach(self._model)
        self.driver = TfLunaPair(self._bus, config)

    def restart(self, view: View) -> None:
        self._model.brown_out()
        self._model.inner.brown_out()


class Radar(FaultyPart):
    step_s, seen_m, reach_m = 0.1, 1.2, 4.0

    def __init__(self, time: SleepTime, chance: Chance, seed: int) -> None:
        self._config = Ld2450Config()
        self._seed = seed
        self._port = FaultyPort(Ld2450Model(self._config, seed), time, chance)
        self.driver = Ld2450(self._port, self._config)

    def step(self, view: View) -> None:
        self._port.step(view)

    def restart(self, view: View) -> None:
        self._seed += 1
        self._port.replace(Ld2450Model(self._config, self._seed), view)


PARTS: dict[PartName, type[FaultyPart]] = {
    "beam-pair": Beams,
    "beam-pair-high": BeamsHigh,
    "vl53l1x": Distance,
    "amg8833": Thermal,
    "ld2450": Radar,
    "tf-luna-pair": Lidars,
}
