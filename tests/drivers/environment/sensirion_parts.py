"""What the tests of all Sensirion parts do: a part on a bus, and noise on its wire."""

import random
from collections.abc import Callable
from typing import Any

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Driver
from drivers.environment.sensirion_model import SensirionModel
from drivers.errors import DriverError
from drivers.quantities import QUANTITIES
from tests.chaos.form import rounds


class Bench:
    """One driver and its model on a simulated bus."""

    def __init__(self, driver: Callable[[Any, Any], Driver], model: SensirionModel, config: Any):
        self.bus = SimulatedI2c()
        self.model: Any = model
        self.bus.attach(model)
        self.driver: Any = driver(self.bus, config)

    def wait(self, seconds: float) -> None:
        self.bus.time.sleep(seconds)

    @property
    def fault(self) -> Any:
        return self.bus.faults.get(self.model.address)

    @fault.setter
    def fault(self, fault: Any) -> None:
        if fault is None:
            self.bus.faults.pop(self.model.address, None)
        else:
            self.bus.faults[self.model.address] = fault


class Mutation:
    """Spoils some answers of a bus: a bit, a length, all bytes, or nothing."""

    def __init__(self, bus: SimulatedI2c, seed: int) -> None:
        self._transfer = bus.transfer
        self._random = random.Random(seed)
        bus.transfer = self.transfer  # type: ignore[method-assign]

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        answer = bytearray(self._transfer(address, write, read))
        kind = self._random.randrange(8)
        if answer and kind == 0:
            answer[self._random.randrange(len(answer))] ^= 1 << self._random.randrange(8)
        if answer and kind == 1:
            del answer[self._random.randrange(len(answer)) :]
        if kind == 2:
            answer[:] = self._random.randbytes(len(answer))
        return bytes(answer)


def survives_noise(make: Callable[[], Bench], between_s: float) -> None:
    """No exception but DriverError, and no value that the table of quantities does not know."""
    bench = make()
    Mutation(bench.bus, seed=11)
    is_open = False
    for _ in range(rounds(1_000, 1_000_000)):
        bench.wait(between_s)
        try:
            if not is_open:
                bench.driver.open()
                is_open = True
            bench.driver.poll()
            check(bench.driver.read())
        except DriverError:
            is_open = False
            bench.driver.close()


def check(sample: dict[str, float | None]) -> None:
    for name, value in sample.items():
        row = QUANTITIES[name]
        assert value is None or row.minimum <= value <= row.maximum, (name, value)
