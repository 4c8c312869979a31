"""Commits the log's groups when they are due, keeps its quota, and stays at a disk that refuses."""

import logging
from collections.abc import Callable

from gateway.backoff import Backoff
from gateway.buffer import Log
from gateway.clock import Clock
from gateway.errors import StoreDamaged, StoreError
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
        self._retry_ns = 0
        self._keeping = False
        self.beat: Callable[[], None] = lambda: None
        """Called in long work, which is no hanging."""

    def commit_once(self) -> float | None:
        """Do what is due; returns seconds until something will be, None = when a group opens."""
        wait = (self._retry_ns - self._clock.now_ns()) / 1e9
        if wait > 0:
            return wait
        try:
            due = self._step()
        except StoreError as error:
            if isinstance(error, StoreDamaged) and self._log.store is not None:
                self._log.detach(error)
                return 0.0
            self.trouble.came(error, error.hint)
            seconds = self._backoff.failed(self._clock.now_ns())
            self._retry_ns = self._clock.now_ns() + round(seconds * 1e9)
            return seconds
        return due

    def _step(self) -> float | None:
        if self._log.unreadable is not None:
            self._log.detach(self._log.unreadable)
        if self._log.store is None:
            self._log.attach(beat=self.beat)
            self.trouble.went()
        if self._log.commit_due() == 0:
            self._log.commit()
            self.trouble.went()
            self._backoff.succeeded(self._clock.now_ns())
            self._keeping = True
        self._keeping = self._keeping and self._log.keep()
        return 0.0 if self._keeping else self._log.commit_due()
