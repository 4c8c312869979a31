"""The output of a PIR sensor: what its level means, and for how long it says nothing."""

from typing import Literal

Type = Literal["hc-sr501", "am312"]


BLOCKING_S: dict[Type, float] = {"hc-sr501": 2.5, "am312": 2.0}
"""Seconds for which the part is deaf after each pulse."""


def is_active(high: bool, active: Literal["high", "low"]) -> bool:
    """Whether the part reports motion."""
    return high == (active == "high")
