"""Counters of a driver, cumulative since its construction, to what a reading carries.

A reading carries the amount of its own interval and, where the quantity names one, a running total
that survives restarts. What a reading could not carry (because none was stored) is carried by the
next one.
"""

from collections.abc import Mapping, Sequence

from drivers.contract import Sample
from drivers.quantities import Kind, Quantity


class Counters:
    """The counters of one sensor; `totals` is where its running totals stood."""

    def __init__(self, channels: Sequence[Quantity], totals: Mapping[str, int]) -> None:
        self._counters = [quantity for quantity in channels if quantity.kind is Kind.COUNTER]
        self._carried = {quantity.name: 0.0 for quantity in self._counters}
        self._totals = dict(totals)

    def __bool__(self) -> bool:
        """Whether the sensor counts at all."""
        return bool(self._counters)

    def values(self, sample: Sample) -> Sample:
        """The values of the reading that would be made of `sample`."""
        if not self._counters:
            return sample
        values = dict(sample)
        for quantity in self._counters:
            now = sample.get(quantity.name)
            if now is None:
                continue
            values[quantity.name] = amount = now - self._carried[quantity.name]
            if quantity.total:
                values[quantity.total] = self._totals.get(quantity.total, 0) + amount
        return values

    def carried(self, sample: Sample, values: Sample) -> None:
        """That reading was stored: its counts are carried now."""
        for quantity in self._counters:
            now = sample.get(quantity.name)
            if now is None:
                continue
            self._carried[quantity.name] = now
            if quantity.total:
                self._totals[quantity.total] = round(values[quantity.total] or 0)
