"""Recognises an AHT20, which has no identity, by an answer with a right CRC; only reads.

A port expander (PCF8574A) at its address would put what is written on its pins, and repeats one
byte. An AHT10 has no CRC.
"""

from drivers.asking import steady
from drivers.bus.ports import I2c
from drivers.environment.aht20 import codec
from drivers.environment.aht20.driver import Aht20Config
from drivers.errors import BadData
from drivers.probe import I2cProbe, Sureness, addresses


def _says(bus: I2c, address: int) -> str | None:
    answer = steady(bus, address, b"", codec.ANSWER_LENGTH)
    if answer is None or len(set(answer)) == 1:
        return None
    try:
        status = codec.measurement(answer).status
    except BadData:
        return None
    return f"no identity, but status 0x{status:02x}, CRC right"


PROBE = I2cProbe(addresses(Aht20Config), _says, Sureness.LIKELY)
