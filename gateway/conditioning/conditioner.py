"""All that becomes of the samples of one sensor, up to the values of a reading.

Each gauge is corrected, then judged; nothing is thrown away: what is suspect is kept with its
flags, and None stays None. What is no gauge passes as it is.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from drivers.contract import Sample
from drivers.quantities import Kind, Quantity
from gateway.conditioning.agreement import Agrees, Around
from gateway.conditioning.averaging import Part, Parts, averaged, single
from gateway.conditioning.correction import Correction
from gateway.conditioning.plausibility import Range, Rate, Stuck
from gateway.conditioning.value import NOTHING, Judge, Others, Suspicion, Value
from gateway.config.conditioning import Calibration, Check
from gateway.model import Calibrations, Flag


class Conditioned(NamedTuple):
    """The values of a reading, and by what they were corrected."""

    values: Sample
    calibrations: Calibrations


class Conditioner:
    """Of one sensor; `averages` whether several samples become one reading.

    `suspicions` are those of the newest sample, by quantity, for each that it had a value of.
    """

    def __init__(
        self,
        channels: Sequence[Quantity],
        calibrations: Sequence[Calibration] = (),
        checks: Mapping[str, Check] | None = None,
        others: Others = lambda *_: None,
        averages: bool = False,
    ) -> None:
        own = {one.quantity: one for one in calibrations}
        limits = checks or {}
        self._gauges = {
            quantity.name: _Gauge(
                quantity, own.get(quantity.name), limits.get(quantity.name, Check()), others
            )
            for quantity in channels
            if quantity.kind is Kind.GAUGE
        }
        self._calibrations = tuple((name, one.id) for name, one in own.items())
        self._averages = averages
        self._is_plain = not averages and all(one.is_plain for one in self._gauges.values())
        self._well: Sample | None = None
        """A sample of which nothing is to be said, as most are where nothing is configured."""
        self._limits = [(name, one.range.low, one.range.high) for name, one in self._gauges.items()]
        self._nothing: dict[str, list[Suspicion]] = {name: [] for name in self._gauges}
        self._taken: list[Parts] = []
        self.suspicions: dict[str, list[Suspicion]] = {}

    @property
    def taken(self) -> int:
        """How many samples no reading carries yet."""
        return len(self._taken)

    def take(self, sample: Sample, at_ns: int) -> None:
        """What the part has said at that moment, ns since boot; never earlier than the last."""
        if self._is_plain and self._says_nothing(sample):
            self._well, self.suspicions = sample, self._nothing
            return
        parts: dict[str, Part] = {}
        self.suspicions = {}
        for name, raw in sample.items():
            gauge = self._gauges.get(name)
            if gauge is None or raw is None:
                parts[name] = Part(raw)
            else:
                parts[name], self.suspicions[name] = gauge.conditioned(raw, at_ns)
        self._taken.append(parts)

    def conclude(self) -> Conditioned:
        """The reading of what was taken, at least one sample; what comes then is of the next."""
        if self._well is not None:
            values, self._well = self._well, None
            return Conditioned(values, self._used(values) if self._calibrations else ())
        taken, self._taken = self._taken, []
        values = averaged(taken) if self._averages else single(taken[-1])
        return Conditioned(values, self._used(values))

    def _says_nothing(self, sample: Sample) -> bool:
        """All gauges have a value, within its range."""
        for name, low, high in self._limits:
            raw = sample.get(name)
            if raw is None or not low <= raw <= high:
                return False
        return True

    def _used(self, values: Sample) -> Calibrations:
        return tuple(pair for pair in self._calibrations if values.get(pair[0]) is not None)


class _Gauge:
    """One quantity: its correction, and who judges it."""

    def __init__(
        self, quantity: Quantity, calibration: Calibration | None, check: Check, others: Others
    ) -> None:
        self._correction: Correction | None = None
        if calibration is not None and calibration.corrects:
            self._correction = Correction(calibration, quantity, others)
        self.range = Range(quantity, check.range)
        self._judges: list[Judge] = [self.range]
        if check.change_per_minute is not None:
            self._judges.append(Rate(quantity, check.change_per_minute))
        if check.stuck_after is not None:
            self._judges.append(Stuck(quantity, check.stuck_after))
        if check.agrees_with is not None:
            self._judges.append(Agrees(quantity, check.agrees_with, others))
        if check.conditions is not None:
            self._judges.append(Around(check.conditions, others))
        self.is_plain = self._correction is None and len(self._judges) == 1

    def conditioned(self, raw: float, at_ns: int) -> tuple[Part, list[Suspicion]]:
        if self.is_plain and self.range.has(raw):
            return Part(raw), []
        true, flags, said = raw, NOTHING, None
        if self._correction is not None:
            true, compensated = self._correction.corrected(raw)
            flags, said = NOTHING if compensated else Flag.UNCOMPENSATED, raw
        value, found = Value(raw, true, at_ns), []
        for judge in self._judges:
            suspicion = judge.suspicion(value)
            if suspicion is not None:
                found.append(suspicion)
                flags |= suspicion.flag
        return Part(true, said, flags), found
