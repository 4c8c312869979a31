"""Application layer clock synchronisation (TS003-1.0.0), the server's side."""

import struct

PORT = 202
GPS_EPOCH_UTC_S = 315_964_800
LEAP_S = 18
"""GPS minus UTC since 2017."""
_PACKAGE_VERSION = 0x00
_APP_TIME = 0x01
_ANSWER_REQUIRED = 0x10
_TOKEN = 0x0F
_SECOND = 1_000_000_000


def gps_ns(utc_ns: int) -> int:
    """GPS time of that moment."""
    return utc_ns - (GPS_EPOCH_UTC_S - LEAP_S) * _SECOND


def answer(payload: bytes, heard_utc_ns: int) -> bytes | None:
    """What goes back to that uplink of PORT, if anything does."""
    if payload[:1] == bytes([_PACKAGE_VERSION]):
        return bytes((_PACKAGE_VERSION, 1, 1))
    if len(payload) != 6 or payload[0] != _APP_TIME:
        return None
    said_s, parameter = struct.unpack("<IB", payload[1:])
    # Both wrap after 2**32 s; the correction has a sign.
    correction_s = (gps_ns(heard_utc_ns) // _SECOND - said_s + 2**31) % 2**32 - 2**31
    if correction_s == 0 and not parameter & _ANSWER_REQUIRED:
        return None
    return struct.pack("<BiB", _APP_TIME, correction_s, parameter & _TOKEN)
