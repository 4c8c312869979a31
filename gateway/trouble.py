"""One part's trouble: logged once when it comes and once when it goes, a finding in between."""

import logging

from gateway.clock import Clock
from gateway.model import Finding


class Trouble:
    """What is wrong with `about` (say "sensor hall"), if anything."""

    def __init__(self, about: str, problem: str, clock: Clock, logger: logging.Logger) -> None:
        self.finding: Finding | None = None
        self._about = about
        self._problem = problem
        self._clock = clock
        self._logger = logger

    def came(self, error: Exception, hint: str) -> None:
        """It failed, again or for the first time."""
        if self.finding is None:
            cure = f"; {hint}" if hint else ""
            self._logger.warning("%s %s: %s%s", self._about, self._problem, error, cure)
        since_ns = self.finding.since_up_ns if self.finding else self._clock.now_ns()
        self.finding = Finding(self._about, self._problem, since_ns, str(error), hint)

    def went(self) -> None:
        """It works, again or as ever."""
        if self.finding is not None:
            self._logger.info("%s is well again", self._about)
            self.finding = None
