"""The gateway: time, storage and uplinks around the drivers."""

__version__ = "0.1.0"
