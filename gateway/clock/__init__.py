"""Time: since boot for everything that waits or orders, UTC only where it is trusted."""

from gateway.clock.anchor import STEP_NS, Anchor
from gateway.clock.dating import Dating
from gateway.clock.findings import ClockState, clock_findings
from gateway.clock.floor import Floor
from gateway.clock.rtc import Rtc
from gateway.clock.sources import Clocks, SourceState, plain_span
from gateway.clock.system import Clock, SystemClock
from gateway.clock.timeline import Timeline

__all__ = [
    "STEP_NS",
    "Anchor",
    "Clock",
    "ClockState",
    "Clocks",
    "Dating",
    "Floor",
    "Rtc",
    "SourceState",
    "SystemClock",
    "Timeline",
    "clock_findings",
    "plain_span",
]
