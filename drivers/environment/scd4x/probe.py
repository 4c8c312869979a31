"""Recognises a SCD4x, idle or measuring, and lets it go on as before.

Whether a measurement is ready may be asked at any time, and does not take it away. Serial number
and variant are told only by an idle part; one that measures refuses the question and measures on,
so its answers to the first must be whole more often. Nothing is stopped, set or woken up: a part
that is powered down is not seen.
"""

from drivers.bus.ports import I2c
from drivers.environment.scd4x import codec
from drivers.environment.scd4x.driver import Scd4xConfig
from drivers.environment.sensirion import number
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    chip = Dialogue(bus, address)
    if chip.steady(codec.READY, 1, codec.COMMAND_S, times=3) is None:
        return None
    serial = chip.steady(codec.SERIAL, 3, codec.COMMAND_S)
    if serial is None:
        return "measuring, CRCs right"
    variant = chip.steady(codec.VARIANT, 1, codec.COMMAND_S)
    model = codec.NAMES.get(variant[0] >> 12, "SCD4x") if variant else "SCD4x"
    return f"{model}, idle, serial number {number(serial):012x}, CRCs right"


PROBE = I2cProbe(addresses(Scd4xConfig), _says)
