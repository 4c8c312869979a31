"""What an uplink may not tell of people is hidden from it: views of the log, one for each uplink.

The log holds what was counted. How much of that one reader of it may know is a matter of that
reader, so it is hidden where rows become entries, for each uplink by itself (docs/privacy.md).
"""

from gateway.clock import CivilTime
from gateway.config import Config, Uplink, is_about_people
from gateway.privacy.protection import Protection

__all__ = ["Protection", "protected_sensors", "protections"]


def protections(config: Config) -> dict[str, Protection]:
    """By uplink, of those that may not be told small counts."""
    small_below, day = config.privacy.small_below, CivilTime(config.node.timezone).day
    return {
        uplink.name: Protection(uplink.small_counts, small_below, day)
        for uplink in config.uplinks
        if uplink.small_counts != "none"
    }


def protected_sensors(config: Config, uplink: Uplink) -> frozenset[str]:
    """Sensors of which that uplink may not be told all."""
    if uplink.small_counts == "none":
        return frozenset()
    return frozenset(sensor.name for sensor in config.sensors if is_about_people(sensor.part))
