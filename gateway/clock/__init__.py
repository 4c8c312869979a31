"""Time: since boot for everything that waits or orders, UTC only where it is trusted."""

from gateway.clock.findings import ClockState, clock_findings
from gateway.clock.floor import Floor
from gateway.clock.rtc import Rtc
from gateway.clock.sources import Clocks, SourceState
from gateway.clock.system import Clock, SystemClock
from gateway.clock.timeline import STEP_NS, Anchor, Timeline

__all__ = [
    "STEP_NS",
    "Anchor",
    "Clock",
    "ClockState",
    "Clocks",
    "Floor",
    "Rtc",
    "SourceState",
    "SystemClock",
    "Timeline",
    "clock_findings",
]
