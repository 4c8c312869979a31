"""What a source of UTC is to the rest, and what it says of itself to people."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

STEP_NS = 1_500_000_000
"""More than a leap second, after which the wall clock is as true as before."""
MOST_OFF_S = 1.0
"""A clock that may be wrong by more dates no reading."""
EARLIEST_NS = 1_767_225_600_000_000_000
"""2026-01-01, when this was written: it is later now."""
LATEST_NS = 4_102_444_800_000_000_000
"""2100-01-01: what says more is broken."""


class Clocks(NamedTuple):
    """Time since boot and the wall clock, read at one moment; whether anybody vouches or not."""

    up_ns: int
    wall_ns: int

    def stepped(self, since: "Clocks") -> bool:
        """Whether the wall clock was set in between: else both run alike, also while corrected."""
        return abs(self.wall_ns - self.up_ns - since.wall_ns + since.up_ns) > STEP_NS


@dataclass(frozen=True, slots=True)
class SourceState:
    """Whether this source vouches for the wall clock now, and in one short line why (not).

    `faulty`: it should be there and is broken, which a person must mend.
    """

    name: str
    vouches: bool
    why: str
    faulty: bool = False


class Source(Protocol):
    """Somebody who may know whether the wall clock is UTC."""

    def state(self, now: Clocks) -> SourceState:
        """What it says, without waiting."""
        ...


def plain_span(seconds: float) -> str:
    """A span in the unit that a person would choose: 40 s, 35 min, 6 h, 12 days."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
