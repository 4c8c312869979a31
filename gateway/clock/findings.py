"""What can be wrong with a node's time; the same for the daemon and for whoever looks at it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.clock.floor import Floor
from gateway.clock.sources import Clocks, SourceState, plain_span
from gateway.model import Finding, rfc3339

PATIENCE_S = 600
"""A node that starts without a network, or whose source restarts, is not ill yet."""
SLACK_NS = 60_000_000_000
"""The wall clock may be corrected by less than this without a word."""

ABOUT = "clock"
_NOBODY_CURE = (
    "let it reach a time server (UDP port 123, also DNS): timedatectl timesync-status, or chronyc "
    'sources; TLS that fails with "certificate is not yet valid" has this cause'
)
_RTC_CURE = (
    "put in a new battery and, once the clock is synchronised: sudo hwclock --systohc; "
    "is it the right one? ls /sys/class/rtc"
)
_BEHIND_CURE = "set it right: sudo gateway clock raise, or sudo timedatectl set-time"


class ClockState(NamedTuple):
    """All that is known of the clock at one moment.

    Nobody has vouched since `untrusted_since_ns` (since boot); None = somebody does.
    """

    now: Clocks
    sources: Sequence[SourceState]
    untrusted_since_ns: int | None
    floor: Floor


def clock_findings(state: ClockState) -> list[Finding]:
    """All that is wrong, the worst first."""
    return [*_nobody(state), *_wall(state), *_floor(state), *_faulty(state)]


def _nobody(state: ClockState) -> Iterator[Finding]:
    since_ns = state.untrusted_since_ns
    if since_ns is None or any(source.vouches for source in state.sources):
        return
    seconds = (state.now.up_ns - since_ns) / 1e9
    if seconds >= PATIENCE_S:
        told = "; ".join(f"{source.name}: {source.why}" for source in state.sources)
        evidence = f"for {plain_span(seconds)}, nobody vouches for it; {told}"
        yield Finding(ABOUT, "is not synchronised", since_ns, evidence, _NOBODY_CURE)


def _wall(state: ClockState) -> Iterator[Finding]:
    """The wall clock and the floor contradict each other: the vouched-for one is right."""
    floor_ns = state.floor.utc_ns
    if floor_ns is None or state.now.wall_ns >= floor_ns - SLACK_NS:
        return
    wall, floor = rfc3339(state.now.wall_ns), rfc3339(floor_ns)
    since_ns = state.untrusted_since_ns
    if since_ns is not None:
        evidence = f"it says {wall}, but it was {floor} before"
        yield Finding(ABOUT, "is behind what this node has known", since_ns, evidence, _BEHIND_CURE)
        return
    evidence = f"it is synchronised and says {wall}, but it was {floor} once ({state.floor.path})"
    cure = (
        "compare with a watch: if it is right now, an hour of it cures this; else the server lies"
    )
    yield Finding(ABOUT, "contradicts what this node has known", state.now.up_ns, evidence, cure)


def _floor(state: ClockState) -> Iterator[Finding]:
    floor = state.floor
    if floor.problem:
        cure = (
            "it is written anew once the clock is synchronised; to look as root: sudo gateway clock"
        )
        evidence = f"{floor.path}: {floor.problem}"
        yield Finding("clock floor", "cannot be read", state.now.up_ns, evidence, cure)


def _faulty(state: ClockState) -> Iterator[Finding]:
    """A battery clock that would be needed now and tells no time."""
    if state.untrusted_since_ns is not None:
        for source in state.sources:
            if source.faulty:
                since_ns = state.untrusted_since_ns
                yield Finding(source.name, "tells no time", since_ns, source.why, _RTC_CURE)
