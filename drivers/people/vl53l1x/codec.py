"""Registers of a VL53L1X: 16-bit indices, big-endian, counting up by themselves.

From ST's Ultra Lite Driver (STSW-IMG009, UM2510) and the register map of its full API. The distance
is the raw one, as the Ultra Lite Driver says it: the full API multiplies by a gain of 2011/2048
(1234 mm become 1212), which belongs to that driver's own tuning and not to these settings.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from drivers.errors import BadData

Mode = Literal["short", "long"]

ADDRESS = 0x0001
LOOP_BOUND = 0x0008
POLARITY = 0x0030
READY = 0x0031
TIMING = 0x005E
OSCILLATOR = 0x00DE
FIRMWARE = 0x00E5
IDENTITY = 0x010F
INTERRUPT_CLEAR = 0x0086
START = 0x0087
RESULT = 0x0088

RESULT_LENGTH = 16
TIMING_LENGTH = 6
BOOTED = 0x01
CLEAR = b"\x01"
STOP = b"\x00"
TIMED = b"\x40"
VL53L1X = bytes.fromhex("EACC10")

SETTINGS = 0x002D
SETTINGS_BLOCK = bytes.fromhex(
    "0000000102000208000810010100000000FF000F0000000000200B0000020A2100000500000000C80000"
    "38FF010008000001CC0F01F10D0168008008B8000000000F8900000000000000010F0D0E0E000002C7FF"
    "9B000000010000"
)
"""Opaque but for what stands below; identical in ST's and in Adafruit's driver."""

AFTER_FIRST_RANGING = ((LOOP_BOUND, b"\x09"), (0x000B, b"\x00"))
"""Two bounds of the voltage regulation, and start from the last temperature."""

_ROI_CENTRE = 0x007F
_PHASE_TIMEOUT = 0x004B
_SINGLE_SHOT = 0x10
_ROI_TO_CLEAR = SETTINGS_BLOCK[0x0081 - SETTINGS : INTERRUPT_CLEAR - SETTINGS]

_VALID = 9
STATUS = {
    _VALID: 0,
    6: 1,
    4: 2,
    8: 3,
    5: 4,
    3: 5,
    19: 6,
    7: 7,
    12: 9,
    18: 10,
    22: 11,
    23: 12,
    13: 13,
}
"""Raw status to ST's code; what is not here is 255."""

OK, SIGNAL, PHASE, WRAPPED, BAD_ROI = 0, 2, 4, 7, 13


class _Periods(NamedTuple):
    """What makes a distance mode: timeouts and periods of the laser, first the registers' names."""

    phase_timeout: int
    vcsel_a: int
    vcsel_b: int
    valid_phase_high: int
    woi_and_initial_phase: bytes


_MODES: Mapping[Mode, _Periods] = {
    "short": _Periods(0x14, 0x07, 0x05, 0x38, bytes.fromhex("07050606")),
    "long": _Periods(0x0A, 0x0F, 0x0D, 0xB8, bytes.fromhex("0F0D0E0E")),
}

TIMEOUTS: Mapping[Mode, Mapping[int, tuple[int, int]]] = {
    "short": {
        15: (0x001D, 0x0027),
        20: (0x0051, 0x006E),
        33: (0x00D6, 0x006E),
        50: (0x01AE, 0x01E8),
        100: (0x02E1, 0x0388),
        200: (0x03E1, 0x0496),
        500: (0x0591, 0x05C1),
    },
    "long": {
        20: (0x001E, 0x0022),
        33: (0x0060, 0x006E),
        50: (0x00AD, 0x00C6),
        100: (0x01CC, 0x01EA),
        200: (0x02D9, 0x02F8),
        500: (0x048F, 0x04A4),
    },
}
"""Timing budget in ms to the timeouts A and B in macro periods, as the part encodes them."""


class Zone(NamedTuple):
    """A region of interest: `centre` is the number of the SPAD right of and above its middle."""

    centre: int
    width: int
    height: int


class Result(NamedTuple):
    """One ranging; `ready` = it is new. `status` is ST's code, the rate in kcps."""

    ready: bool
    status: int
    spads: float
    ambient_kcps: int
    distance_mm: int


def index(register: int) -> bytes:
    """How a register is named on the wire."""
    return register.to_bytes(2, "big")


def timing(mode: Mode, budget_ms: int) -> bytes:
    """What stands at TIMING then: timeouts and laser periods of that mode and budget."""
    periods, (a, b) = _MODES[mode], TIMEOUTS[mode][budget_ms]
    return index(a) + bytes([periods.vcsel_a]) + index(b) + bytes([periods.vcsel_b])


def mode_and_budget(mode: Mode, budget_ms: int) -> tuple[tuple[int, bytes], ...]:
    """Registers and what to write there. Raises KeyError for a budget that the mode has not."""
    periods = _MODES[mode]
    return (
        (_PHASE_TIMEOUT, bytes([periods.phase_timeout])),
        (TIMING, timing(mode, budget_ms)),
        (0x0069, bytes([periods.valid_phase_high])),
        (0x0078, periods.woi_and_initial_phase),
    )


def measure(zone: Zone) -> bytes:
    """One write: look at that zone, forget the last result, and measure once.

    The part takes a new zone reliably only between single measurements.
    """
    size = (zone.height - 1) << 4 | (zone.width - 1)
    look = bytes([zone.centre, size]) + _ROI_TO_CLEAR
    return index(_ROI_CENTRE) + look + CLEAR + bytes([_SINGLE_SHOT])


def inter_measurement(milliseconds: int, oscillator: int) -> bytes:
    """What timed ranging wants at 0x006C; `oscillator` is the word at OSCILLATOR.

    The factor is unconfirmed; single measurements have no use for it.
    """
    return int(milliseconds * (oscillator & 0x3FF) * 1.075).to_bytes(4, "big")


def is_ready(polarity: int, ready: int) -> bool:
    """Whether a result is waiting, by the two registers of the interrupt pin."""
    active_high = not polarity & 0x10
    return bool(ready & 1) == active_high


def result(data: bytes) -> Result:
    """RESULT_LENGTH bytes from RESULT on. Raises BadData."""
    if len(data) != RESULT_LENGTH:
        raise BadData(f"a result of {len(data)} bytes instead of {RESULT_LENGTH}")
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(4, RESULT_LENGTH, 2)]
    spads, _, ambient, _, _, distance = words
    status = STATUS.get(data[1] & 0x1F, 255)
    return Result(bool(data[0] & 7), status, spads / 256, ambient * 8, distance)
