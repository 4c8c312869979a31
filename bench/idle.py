"""The daemon at 10 readings a second: its share of a core and its peak memory."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.peers import consumer, mosquitto

SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))
WARM_UP_S = 5

NODE = """
node: {{municipality: bench, name: idle, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db}}
buses: {{{buses}}}
sensors: [{sensors}]
uplinks: [{{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false}}]
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as port:
        path = Path(name) / "gateway.yaml"
        path.write_text(_node(name, port))
        with consumer(port) as received:
            command = [str(Path(sys.executable).parent / "gateway"), "run", "--config", str(path)]
            with subprocess.Popen(command) as daemon:
                time.sleep(WARM_UP_S)
                readings, cpu = received.value, _cpu_s(daemon.pid)
                time.sleep(SECONDS)
                readings, cpu = received.value - readings, _cpu_s(daemon.pid) - cpu
                peak_mb = _peak_mb(daemon.pid)
                daemon.terminate()
    print(f"at {readings / SECONDS:.1f} readings/s delivered, over {SECONDS} s:")
    print(f"share of a core               {100 * cpu / SECONDS:>10.2f} % (goal: 1)")
    print(f"peak memory                   {peak_mb:>10.1f} MB (goal: 45)")


def _node(folder: str, port: int) -> str:
    """Five I2C buses with two BME280 each, read once a second."""
    buses = ", ".join(
        f"i2c-{n}: {{type: i2c, device: /dev/i2c-{n}, simulated: true}}" for n in range(5)
    )
    sensors = ", ".join(
        f"{{name: c{n}-{address:x}, driver: bme280, bus: i2c-{n}, interval: 1, "
        f"options: {{address: {address}}}}}"
        for n in range(5)
        for address in (0x76, 0x77)
    )
    return NODE.format(folder=folder, port=port, buses=buses, sensors=sensors)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
