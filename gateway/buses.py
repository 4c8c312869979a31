"""Opens the buses of a configuration: the real ones, or simulated ones with models on them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene
from drivers.simulation.walks import Walk
from drivers.simulation.world import World
from gateway.config import Bus, Config, GpioBus, I2cBus, OneWireBus, SerialBus
from gateway.errors import StoreError


class Buses:
    """The bus ports by name; `world` moves the simulated ones, None if all are real.

    `watch` is told of every walk at the simulated door.
    """

    def __init__(
        self, config: Config, simulate: bool = False, watch: Callable[[Walk], None] | None = None
    ) -> None:
        self._config = config
        self._truth = _TruthFile(None)
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
        """Let go of all buses. Nobody moves the world any more."""
        for port in self.ports.values():
            port.close()
        self._truth.close()

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
        walks = crowd(
            SCENARIOS[simulation.scenario],
            simulation.seed,
            simulation.people,
            simulation.people_per_minute,
        )
        if watch is None:
            self._truth = _TruthFile(simulation.truth_file)
        scene = Scene(walks, watch or self._truth.write)
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

            return LinuxI2c(bus.device)
        case SerialBus():
            from drivers.bus.linux_serial import LinuxSerial

            return LinuxSerial(bus.device)
        case GpioBus():
            from drivers.bus.linux_gpio import LinuxGpio, chip_factory

            return LinuxGpio(lambda: chip_factory(bus.chip))
        case OneWireBus():
            from drivers.bus.linux_onewire import LinuxOneWire

            return LinuxOneWire(bus.device)


class _TruthFile:
    """Appends who went through as JSON lines, unbuffered: there even if we are killed."""

    def __init__(self, path: str | None) -> None:
        self._file = None if path is None else Path(path).open("ab", buffering=0)  # noqa: SIM115 - as long as the buses

    def write(self, walk: Walk) -> None:
        if self._file is not None and walk.direction is not None:
            self._file.write(json.dumps({"direction": walk.direction}).encode() + b"\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
