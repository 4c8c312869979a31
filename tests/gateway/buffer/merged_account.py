"""What rows say all in all, kept with fractions: what merging must not change."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from drivers.quantities import QUANTITIES, Kind, Mean
from gateway.buffer.rows import Row
from gateway.model import Flag
from tests.gateway.buffer.streams import STAY, is_averaged

Weighed = list[tuple[float, int]]
"""Values and how many readings each is of."""


def raw_range(row: Row) -> tuple[int, int, list[str]]:
    """(position of the first reading in the row, how many there are, their values)."""
    texts = row.packed.split(",")
    if not row.layout.step_s:
        return row.position, 1, texts
    return row.position - int(texts[0]), int(texts[1]), texts[2:]


def values_of(row: Row) -> dict[str, Fraction | None]:
    texts = zip(row.layout.names, raw_range(row)[2], strict=True)
    return {name: None if text == "null" else Fraction(text) for name, text in texts}


@dataclass(frozen=True)
class Told:
    """What rows say of a quantity: all but means."""

    n: int
    last: Fraction | None
    low: Fraction | None
    high: Fraction | None
    flags: int
    sound: bool
    has_raw: bool

    def then(self, other: "Told") -> "Told":
        both = (self, other)
        sound = self.sound or other.sound
        chosen = [one for one in both if one.sound is sound]
        flags = self.flags | other.flags
        return Told(
            sum(one.n for one in chosen),
            next((one.last for one in reversed(chosen) if one.last is not None), None),
            min((one.low for one in both if one.low is not None), default=None),
            max((one.high for one in both if one.high is not None), default=None),
            flags | Flag.PARTLY if sound and flags else flags,
            sound,
            self.has_raw or other.has_raw,
        )


def told(row: Row, name: str) -> Told:
    said = values_of(row)
    value = said[name]
    n, flags = (
        int(said.get(f"{name}_n", value is not None) or 0),
        int(said.get(f"{name}_flags") or 0),
    )
    sound = n > 0 and (not flags or bool(flags & Flag.PARTLY))
    low, high = said.get(f"{name}_min", value), said.get(f"{name}_max", value)
    if QUANTITIES[name].mean is Mean.CIRCULAR:
        low = high = None
    last = value if QUANTITIES[name].kind is Kind.STATE else None
    return Told(n, last, low, high, flags, sound, f"{name}_raw" in said)


def mergeable(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.layout not in STAY]


def account(rows: Iterable[Row]) -> dict[tuple[str, str], Any]:
    """By sensor: readings, sums, extremes, flags, what was known last; all but the means."""
    found: dict[tuple[str, str], Any] = {}
    for row in mergeable(rows):
        sensor = row.layout.sensor
        found[sensor, "readings"] = found.get((sensor, "readings"), 0) + raw_range(row)[1]
        for name, value in values_of(row).items():
            known = found.get((sensor, name))
            if is_averaged(name):
                one = told(row, name)
                found[sensor, name] = one if known is None else known.then(one)
            elif name in QUANTITIES and value is not None:
                adds = QUANTITIES[name].kind is Kind.COUNTER
                found[sensor, name] = value + (known or 0) if adds else value
        for name, used in row.layout.calibrations:
            ids = found.get((sensor, f"{name} by"), [])
            found[sensor, f"{name} by"] = [*dict.fromkeys([*ids, *used.split("+")])]
    return found


def chosen(rows: Iterable[Row], name: str, of: str) -> Weighed:
    """The values and weights that the mean is of; what was not corrected is what the part said."""
    having = [row for row in rows if name in row.layout.names]
    sound = [row for row in having if told(row, name).sound]
    weighed = [(values_of(row), told(row, name).n) for row in sound or having]
    known = [(values.get(of), values[name], n) for values, n in weighed if n]
    told_of = [(value if raw is None else raw, n) for raw, value, n in known]
    return [(float(value), n) for value, n in told_of if value is not None]
