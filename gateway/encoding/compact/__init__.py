"""The compact form in which readings fit a LoRaWAN uplink, bit by bit: docs/lorawan-format.md."""

from gateway.encoding.compact.frames import complete, decode, encode
from gateway.encoding.compact.rows import Frame, Interval, Part, Row
from gateway.encoding.compact.status import Status, encode_status

__all__ = [
    "Frame",
    "Interval",
    "Part",
    "Row",
    "Status",
    "complete",
    "decode",
    "encode",
    "encode_status",
]
