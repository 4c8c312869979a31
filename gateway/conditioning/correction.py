"""What a part says, made true by a comparison with something better.

Theory: a part's error is mostly a factor and an offset, found by comparing it at one point (offset
only) or two (a line through both; the truer the farther they lie apart). What is left often
follows something that another sensor measures, as dust readings follow humidity; of that the
linear part is taken away, `factor` for each unit from `reference`. A direction stays from 0 to
below 360 degrees. Where the other sensor has nothing to rely on its term is left out, and the
value says so.
"""

from typing import NamedTuple

from drivers.quantities import Mean, Quantity
from gateway.conditioning.value import NOTHING, Others
from gateway.config.conditioning import Calibration


class Corrected(NamedTuple):
    """A value, and whether all terms are in it."""

    value: float
    compensated: bool


class Correction:
    """One calibration at work."""

    def __init__(self, calibration: Calibration, quantity: Quantity, others: Others) -> None:
        self.id = calibration.id
        self._gain, self._offset = calibration.linear
        self._terms = calibration.terms
        self._others = others
        self._circular = quantity.mean is Mean.CIRCULAR

    def corrected(self, raw: float) -> Corrected:
        """What is true when the part says `raw`."""
        value, compensated = self._gain * raw + self._offset, True
        for term in self._terms:
            other = self._others(term.sensor, term.quantity, NOTHING)
            if other is None:
                compensated = False
            else:
                value += term.factor * (other - term.reference)
        return Corrected(value % 360 if self._circular else value, compensated)
