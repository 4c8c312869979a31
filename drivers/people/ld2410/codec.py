"""HLK-LD2410 (B, C) on the wire (Hi-Link, serial protocol of the LD2410): its reports.

    report   F4 F3 F2 F1 | length16 | form AA | state | moving: cm16 energy | still: cm16 energy |
             distance16 | engineering only | 55 00 | F8 F7 F6 F5                 no checksum

    form         02 basic, 01 engineering
    state        0 nobody, 1 moving, 2 still, 3 both; 4 to 6 (newer firmware, while it measures its
                 own noise) tell nothing of anybody: no report
    engineering  two numbers of gates N M, N+1 energies of what moves, M+1 of what is still, and of
                 newer firmware light and the level of the output

All numbers are little-endian, energies 0 to 100. Commands and ACKs are those of
`drivers.people.hilink`. Reports are the same but for the form, so either is taken; which of them
it is the part forgets with its supply.
"""

import struct
from typing import NamedTuple

from drivers.people import hilink
from drivers.people.hilink import BAUDRATE, FIRMWARE, REPORT_NS, Ack, command, firmware

__all__ = [
    "BAUDRATE",
    "FIRMWARE",
    "PARAMETERS",
    "REPORT_NS",
    "Ack",
    "Parameters",
    "Parser",
    "Report",
    "Seen",
    "command",
    "firmware",
    "parameters",
]

PARAMETERS = 0x0061

_FRAME = 10
"""Header, length and tail."""
_BASIC = 13
_LONGEST = 64
_LONGEST_ACK = 28
_TAIL = b"\xf8\xf7\xf6\xf5"
_BASIC_FORM, _ENGINEERING_FORM = 2, 1
_HEAD, _CHECK = 0xAA, b"\x55\x00"
_MOST_ENERGY = 100


class Seen(NamedTuple):
    """What moves, or what is still: cm, and 0 to 100."""

    distance: int
    energy: int


class Report(NamedTuple):
    """One frame. `distance` (cm) is of the detection; None: nothing of that kind is there."""

    moving: Seen | None
    still: Seen | None
    distance: int


class Parameters(NamedTuple):
    """Thresholds of the gates 0 to 8, of what moves and of what is still; seconds it stays."""

    moving: tuple[int, ...]
    still: tuple[int, ...]
    no_one_s: int


class Parser(hilink.Parser[Report]):
    """Reports and ACKs out of a stream that may hold anything; keeps less than 74 bytes."""

    def __init__(self) -> None:
        super().__init__(hilink.Reports(hilink.HEADERS["ld2410"], _size, _report, _LONGEST_ACK))


def parameters(data: bytes) -> Parameters | None:
    """From the data of the ACK to PARAMETERS; None where they are of another form."""
    if len(data) != 24 or data[:4] != b"\xaa\x08\x08\x08":
        return None
    return Parameters(tuple(data[4:13]), tuple(data[13:22]), int.from_bytes(data[22:], "little"))


def _size(buffer: bytes) -> int:
    if len(buffer) < 6:
        return 6
    length = int.from_bytes(buffer[4:6], "little")
    return _FRAME + length if _BASIC <= length <= _LONGEST else 0


def _report(data: bytes) -> Report | None:
    payload = data[6:-4]
    form, head, state = payload[:3]
    framed = head == _HEAD and payload.endswith(_CHECK) and data.endswith(_TAIL)
    if not framed or not _fits(form, payload) or state > 3:
        return None
    moving, moving_energy, still, still_energy, distance = struct.unpack_from("<HBHBH", payload, 3)
    if max(moving_energy, still_energy) > _MOST_ENERGY:
        return None
    return Report(
        Seen(moving, moving_energy) if state & 1 else None,
        Seen(still, still_energy) if state & 2 else None,
        distance,
    )


def _fits(form: int, payload: bytes) -> bool:
    """Whether there are as many bytes as the form says."""
    if form != _ENGINEERING_FORM:
        return form == _BASIC_FORM and len(payload) == _BASIC
    if len(payload) < _BASIC + 2:
        return False
    gates = payload[11] + payload[12] + 2
    return len(payload) - _BASIC - 2 - gates in (0, 2)
