"""Anchors: the same moment on both clocks, the time since boot and UTC."""

from typing import NamedTuple

from gateway.model import Quality

STEP_NS = 10_000_000
"""A wall clock this far from where its newest anchor puts it has been stepped."""

SLACK_NS = 1_020_000_000
"""What both clocks may differ by whatever the time between: a leap second, and no step."""

_DRIFT = 2_000
"""And one part of so many, 500 ppm: the most by which the kernel can correct an oscillator (MAXFREQ
in linux/timex.h). That of a Pi is within 100."""


class Anchor(NamedTuple):
    """The same moment on both clocks: ns since boot, and UTC in ns since 1970.

    SYNCED: somebody vouches for the wall clock. ESTIMATED: before any of those what a
    battery-backed clock says; behind one of those the last moment that was vouched for.
    """

    up_ns: int
    utc_ns: int
    quality: Quality = Quality.SYNCED


def gain_ns(earlier: Anchor, later: Anchor) -> int:
    """By how much more UTC went on than the time since boot."""
    return later.utc_ns - earlier.utc_ns - (later.up_ns - earlier.up_ns)


def is_drift(gained_ns: int, elapsed_ns: int) -> bool:
    """Whether an oscillator, or a leap second, can be the reason of that; UTC never runs back."""
    return -elapsed_ns < gained_ns and abs(gained_ns) <= SLACK_NS + elapsed_ns // _DRIFT


def certain_ns(elapsed_ns: int) -> int:
    """How much UTC has passed at least while the time since boot went on by so much."""
    return elapsed_ns - elapsed_ns // _DRIFT - SLACK_NS
