"""The VOC index: how the smell of a room compares with its last day, 1 to 500, 100 as usual.

Theory: the raw signal falls when there is more to smell, and its level differs from part to part.
So its mean and deviation are learned, at first within the hour, then over 12 hours; the index is
the distance from the mean in deviations, bent into 0..500 by a sigmoid, and smoothed, the less the
quicker it moves. While the index is high the room is not usual, and learning is gated, for three
hours at most. The algorithm wants one signal a second.

After Sensirion's gas index algorithm 3.2, with its default tuning (LICENSE.sensirion).
"""

import math

BLACKOUT = 45
"""Signals after a start that say nothing yet: the heater is still cold."""

_LOWEST, _HIGHEST = 20_001, 52_767
_GAIN = 230.0
_OFFSET = 100.0
_DEVIATION_BONUS = 220.0
_LEARNED_S = 3 * 3600.0
_FORGET_AFTER_S = 600.0


def _falling(value: float, middle: float, steepness: float) -> float:
    """From 1 to 0 around `middle`."""
    x = steepness * (value - middle)
    return 1.0 if x < -50 else 0.0 if x > 50 else 1 / (1 + math.exp(x))


def _bent(distance: float) -> float:
    """A distance from the usual as an index: 0 becomes 100."""
    rising = 1 - _falling(distance, 213.0, 0.0065)
    if distance < 0:
        return 500 * rising
    shift = (500 - 5 * _OFFSET) / 4
    return (500 + shift) * rising - shift


class _Usual:
    """Learns mean and deviation of the raw signal."""

    def __init__(self) -> None:
        self.deviation = 50.0
        self.mean: float | None = None
        self.learned_s = 0.0
        self._ungated_s = 0.0
        self._gated_min = 0.0

    def learn(self, signal: float, index: float) -> None:
        """Take in one signal, with the index that it gave."""
        if self.mean is None:
            self.mean = signal
            return
        rate_mean, rate_variance = self._rates(index)
        delta = (signal - self.mean) / 64
        self._widen(delta, rate_variance)
        self.mean += rate_mean * delta / 8

    def _widen(self, delta: float, rate: float) -> None:
        reach = self.deviation + abs(delta)
        scale = (reach / 1440) ** 2 if reach > 1440 else 1.0
        spread = self.deviation * (self.deviation / (64 * scale)) + rate * delta / scale * delta
        self.deviation = math.sqrt(scale * (64 - rate)) * math.sqrt(spread)

    def _rates(self, index: float) -> tuple[float, float]:
        """How fast the mean and the variance follow."""
        self.learned_s = min(self.learned_s + 1, 32_767)
        self._ungated_s = min(self._ungated_s + 1, 32_767)
        early = _falling(self.learned_s, 2700, 0.01)
        early_variance = _falling(self.learned_s, 5220, 0.01)
        mean = _slow(8 * 64) + (8 * 64 / 21 - _slow(8 * 64)) * early
        variance = _slow(64) + (64 / 2501 - _slow(64)) * (early_variance - early)
        gate_mean, gate_variance = self._gate(index, 2700), self._gate(index, 5220)
        self._count_gated(gate_mean)
        return gate_mean * mean, gate_variance * variance

    def _gate(self, index: float, begins_s: float) -> float:
        """0 while the index is so high that the room is not usual."""
        threshold = 340 + (510 - 340) * _falling(self._ungated_s, begins_s, 0.01)
        return _falling(index, threshold, 0.09)

    def _count_gated(self, gate: float) -> None:
        self._gated_min = max(0.0, self._gated_min + ((1 - gate) * 1.3 - 0.3) / 60)
        if self._gated_min > 180:
            self._ungated_s = 0.0


def _slow(scale: float) -> float:
    """The rate of a mean over 12 hours at one signal a second."""
    return scale * (1 / 3600) / (12 + 1 / 3600)


class _Smooth:
    """A low pass with 20 s while its input moves, and 500 s while it rests."""

    def __init__(self) -> None:
        self._fast: float | None = None
        self._slow = self._value = 0.0

    def pass_on(self, value: float) -> float:
        """The smoothed value after this one."""
        if self._fast is None:
            self._fast = self._slow = self._value = value
        self._fast += (value - self._fast) / 21
        self._slow += (value - self._slow) / 501
        rest = math.exp(-0.2 * abs(self._fast - self._slow))
        self._value += (value - self._value) / (1 + 480 * rest + 20)
        return self._value


class VocIndex:
    """Takes the raw signal of each second."""

    def __init__(self) -> None:
        self._begin(_Usual())

    def _begin(self, usual: _Usual) -> None:
        self._usual = usual
        self._smooth = _Smooth()
        self._signal = 0.0
        self._index = 0.0
        self._blackout = BLACKOUT + 1

    def interrupted(self, seconds: float) -> None:
        """There was no signal for so long, and the heater was off.

        What is usual is remembered for ten minutes, once three hours have taught it.
        """
        usual = _Usual()
        if self._usual.learned_s >= _LEARNED_S and seconds <= _FORGET_AFTER_S:
            usual.mean, usual.deviation = self._usual.mean, self._usual.deviation
            usual.learned_s = _LEARNED_S
        self._begin(usual)

    def process(self, raw: int) -> int | None:
        """The index after this signal; None while the part warms up."""
        if self._blackout:
            self._blackout -= 1
            return None
        if 0 < raw < 65_000:
            self._signal = min(max(raw, _LOWEST), _HIGHEST) - (_LOWEST - 1)
        mean = self._usual.mean or 0.0
        distance = (mean - self._signal) / (self._usual.deviation + _DEVIATION_BONUS) * _GAIN
        self._index = max(0.5, self._smooth.pass_on(_bent(distance)))
        if self._signal > 0:
            self._usual.learn(self._signal, self._index)
        return int(self._index + 0.5)
