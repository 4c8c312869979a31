"""Recognises a SCD30 by its firmware version with a right CRC; it measures on."""

from drivers.bus.ports import I2c
from drivers.environment.scd30 import codec
from drivers.environment.scd30.driver import Scd30Config
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    firmware = Dialogue(bus, address).steady(codec.FIRMWARE, 1, codec.COMMAND_S, times=3)
    if firmware is None:
        return None
    return f"firmware {firmware[0] >> 8}.{firmware[0] & 0xFF}, CRCs right"


PROBE = I2cProbe(addresses(Scd30Config), _says)
