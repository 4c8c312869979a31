"""Recognises a RAK3172 by its version; nothing is set."""

from drivers.lorawan.asking import probe
from drivers.lorawan.rak3172 import codec

PROBE = probe(codec.BAUDRATE, codec.DIALECT, codec.VERSION)
