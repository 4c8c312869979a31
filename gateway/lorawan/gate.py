"""Whether the radio is wanted: always, or while the preferred uplink does not deliver.

Theory: a link that is down may be back in a second, and one that is up may deliver nothing. So what
counts is how long something has waited there without anything of the log being taken; while nothing
waits, nothing is missing. The gate opens when that has lasted for `fallback_after`, and closes with
the first that is taken: what is left follows over MQTT, which is faster than any radio.
"""

from typing import Protocol

from gateway.buffer.reader import Reader
from gateway.clock import Clock


class Preferred(Protocol):
    """The uplink that the radio stands in for. `taken_ns`: when it last had something taken."""

    reader: Reader
    taken_ns: int


class Gate:
    """`preferred` None: the radio is the only way out."""

    def __init__(self, preferred: Preferred | None, after_s: float, clock: Clock) -> None:
        self._preferred = preferred
        self._after_s = after_s
        self._clock = clock
        self._well_ns = clock.now_ns()

    @property
    def is_only_way(self) -> bool:
        """Whether there is no other uplink that it stands in for."""
        return self._preferred is None

    @property
    def is_open(self) -> bool:
        return self._preferred is None or self._stuck_s() > self._after_s

    @property
    def left_s(self) -> float:
        """Until it may open, at the earliest."""
        return max(1.0, self._after_s - self._stuck_s())

    @property
    def acknowledged(self) -> int:
        """Up to which position of the log the preferred uplink has delivered; 0 without one."""
        return 0 if self._preferred is None else self._preferred.reader.acknowledged

    def _stuck_s(self) -> float:
        """For how long what waits there has not moved; 0 while all is well."""
        if self._preferred is None:
            return 0.0
        now_ns = self._clock.now_ns()
        well_ns = self._preferred.taken_ns if self._preferred.reader.backlog else now_ns
        self._well_ns = max(self._well_ns, well_ns)
        return (now_ns - self._well_ns) / 1e9
