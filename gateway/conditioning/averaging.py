"""Many values of an interval as one: the mean by the rule of its quantity, and what it is of.

Theory: of each quantity all values are kept until the interval ends. The mean is of those that
nothing is suspect about; only where each is suspect, of all. The smallest and the largest are of
all, so that a spike is seen though it has no part in the mean, and the flags are those of all
together, with PARTLY where some had no part in it. `n` is how many values the mean is of, its
weight when means are merged later. A direction has no smallest and no largest; a state is its last
value.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from drivers.quantities import FLAGS, QUANTITIES, RAW, Kind, Mean, Quantity
from gateway.conditioning.value import NOTHING
from gateway.means import mean
from gateway.model import Flag


class Part(NamedTuple):
    """One value of a quantity; `raw` only where it was corrected."""

    value: float | None
    raw: float | None = None
    flags: Flag = NOTHING


Parts = Mapping[str, Part]
"""By quantity."""


def single(parts: Parts) -> dict[str, float | None]:
    """The values of a reading that is of one moment."""
    values: dict[str, float | None] = {}
    for name, part in parts.items():
        values[name] = part.value
        if part.raw is not None:
            values[name + RAW] = part.raw
        if part.flags:
            values[name + FLAGS] = int(part.flags)
    return values


def averaged(taken: Sequence[Parts]) -> dict[str, float | None]:
    """The values of a reading of all that was taken in its interval."""
    names = dict.fromkeys(name for parts in taken for name in parts)
    values: dict[str, float | None] = {}
    for name in names:
        known = [parts[name] for parts in taken if name in parts and parts[name].value is not None]
        values |= _one(QUANTITIES[name], known)
    return values


def _one(quantity: Quantity, known: Sequence[Part]) -> dict[str, float | None]:
    """`known` have a value; null where there is none of them."""
    name, combined = quantity.name, NOTHING
    for part in known:
        combined |= part.flags
    used = [part for part in known if not part.flags] or known
    if len(used) < len(known):
        combined |= Flag.PARTLY
    value = _combined(quantity, [part.value for part in used])
    values: dict[str, float | None] = {name: value}
    if quantity.mean is not Mean.CIRCULAR:
        everything = [part.value for part in known if part.value is not None]
        values[name + "_min"] = min(everything, default=None)
        values[name + "_max"] = max(everything, default=None)
    values[name + "_n"] = 0 if value is None else len(used)
    if any(part.raw is not None for part in used):
        values[name + RAW] = _combined(quantity, [part.raw for part in used])
    if combined:
        values[name + FLAGS] = int(combined)
    return values


def _combined(quantity: Quantity, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    if quantity.kind is not Kind.GAUGE:
        return known[-1]
    return mean(quantity.mean, known, [1.0] * len(known))
