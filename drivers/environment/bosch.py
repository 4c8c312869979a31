"""What the drivers of Bosch's air sensors have in common."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from drivers.errors import BadData

CELSIUS = (-40.0, 85.0)
PASCAL = (30_000.0, 110_000.0)
"""What these parts can measure (BME280 DS001 1.1 to 1.3, BME680 DS001 1.2)."""


class Calibrated(Protocol):
    """Coefficients from the part's memory; `t` are those of the temperature."""

    @property
    def t(self) -> tuple[int, ...]: ...


C = TypeVar("C", bound=Calibrated)


def read_calibration(blocks: Callable[[], tuple[bytes, ...]], decode: Callable[..., C]) -> C:
    """Read twice: after a brown-out single bytes come garbled, and T1 is never 0.

    Raises BadData.
    """
    read: tuple[Any, ...] = blocks()
    if read != blocks():
        raise BadData("calibration read twice, two answers", "check the supply of the sensor")
    calibration = decode(*read)
    if calibration.t[0] == 0:
        raise BadData("calibration is empty (T1 = 0)", "power-cycle the sensor")
    return calibration


def within(value: float | None, limits: tuple[float, float]) -> float | None:
    """The value if the part can say it, else None."""
    low, high = limits
    return value if value is not None and low <= value <= high else None
