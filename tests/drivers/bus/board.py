"""A board made for tests: a simulated I2C bus whose two lines are also pins, and its sysfs."""

from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from drivers.bus.sim import SimulatedI2c
from drivers.bus.sim_lines import Levels

SCL, SDA = 3, 2
CONTROLLER = "fe804000.i2c"


class _Wired(MockPin):  # type: ignore[misc]
    """A pin that sees its wire, and whose every change the wire sees."""

    @property
    def line(self) -> int:
        return int(self._number)

    @property
    def drives(self) -> bool:
        return bool(self._function == "output")

    @property
    def level(self) -> bool:
        return bool(self._state)

    def _set_function(self, value: str) -> None:
        super()._set_function(value)
        if value == "output":
            self._state = False  # as lgpio claims an output
        self.factory.board.changed()

    def _set_state(self, value: bool) -> None:
        super()._set_state(value)
        self.factory.board.changed()

    def _get_state(self) -> bool:
        return bool(self.factory.board.level(self._number))


class Board:
    """`bus` may be held; `make_factory` gives its pins; `sysfs` has its controller."""

    def __init__(self, folder: Path, adapter: str = "i2c-1") -> None:
        self.bus = SimulatedI2c()
        self.sysfs = folder / "sys"
        self.device = f"/dev/{adapter}"
        self.driver = self.sysfs / "bus/platform/drivers/i2c-bcm2835"
        self.highs: set[int] = set()
        """Lines that were driven high, which no open drain does."""
        self.pulses = 0
        self.clocked_while_unbound: bool | None = None
        self._host = self._levels = Levels()
        self._factory: Any = None
        self._make_sysfs(adapter)

    def make_factory(self, chip: int = 0) -> Any:
        assert chip == 0
        self._factory = MockFactory(pin_class=_Wired)
        self._factory.board = self
        return self._factory

    def level(self, line: int) -> bool:
        return self._levels.scl if line == SCL else self._levels.sda

    def changed(self) -> None:
        """The host has done something with a pin."""
        host = Levels(self._released(SCL), self._released(SDA))
        if host != self._host:
            self.clocked_while_unbound = self.written("unbind") != self.written("bind")
            self.pulses += self._host.scl and not host.scl
        self._host = host
        self._levels = self.bus.drive(host)

    def written(self, file: str) -> str:
        """What was last written to that file of the driver."""
        return (self.driver / file).read_text()

    def gone(self) -> None:
        """The driver was taken away and not given back."""
        (self.sysfs / "bus/i2c/devices/i2c-1").unlink()

    def _released(self, line: int) -> bool:
        for pin in self._factory.pins.values():
            if pin.line == line and pin.drives:
                self.highs |= {line} if pin.level else set()
                return bool(pin.level)
        return True

    def _make_sysfs(self, adapter: str) -> None:
        device = self.sysfs / "devices/platform/soc" / CONTROLLER
        (device / adapter).mkdir(parents=True)
        self.driver.mkdir(parents=True)
        for file in ("bind", "unbind"):
            (self.driver / file).write_text("")
        (device / "driver").symlink_to(self.driver)
        known = self.sysfs / "bus/i2c/devices"
        known.mkdir(parents=True)
        (known / adapter).symlink_to(device / adapter)
