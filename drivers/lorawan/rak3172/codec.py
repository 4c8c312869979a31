"""The dialect of the RAK3172 with RUI3 (AT Command Manual of RUI3): 115200 baud, CR LF.

A value is `AT+DR=3` and `OK`; all else is answered by `OK` alone, or by an error in capitals. What
becomes of a join or of an uplink is an event, and so is a downlink. Older firmware spells events
with blanks, and tells a downlink in two lines, its levels first. A modem that has to wait for its
duty cycle says `Restricted_Wait_<ms>_ms` before it refuses.
"""

import re
from collections.abc import Sequence

from drivers.lorawan.contract import Downlink, Fate, Sent
from drivers.lorawan.dialogue import Dialect, Question
from drivers.lorawan.values import level

BAUDRATE = 115_200
BAND = "4"
"""EU868 in `AT+BAND`."""

OK = re.compile("OK")
_JOIN_ENDS = re.compile(r"\+EVT:JOINED|\+EVT:JOIN[_ ]FAILED.*")
_SEND_ENDS = re.compile(r"\+EVT:TX[_ ]DONE")
_CONFIRMED_ENDS = re.compile(r"\+EVT:SEND[_ ]CONFIRMED[_ ](?:OK|FAILED.*)")
_RESTRICTED = re.compile(r"Restricted_Wait_([0-9]{1,9})_ms")
_RECEIVED = re.compile(
    r"\+EVT:RX_[0-9C]:(-?[0-9]+):(-?[0-9]+):[A-Z]+:([0-9]{1,3}):((?:[0-9A-Fa-f]{2})*)"
)
_OLD_LEVELS = re.compile(r"\+EVT:RX[0-9C], ?RSSI (-?[0-9]+), ?SNR (-?[0-9]+)")
_OLD_RECEIVED = re.compile(r"\+EVT:([0-9]{1,3}):((?:[0-9A-Fa-f]{2})*)")


def get(name: str, value: str = r"[^?\s][^?]*") -> Question:
    """Read a setting; `value` is what it may look like."""
    return Question(f"AT+{name}=?", re.compile(rf"AT\+{name}=({value})"), OK)


def put(name: str, value: str) -> Question:
    """Write a setting; kept over a restart."""
    return Question(f"AT+{name}={value}", OK)


VERSION = get("VER", r"\S*(?:RUI|RAK|[0-9]+\.[0-9])\S*")
JOINED = get("NJS", "[01]")

DIALECT = Dialect(
    refused=re.compile("AT_[A-Z_]+"),
    restarted=re.compile(r"RAKwireless .*|Current Work Mode: .*"),
    events=re.compile(r"\+EVT:.*|Restricted_Wait_[0-9]+_ms"),
    harmless=(VERSION, JOINED),
)

JOIN = Question("AT+JOIN=1:0:10:0", OK, _JOIN_ENDS, within_s=40.0)
STOP_JOINING = Question("AT+JOIN=0:0:10:0", OK)

_FATES = {
    "AT_NO_NETWORK_JOINED": Fate.NOT_JOINED,
    "AT_BUSY_ERROR": Fate.BUSY,
    "AT_DUTYCYCLE_RESTRICTED": Fate.NO_CHANNEL,
    "AT_TEST_PARAM_OVERFLOW": Fate.TOO_LONG,
    "AT_PARAM_ERROR": Fate.TOO_LONG,
}
"""Of an uplink whose command is well-formed a parameter can only be wrong in its length."""


def uplink(port: int, payload: bytes, confirmed: bool, within_s: float) -> Question:
    """One uplink; whether it is confirmed is the setting CFM."""
    ends = _CONFIRMED_ENDS if confirmed else _SEND_ENDS
    return Question(f"AT+SEND={port}:{payload.hex().upper()}", OK, ends, within_s=within_s)


def joined(line: str) -> bool:
    """Whether that end of a join is a good one."""
    return line == "+EVT:JOINED"


def fate(line: str, events: Sequence[str]) -> Sent | None:
    """What the last line of an uplink says; `events` came since its question. None: of nothing."""
    waits = [match[1] for event in events if (match := _RESTRICTED.fullmatch(event))]
    if line == "AT_BUSY_ERROR" and waits:
        return Sent(Fate.NO_CHANNEL, int(waits[-1]) / 1000)
    if line in _FATES:
        return Sent(_FATES[line])
    if _CONFIRMED_ENDS.fullmatch(line):
        return Sent(Fate.ACKNOWLEDGED if line.endswith("OK") else Fate.UNACKNOWLEDGED)
    return Sent(Fate.SENT) if _SEND_ENDS.fullmatch(line) else None


class Downlinks:
    """Finds them in events; the old spelling tells the levels in a line before."""

    def __init__(self) -> None:
        self._levels: tuple[float | None, float | None] = (None, None)

    def feed(self, lines: Sequence[str]) -> list[Downlink]:
        """Those that these lines complete, oldest first."""
        found = (self._take(line) for line in lines)
        return [one for one in found if one is not None and 1 <= one.port <= 223]

    def _take(self, line: str) -> Downlink | None:
        received, old = _RECEIVED.fullmatch(line), _OLD_RECEIVED.fullmatch(line)
        levels = _OLD_LEVELS.fullmatch(line)
        if levels:
            self._levels = level(levels[1]), level(levels[2])
        if received:
            rssi, snr = level(received[1]), level(received[2])
            return Downlink(int(received[3]), bytes.fromhex(received[4]), rssi, snr)
        if not old:
            return None
        (rssi, snr), self._levels = self._levels, (None, None)
        return Downlink(int(old[1]), bytes.fromhex(old[2]), rssi, snr)
