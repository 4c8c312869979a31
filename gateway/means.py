"""Means of gauges, each by the rule of its quantity.

An angle averages as a direction (Mardia and Jupp, Directional Statistics, 2.2), a level in decibels
by its energy (ISO 1996-1, equivalent continuous level), what spans decades by its logarithm.
"""

from collections.abc import Callable, Sequence
from math import atan2, cos, degrees, exp, fsum, hypot, log, log10, radians, sin

from drivers.quantities import Mean

_NO_DIRECTION = 1e-9
"""Directions that cancel each other out have no mean; shorter than this is rounding."""


def mean(kind: Mean, values: Sequence[float], weights: Sequence[float]) -> float | None:
    """Of at least one value, as many weights, all above 0; None if directions cancel out."""
    return _RULES[kind](values, weights)


def _arithmetic(values: Sequence[float], weights: Sequence[float]) -> float:
    return fsum(v * w for v, w in zip(values, weights, strict=True)) / fsum(weights)


def _circular(values: Sequence[float], weights: Sequence[float]) -> float | None:
    """Degrees from 0 to below 360."""
    east = _arithmetic([sin(radians(v)) for v in values], weights)
    north = _arithmetic([cos(radians(v)) for v in values], weights)
    if hypot(east, north) < _NO_DIRECTION:
        return None
    return degrees(atan2(east, north)) % 360


def _energetic(values: Sequence[float], weights: Sequence[float]) -> float:
    top = max(values)  # so that no power overflows
    return top + 10 * log10(_arithmetic([10 ** ((v - top) / 10) for v in values], weights))


def _geometric(values: Sequence[float], weights: Sequence[float]) -> float:
    """0 if one of them is not above 0."""
    if min(values) <= 0:
        return 0.0
    return exp(_arithmetic([log(v) for v in values], weights))


_RULES: dict[Mean, Callable[[Sequence[float], Sequence[float]], float | None]] = {
    Mean.ARITHMETIC: _arithmetic,
    Mean.CIRCULAR: _circular,
    Mean.ENERGETIC: _energetic,
    Mean.GEOMETRIC: _geometric,
}
