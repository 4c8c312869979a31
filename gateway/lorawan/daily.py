"""How the node is, told once a day where nothing else tells it, and behind what is new.

At DR0 it costs as much airtime as half a frame of rows, so it lets news go first for some hours.
"""

from collections.abc import Callable

from gateway import __version__
from gateway.clock import Clock
from gateway.encoding.compact import Status, encode_status
from gateway.lorawan.pacing import DAY_S

_MAJOR, _MINOR, _PATCH = (int(part) for part in __version__.split("."))
VERSION = (_MAJOR, _MINOR, _PATCH)

PATIENCE_S = 21_600.0


class Daily:
    """`findings`: how much is wrong with the node."""

    def __init__(self, findings: Callable[[], int], clock: Clock) -> None:
        self._findings = findings
        self._clock = clock
        self._due_ns = clock.now_ns()

    def is_due(self, news: bool) -> bool:
        """Whether it may go, while there are news or not."""
        waits_s = PATIENCE_S if news else 0.0
        return self._clock.now_ns() >= self._due_ns + waits_s * 1e9

    def payload(self, waiting: int, interval_s: int) -> bytes:
        """With so many rows that wait, and their length."""
        return encode_status(Status(self._findings(), waiting, interval_s, VERSION))

    def told(self) -> None:
        """It was on the air, or may have been."""
        self._due_ns = self._clock.now_ns() + round(DAY_S * 1e9)
