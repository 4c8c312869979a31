"""Seeed LoRa-E5 (Wio-E5)."""
