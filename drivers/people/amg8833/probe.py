"""Recognises an AMG8833, which has no identity, by settings and a picture that can be; only reads.

Both the chip and all 64 pixels must be as warm as things are at a door.
"""

from drivers.asking import acknowledged
from drivers.bus.ports import I2c
from drivers.errors import BadData
from drivers.people.amg8833 import codec
from drivers.probe import I2cProbe, Sureness


def _says(bus: I2c, address: int) -> str | None:
    state = acknowledged(bus, address, bytes([codec.STATE]), codec.STATE_LENGTH)
    if state is None or not codec.is_state(state):
        return None
    if not 0 < codec.thermistor(codec.chip_word(state)) < 80:
        return None
    picture = acknowledged(bus, address, bytes([codec.PIXELS]), codec.FRAME_LENGTH)
    return "no identity, but a thermal image that can be" if _can_be(picture) else None


def _can_be(picture: bytes | None) -> bool:
    if picture is None:
        return False
    try:
        codec.frame(picture)
    except BadData:
        return False
    return True


PROBE = I2cProbe(codec.ADDRESSES, _says, Sureness.LIKELY)
