"""Sensor drivers: each chip as codec, driver and model. Usable without the gateway."""
