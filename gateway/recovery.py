"""Recovery of I2C buses: the service asks for it, and root does it (`gateway recover`).

Theory: the service may not write to sysfs, so it leaves the names of buses in a file of its runtime
folder, which a systemd path unit watches. Whoever has taken over the service can write anything
there, so root believes nothing of it but names, looks them up in the configuration, and does each
at most once in a few minutes. Before a driver is taken away, root notes which one it was: should it
be killed before it gives the driver back, the next run does.
"""

import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from drivers.bus.i2c_recovery import SYSFS, Controller, Lines, controller_of, recover
from drivers.errors import BusError, BusErrorKind
from drivers.timebase import Timebase
from gateway.clock import Clock
from gateway.config import Config, I2cBus, lineage
from gateway.errors import GatewayError

logger = logging.getLogger(__name__)

REQUEST = "recover"
"""The file in the runtime folder: a JSON list of names."""
NOTES = Path("/run/gateway-recover")
LEAST_APART_S = 240.0
"""Less than what lies between two requests of the service for one bus."""
_MOST_BYTES = 4096
_TOGETHER_NS = 60_000_000_000


class NoRecovery(GatewayError):
    """It is not known how to recover that bus."""


class NotNow(GatewayError):
    """Not at this moment: wait."""


class Requests:
    """What the service asks for; any thread may. A request is not lost to another bus's."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / REQUEST
        self._clock = clock
        self._asked_ns: dict[str, int] = {}
        self._lock = Lock()

    def of(self, bus: str, configured: bool) -> Callable[[], None] | None:
        """What asks for that bus; None if its recovery is not configured."""
        return partial(self.ask, bus) if configured else None

    def ask(self, bus: str) -> None:
        """Ask root to recover it; that nobody can be asked is said, and no more."""
        with self._lock:
            now_ns = self._clock.now_ns()
            self._asked_ns[bus] = now_ns
            fresh = [name for name, ns in self._asked_ns.items() if now_ns - ns <= _TOGETHER_NS]
            try:
                self._path.write_bytes(msgspec.json.encode(fresh))
            except OSError as error:
                logger.warning("bus %s: recovery cannot be asked for: %s", bus, error)
                return
        logger.info("bus %s: recovery is asked for; see journalctl -u gateway-recover", bus)


def requested(folder: Path) -> list[str]:
    """The names that the service has left, none if it has not. Raises GatewayError."""
    path = folder / REQUEST
    try:
        names = msgspec.json.decode(_content(path), type=list[str])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = f"the service writes it anew when it needs to; remove it: sudo rm {path}"
        raise GatewayError(f"{path} is no request for recovery: {error}", hint) from error
    return list(dict.fromkeys(names))


def _content(path: Path) -> bytes:
    """Of a file, whoever has put something else there."""
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(opened, "rb") as file:  # noqa: PTH123 - by descriptor
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError("it is no file")
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise OSError("it is too long")
    return content


class _Note(msgspec.Struct, frozen=True):
    """When a bus was recovered, in seconds since the boot, and whose driver was taken away."""

    up_s: float
    name: str
    driver: str


@dataclass(frozen=True, slots=True)
class Computer:
    """Where recovery reaches: sysfs, processes, pins by their chip, notes, and its time."""

    make_factory: Callable[[int], Any]
    time: Timebase
    sysfs: Path = SYSFS
    processes: Path = Path("/proc")
    notes: Path = NOTES


class Recovery:
    """Recovers buses of one configuration, which is all that is trusted."""

    def __init__(self, config: Config, computer: Computer) -> None:
        self._config = config
        self._computer = computer

    def recover(self, name: str) -> str:
        """What was done. Raises NoRecovery, NotNow, or BusError."""
        bus = self._bus(name)
        noted = self._noted(name)
        now_s = self._computer.time.now_ns() / 1e9
        if noted is not None and now_s - noted.up_s < LEAST_APART_S:
            wait_s = LEAST_APART_S - (now_s - noted.up_s)
            raise NotNow(f"bus {name} was recovered a moment ago", f"try again in {wait_s:.0f} s")
        controller = self._controller(bus, noted)
        self._see_nobody_uses(bus.device)
        self._note(name, _Note(now_s, controller.name, str(controller.driver)))
        pulses = recover(controller, self._lines(bus), self._computer.time)
        told = f"bus {name}: the driver of {bus.device} ({controller.name}) was bound again"
        return told if bus.recovery == "rebind" else f"{told}, after {pulses} pulses and a STOP"

    def _bus(self, name: str) -> I2cBus:
        buses = self._config.buses
        if name not in buses:
            raise NoRecovery("the configuration has no such bus", f"there are: {', '.join(buses)}")
        bus = buses[name]
        root = lineage(buses, name)[-1]
        if root != name:
            raise NoRecovery(f"{name} is a channel of {root}", f"sudo gateway recover {root}")
        if not isinstance(bus, I2cBus) or bus.simulated or bus.recovery == "none":
            hint = "for a bus of type i2c: `recovery: rebind` or `recovery: clock` under it"
            raise NoRecovery(f"no recovery is configured for bus {name}", hint)
        return bus

    def _controller(self, bus: I2cBus, noted: _Note | None) -> Controller:
        """As sysfs says, or as it said before somebody was killed with the driver taken away."""
        try:
            return controller_of(bus.device, self._computer.sysfs)
        except BusError as error:
            if error.kind is not BusErrorKind.GONE or noted is None:
                raise
            return Controller(noted.name, Path(noted.driver))

    def _lines(self, bus: I2cBus) -> Callable[[], AbstractContextManager[Lines]] | None:
        """How its lines are taken by GPIO; None where only the driver is to be bound again."""
        pins = bus.pins
        if bus.recovery != "clock" or pins is None:
            return None

        @contextmanager
        def taken() -> Iterator[Lines]:
            from drivers.bus.linux_gpio import open_drain

            make = self._computer.make_factory
            with open_drain(lambda: make(pins.chip), (pins.scl, pins.sda)) as lines:
                yield Lines(*lines)

        return taken

    def _see_nobody_uses(self, device: str) -> None:
        """Whoever holds the device would keep the kernel waiting, and so this program, for ever.

        The sandbox hides the processes of others; but the service lets go before it asks.
        """
        target = str(Path(device).resolve())
        for link in self._computer.processes.glob("[0-9]*/fd/*"):
            with suppress(OSError):  # not ours to see, or gone meanwhile
                if str(link.readlink()) == target:
                    process = link.parents[1].name
                    hint = f"see who it is: ps {process}; the service: sudo systemctl stop gateway"
                    raise NotNow(f"{device} is in use by process {process}", hint)

    def _noted(self, name: str) -> _Note | None:
        try:
            return msgspec.json.decode(self._note_path(name).read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError):
            return None  # as after a boot

    def _note(self, name: str, note: _Note) -> None:
        path = self._note_path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(msgspec.json.encode(note))
        except OSError as error:
            reason = f"{path} cannot be written: {error.strerror}"
            raise NoRecovery(reason, f"as root: sudo gateway recover {name}") from error

    def _note_path(self, name: str) -> Path:
        return self._computer.notes / f"{name}.json"
