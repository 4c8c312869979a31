"""Whether others agree: a second sensor of the same quantity, and the conditions around.

**Agreement.** Two states. *Agreeing*: the values are apart by more than `within`; when that has
lasted for `for` without a break, it is *disagreeing*. There it stays until they are as near as four
fifths of `within`, or a difference at the limit would make it ill and well in turn. Two sensors may
watch each other: that the other one disagrees too does not keep its value from being compared,
anything else that is suspect about it does. Without its value nothing is said, and it begins anew
as agreeing.

**Conditions.** No state: the other value is above or below its limit, or is not there.
"""

from drivers.quantities import QUANTITIES, Quantity
from gateway.conditioning.value import NOTHING, Others, Suspicion, Value, distance, shown
from gateway.config.conditioning import Agreement, Conditions
from gateway.model import Flag

NEAR_AGAIN = 0.8
"""Of `within`: what ends a disagreement."""


class Agrees:
    """With one other sensor, by the corrected values of both."""

    def __init__(self, quantity: Quantity, limits: Agreement, others: Others) -> None:
        self._quantity = quantity
        self._limits = limits
        self._others = others
        self._for_ns = round(limits.for_ * 1e9)
        self._apart_since_ns: int | None = None
        self._disagrees = False

    def suspicion(self, value: Value) -> Suspicion | None:
        other = self._others(self._limits.sensor, self._quantity.name, Flag.DISAGREES)
        self._step(value, other)
        if other is None or not self._disagrees:
            return None
        mine, its = shown(self._quantity, value.true), shown(self._quantity, other)
        evidence = f"it says {mine}, {self._limits.sensor} says {its}"
        cure = "compare both with a third instrument; look where they hang, calibrate the wrong one"
        return Suspicion(Flag.DISAGREES, evidence, cure)

    def _step(self, value: Value, other: float | None) -> None:
        limit = self._limits.within * (NEAR_AGAIN if self._disagrees else 1.0)
        if other is None or distance(self._quantity, value.true, other) <= limit:
            self._apart_since_ns, self._disagrees = None, False
            return
        if self._apart_since_ns is None:
            self._apart_since_ns = value.at_ns
        self._disagrees = value.at_ns - self._apart_since_ns >= self._for_ns


class Around:
    """What is around a part that is known to be wrong there."""

    def __init__(self, limits: Conditions, others: Others) -> None:
        self._limits = limits
        self._others = others

    def suspicion(self, value: Value) -> Suspicion | None:
        limits = self._limits
        other = self._others(limits.sensor, limits.quantity, NOTHING)
        above = other is not None and limits.above is not None and other > limits.above
        below = other is not None and limits.below is not None and other < limits.below
        if other is None or not (above or below):
            return None
        said = shown(QUANTITIES[limits.quantity], other)
        cure = "wait: it is right again when the conditions are"
        return Suspicion(Flag.CONDITIONS, f"{limits.quantity} of {limits.sensor} is {said}", cure)
