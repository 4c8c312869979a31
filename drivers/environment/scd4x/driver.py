"""When to send which bytes to a SCD40 or SCD41.

Theory: the part is idle or measures periodically. Settings are taken only while it is idle, all
but reading and stopping is refused while it measures, and a stop takes half a second. A restarted
program finds it measuring, so `open` stops it, sets what differs, and starts it. The part keeps the
newest measurement until it is read; one that was read is not given again. A supply that fails for a
moment leaves it idle: then no measurement comes for several intervals, and it must be opened again.

Settings are written to the part's RAM only. Its non-volatile memory holds 2000 writes.

The pressure of the air around it, 1 hPa for 0.1 % of CO2, is taken while it measures. From then on
it counts instead of the altitude, and the part keeps it until it loses its power: if it is told no
more, the last one stays, and the weather moves it by 2 % at most.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Recalibration, Sample
from drivers.environment.scd4x import codec
from drivers.environment.sensirion import command
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.errors import BadData, BusError
from drivers.quantities import CO2, HUMIDITY, PRESSURE, TEMPERATURE, Quantity

_PATIENCE = 3
"""Intervals without a measurement that are still no failure."""

_MATTERS_PA = 100


class Scd4xConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is fixed. `mode`: a measurement every 5 s, or every 30 s with less heat.

    `altitude_m` above the sea corrects CO2 for the thinner air, until it is told the pressure.
    `asc` is automatic calibration: the part takes the lowest value of a week for 400 ppm, which is
    right only where fresh air comes in for hours each week. `temperature_offset` (K) is what its
    own heat and that of its box add; null leaves it as the part has it (4 K when new).
    """

    address: Literal[0x62] = 0x62
    mode: Literal["periodic", "low_power"] = "periodic"
    altitude_m: Annotated[int, msgspec.Meta(ge=0, le=3000)] = 0
    asc: bool = False
    temperature_offset: Annotated[float, msgspec.Meta(ge=0, le=20)] | None = None


class Scd4x(Driver, Recalibration):
    """CO2, temperature and humidity."""

    channels: ClassVar[tuple[Quantity, ...]] = (CO2, TEMPERATURE, HUMIDITY)
    compensated_by: ClassVar[tuple[Quantity, ...]] = (PRESSURE,)
    recalibrated: ClassVar[Quantity] = CO2
    references: ClassVar[tuple[float, float]] = (400, 2000)
    settles_s = codec.RUNS_BEFORE_S
    steady: ClassVar[float] = 40.0

    def __init__(self, bus: I2c, config: Scd4xConfig) -> None:
        self._chip = Dialogue(bus, config.address)
        self._config = config
        self.first_value_s = codec.INTERVAL_S[config.mode] + 1
        self._heard_ns: int | None = None
        self._pressure: float | None = None
        """What it was told last; None since it was opened."""

    def open(self) -> None:
        with suppress(BusError):  # waking up is never acknowledged (datasheet 3.10.2)
            self._chip.tell(codec.WAKE, 0)
        self._chip.time.sleep(codec.WAKE_S)
        self._chip.identity(codec.READY, 1, codec.COMMAND_S, "scd4x")
        self._chip.tell(codec.STOP, codec.STOP_S)
        self._chip.ask(codec.SERIAL, 3, codec.COMMAND_S)
        self._configure()
        self._pressure = None
        self._start()

    def compensate(self, air: Mapping[str, float]) -> None:
        pressure = air.get("pressure", self._pressure)
        word = None if pressure is None else codec.pressure_word(pressure)
        if pressure is None or word is None:
            return
        if self._pressure is None or abs(pressure - self._pressure) >= _MATTERS_PA:
            self._chip.tell(command(codec.SET_PRESSURE, word), codec.COMMAND_S)
            self._pressure = pressure

    def recalibrate(self, reference: float) -> float:
        self._chip.tell(codec.STOP, codec.STOP_S)
        question = command(codec.RECALIBRATE, round(reference))
        [word] = self._chip.ask(question, 1, codec.RECALIBRATE_S)
        self._start()
        return codec.correction(word)

    def read(self) -> Sample:
        """The newest measurement; None for all when there was none since the last read."""
        if self._heard_ns is None:
            raise BusError("read before open")
        [status] = self._chip.ask(codec.READY, 1, codec.COMMAND_S)
        if not codec.is_ready(status):
            self._bear_silence(self._chip.time.now_ns() - self._heard_ns)
            return dict.fromkeys((quantity.name for quantity in self.channels), None)
        words = self._chip.ask(codec.READ, 3, codec.COMMAND_S)
        self._heard_ns = self._chip.time.now_ns()
        co2, temperature, humidity = codec.values(words)
        return {"co2": co2, "temperature": temperature, "humidity": humidity}

    def close(self) -> None:
        """It goes on measuring: the next `open` stops it."""
        self._heard_ns = None

    def _start(self) -> None:
        self._chip.tell(codec.START[self._config.mode], codec.COMMAND_S)
        self._heard_ns = self._chip.time.now_ns()

    def _configure(self) -> None:
        self._set(codec.GET_ALTITUDE, codec.SET_ALTITUDE, self._config.altitude_m)
        self._set(codec.GET_ASC, codec.SET_ASC, int(self._config.asc))
        if self._config.temperature_offset is not None:
            offset = codec.offset_word(self._config.temperature_offset)
            self._set(codec.GET_OFFSET, codec.SET_OFFSET, offset)

    def _set(self, getter: bytes, setter: bytes, wanted: int) -> None:
        [found] = self._chip.ask(getter, 1, codec.COMMAND_S)
        if found != wanted:
            self._chip.tell(command(setter, wanted), codec.COMMAND_S)

    def _bear_silence(self, silent_ns: int) -> None:
        silent_s = silent_ns / 1e9
        if silent_s > _PATIENCE * codec.INTERVAL_S[self._config.mode]:
            raise BadData(
                f"no measurement for {silent_s:.0f} s",
                "look at the supply of the sensor: it draws 200 mA for a moment while it measures",
            )
