"""DS18B20: what the kernel says of a conversion (`w1_slave`) to a temperature.

    91 01 4b 46 7f ff 0f 10 25 : crc=25 YES
    91 01 4b 46 7f ff 0f 10 25 t=25062

The nine bytes are the scratchpad: temperature in 1/16 Cel (little-endian, signed), two alarms,
configuration, FF, a reserved byte, 10, CRC-8 (Maxim, reflected 31). The kernel repeats an older
scratchpad in its second line when the first is wrong, so only the first counts, checked anew; `t`
must agree, or the device counts in another way.

After power-on the temperature is 85.0 Cel, whatever the air. A conversion leaves 10 minus the
lowest four bits of the temperature in the reserved byte 6, power-on leaves 0C: this tells the two
apart, as w1_therm of Linux does. All bytes zero, as a short circuit gives them, have a right CRC.
"""

import re

from drivers.errors import BadData

LENGTH = 9

_TOLD = re.compile(
    rb"(?P<bytes>(?:[0-9a-f]{2} ){9}): crc=[0-9a-f]{2} (?P<well>YES|NO)\n"
    rb"(?:[0-9a-f]{2} ){9}t=(?P<millidegrees>-?[0-9]{1,7})\n?"
)
_POWER_ON, _POWER_ON_MARK = b"\x50\x05", 0x0C
_FINEST = 16
_SUPPLY = "check its supply: give VDD 3.3 V of its own, and a pull-up of 4.7 kOhm to the data line"
_CLONE = "it is no genuine DS18B20: replace it"


def temperature(told: bytes) -> float | None:
    """Cel from the text of `w1_slave`; None beyond -55 to 125. Raises BadData."""
    found = _TOLD.fullmatch(told)
    if found is None:
        raise BadData(f"w1_slave holds no scratchpad but {told[:80]!r}", "dmesg | grep -i w1")
    celsius = of_scratchpad(bytes.fromhex(found["bytes"].decode()), found["well"] == b"YES")
    by_kernel = int(found["millidegrees"]) / 1000
    if abs(celsius - by_kernel) > 1 / _FINEST:
        raise BadData(f"{celsius} Cel by its bytes, {by_kernel} by the kernel", _CLONE)
    return celsius if -55 <= celsius <= 125 else None


def of_scratchpad(scratchpad: bytes, well: bool = True) -> float:
    """Cel; `well`: the kernel found the CRC right. Raises BadData."""
    if not any(scratchpad):
        raise BadData("all bytes of the scratchpad are zero", "the data line is short-circuited")
    if scratchpad == b"\xff" * LENGTH:
        raise BadData("the device does not answer", _SUPPLY)
    if not well or crc(scratchpad[:-1]) != scratchpad[-1]:
        raise BadData("the CRC of the scratchpad is wrong", "shorten its cable, check the pull-up")
    if scratchpad[:2] == _POWER_ON and scratchpad[6] == _POWER_ON_MARK:
        raise BadData("85 Cel, as after power-on: it has not measured", _SUPPLY)
    return int.from_bytes(scratchpad[:2], "little", signed=True) / _FINEST


def crc(data: bytes) -> int:
    """CRC-8 of 1-wire: polynomial 31 reflected, begins with 0."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x8C if value & 1 else 0)
    return value
