"""The dialect of the Seeed LoRa-E5 (AT Command Specification V1.0): 9600 baud, CR LF.

Each line of an answer begins with the name of its command: `+DR: ...`. An exchange over the air
begins with `Start` and ends with `Done`, whatever came of it; a confirmed uplink without `ACK
Received` in between was not acknowledged. Spelling varies with the firmware (`Starting`), and so
does the number of lines that tell a data rate. EUIs are printed with colons.
"""

import re
from collections.abc import Sequence

from drivers.lorawan.contract import Downlink, Fate, Sent
from drivers.lorawan.dialogue import Dialect, Question
from drivers.lorawan.values import level

BAUDRATE = 9600
BAND = "EU868"

_EXCHANGE = "JOIN|C?MSGHEX"
_NEGATIVES = {
    "Please join network first": Fate.NOT_JOINED,
    "LoRaWAN modem is busy": Fate.BUSY,
    "No free channel": Fate.NO_CHANNEL,
    "DR error": Fate.TOO_LONG,
    "Length error": Fate.TOO_LONG,
    "ERROR(-21)": Fate.TOO_LONG,
}
_NO_BAND = re.compile(r"\+[A-Z]+: No band in ([0-9]{1,9}) ?ms")
_RECEIVED = re.compile(r'\+C?MSGHEX: PORT: ([0-9]{1,3}); RX: "((?:[0-9A-Fa-f]{2} ?)*)"')
_LEVELS = re.compile(r"\+C?MSGHEX: RXWIN[0-9], RSSI (-?[0-9.]+), SNR (-?[0-9.]+)")
_ADDRESS = re.compile(r"\+JOIN: NetID \S+ DevAddr ([0-9A-Fa-f:]+)")

AT = Question("AT", re.compile(r"\+AT: OK"))
VERSION = Question("AT+VER", re.compile(r"\+VER: (\S+).*"))

DIALECT = Dialect(
    refused=re.compile(
        r"\+[A-Z0-9]+: (?:ERROR\(-?[0-9]+\)|Please join network first|LoRaWAN modem is busy"
        r"|No free channel|No band in .*|DR error|Length error.*|Not in OTAA mode|Joined already)"
    ),
    restarted=re.compile(r"\+RESET: OK"),
    events=re.compile(rf"\+(?:{_EXCHANGE}): .*"),
    harmless=(AT, VERSION),
    wake=b"\xff\xff\xff\xff",
)

_BAND_BEFORE = r"(?:[A-Z]{2}[0-9]{3}\S* +)?"
DATA_RATE = Question(
    "AT+DR", re.compile(rf"\+DR: {_BAND_BEFORE}(?:DR[0-7] \(ADR (?=DR))?DR([0-7])\)?(?: .*)?")
)
"""`+DR: DR0 (ADR DR5)`: DR0 was set, and the network has moved it to DR5, which counts."""
BAND_OF = (
    Question("AT+DR", re.compile(r"\+DR: (?:([A-Z]{2}[0-9]{3}\S*)(?: .*)?|DR.*)")),
    Question("AT+DR=SCHEME", re.compile(r"\+DR: (\S+).*")),
)
"""The second tells the band where the first does not."""
COUNTERS = Question("AT+LW=ULDL", re.compile(r"\+LW: ULDL, ([0-9]{1,10}, ?[0-9]{1,10})"))
ROOM = Question("AT+LW=LEN", re.compile(r"\+LW: LEN, ([0-9]{1,3})"))


def get(name: str) -> Question:
    """Read a setting of one word."""
    return Question(f"AT+{name}", re.compile(rf"\+{name}: (\w+).*"))


def put(name: str, value: str) -> Question:
    """Write a setting; kept over a restart."""
    return Question(f"AT+{name}={value}", re.compile(rf"\+{name}: .*"))


def get_id(name: str) -> Question:
    """Read DevAddr, DevEui or AppEui."""
    return Question(f"AT+ID={name}", re.compile(rf"\+ID: {name}, ([0-9A-Fa-f:]+)"))


def put_id(name: str, digits: str) -> Question:
    """Write DevEui or AppEui."""
    return Question(f'AT+ID={name},"{digits}"', re.compile(rf"\+ID: {name}, .*"))


def put_key(digits: str) -> Question:
    """Write the AppKey, which cannot be read."""
    return Question(f'AT+KEY=APPKEY,"{digits}"', re.compile(r"\+KEY: APPKEY.*"))


def join(force: bool = False) -> Question:
    """One JoinRequest; `force`: also of a modem that has a session."""
    return _exchange("JOIN", "=FORCE" if force else "", 30.0)


def uplink(payload: bytes, confirmed: bool, within_s: float) -> Question:
    """One uplink on the port that is set, and what became of it."""
    name = "CMSGHEX" if confirmed else "MSGHEX"
    return _exchange(name, f'="{payload.hex().upper()}"', within_s)


def _exchange(name: str, rest: str, within_s: float) -> Question:
    return Question(
        f"AT+{name}{rest}",
        re.compile(rf"\+{name}: Start(?:ing)?"),
        re.compile(rf"\+{name}: Done"),
        re.compile(rf"\+{name}: .*"),
        within_s,
    )


def joined(lines: Sequence[str]) -> bool:
    """Whether these lines of a join say so."""
    return any(re.fullmatch(r"\+JOIN: Network joined|.*Joined already", line) for line in lines)


def address(lines: Sequence[str]) -> str | None:
    """The DevAddr that a join has given, as it is printed."""
    found = [match[1] for line in lines if (match := _ADDRESS.fullmatch(line))]
    return found[-1] if found else None


def fate(lines: Sequence[str], confirmed: bool) -> Sent | None:
    """What these lines of an uplink say; None for a refusal that is a fault of ours."""
    for line in lines:
        waits = _NO_BAND.fullmatch(line)
        if waits:
            return Sent(Fate.NO_CHANNEL, int(waits[1]) / 1000)
        said = line.partition(": ")[2]
        for negative, became in _NEGATIVES.items():
            if said.startswith(negative):
                return Sent(became)
    if not any(line.endswith(": Done") for line in lines):
        return None
    if not confirmed:
        return Sent(Fate.SENT)
    heard = any(line == "+CMSGHEX: ACK Received" for line in lines)
    return Sent(Fate.ACKNOWLEDGED if heard else Fate.UNACKNOWLEDGED)


def downlinks(lines: Sequence[str]) -> list[Downlink]:
    """What came down in these lines; the levels stand in the line behind."""
    found: list[Downlink] = []
    for line in lines:
        received, levels = _RECEIVED.fullmatch(line), _LEVELS.fullmatch(line)
        if received and 1 <= int(received[1]) <= 223:
            found.append(Downlink(int(received[1]), bytes.fromhex(received[2])))
        elif levels and found and found[-1].rssi is None:
            found[-1] = found[-1]._replace(rssi=level(levels[1]), snr=level(levels[2]))
    return found
