"""A part that counts what a test lets through, on any simulated I2C bus."""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from drivers.contract import Driver, I2cModel, Part, Sample
from drivers.quantities import COUNT_IN, Quantity


class TurnstileConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing can be chosen."""

    address: int = 0x10


class Turnstile(Driver):
    """Everybody who `pushes` it is counted, for ever."""

    channels: ClassVar[Sequence[Quantity]] = (COUNT_IN,)
    poll_every = 10.0

    def __init__(self, bus: object, config: TurnstileConfig) -> None:
        self.pushes = 0

    def open(self) -> None:
        """It is there."""

    def read(self) -> Sample:
        return {"count_in": self.pushes}

    def close(self) -> None:
        """It stays there."""


class Nothing(I2cModel):
    """It does not answer on the bus."""

    def __init__(self, config: TurnstileConfig) -> None:
        self.address = config.address

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        return None


PART = Part("i2c", TurnstileConfig, Turnstile, Nothing)


def offer(built_in: dict[str, Any]) -> None:
    """Let configurations name it."""
    built_in["turnstile"] = f"{__name__}:PART"
