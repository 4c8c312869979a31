"""An HC-SR501 (pot at its minimum, jumper H: repeatable) or AM312 that looks at the door.

The output goes high while somebody is within 2.5 m, stays so for the hold time afterwards, and is
then deaf for the blocking time. While warming up it also fires for nothing.
"""

from collections.abc import Mapping

from drivers.contract import GpioModel
from drivers.people.pir.driver import PirConfig
from drivers.simulation.scene import View

RANGE_M = 2.5
HOLD_S = {"hc-sr501": 3.0, "am312": 2.0}
BLOCKING_S = {"hc-sr501": 2.5, "am312": 2.0}
FALSE_PULSES_S = (9.0, 27.0)
"""After power-on, as far as they lie within the warm-up."""


class PirModel(GpioModel):
    """What the output says; powered on at the first step."""

    def __init__(self, config: PirConfig) -> None:
        self._config = config
        self._false_pulses_s: list[float] | None = None
        self._high = False
        self._high_until_s = 0.0
        self._deaf_until_s = 0.0

    def step(self, view: View) -> Mapping[int, bool]:
        if self._sees(view) and (self._high or view.now_s >= self._deaf_until_s):
            self._high = True
            self._high_until_s = view.now_s + HOLD_S[self._config.type]
        elif self._high and view.now_s >= self._high_until_s:
            self._high = False
            self._deaf_until_s = view.now_s + BLOCKING_S[self._config.type]
        return {self._config.line: self._high == (self._config.active == "high")}

    def _sees(self, view: View) -> bool:
        near = any(abs(body.along) <= RANGE_M for body in view.bodies if body.shape.warmth_k > 0)
        return self._fires_for_nothing(view.now_s) or near

    def _fires_for_nothing(self, now_s: float) -> bool:
        if self._false_pulses_s is None:
            warm_up_s = self._config.warm_up_s
            self._false_pulses_s = [now_s + at for at in FALSE_PULSES_S if at < warm_up_s]
        due = [at for at in self._false_pulses_s if at <= now_s]
        self._false_pulses_s = self._false_pulses_s[len(due) :]
        return bool(due)
