"""When to send which bytes to a SGP40.

Theory: the VOC index wants one raw signal a second, and its heater stays on between them. A poll
never waits: it takes the answer to the question of the poll before it and asks the next. Until the
part is warm, as the algorithm tells, there are no values.

Each question carries humidity and temperature of the air, which nobody has to tell but somebody
may: then those count, also when they are told no more, for a jump back to what is configured would
look like a smell.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sgp40 import codec
from drivers.environment.sgp40.voc_index import VocIndex
from drivers.errors import BusError, WrongDevice
from drivers.quantities import HUMIDITY, TEMPERATURE, VOC_INDEX, VOC_RAW, Quantity


class Sgp40Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is fixed. `humidity` (%) and `temperature` (Cel) are what the room usually has.

    The signal depends on them, and the part cannot measure them; what `compensation` tells is
    nearer to the truth.
    """

    address: Literal[0x59] = 0x59
    humidity: Annotated[float, msgspec.Meta(ge=0, le=100)] = 50.0
    temperature: Annotated[float, msgspec.Meta(ge=-10, le=50)] = 25.0


class Sgp40(Driver):
    """Raw signal and VOC index; both None while the part warms up."""

    channels: ClassVar[tuple[Quantity, ...]] = (VOC_RAW, VOC_INDEX)
    poll_every: ClassVar[float | None] = 1.0
    compensated_by: ClassVar[tuple[Quantity, ...]] = (HUMIDITY, TEMPERATURE)
    first_value_s = 60.0

    def __init__(self, bus: I2c, config: Sgp40Config) -> None:
        self._chip = Dialogue(bus, config.address)
        self._air = {"humidity": config.humidity, "temperature": config.temperature}
        self._voc = VocIndex()
        self._asked_ns: int | None = None
        self._heard_ns = 0
        self._newest: tuple[int | None, int | None] = (None, None)

    def open(self) -> None:
        self._chip.identity(codec.SERIAL, 3, codec.COMMAND_S, "sgp40")
        self._check_features()
        self._check_itself()
        self._newest = (None, None)
        self._voc.interrupted((self._chip.time.now_ns() - self._heard_ns) / 1e9)
        self._ask()

    def poll(self) -> None:
        """Called before the answer is there, right after `open`, it leaves it for the next."""
        if self._asked_ns is None:
            raise BusError("poll before open")
        if self._chip.time.now_ns() - self._asked_ns < codec.MEASURE_S * 1e9:
            return
        [word] = self._chip.hear(1)
        self._heard_ns = self._chip.time.now_ns()
        index = self._voc.process(word)
        self._newest = (None, None) if index is None else (codec.raw(word), index)
        self._ask()

    def compensate(self, air: Mapping[str, float]) -> None:
        self._air |= {name: air[name] for name in self._air if name in air}

    def read(self) -> Sample:
        """What the last poll heard; None for both when there was none since the last read."""
        if self._asked_ns is None:
            raise BusError("read before open")
        (raw, index), self._newest = self._newest, (None, None)
        return {"voc_raw": raw, "voc_index": index}

    def close(self) -> None:
        if self._asked_ns is not None:
            self._asked_ns = None
            self._chip.time.sleep(codec.MEASURE_S)  # it hears nothing while it measures
            with suppress(BusError):  # a part that is gone has its heater off
                self._chip.tell(codec.HEATER_OFF, 0)

    def _ask(self) -> None:
        self._chip.tell(codec.measure(self._air["humidity"], self._air["temperature"]), 0)
        self._asked_ns = self._chip.time.now_ns()

    def _check_features(self) -> None:
        [features] = self._chip.ask(codec.FEATURES, 1, codec.COMMAND_S)
        if features >> 8 != codec.SGP40:
            raise WrongDevice(
                f"sgp40 expected at 0x{self._chip.address:02x}, "
                f"found another part (feature set 0x{features:04x})",
                "look at the part: a SGP41 has the same address",
            )

    def _check_itself(self) -> None:
        [result] = self._chip.ask(codec.SELF_TEST, 1, codec.SELF_TEST_S)
        if result >> 8 != codec.PASSED:
            raise WrongDevice(f"its self-test failed (0x{result:04x})", "replace the sensor")
