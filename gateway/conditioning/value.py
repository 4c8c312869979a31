"""One value on its way to a reading, and what may be suspect about it."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from drivers.quantities import Mean, Quantity
from gateway.model import Flag

NOTHING = Flag(0)

Others = Callable[[str, str, Flag], float | None]
"""Newest value of another sensor's quantity, flagged with nothing but those; None = none such."""


class Value(NamedTuple):
    """What the part has said (`raw`) at a moment, and what is made of it (`true`)."""

    raw: float
    true: float
    at_ns: int


class Suspicion(NamedTuple):
    """Why a value is flagged: the evidence, and the one thing to do."""

    flag: Flag
    evidence: str
    cure: str


class Judge(Protocol):
    """Looks at one quantity of one sensor, value by value in the order of time."""

    def suspicion(self, value: Value) -> Suspicion | None:
        """What is suspect about this value, if anything."""
        ...


def distance(quantity: Quantity, a: float, b: float) -> float:
    """How far two values are apart; of directions the shorter way round."""
    apart = abs(a - b)
    if quantity.mean is Mean.CIRCULAR:
        apart %= 360
        return min(apart, 360 - apart)
    return apart


def shown(quantity: Quantity, value: float) -> str:
    """A value with its unit, for evidence."""
    unit = "" if quantity.unit == "1" else f" {quantity.unit}"
    return f"{value:.{quantity.decimals}f}{unit}"
