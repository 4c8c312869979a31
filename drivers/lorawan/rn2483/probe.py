"""Recognises an RN2483 by its version; nothing is set. One that sleeps is not woken up."""

from drivers.lorawan.asking import probe
from drivers.lorawan.rn2483 import codec

PROBE = probe(codec.BAUDRATE, codec.DIALECT, codec.VERSION)
