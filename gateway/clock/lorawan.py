"""The time that a LoRaWAN network tells, for a node that reaches no time server.

Two ways, both without a clock of the modem's own:

- DeviceTimeReq of the MAC (LoRaWAN 1.0.3 section 5.9), where a modem offers it. The answer says
  when the uplink that asked had ended, to 4 ms.
- Application layer clock synchronisation (TS003-2.0.0 section 3.2), which needs nothing but uplinks
  and downlinks. The node says what it takes for the time, and the server by how many whole seconds
  that is wrong; so it is known to half a second.

Both count the seconds of GPS, which knows no leap seconds.
"""

import struct
from typing import NamedTuple

from gateway.clock.anchor import Anchor

PORT = 202
APP_TIME = 0x01
"""Command, of the request and of its answer."""

_GPS_EPOCH_S = 315_964_800
"""1980-01-06 in UTC seconds since 1970."""
_LEAP_S = 18
"""GPS minus UTC since 2017. The next leap second makes this wrong by one until it is put right."""
_BEGIN_S = 1_451_260_818
"""GPS at 2026-01-01: what a node that knows nothing says, so that any correction can be told."""
_ANSWER_REQUIRED = 0x10
_TOKEN = 0x0F
_SECOND = 1_000_000_000


def device_time(answer: bytes) -> int:
    """UTC (ns) that a DeviceTimeAns tells. Raises ValueError if it is none."""
    if len(answer) != 5:
        raise ValueError(f"a DeviceTimeAns has 5 bytes, not {len(answer)}")
    seconds, fraction = struct.unpack("<IB", answer)
    return _utc_ns(int(seconds)) + int(fraction) * _SECOND // 256


class _Asked(NamedTuple):
    token: int
    up_ns: int
    said_s: int


class ClockSync:
    """Asks with AppTimeReq, one question at a time; an answer to an older one is ignored."""

    def __init__(self) -> None:
        self._asked: _Asked | None = None
        self._token = 0

    def request(self, up_ns: int) -> bytes:
        """What to send at that moment, on PORT, once: a repetition would carry the wrong time."""
        said_s = (_BEGIN_S + up_ns // _SECOND) % 2**32
        self._asked = _Asked(self._token, up_ns, said_s)
        return struct.pack("<BIB", APP_TIME, said_s, _ANSWER_REQUIRED | self._token)

    def answered(self, downlink: bytes) -> Anchor | None:
        """The moment of the question in UTC; None if this answers something else.

        Raises ValueError if it is no AppTimeAns.
        """
        if len(downlink) != 6 or downlink[0] != APP_TIME:
            raise ValueError(f"no AppTimeAns: {downlink.hex()}")
        correction_s, token = struct.unpack("<iB", downlink[1:])
        asked = self._asked
        if asked is None or asked.token != token & _TOKEN:
            return None
        self._asked, self._token = None, (self._token + 1) & _TOKEN
        middle_ns = _utc_ns((asked.said_s + correction_s) % 2**32) + _SECOND // 2
        return Anchor(asked.up_ns, middle_ns)


def _utc_ns(gps_s: int) -> int:
    return (_GPS_EPOCH_S + gps_s - _LEAP_S) * _SECOND
