"""When to send which bytes to a SPS30.

Theory: while it measures, fan and laser run and there is a new value each second; the first 30 s
after a start are no values yet. With `sleep_between` it is stopped after a reading, and started
early enough for the next, which is expected as far away as the last two were apart. A reading that
comes sooner finds it stopped: it gives no values, and starts it.

It cleans its fan by itself after a week of measuring; the command for that is never sent.
"""

from contextlib import suppress
from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment import sensirion
from drivers.environment.sensirion_dialogue import Dialogue
from drivers.environment.sps30 import codec
from drivers.errors import BadData, BusError, WrongDevice
from drivers.quantities import PM1, PM2_5, PM4, PM10, Quantity

_WARM_UP_NS = 30_000_000_000
_PATIENCE_NS = 15_000_000_000
"""Without a new value: longer than the part cleans its fan (10 s)."""

_EARLY_NS = 40_000_000_000
"""A start so long before a reading: the warm-up and two polls."""


class Sps30Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address` is fixed; SEL must be tied to ground before power comes.

    `sleep_between` stops fan and laser between readings that are more than 80 s apart.
    """

    address: Literal[0x69] = 0x69
    sleep_between: bool = False


class Sps30(Driver):
    """Mass of particles; all None while the part starts."""

    channels: ClassVar[tuple[Quantity, ...]] = (PM1, PM2_5, PM4, PM10)
    poll_every: ClassVar[float | None] = 5.0
    first_value_s = _WARM_UP_NS / 1e9 + 1

    def __init__(self, bus: I2c, config: Sps30Config) -> None:
        self._chip = Dialogue(bus, config.address)
        self._config = config
        self._firmware = (0, 0)
        self._is_open = False
        self._started_ns: int | None = None
        self._heard_ns = self._wake_ns = 0
        self._read_ns: int | None = None

    def open(self) -> None:
        for _ in range(2):
            with suppress(BusError):  # the first wakes only its interface; awake, it refuses both
                self._chip.tell(codec.WAKE, 0)
            self._chip.time.sleep(codec.MODE_S)
        self._identify()
        [word] = self._chip.ask(codec.VERSION, 1, codec.COMMAND_S)
        self._firmware = codec.version(word)
        self._chip.tell(codec.STOP, codec.MODE_S)
        self._is_open = True
        self._start()

    def poll(self) -> None:
        """Start the part in time for the next reading."""
        if self._is_open and self._started_ns is None and self._now_ns() >= self._wake_ns:
            self._start()

    def read(self) -> Sample:
        """The newest values; None for all while it starts, and when there were none since."""
        if not self._is_open:
            raise BusError("read before open")
        last_ns, self._read_ns = self._read_ns, self._now_ns()
        if self._started_ns is None:
            self._start()
            return self._nothing()
        if self._read_ns - self._started_ns < _WARM_UP_NS:
            return self._nothing()
        sample = self._measurement()
        if self._config.sleep_between and last_ns is not None:
            self._stop_until(self._read_ns + (self._read_ns - last_ns) - _EARLY_NS)
        return sample

    def close(self) -> None:
        if self._is_open:
            self._is_open, self._started_ns, self._read_ns = False, None, None
            with suppress(BusError):  # a part that is gone has its fan off
                self._chip.tell(codec.STOP, 0)

    def _measurement(self) -> Sample:
        if self._is_disturbed() or not self._has_new():
            return self._nothing()
        words = self._chip.ask(codec.READ, codec.READ_WORDS, codec.COMMAND_S)
        self._heard_ns = self._now_ns()
        names = (quantity.name for quantity in self.channels)
        return dict(zip(names, codec.values(words), strict=True))

    def _is_disturbed(self) -> bool:
        """Whether the fan runs at the wrong speed. A broken part is WrongDevice."""
        if self._firmware < codec.STATUS_SINCE:
            return False
        status = codec.status(self._chip.ask(codec.STATUS, 2, codec.COMMAND_S))
        if status.fan or status.laser:
            broken = "fan is blocked or broken" if status.fan else "laser is worn out"
            raise WrongDevice(f"its {broken}", "clean the sensor with dry air, or replace it")
        return status.speed

    def _has_new(self) -> bool:
        [ready] = self._chip.ask(codec.READY, 1, codec.COMMAND_S)
        silent_ns = self._now_ns() - self._heard_ns
        if ready != 1 and silent_ns > _PATIENCE_NS:
            raise BadData(
                f"no values for {silent_ns / 1e9:.0f} s",
                "look at the supply of the sensor: it needs 5 V",
            )
        return ready == 1

    def _identify(self) -> None:
        words = self._chip.identity(
            codec.PRODUCT_TYPE, codec.PRODUCT_TYPE_WORDS, codec.COMMAND_S, "sps30"
        )
        found = sensirion.text(words)
        if found != codec.SPS30:
            raise WrongDevice(
                f"sps30 expected at 0x{self._chip.address:02x}, found product type {found!r}",
                "look at which part stands at this address",
            )

    def _start(self) -> None:
        self._chip.tell(codec.START, 0)
        self._started_ns = self._now_ns()
        self._heard_ns = self._started_ns + _WARM_UP_NS

    def _stop_until(self, wake_ns: int) -> None:
        """Not worth it where the fan would stand for less time than a start takes."""
        if wake_ns - self._now_ns() > _EARLY_NS:
            self._chip.tell(codec.STOP, 0)
            self._started_ns, self._wake_ns = None, wake_ns

    def _nothing(self) -> Sample:
        return dict.fromkeys((quantity.name for quantity in self.channels), None)

    def _now_ns(self) -> int:
        return self._chip.time.now_ns()
