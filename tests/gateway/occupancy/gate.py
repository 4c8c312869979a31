"""A part that counts both ways what a test lets through, on any simulated I2C bus."""

from collections.abc import Sequence
from typing import Any, ClassVar

from drivers.contract import Part, Sample
from drivers.quantities import COUNT_IN, COUNT_OUT, Quantity
from tests.chaos.turnstile import Nothing, Turnstile, TurnstileConfig


class Gate(Turnstile):
    """Also who leaves is counted."""

    channels: ClassVar[Sequence[Quantity]] = (COUNT_IN, COUNT_OUT)

    def __init__(self, bus: object, config: TurnstileConfig) -> None:
        super().__init__(bus, config)
        self.left = 0

    def read(self) -> Sample:
        return {"count_in": self.pushes, "count_out": self.left}


PART = Part("i2c", TurnstileConfig, Gate, Nothing)


def offer(built_in: dict[str, Any]) -> None:
    """Let configurations name it."""
    built_in["gate"] = f"{__name__}:PART"
