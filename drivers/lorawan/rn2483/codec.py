"""The dialect of the Microchip RN2483 (DS40001784G): lower-case words, 57600 baud, CR LF.

A command is answered by one line at once; of `mac join` and `mac tx` a second one says later what
became of it. Answers name no command, and the banner of a restart is also the answer to `sys get
ver`. Numbers are decimal, keys and payloads hex digits.
"""

import re

from drivers.lorawan.contract import Downlink, Fate, Sent
from drivers.lorawan.dialogue import Dialect, Question

BAUDRATE = 57_600
HEX8 = re.compile("([0-9A-Fa-f]{8})")
HEX16 = re.compile("([0-9A-Fa-f]{16})")
NUMBER = re.compile("([0-9]{1,10})")
WORD = re.compile("((?i:class )?[A-Za-z]{1,3})")
STATUS = re.compile("([0-9A-Fa-f]{4,8})")

_OK = re.compile("ok")
_VERSION = re.compile(r"RN2483 ([0-9]+\.[0-9]+\.[0-9]+)( .*)?")
_RECEIVED = re.compile("mac_rx ([0-9]{1,3})(?: +((?:[0-9A-Fa-f]{2})*))?")
_SENT = re.compile(rf"mac_tx_ok|mac_err|radio_err|invalid_data_len|{_RECEIVED.pattern}")
_JOINED = re.compile("accepted|denied")

VERSION = Question("sys get ver", _VERSION)
HARDWARE_EUI = Question("sys get hweui", HEX16)
SNR = Question("radio get snr", re.compile("(-?[0-9]{1,3})"))

DIALECT = Dialect(
    refused=re.compile(
        "invalid_param|keys_not_init|not_joined|no_free_ch|silent|busy|mac_paused|invalid_data_len"
        "|frame?_counter_err_rejoin_needed|fram_counter_err_rejoin_needed|err"
    ),
    restarted=_VERSION,
    events=re.compile(f"{_SENT.pattern}|{_JOINED.pattern}"),
    harmless=(VERSION, HARDWARE_EUI),
)

_FATES = {
    "not_joined": Fate.NOT_JOINED,
    "keys_not_init": Fate.NOT_JOINED,
    "frame_counter_err_rejoin_needed": Fate.NOT_JOINED,
    "fram_counter_err_rejoin_needed": Fate.NOT_JOINED,
    "busy": Fate.BUSY,
    "mac_paused": Fate.BUSY,
    "no_free_ch": Fate.NO_CHANNEL,
    "silent": Fate.NO_CHANNEL,
    "invalid_data_len": Fate.TOO_LONG,
}
"""`silent`: the network has forbidden it to send; nobody but the network lifts that."""


def get(name: str, answer: re.Pattern[str]) -> Question:
    """Read a parameter of the MAC."""
    return Question(f"mac get {name}", answer)


def put(name: str, value: str) -> Question:
    """Set a parameter of the MAC, in its memory only: `SAVE` keeps it."""
    return Question(f"mac set {name} {value}", _OK)


RESET = Question("mac reset 868", _OK)
SAVE = Question("mac save", _OK, within_s=10.0)
JOIN = Question("mac join otaa", _OK, _JOINED, within_s=30.0)
RESUME = Question("mac join abp", _OK, _JOINED, within_s=5.0)


def uplink(port: int, payload: bytes, confirmed: bool, within_s: float) -> Question:
    """One uplink, and what became of it."""
    kind = "cnf" if confirmed else "uncnf"
    return Question(f"mac tx {kind} {port} {payload.hex().upper()}", _OK, _SENT, within_s=within_s)


def fate(line: str, confirmed: bool) -> Sent | None:
    """What the last line of an uplink says; None where nobody knows what became of it.

    `mac_tx_ok` of a confirmed one: the acknowledgement has come. `mac_err` of one that is not: the
    radio has failed, perhaps while it sent.
    """
    if line in _FATES:
        return Sent(_FATES[line])
    if line == "mac_tx_ok" or _RECEIVED.fullmatch(line):
        return Sent(Fate.ACKNOWLEDGED if confirmed else Fate.SENT)
    if line in ("mac_err", "radio_err") and confirmed:
        return Sent(Fate.UNACKNOWLEDGED)
    return None


def downlink(line: str) -> Downlink | None:
    """What came down with that line; None = nothing for an application."""
    match = _RECEIVED.fullmatch(line)
    if match is None or not 1 <= int(match[1]) <= 223:
        return None
    return Downlink(int(match[1]), bytes.fromhex(match[2] or ""))
