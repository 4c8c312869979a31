"""Four VL53L1X doors on one bus, and one AMG8833, while people pass: the share of a core.

The world and the models are not counted: what is left is the bus's thread, with drivers and
algorithms, and the node around it. I2C takes the time of a wire of 400 kHz.
"""

import os
import tempfile
import time

from bench.node import Models, run, thread_clock
from gateway import config
from gateway.app import Node
from gateway.clock import SystemClock

SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
WARM_UP_S = 20
BUDGET_SHARE = 5.0

NODE = """
node: {{municipality: bench, name: doors, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db}}
simulation: {{i2c_clock: 400000, scenario: busy-30}}
privacy: {{window: 5s}}
buses: {{i2c: {{type: i2c, simulated: true}}}}
sensors:
{sensors}
"""
TOF = [
    f"  - {{name: door-{n}, driver: vl53l1x, bus: i2c, options: "
    f"{{mounting_height_mm: 2400, address: {0x30 + n}, xshut: {4 + n}}}}}"
    for n in range(4)
]
THERMAL = ["  - {name: door, driver: amg8833, bus: i2c}"]
NODES = {"four VL53L1X": TOF, "one AMG8833": THERMAL}


def main() -> None:
    for name, sensors in NODES.items():
        with tempfile.TemporaryDirectory() as folder:
            text = NODE.format(folder=folder, sensors="\n".join(sensors))
            _measure(name, Node(config.parse(text, "bench"), SystemClock()))


def _measure(name: str, node: Node) -> None:
    models = Models(node.buses.ports["i2c"])
    node.start()
    run(node, WARM_UP_S)
    clocks = thread_clock("world"), thread_clock("bus i2c")
    begin_s, models.seconds = time.perf_counter(), 0.0
    before = [time.process_time(), *map(time.clock_gettime, clocks)]
    run(node, SECONDS)
    seconds = time.perf_counter() - begin_s
    after = [time.process_time(), *map(time.clock_gettime, clocks)]
    whole_s, world_s, bus_s = (b - a for a, b in zip(before, after, strict=True))
    found = [one.latest for one in node.sensors.values()]
    node.stop()
    assert all(found), found
    for told, cpu_s in (("the bus", bus_s), ("the node", whole_s - world_s)):
        share = 100 * (cpu_s - models.seconds) / seconds
        words = f"{name}, {told}"
        print(f"{words:<30}{share:>10.2f} % of a core (goal: {BUDGET_SHARE:g})")


if __name__ == "__main__":
    main()
