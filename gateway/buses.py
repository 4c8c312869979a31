"""Opens the buses of a configuration: the real ones, or simulated ones with models on them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene
from drivers.simulation.walks import Walk
from drivers.simulation.world import World
from drivers.timebase import SystemTimebase, Timebase
from gateway.config import (
    Config,
    GpioBus,
    I2cBus,
    I2cMuxBus,
    LorawanUplink,
    OneWireBus,
    RootBus,
    SerialBus,
    root_of,
    wires,
)
from gateway.errors import StoreError


class Buses:
    """The bus ports by name; `world` moves the simulated ones, None if all are real.

    `watch` is told of every walk at the simulated door. Drivers wait on `time`, None = that of
    the machine; a simulated I2C bus has a virtual one, unless `simulation` gives it a clock.
    """

    def __init__(
        self,
        config: Config,
        simulate: bool = False,
        watch: Callable[[Walk], None] | None = None,
        time: Timebase | None = None,
    ) -> None:
        self._config = config
        self._truth = _TruthFile(None)
        self._time = time or SystemTimebase()
        self.ports: dict[str, Any] = {}
        self._multiplexers: dict[str, Any] = {}
        self._segments: dict[str, Any] = {}
        """Where models are plugged in, by the names of simulated buses."""
        self.simulated: list[str] = []
        """Roots, not their channels."""
        for root, names in wires(config.buses).items():
            if simulate or root_of(config.buses, root).simulated:
                self.simulated.append(root)
            self._open(root, names[1:], root in self.simulated)
        for sensor in config.sensors:
            if sensor.bus in self._segments:
                self._segments[sensor.bus].attach(sensor.part.model(sensor.options))
        radios = [one for one in config.uplinks if isinstance(one, LorawanUplink)]
        self._modems = {radio.bus for radio in radios}
        for radio in radios:
            if radio.bus in self._segments:
                self._segments[radio.bus].attach(self._modem(radio))
        self.world = self._world(self.simulated, watch) if self.simulated else None

    def release(self, root: str) -> Callable[[], None]:
        """What lets go of the device of that bus, so that its controller can be taken away.

        Ports open an I2C device again when it is needed; of another nobody takes the controller.
        """
        ours = isinstance(self._config.buses[root], I2cBus)
        close: Callable[[], None] = self.ports[root].close
        return close if ours else lambda: None

    def recovers(self, root: str) -> bool:
        """Whether that bus is to be recovered when it is stuck."""
        bus = self._config.buses[root]
        return isinstance(bus, I2cBus) and bus.recovery != "none" and root not in self.simulated

    def close(self) -> None:
        """Let go of all buses. Nobody moves the world any more.

        A modem's port is left to whoever sends through it: his call may outlast our patience, and
        would take a port that is closed under it for a modem that has failed.
        """
        for name, port in self.ports.items():
            if name not in self._modems:
                port.close()
        self._truth.close()

    def _open(self, root: str, channels: Sequence[str], simulated: bool) -> None:
        """A wire: its root, and the channels of multiplexers that come from it."""
        bus = root_of(self._config.buses, root)
        self.ports[root] = self._simulated(root, bus) if simulated else _real(bus, self._time)
        if simulated:
            self._segments[root] = self.ports[root]
        for name in channels:
            self._connect(name)

    def _connect(self, name: str) -> None:
        """One channel, after those that it comes from."""
        from drivers.bus.multiplexer import Multiplexers, MuxChannel

        bus = self._config.buses[name]
        if name in self.ports or not isinstance(bus, I2cMuxBus):
            return
        self._connect(bus.parent)
        if bus.parent not in self._multiplexers:
            self._multiplexers[bus.parent] = Multiplexers(self.ports[bus.parent])
        siblings = self._multiplexers[bus.parent]
        self.ports[name] = MuxChannel(siblings, bus.address, bus.channel)
        if bus.parent in self._segments:
            self._segments[name] = self._segment(self._segments[bus.parent], bus)

    def _segment(self, parent: Any, bus: I2cMuxBus) -> Any:
        """What is behind that channel; its multiplexer is plugged in at the first one."""
        from drivers.bus.tca9548a_model import Tca9548aModel

        if parent.at(bus.address) is None:
            parent.attach(Tca9548aModel(bus.address, parent.time))
        return parent.at(bus.address).segments[bus.channel]

    def _simulated(self, name: str, bus: RootBus) -> Any:
        from drivers.bus.sim import SimulatedGpio, SimulatedOneWire, SimulatedSerial

        match bus:
            case I2cBus():
                return self._simulated_i2c()
            case SerialBus():
                folder = make_runtime_dir(self._config.node.runtime_dir)
                seed = self._config.simulation.seed
                return SimulatedSerial(folder / f"{name}.tty", seed, self._time)
            case GpioBus():
                return SimulatedGpio(self._time)
            case OneWireBus():
                folder = make_runtime_dir(self._config.node.runtime_dir)
                return SimulatedOneWire(folder / f"{name}.w1", self._time)

    def _simulated_i2c(self) -> Any:
        from drivers.bus.sim import SimulatedI2c, Wire

        simulation = self._config.simulation
        if simulation.i2c_clock is None:
            return SimulatedI2c(simulation.seed)
        return SimulatedI2c(
            simulation.seed, self._time, Wire(SystemTimebase(), simulation.i2c_clock)
        )

    def _modem(self, uplink: LorawanUplink) -> Any:
        from drivers.lorawan.simulated import simulated

        return simulated(uplink.modem, SystemTimebase(), self._config.simulation.seed)

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


def _real(bus: RootBus, time: Timebase) -> Any:
    """Imports only the library of the bus that is there."""
    match bus:
        case I2cBus():
            from drivers.bus.linux_i2c import LinuxI2c

            return LinuxI2c(bus.device, time, lambda: _reset_lines(bus.reset_chip))
        case SerialBus():
            from drivers.bus.linux_serial import LinuxSerial

            return LinuxSerial(bus.device, time)
        case GpioBus():
            from drivers.bus.linux_gpio import LinuxGpio, chip_factory

            return LinuxGpio(lambda: chip_factory(bus.chip), time)
        case OneWireBus():
            from drivers.bus.linux_onewire import LinuxOneWire

            return LinuxOneWire(bus.device, time)


def _reset_lines(chip: int) -> Any:
    from drivers.bus.linux_gpio import LinuxOpenDrain, chip_factory

    return LinuxOpenDrain(lambda: chip_factory(chip))


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
