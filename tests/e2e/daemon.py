"""The daemon as a process, as systemd would start it."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from tests.waiting import until

GATEWAY = str(Path(sys.executable).parent / "gateway")
STOP_S = 2.0
"""The promise: SIGTERM ends the daemon within this time."""

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{{buffer}}}
buses:
  header: {{type: gpio, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
privacy: {{window: {door_every}}}
sensors:
  - name: door
    driver: beam-pair
    bus: header
    options: {{line_a: 17, line_b: 27}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: {air_every}}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: none,
     reconnect: {{first: 1s}}, backlog: {{messages: 1000, bytes: 10MB, spread: 0}}}}
simulation: {{{simulation}}}
"""


class Daemon:
    """`gateway run` on one configuration; may be started again and again."""

    def __init__(self, config: Path) -> None:
        self.config = config
        self.log = config.with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    def configure(
        self,
        port: int,
        buffer: str,
        door_every: str,
        simulation: str = "",
        air_every: str = "100ms",
    ) -> None:
        """A door and the air of a hall, delivered to the broker at that port."""
        text = CONFIG.format(
            folder=self.config.parent,
            port=port,
            buffer=buffer,
            door_every=door_every,
            air_every=air_every,
            simulation=simulation,
        )
        self.config.write_text(text)

    def start(self, *prefix: str, json: bool = False) -> None:
        """Start it and wait until it says how it is."""
        self.status_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            options = ["--json"] if json else []
            command = [*prefix, GATEWAY, "run", "--config", str(self.config), *options]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self.status_file.exists, self.log.read_text)

    def terminate(self) -> None:
        """SIGTERM; fails if it does not end well in time."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(STOP_S) == 0, self.log.read_text()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def status_file(self) -> Path:
        return self.config.parent / "run" / "status.json"

    def status(self) -> dict[str, Any]:
        """What it last said of itself."""
        document: dict[str, Any] = msgspec.json.decode(self.status_file.read_bytes())
        return document


def gateway(*words: str) -> subprocess.CompletedProcess[str]:
    """One call of the command."""
    return subprocess.run(
        [GATEWAY, *words], capture_output=True, text=True, timeout=60, check=False
    )
