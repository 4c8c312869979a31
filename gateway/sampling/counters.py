"""Counters of a driver, cumulative since its construction, to what a reading carries.

A reading carries the amount of its own interval. What a reading could not carry (because none was
stored, or an earlier run has counted it) is carried by the next one. Running totals are the log's
affair.
"""

from collections.abc import Sequence

from drivers.contract import Sample
from drivers.quantities import BLIND_TIME, Kind, Quantity


class Counters:
    """The counters of one sensor."""

    def __init__(self, channels: Sequence[Quantity]) -> None:
        self._counters = [quantity for quantity in channels if quantity.kind is Kind.COUNTER]
        self._carried = {quantity.name: 0.0 for quantity in self._counters}

    def __bool__(self) -> bool:
        """Whether the sensor counts at all."""
        return bool(self._counters)

    def resume(self, counts: Sample) -> None:
        """An earlier run has counted so much that no reading carries."""
        for name, amount in counts.items():
            if name in self._carried:
                self._carried[name] -= amount or 0.0

    def missed(self, seconds: float) -> None:
        """So long nobody looked, before this driver did; of use where blind time is told."""
        self.resume({BLIND_TIME.name: seconds})

    def values(self, sample: Sample) -> Sample:
        """The values of the reading that would be made of `sample`."""
        return {**sample, **self.amounts(sample)} if self._counters else sample

    def amounts(self, sample: Sample) -> dict[str, float]:
        """What no reading has carried yet, by counter; without what sums of long ago add to it."""
        return {
            quantity.name: round(now - self._carried[quantity.name], 6)
            for quantity in self._counters
            if (now := sample.get(quantity.name)) is not None
        }

    def carried(self, sample: Sample) -> None:
        """A reading of that sample was stored: its counts are carried now."""
        for quantity in self._counters:
            now = sample.get(quantity.name)
            if now is not None:
                self._carried[quantity.name] = now
