"""Uplinks: how payloads reach a far side, and how it says that it has them."""
