"""Another package's driver, found by its entry point, whose chip stops answering on demand."""

import time
from pathlib import Path
from typing import ClassVar

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, I2cModel, Part, Sample
from drivers.quantities import TEMPERATURE

HANG = Path("/run/gateway/hang")
"""While this file is there, a reading does not come back."""


class StuckConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing can be chosen."""

    address: int = 0x10


class Stuck(Driver):
    """The room is always at 20 degrees."""

    channels: ClassVar = (TEMPERATURE,)

    def __init__(self, bus: I2c, config: StuckConfig) -> None:
        pass

    def open(self) -> None:
        pass

    def read(self) -> Sample:
        while HANG.exists():
            time.sleep(0.1)
        return {"temperature": 20.0}

    def close(self) -> None:
        pass


class StuckModel(I2cModel):
    """Is there, and says nothing."""

    def __init__(self, config: StuckConfig) -> None:
        self.address = config.address

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        return bytes(read)


PART = Part("i2c", StuckConfig, Stuck, StuckModel)
