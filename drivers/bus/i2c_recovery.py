"""Freeing an I2C bus whose data line is held low (UM10204 3.1.16), as root.

Theory: a part that was being read when its host was reset goes on with its byte at the next clock
pulse, and holds SDA low until then if it has a 0 to send. No transfer can begin meanwhile, for a
START needs SDA high. At most nine pulses bring it to the end of the byte, where it hears that
nobody acknowledges, and lets go; a STOP tells it that all is over. SCL held low is another thing:
no pulse gets through, only taking the power from that part helps.

The controller cannot give such pulses by itself, so its driver is unbound, which frees the pins for
GPIO, and bound again, which gives them back and begins with a controller that was reset. That alone
helps where it is the controller that hangs. The kernel unbinds only when nobody has the device open
(i2c_del_adapter waits), so whoever holds it must let go before.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from drivers.errors import BusError, BusErrorKind
from drivers.timebase import Timebase

SYSFS = Path("/sys")
PULSES = 9
HALF_S = 5e-6
"""Half a clock of 100 kHz."""
_STRETCHES = 200
"""A part may stretch a pulse; after so many looks it holds the line for good."""

_ADAPTER = re.compile(r"i2c-[0-9]{1,4}")
_POWER = "take the power from its parts, all of them, and give it back; the Pi may stay on"


class OpenDrain(Protocol):
    """A line that is pulled low or let go of, never driven high."""

    def low(self) -> None: ...

    def release(self) -> None: ...

    def high(self) -> bool:
        """What the line is, whoever holds it."""
        ...


class Lines(NamedTuple):
    """Both lines of a bus."""

    scl: OpenDrain
    sda: OpenDrain


def clear(lines: Lines, time: Timebase) -> int:
    """Clock SCL until SDA is high, and end with a STOP; returns the pulses that it took.

    Raises BusError if a line stays low.
    """
    lines.sda.release()
    _raise(lines, time)
    pulses = 0
    while not lines.sda.high() and pulses < PULSES:
        lines.scl.low()
        time.sleep(HALF_S)
        _raise(lines, time)
        pulses += 1
    if not lines.sda.high():
        raise _held("SDA", f"after {PULSES} clock pulses")
    _stop(lines, time)
    if not lines.sda.high():
        raise _held("SDA", "after a STOP")
    return pulses


def _raise(lines: Lines, time: Timebase) -> None:
    lines.scl.release()
    for _ in range(_STRETCHES):
        time.sleep(HALF_S)
        if lines.scl.high():
            return
    raise _held("SCL", "though nobody pulses it")


def _stop(lines: Lines, time: Timebase) -> None:
    """SDA rises while SCL is high."""
    lines.scl.low()
    lines.sda.low()
    time.sleep(HALF_S)
    _raise(lines, time)
    lines.sda.release()
    time.sleep(HALF_S)


def _held(line: str, when: str) -> BusError:
    return BusError(f"{line} is held low {when}", _POWER, BusErrorKind.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Controller:
    """An I2C controller as a platform device: its name there, and the folder of its driver."""

    name: str
    driver: Path

    def unbind(self) -> None:
        """Take its driver away. Raises BusError."""
        self._write("unbind")

    def bind(self) -> None:
        """Give it back. Raises BusError."""
        self._write("bind")

    def _write(self, file: str) -> None:
        path = self.driver / file
        try:
            with path.open("w") as written:
                written.write(self.name)
        except OSError as error:
            reason = f"{path} does not take {self.name}: {error.strerror}"
            hint = "as root: sudo gateway recover BUS; if it was bind, restart the computer"
            raise BusError(reason, hint) from error


def controller_of(device: str, sysfs: Path = SYSFS) -> Controller:
    """Who drives that device file. Raises BusError if it is not there, or not on the board."""
    adapter = Path(device).resolve().name
    if not _ADAPTER.fullmatch(adapter):
        raise BusError(f"{device} is not the device file of an I2C bus", "see them: ls /dev/i2c-*")
    drivers = sysfs / "bus" / "platform" / "drivers"
    try:
        parent = (sysfs / "bus" / "i2c" / "devices" / adapter).resolve(strict=True).parent
        driver = (parent / "driver").resolve(strict=True)
    except OSError as error:
        reason = f"{device} has no controller in sysfs: {error.strerror}"
        raise BusError(reason, "see which are there: ls /dev/i2c-*", BusErrorKind.GONE) from error
    if driver.parent != drivers.resolve():
        reason = f"the controller of {device} is none of the board's own ({driver})"
        raise BusError(reason, "pull its plug and put it in again")
    return Controller(parent.name, driver)


def recover(
    controller: Controller,
    lines: Callable[[], AbstractContextManager[Lines]] | None,
    time: Timebase,
) -> int:
    """Take the driver away, clock the lines if there are any, give it back; returns the pulses.

    Raises BusError; also then the driver is given back.
    """
    controller.unbind()
    try:
        if lines is None:
            return 0
        with lines() as taken:
            return clear(taken, time)
    finally:
        controller.bind()
