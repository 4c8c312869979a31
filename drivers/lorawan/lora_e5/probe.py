"""Recognises a LoRa-E5 by its version; nothing is set."""

from drivers.lorawan.asking import probe
from drivers.lorawan.lora_e5 import codec

PROBE = probe(codec.BAUDRATE, codec.DIALECT, codec.VERSION)
