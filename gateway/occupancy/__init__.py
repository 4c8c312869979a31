"""How many people are in a zone, by who went in and out at its doors."""

from gateway.occupancy.zone import Zone
from gateway.occupancy.zones import FILE, Zones

__all__ = ["FILE", "Zone", "Zones"]
