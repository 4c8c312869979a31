"""Asks those who know the time and take theirs to say so, and keeps the clock's floor on disk.

Neither may delay the main thread, which feeds the watchdog: a program is asked, a bus is read, and
the card may take a second to sync.
"""

import logging

from gateway.clock import Clock, Clocks, ClockState, Floor, clock_findings
from gateway.model import Finding, Quality
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

EVERY_S = 60.0


class Timekeeper:
    """Moves `floor` with trusted time, and knows since when there is none."""

    def __init__(self, clock: Clock, floor: Floor) -> None:
        self.floor = floor
        self._clock = clock
        self._untrusted_since_ns: int | None = clock.now_ns()
        self._trouble = Trouble("clock floor", "cannot be written", clock, logger)

    def keep_once(self) -> float:
        """Ask, and move the floor if it is time to; returns seconds until the next time."""
        self._clock.ask(self.floor.utc_ns)
        anchor = self._clock.anchor()
        if anchor is None or anchor.quality is not Quality.SYNCED:
            self.floor.lapse()
            if self._untrusted_since_ns is None:
                self._untrusted_since_ns = self._clock.now_ns()
        else:
            self._untrusted_since_ns = None
            self._follow(Clocks(anchor.up_ns, anchor.utc_ns))
        return EVERY_S

    def findings(self) -> list[Finding]:
        """All that is wrong with the time now."""
        clock, since_ns = self._clock, self._untrusted_since_ns
        found = clock_findings(ClockState(clock.clocks(), clock.sources(), since_ns, self.floor))
        return found if self._trouble.finding is None else [*found, self._trouble.finding]

    def _follow(self, trusted: Clocks) -> None:
        try:
            self.floor.follow(trusted)
            self._trouble.went()
        except OSError as error:
            self._trouble.came(error, f"is there room? df -h {self.floor.path.parent}")
