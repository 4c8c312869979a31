"""A SHT4x on the wire: commands of one byte, each with its time (datasheet SHT4x, 3.1 and 4.5)."""

from drivers.environment.sensirion_model import SensirionModel, on_wire, steps
from drivers.environment.sht4x.driver import Sht4xConfig
from drivers.simulation.scene import View

_MEASUREMENTS = {"fd": 0.0083, "f6": 0.0045, "e0": 0.0016}
_HEATERS = {"39": 1.1, "32": 0.11, "2f": 1.1, "24": 0.11, "1e": 1.1, "15": 0.11}


class Sht4xModel(SensirionModel):
    """`serial` as two words; `counts` are what the next measurement finds."""

    command_length = 1

    def __init__(self, config: Sht4xConfig | None = None) -> None:
        super().__init__()
        self.address = (config or Sht4xConfig()).address
        self.serial = (0x0F4A, 0x51C3)
        self.counts = (0, 0)
        self.step(View(0.0))

    def step(self, view: View) -> None:
        self.counts = steps(view.temperature, -45, 175), steps(view.humidity, -6, 125)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        """The reset is heard at any time, also while it measures or heats."""
        if write == b"\x94":
            self._busy_until_ns = 0
        return super().transfer(write, read, now_ns)

    def execute(self, command: str, arguments: tuple[int, ...]) -> tuple[bytes, float] | None:
        if arguments:
            return None
        if command in _MEASUREMENTS:
            return on_wire(*self.counts), _MEASUREMENTS[command]
        if command in _HEATERS:
            return on_wire(*self.counts), _HEATERS[command]
        if command == "89":
            return on_wire(*self.serial), 0.0001
        return (b"", 0.001) if command == "94" else None
