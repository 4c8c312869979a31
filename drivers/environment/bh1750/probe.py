"""Recognises a BH1750, which has no identity, by how it measures.

Afterwards it is powered down and has the measurement time of power-on. The driver sets both anew
with each reading.

Theory: its second mode counts twice as much as its first in the same light; no other part doubles
what it says when 21 follows 20. In the dark both are 0: then less is known.

An opcode is one byte, and a port expander (PCF8574) at its address would put that byte on its pins.
Such a part repeats its port when two bytes are read, a BH1750 gives the two halves of its last
result: so that is read first, and who repeats a byte other than 00 is asked nothing.
"""

from drivers.asking import acknowledged
from drivers.bus.ports import I2c
from drivers.environment.bh1750 import codec
from drivers.environment.bh1750.driver import Bh1750Config
from drivers.probe import I2cProbe, Sureness, addresses

_DARK = 3
_SINGLE = codec.Range(codec.HIGH_RESOLUTION, codec.SHORTEST_TIME)
_DOUBLE = codec.Range(codec.HIGH_RESOLUTION_2, codec.SHORTEST_TIME)


def _says(bus: I2c, address: int) -> str | None:
    before = acknowledged(bus, address, b"", 2)
    if before is None or before[0] == before[1] != 0:
        return None
    single, double = _counts(bus, address, _SINGLE), _counts(bus, address, _DOUBLE)
    for opcode in (*codec.measurement_time(codec.DEFAULT_TIME), codec.POWER_DOWN):
        acknowledged(bus, address, bytes([opcode]))
    return None if single is None or double is None else _judged(single, double)


def _judged(single: int, double: int) -> str | None:
    if codec.SATURATED in (single, double) or abs(double - 2 * single) > 2 + single // 4:
        return None
    if double <= _DARK:
        return "no identity, and in the dark nothing to measure"
    return f"no identity, but counts {single}, and {double} in its other mode"


def _counts(bus: I2c, address: int, within: codec.Range) -> int | None:
    opcodes = (codec.POWER_ON, *codec.measurement_time(within.time), within.opcode)
    for opcode in opcodes:
        if acknowledged(bus, address, bytes([opcode])) is None:
            return None
    bus.time.sleep(within.conversion_s)
    answer = acknowledged(bus, address, b"", 2)
    return None if answer is None else codec.counts(answer)


PROBE = I2cProbe(addresses(Bh1750Config), _says, Sureness.LIKELY)
