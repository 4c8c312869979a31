"""Whether one sensor by itself can be believed: range, rate, and whether it moves at all.

**Range.** The corrected value lies between two limits: what the quantity can be at all, and closer
ones for the place. No state.

**Rate.** What the part says is compared with two values: the last plausible one, and the one just
before it, plausible or not. It is plausible if it lies within reach of either: the limit for each
minute between them, less than a minute counting as one (or noise would be flagged where values
come fast). So a spike is flagged and what follows it is not; a step that stays is flagged once,
because the second value there agrees with the first; after a pause the reach is as much longer.
Values that jump about are flagged each.

**Stuck.** An anchor is a value and its time. While what the part says stays within the resolution
of its quantity from the anchor, time adds up; the first value farther away is the next anchor.
After `stuck_after` all values are flagged until it moves. A pause of more than half of that begins
anew: what nobody has looked at is no evidence. There is no limit by default: light stands still all
night, and clean air has no dust for days.
"""

from drivers.quantities import Quantity
from gateway.conditioning.value import Suspicion, Value, distance, shown
from gateway.model import Flag

_MINUTE_NS = 60_000_000_000

_WIRING = "compare with another instrument; look for a loose wire, water, a heater beside it"


class Range:
    """`limits` of the place; None = what the quantity can be at all.

    Plausible is what lies from `low` to `high`.
    """

    def __init__(self, quantity: Quantity, limits: tuple[float, float] | None) -> None:
        lowest, highest = limits or (quantity.minimum, quantity.maximum)
        self._quantity = quantity
        self.low = max(lowest, quantity.minimum)
        self.high = min(highest, quantity.maximum)

    def has(self, value: float) -> bool:
        """Whether it is plausible."""
        return self.low <= value <= self.high

    def suspicion(self, value: Value) -> Suspicion | None:
        if self.has(value.true):
            return None
        said, unit = shown(self._quantity, value.true), self._quantity
        limits = f"{self.low:.12g} to {shown(unit, self.high)}"
        cure = f"{_WIRING}; if it is true: widen the range, or renew the calibration"
        return Suspicion(Flag.RANGE, f"it says {said}, plausible is {limits}", cure)


class Rate:
    """At most `per_minute` from one value to the next."""

    def __init__(self, quantity: Quantity, per_minute: float) -> None:
        self._quantity = quantity
        self._per_minute = per_minute
        self._plausible: Value | None = None
        self._previous: Value | None = None

    def suspicion(self, value: Value) -> Suspicion | None:
        previous, self._previous = self._previous, value
        if previous is None or self._reaches(previous, value) or self._reaches_plausible(value):
            self._plausible = value
            return None
        said = f"from {self._shown(previous)} to {self._shown(value)}"
        seconds = (value.at_ns - previous.at_ns) / 1e9
        cure = f"{_WIRING}; if it is true: raise change_per_minute"
        return Suspicion(Flag.RATE, f"{said} in {seconds:.3g} s", cure)

    def _reaches_plausible(self, value: Value) -> bool:
        return self._plausible is not None and self._reaches(self._plausible, value)

    def _reaches(self, earlier: Value, value: Value) -> bool:
        minutes = max(1.0, (value.at_ns - earlier.at_ns) / _MINUTE_NS)
        return distance(self._quantity, earlier.raw, value.raw) <= self._per_minute * minutes

    def _shown(self, value: Value) -> str:
        return shown(self._quantity, value.raw)


class Stuck:
    """Suspect from `after_s` seconds without a change on."""

    def __init__(self, quantity: Quantity, after_s: float) -> None:
        self._quantity = quantity
        self._after_ns = round(after_s * 1e9)
        self._anchor: Value | None = None
        self._seen_ns = 0

    def suspicion(self, value: Value) -> Suspicion | None:
        paused = value.at_ns - self._seen_ns > self._after_ns // 2
        self._seen_ns = value.at_ns
        if self._anchor is None or paused or self._moved(self._anchor, value):
            self._anchor = value
            return None
        still_ns = value.at_ns - self._anchor.at_ns
        if still_ns < self._after_ns:
            return None
        evidence = f"{shown(self._quantity, value.raw)} for {still_ns / 3.6e12:.3g} h"
        cure = "take its power away and give it back; if it stays so, replace the part"
        return Suspicion(Flag.STUCK, evidence, cure)

    def _moved(self, anchor: Value, value: Value) -> bool:
        apart = distance(self._quantity, anchor.raw, value.raw)
        return apart > self._quantity.resolution * _ROUNDING


_ROUNDING = 1 + 1e-6
"""Two values one resolution apart are so only as nearly as a float is."""
