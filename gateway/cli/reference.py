"""A sensor beside the truth: what it says over some time, whether that is steady, what follows.

The mean is by the rule of the quantity, the spread is the standard deviation of single readings.
What follows is an entry for the `calibrations` of the sensor, as it would stand in the file. A
quantity has one entry: one that has one point gets a second one beside it, if both can be on one
rising line; any other is replaced.
"""

from collections.abc import Collection, Iterable, Sequence
from math import sqrt

import msgspec

from drivers.quantities import Quantity
from gateway.errors import NotNow
from gateway.means import mean

Point = tuple[float, float]
"""What the sensor says, what is true."""

_LONGEST_NAME = 40
FEWEST = 3


class Measured(msgspec.Struct, frozen=True):
    """`n` values of one quantity, in its unit."""

    n: int
    mean: float
    spread: float
    lowest: float
    highest: float


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of `calibrations`; `on` is a date, "" where nobody vouches for the clock."""

    id: str
    quantity: str
    on: str
    points: tuple[Point, ...] = ()


def measured(quantity: Quantity, values: Sequence[float]) -> Measured:
    """Raises NotNow if they are too few to say anything."""
    if len(values) < FEWEST:
        raise NotNow(
            f"the sensor gave {len(values)} values of {quantity.name}: too few",
            "listen for longer: --seconds 300",
        )
    middle = mean(quantity.mean, values, [1.0] * len(values))
    middle = sum(values) / len(values) if middle is None else middle
    spread = sqrt(sum((value - middle) ** 2 for value in values) / (len(values) - 1))
    digits = quantity.decimals + 1
    return Measured(
        len(values), round(middle, digits), round(spread, digits + 1), min(values), max(values)
    )


def steady(told: Iterable[tuple[float, float]], seconds: float, within: float) -> list[float]:
    """The values of the last third of `seconds`; raises NotNow if they move.

    `told` are values with the time since the begin.
    """
    late = [value for value, at_s in told if at_s >= seconds * 2 / 3]
    if len(late) < FEWEST:
        raise NotNow(
            f"only {len(late)} values in the last {seconds / 3:.0f} s: that tells nothing",
            "look at its supply and its wires: gateway doctor",
        )
    if max(late) - min(late) > within:
        raise NotNow(
            f"not steady: from {min(late):g} to {max(late):g} in the last {seconds / 3:.0f} s, "
            f"at most {within:g} may lie between",
            "keep away from the sensor, do not breathe on it, let the air settle; then try again",
        )
    return late


def entry(
    sensor: str, quantity: Quantity, on: str, points: tuple[Point, ...], taken: Collection[str]
) -> Entry:
    """A new one; without points, for a part that was corrected itself: `taken` are ids in use."""
    date = on.replace("-", "") or "new"
    tail = f"-{quantity.name.replace('_', '-')}-{date}"
    head = sensor[: _LONGEST_NAME - len(tail) - 2].strip("-")
    name, number = head + tail, 2
    while name in taken:
        name, number = f"{head}{tail}-{number}", number + 1
    return Entry(name, quantity.name, on, points)


def with_second(point: Point, before: Sequence[Point]) -> tuple[Point, ...]:
    """The new point, and the only one that there was before, where a rising line joins them."""
    both = sorted([*before, point])
    if len(both) != 2:
        return (point,)
    (raw, true), (other_raw, other_true) = both
    return tuple(both) if other_raw > raw and other_true > true else (point,)


def snippet(sensor: str, told: Entry) -> str:
    """The lines for the configuration."""
    lines = [
        "sensors:",
        f"  - name: {sensor}",
        "    calibrations:",
        f"      - id: {told.id}",
        f"        quantity: {told.quantity}",
        f"        on: {told.on}"
        if told.on
        else "        on: YYYY-MM-DD # write the date: nobody vouches for the clock here",
    ]
    if told.points:
        pairs = ", ".join(f"[{raw:g}, {true:g}]" for raw, true in told.points)
        lines.append(f"        points: [{pairs}]")
    return "\n".join(lines)
