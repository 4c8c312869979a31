"""Time: since boot for everything that waits or orders, UTC only where it is trusted."""

from gateway.clock.anchor import STEP_NS, Anchor
from gateway.clock.dating import Dating
from gateway.clock.system import Clock, SystemClock
from gateway.clock.timeline import Timeline

__all__ = ["STEP_NS", "Anchor", "Clock", "Dating", "SystemClock", "Timeline"]
