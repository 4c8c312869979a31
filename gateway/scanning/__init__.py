"""What is on the wires of this node, and whether it is what its configuration says."""

from gateway.scanning.computer import LeftAlone, bus_of, buses_of
from gateway.scanning.report import BusSeen, PartSeen, ScanReport, SensorSeen, Verdict
from gateway.scanning.survey import refuse_if_in_use, survey
from gateway.scanning.telling import report

__all__ = [
    "BusSeen",
    "LeftAlone",
    "PartSeen",
    "ScanReport",
    "SensorSeen",
    "Verdict",
    "bus_of",
    "buses_of",
    "refuse_if_in_use",
    "report",
    "survey",
]
