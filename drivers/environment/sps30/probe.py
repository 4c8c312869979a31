"""Recognises a SPS30 by its product type with right CRCs; it measures on, or stays idle.

One that sleeps acknowledges nothing, and is not woken up.
"""

from drivers.bus.ports import I2c
from drivers.environment import sensirion
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sps30 import codec
from drivers.environment.sps30.driver import Sps30Config
from drivers.probe import I2cProbe, addresses


def _says(bus: I2c, address: int) -> str | None:
    chip = Dialogue(bus, address)
    words = chip.steady(codec.PRODUCT_TYPE, codec.PRODUCT_TYPE_WORDS, codec.COMMAND_S)
    if words is None or sensirion.text(words) != codec.SPS30:
        return None
    return f"product type {codec.SPS30}, CRCs right"


PROBE = I2cProbe(addresses(Sps30Config), _says)
