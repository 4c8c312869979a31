"""Dragino LA66, a LoRaWAN modem."""
