"""What is wrong with the computer itself: too little voltage, too much heat.

Theory: a dip of the supply is over within moments, and its trace is too, for the kernel tells only
of the last 2 s (gateway/computer.py). So somebody looks once a second, and a dip stays a finding
for ten minutes. Heat ends five degrees below where it began, or a node at the edge of it would be
ill and well in turn.
"""

import logging

from gateway.clock import Clock
from gateway.computer import Computer
from gateway.encoding.messages import Undervoltage
from gateway.errors import GatewayError
from gateway.model import Finding
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

SUPPLY, WEAK = "power supply", "is too weak"
COMPUTER, HOT = "computer", "is too hot"

HOT_C = 80.0
"""From here on a Raspberry Pi slows itself down."""
COOL_C = 75.0
KEPT_S = 600.0

_WEAK_CURE = (
    "use the maker's power supply (5.1 V, 3 A; a Pi 5 5 A) and a short thick cable; unplug USB "
    "devices that draw much"
)
_HOT_CURE = "give it air, shade or a heat sink; look whether a fan stands still"


class Weak(GatewayError):
    """The supply's voltage has been too low."""


class Hot(GatewayError):
    """The processor is too hot."""


def weak() -> Weak:
    """What the finding says of it."""
    evidence = "the kernel reports undervoltage (rpi_volt): writes to the card may be damaged"
    return Weak(evidence, _WEAK_CURE)


def hot(celsius: float) -> Hot:
    """What the finding says of it."""
    return Hot(f"{celsius:.1f} degC, it slows down from {HOT_C:.0f} degC on", _HOT_CURE)


class Watch:
    """The computer as it was at the last look."""

    def __init__(self, computer: Computer, clock: Clock) -> None:
        self.computer = computer
        self.temperature: float | None = None
        self.undervoltage: Undervoltage | None = None
        self._clock = clock
        self._dip_ns: int | None = None
        self._weak = Trouble(SUPPLY, WEAK, clock, logger)
        self._hot = Trouble(COMPUTER, HOT, clock, logger)

    def look(self) -> None:
        """Once a second, always by the same thread."""
        self._look_at_voltage(self.computer.undervoltage)
        self._look_at_heat(self.computer.temperature)

    def findings(self) -> list[Finding]:
        """What is wrong, or was a moment ago."""
        found = [trouble.finding for trouble in (self._weak, self._hot)]
        return [finding for finding in found if finding is not None]

    def _look_at_voltage(self, now: bool | None) -> None:
        now_ns = self._clock.now_ns()
        if now:
            self._dip_ns = now_ns
            error = weak()
            self._weak.came(error, error.hint)
        elif self._dip_ns is not None and now_ns - self._dip_ns >= KEPT_S * 1e9:
            self._weak.went()
        seen = self._dip_ns is not None
        self.undervoltage = None if now is None else Undervoltage(now=now, since_start=seen)

    def _look_at_heat(self, celsius: float | None) -> None:
        self.temperature = celsius
        limit = HOT_C if self._hot.finding is None else COOL_C
        if celsius is not None and celsius >= limit:
            error = hot(celsius)
            self._hot.came(error, error.hint)
        else:
            self._hot.went()
