"""Opens the buses of a configuration: the real ones, or simulated ones with models on them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.simulation.scene import Scene, Walk
from drivers.simulation.world import World
from gateway.config import Bus, Config, GpioBus, I2cBus, OneWireBus, SerialBus
from gateway.errors import StoreError


class Buses:
    """The bus ports by name; `world` moves the simulated ones, None if all are real.

    `watch` is told of every walk through the simulated door.
    """

    def __init__(
        self, config: Config, simulate: bool = False, watch: Callable[[Walk], None] | None = None
    ) -> None:
        self._config = config
        simulated = [name for name, bus in config.buses.items() if simulate or bus.simulated]
        self.ports: dict[str, Any] = {
            name: self._simulated(name, bus) if name in simulated else _real(bus)
            for name, bus in config.buses.items()
        }
        for sensor in config.sensors:
            if sensor.bus in simulated:
                self.ports[sensor.bus].attach(sensor.part.model(sensor.options))
        self.world = self._world(simulated, watch) if simulated else None

    def close(self) -> None:
        """Let go of all buses."""
        for port in self.ports.values():
            port.close()

    def _simulated(self, name: str, bus: Bus) -> Any:
        from drivers.bus.sim import SimulatedGpio, SimulatedI2c, SimulatedOneWire, SimulatedSerial

        match bus:
            case I2cBus():
                return SimulatedI2c(self._config.simulation.seed)
            case SerialBus():
                folder = make_runtime_dir(self._config.node.runtime_dir)
                return SimulatedSerial(folder / f"{name}.tty", self._config.simulation.seed)
            case GpioBus():
                return SimulatedGpio()
            case OneWireBus():
                folder = make_runtime_dir(self._config.node.runtime_dir)
                return SimulatedOneWire(folder / f"{name}.w1")

    def _world(self, simulated: list[str], watch: Callable[[Walk], None] | None) -> World:
        simulation = self._config.simulation
        scene = Scene(
            simulation.seed,
            simulation.people_per_minute,
            simulation.people,
            watch or _truth_writer(simulation.truth_file),
        )
        return World(scene, [self.ports[name] for name in simulated])


def make_runtime_dir(path: str) -> Path:
    """The memory-backed folder for the status and simulated ports. Raises StoreError."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make {path}: {error.strerror}",
            "set `node.runtime_dir` to a folder that this user may write, on a tmpfs",
        ) from error
    return folder


def _real(bus: Bus) -> Any:
    """Imports only the library of the bus that is there."""
    match bus:
        case I2cBus():
            from drivers.bus.linux_i2c import LinuxI2c

            return LinuxI2c(bus.device, make_resets=lambda: _reset_lines(bus.reset_chip))
        case SerialBus():
            from drivers.bus.linux_serial import LinuxSerial

            return LinuxSerial(bus.device)
        case GpioBus():
            from drivers.bus.linux_gpio import LinuxGpio, chip_factory

            return LinuxGpio(lambda: chip_factory(bus.chip))
        case OneWireBus():
            from drivers.bus.linux_onewire import LinuxOneWire

            return LinuxOneWire(bus.device)


def _reset_lines(chip: int) -> Any:
    from drivers.bus.linux_gpio import LinuxOpenDrain, chip_factory

    return LinuxOpenDrain(lambda: chip_factory(chip))


def _truth_writer(path: str | None) -> Callable[[Walk], None]:
    """Appends each walk as a JSON line, unbuffered: it stands there even if we are killed."""
    if path is None:
        return lambda walk: None
    truth = Path(path).open("ab", buffering=0)  # noqa: SIM115 - open as long as the process is

    def write(walk: Walk) -> None:
        truth.write(json.dumps({"direction": walk.direction}).encode() + b"\n")

    return write
