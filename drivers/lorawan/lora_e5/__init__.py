"""Seeed LoRa-E5, a LoRaWAN modem."""
