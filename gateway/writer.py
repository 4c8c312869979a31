"""Commits the log's groups when they are due, and keeps trying while the disk refuses them."""

import logging

from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.clock import Clock
from gateway.errors import StoreError
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

RETRY_S = (1.0, 30.0)


class Writer:
    """The one thread that writes to the log."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self.trouble = Trouble("log", "cannot be written", clock, logger)
        self._log = log
        self._clock = clock
        self._backoff = Backoff(*RETRY_S)

    def commit_once(self) -> float | None:
        """Commit if it is time; returns seconds until it will be, None = when a group opens."""
        due = self._log.commit_due()
        if due is None or due > 0:
            return due
        try:
            self._log.commit()
        except StoreError as error:
            self.trouble.came(error, error.hint)
            return self._backoff.failed(self._clock.now_ns())
        self.trouble.went()
        self._backoff.succeeded(self._clock.now_ns())
        return self._log.commit_due()
