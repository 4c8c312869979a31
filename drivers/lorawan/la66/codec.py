"""The dialect of the Dragino LA66 (its AT commands, firmware DR-LWS): 9600 baud, CR LF.

A value is a line of its own, then `OK`; all else is answered by `OK` alone, or by an error in
capitals. What goes on in the air is told in lines for people, with the time in brackets before them
in some firmware: `txDone`, then for each receive window `rxDone` or `rxTimeout`. Numbers in
commands are read like those of C, so a leading zero would make them octal. Only the downlink that
came last can be read, once.
"""

import re
from collections.abc import Sequence

from drivers.lorawan.contract import Downlink, Fate
from drivers.lorawan.dialogue import Dialect, Question

BAUDRATE = 9600
BAND = "EU868"

_OK = re.compile("OK")
_AT = r"(?:\[[0-9]+\] ?)?"
NUMBER = re.compile("([0-9]{1,10})")
SIGNED = re.compile("(-?[0-9]{1,4})")
LETTER = re.compile("([ABC])")
LIST = re.compile("([0-9]+(?:,[0-9]+)*)")
EUI = re.compile("((?:[0-9A-Fa-f]{2} ?){8})")
KEY = re.compile("((?:[0-9A-Fa-f]{2} ?){16})")
_VERSION = re.compile(r"((?:[A-Z]{2}[0-9]{3}\S* +)?v[0-9]\S*(?: +[A-Z]{2}[0-9]{3}\S*)?)")
_DOWN = re.compile("([0-9]{1,3}:(?:[0-9A-Fa-f]{2})*)")

TX_DONE = re.compile(f"{_AT}txDone")
RX_DONE = re.compile(f"{_AT}rxDone")
RX_ENDS = re.compile(f"{_AT}rx(?:Done|[Tt]ime[Oo]ut)")
ON_AIR = re.compile(rf"{_AT}JoinRequest NbTrials= ?[0-9]+|{TX_DONE.pattern}|{RX_ENDS.pattern}")
"""What its radio says of a JoinRequest."""
JOINED_NOW = re.compile(f"{_AT}JOINED")
CAME = re.compile(rf"{_AT}Run AT\+RECVB=\? to see detail")
_OVERSIZE = re.compile(f"{_AT}.*oversize.*")


def get(name: str, value: re.Pattern[str]) -> Question:
    """Read a setting."""
    return Question(f"AT+{name}=?", value, _OK)


def put(name: str, value: str) -> Question:
    """Write a setting; kept over a restart."""
    return Question(f"AT+{name}={value}", _OK)


VERSION = Question("AT+VER=?", _VERSION, _OK)
DEV_EUI = Question("AT+DEUI=?", EUI, _OK)
JOINED = get("NJS", NUMBER)
DOWNLINK = Question("AT+RECVB=?", _DOWN, _OK)
JOIN = Question("AT+JOIN", _OK)

DIALECT = Dialect(
    refused=re.compile("AT_[A-Z_]+"),
    restarted=re.compile("Dragino .*|Image Version: .*|LoRaWan Stack: .*"),
    events=re.compile(
        rf"{_AT}(?:txDone|rxDone|rx[Tt]ime[Oo]ut|JOINED|\*+ ?UpLinkCounter= ?[0-9]+ ?\*+"
        r"|[TR]X on freq .*|Rssi= ?-?[0-9]+|JoinRequest NbTrials= ?[0-9]+|NbTrials= ?[0-9]+"
        r"|Join Accept:.*|Rx1DrOffset:.*|Rx2Datarate:.*|ReceiveDelay[12]:.*|Received: .*"
        rf"|.*oversize.*)|{CAME.pattern}"
    ),
    harmless=(VERSION, DEV_EUI),
)

FATES = {
    "AT_NO_NET_JOINED": Fate.NOT_JOINED,
    "AT_BUSY_ERROR": Fate.BUSY,
    "AT_PARAM_ERROR": Fate.TOO_LONG,
}
"""Of an uplink. Busy is also said for the duty cycle; of well-formed parameters one is too long."""


def uplink(port: int, payload: bytes, confirmed: bool) -> Question:
    """Begin one uplink; what becomes of it are events."""
    size = len(payload)
    return Question(f"AT+SENDB={int(confirmed)},{port},{size},{payload.hex()}", _OK)


def band(version: str) -> str | None:
    """For which region the firmware is; None where it does not tell."""
    found = re.search("[A-Z]{2}[0-9]{3}[^ ]*", version)
    return found[0] if found else None


def too_long(events: Sequence[str]) -> bool:
    """Whether it says that the payload did not fit: then the frame that it sends is empty."""
    return any(_OVERSIZE.fullmatch(line) for line in events)


def has_downlink(events: Sequence[str]) -> bool:
    """Whether one can be read: it was for this modem, and its MIC was right."""
    return any(CAME.fullmatch(line) for line in events)


def downlink(text: str) -> Downlink | None:
    """What `DOWNLINK` says; None = nothing for an application."""
    port, _, digits = text.partition(":")
    return Downlink(int(port), bytes.fromhex(digits)) if digits and 1 <= int(port) <= 223 else None
