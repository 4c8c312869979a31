"""Recognises an LD2410 by what it reports ten times a second; nothing is sent.

Two reports, as they have no checksum. It shares its commands with the LD2450, so these would not
tell the two apart.
"""

from drivers.people.ld2410 import codec
from drivers.probe import SerialProbe


def _hears(data: bytes) -> str | None:
    frames = codec.Parser().feed(data)
    reports = sum(isinstance(frame, codec.Report) for frame in frames)
    return f"speaks, reports: {reports}" if reports >= 2 else None


PROBE = SerialProbe(codec.BAUDRATE, _hears)
