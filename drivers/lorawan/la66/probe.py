"""Recognises an LA66 by its version; nothing is set."""

from drivers.lorawan.asking import probe
from drivers.lorawan.la66 import codec

PROBE = probe(codec.BAUDRATE, codec.DIALECT, codec.VERSION)
