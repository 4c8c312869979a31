"""When to send which bytes to a SCD30.

Theory: the part keeps its settings, and that it measures at all, in non-volatile memory, and goes
on by itself after a power cut. Each of these commands writes that memory, so `open` writes only
what differs, and no start: a part that measures needs none. Only when no measurement has come for
three intervals it is started, once; if none comes then either, it must be opened again.

The pressure of the air around it, 1 mbar for 0.1 % of CO2, is told with the start. As that may
write its memory, it is told only when it is 1 % off, and right behind a measurement, since the next
may begin anew with it. From then on it counts instead of the altitude, also when it is told no
more.

It stretches the clock, up to 150 ms, which the I2C controller of the Raspberry Pi does not bear.
One question per read and the wait between writing and reading make that rare; its CRC finds the
rest.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Recalibration, Sample
from drivers.environment.scd30 import codec
from drivers.environment.sensirion import command
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.errors import BadData, BusError
from drivers.quantities import CO2, HUMIDITY, PRESSURE, TEMPERATURE, Quantity

_PATIENCE = 3
"""Intervals without a measurement that are still no failure."""

_MATTERS_HPA = 10


class Scd30Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is fixed. A measurement comes every `interval_s`.

    `altitude_m` above the sea corrects CO2 for the thinner air, until it is told the pressure.
    `asc` is automatic calibration: the part takes the lowest values of a week for fresh air, which
    is right only where fresh air comes in for an hour each day.
    """

    address: Literal[0x61] = 0x61
    interval_s: Annotated[int, msgspec.Meta(ge=2, le=1800)] = 2
    altitude_m: Annotated[int, msgspec.Meta(ge=0, le=3000)] = 0
    asc: bool = False


class Scd30(Driver, Recalibration):
    """CO2, temperature and humidity."""

    channels: ClassVar[tuple[Quantity, ...]] = (CO2, TEMPERATURE, HUMIDITY)
    compensated_by: ClassVar[tuple[Quantity, ...]] = (PRESSURE,)
    recalibrated: ClassVar[Quantity] = CO2
    references: ClassVar[tuple[float, float]] = (400, 2000)
    steady: ClassVar[float] = 40.0

    def __init__(self, bus: I2c, config: Scd30Config) -> None:
        self._chip = Dialogue(bus, config.address)
        self._config = config
        self._heard_ns: int | None = None
        self._started = False
        self.first_value_s = 5 * config.interval_s + 1  # of one that has to be started first
        self.settles_s = max(codec.RUNS_BEFORE_S, 10 * config.interval_s)
        self._pressure = self._told = codec.NO_PRESSURE
        """What is known of it, and what the part was told since it was opened, in mbar."""

    def open(self) -> None:
        self._chip.identity(codec.FIRMWARE, 1, codec.COMMAND_S, "scd30")
        self._set(codec.INTERVAL, self._config.interval_s)
        self._set(codec.ALTITUDE, self._config.altitude_m)
        self._set(codec.ASC, int(self._config.asc))
        self._started = False
        self._told = codec.NO_PRESSURE
        self._heard_ns = self._chip.time.now_ns()

    def compensate(self, air: Mapping[str, float]) -> None:
        word = codec.pressure_word(air["pressure"]) if "pressure" in air else None
        if word is not None:
            self._pressure = word

    def recalibrate(self, reference: float) -> None:
        self._chip.tell(command(codec.RECALIBRATE, round(reference)), codec.COMMAND_S)
        [found] = self._chip.ask(codec.RECALIBRATE, 1, codec.COMMAND_S)
        codec.taken(round(reference), found)

    def read(self) -> Sample:
        """The newest measurement; None for all when there was none since the last read."""
        if self._heard_ns is None:
            raise BusError("read before open")
        [ready] = self._chip.ask(codec.READY, 1, codec.COMMAND_S)
        if ready != 1:
            self._bear_silence(self._chip.time.now_ns() - self._heard_ns)
            return dict.fromkeys((quantity.name for quantity in self.channels), None)
        words = self._chip.ask(codec.READ, codec.READ_WORDS, codec.COMMAND_S)
        self._heard_ns = self._chip.time.now_ns()
        if abs(self._pressure - self._told) >= _MATTERS_HPA:
            self._start()
        co2, temperature, humidity = codec.values(words)
        return {"co2": co2, "temperature": temperature, "humidity": humidity}

    def close(self) -> None:
        """It goes on measuring, as it would after a power cut."""
        self._heard_ns = None

    def _set(self, setting: bytes, wanted: int) -> None:
        [found] = self._chip.ask(setting, 1, codec.COMMAND_S)
        if found != wanted:
            self._chip.tell(command(setting, wanted), codec.COMMAND_S)

    def _bear_silence(self, silent_ns: int) -> None:
        silent_s = silent_ns / 1e9
        if silent_s <= _PATIENCE * self._config.interval_s:
            return
        if self._started:
            raise BadData(f"no measurement for {silent_s:.0f} s", "power-cycle the sensor")
        self._start()
        self._started = True
        self._heard_ns = self._chip.time.now_ns()

    def _start(self) -> None:
        self._chip.tell(command(codec.START, self._pressure), codec.COMMAND_S)
        self._told = self._pressure
