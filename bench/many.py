"""20 sensors on one node, all due at the same boundary: lateness, and the share of a core.

I2C takes the time of a wire of 100 kHz, and its parts that of their conversions; serial ports are
pseudo-terminals, GPIO lines gpiozero's mock, 1-wire a folder. What the simulation itself needs (the
world that moves on, and the I2C models) is measured apart, by the clocks of the threads.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.node import Models, run, thread_clock
from bench.peers import consumer, mosquitto
from gateway import config
from gateway.app import Node
from gateway.clock import SystemClock
from gateway.sampling.sensor import Sensor

SECONDS = int(os.environ.get("BENCH_SECONDS", "190"))
INTERVAL_S = 60
BEFORE_S = 5
BUDGET_SHARE, BUDGET_LATE_MS = 2.0, 100.0

I2C = {
    "bh1750": "{}",
    "bme280": "{}",
    "bme680": "{address: 0x77}",
    "mcp9808": "{}",
    "scd30": "{}",
    "scd4x": "{}",
    "sgp40": "{}",
    "sht3x": "{}",
    "sht4x": "{address: 0x45}",
    "sps30": "{}",
    "tsl2591": "{}",
    "veml7700": "{}",
}
SERIAL = ("mh-z19", "pms5003", "sds011", "sps30-uart", "ld2450")
PINS = {"pir": "{line: 4}", "beam-pair": "{line_a: 17, line_b: 27}"}

NODE = """
node: {{municipality: bench, name: many, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db}}
privacy: {{window: 60s}}
simulation: {{i2c_clock: 100000}}
buses:
  i2c: {{type: i2c, simulated: true}}
  pins: {{type: gpio, simulated: true}}
  wire: {{type: onewire, simulated: true}}
{ports}
sensors:
{sensors}
uplinks: [{{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false}}]
"""


class Watch:
    """When each reading begins, and each question to the SGP40; the CPU time of the I2C models."""

    def __init__(self, node: Node) -> None:
        self.late_ns: dict[str, list[int]] = {}
        self.asked_ns: list[int] = []
        self.models = Models(node.buses.ports["i2c"])
        self._node = node
        for name, sensor in node.sensors.items():
            self._watch(name, sensor)

    def clear(self) -> None:
        """What was there before does not count."""
        self.models.seconds = 0.0
        self.late_ns.clear()
        self.asked_ns.clear()

    def _watch(self, name: str, sensor: Sensor) -> None:
        driver: Any = sensor.driver
        compensate, poll = driver.compensate, driver.poll

        def before_a_read(air: Mapping[str, float]) -> None:
            boundary_ns = self._node.clock.now_ns() + self._node.grid.offset_ns
            self.late_ns.setdefault(name, []).append(boundary_ns % (INTERVAL_S * 10**9))
            compensate(air)

        def before_a_poll() -> None:
            self.asked_ns.append(self._node.clock.now_ns())
            poll()

        driver.compensate = before_a_read
        if name == "sgp40":
            driver.poll = before_a_poll


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        mosquitto(Path(name)) as port,
        consumer(port),
    ):
        node = Node(config.parse(_node(name, port), "bench"), SystemClock())
        watch = Watch(node)
        node.start()
        run(node, _to_boundary(node))
        watch.clear()
        world, begin_s = thread_clock("world"), time.perf_counter()
        cpu_s, world_s = time.process_time(), time.clock_gettime(world)
        run(node, SECONDS)
        seconds = time.perf_counter() - begin_s
        cpu_s, world_s = time.process_time() - cpu_s, time.clock_gettime(world) - world_s
        absent = [s.name for s in node.sensors.values() if not s.present]
        node.stop()
    _tell(watch, seconds, cpu_s, world_s)
    assert not absent, absent
    assert {len(late) for late in watch.late_ns.values()} == {
        1 + (SECONDS - BEFORE_S) // INTERVAL_S
    }


def _to_boundary(node: Node) -> float:
    """Until shortly before one, with all parts opened and warm."""
    node.check()
    passed_s = (node.clock.now_ns() + node.grid.offset_ns) / 1e9 % INTERVAL_S
    return INTERVAL_S - passed_s - BEFORE_S + (INTERVAL_S if passed_s > INTERVAL_S - 20 else 0)


def _node(folder: str, port: int) -> str:
    ports = "\n".join(
        f"  {name}: {{type: serial, device: /dev/null, simulated: true}}" for name in SERIAL
    )
    sensors = [_sensor(name, "i2c", options) for name, options in I2C.items()]
    sensors += [_sensor(name, name) for name in SERIAL]
    sensors += [_sensor(name, "pins", options) for name, options in PINS.items()]
    sensors += [_sensor("ds18b20", "wire")]
    return NODE.format(folder=folder, port=port, ports=ports, sensors="\n".join(sensors))


def _sensor(driver: str, bus: str, options: str = "{}") -> str:
    wired = f"name: {driver}, driver: {driver}, bus: {bus}"
    return f"  - {{{wired}, interval: {INTERVAL_S}, options: {options}}}"


def _tell(watch: Watch, seconds: float, cpu_s: float, world_s: float) -> None:
    readings = sum(len(values) for values in watch.late_ns.values())
    late = {name: max(values) / 1e6 for name, values in watch.late_ns.items()}
    worst = max(late, key=lambda name: late[name])
    gaps_ns = [b - a for a, b in zip(watch.asked_ns, watch.asked_ns[1:], strict=False)]
    off_ms = max(abs(gap_ns - 10**9) for gap_ns in gaps_ns) / 1e6
    share, own = (100 * one / seconds for one in (cpu_s, cpu_s - world_s - watch.models.seconds))
    print(f"{len(late)} sensors, {readings} readings over {seconds:.0f} s:")
    print(f"share of a core               {own:>10.2f} % (goal: {BUDGET_SHARE:g})")
    print(f"  with the simulated parts    {share:>10.2f} %")
    print(
        f"latest begin of a reading     {late[worst]:>10.1f} ms (goal: {BUDGET_LATE_MS:g}; {worst})"
    )
    print(f"SGP40 asked off its second by {off_ms:>10.1f} ms")


if __name__ == "__main__":
    main()
