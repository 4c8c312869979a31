"""A simulated I2C bus whose answers are spoilt at random: what no chip says when it is well."""

import random
from typing import Any

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Part
from drivers.errors import DriverError
from drivers.quantities import QUANTITIES


class SpoiltI2c(SimulatedI2c):
    """Each answer is with a chance of `share` random, ones, zeros, or one bit wrong."""

    def __init__(self, seed: int, share: float = 0.2) -> None:
        super().__init__(seed)
        self.share = share
        self.chance = random.Random(seed)

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        answer = super().transfer(address, write, read)
        if not read or self.chance.random() > self.share:
            return answer
        flipped = bytearray(answer)
        flipped[self.chance.randrange(read)] ^= 1 << self.chance.randrange(8)
        random_bytes = self.chance.randbytes(read)
        return self.chance.choice([bytes(flipped), random_bytes, b"\xff" * read, bytes(read)])


def survives(part: Part, rounds: int, config: Any = None) -> tuple[int, int]:
    """Opens and reads `rounds` times over a spoilt bus; how often it gave a sample, and an error.

    Anything but a DriverError passes through and fails the test; so does a value outside the range
    of its quantity, and a read that takes more than 10 s of bus time.
    """
    made = config or part.config()
    bus = SpoiltI2c(seed=rounds)
    bus.attach(part.model(made))  # type: ignore[arg-type]
    driver, well, failed, is_open = part.driver(bus, made), 0, 0, False
    for _ in range(rounds):
        began_ns = bus.time.now_ns()
        try:
            if not is_open:
                driver.open()
                is_open = True
            sample = driver.read()
            for name, value in sample.items():
                assert name in {quantity.name for quantity in driver.channels}
                quantity = QUANTITIES[name]
                assert value is None or quantity.minimum <= value <= quantity.maximum
            well += 1
            is_open = bus.chance.random() > 0.1
        except DriverError:
            failed, is_open = failed + 1, False
        assert bus.time.now_ns() - began_ns < 10_000_000_000
    return well, failed
