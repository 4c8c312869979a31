"""The daemon with a LoRaWAN modem as its only way out; modem and network live in the test.

So they outlive the daemon, as they do where it is restarted. The wall clock is the machine's, said
to be true (tests/chaos/wall.py): a node that does not know the time keeps its rows for an hour.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.lorawan.radio import frames
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.network_events import NetworkEvent, UplinkHeard
from drivers.lorawan.radio.server import NetworkServer
from drivers.lorawan.rak3172.model import Rak3172Model
from drivers.simulation.scene import Scene
from drivers.simulation.world import World
from gateway.clock import SystemClock
from gateway.encoding.compact.frames import decode
from gateway.encoding.compact.rows import Frame, Row
from gateway.worker import Worker
from tests.chaos.wall import Wall, true_utc_at_boot_s
from tests.e2e.daemon import Daemon, gateway
from tests.waiting import until

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
PEOPLE = 3
JOIN_S = 150.0
"""A computer that was switched on a moment ago waits up to a minute before it joins."""
CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 200ms, reserve: 0}}
privacy: {{window: 1s}}
buses:
  header: {{type: gpio, simulated: true}}
  modem: {{type: serial, device: {folder}/modem}}
sensors:
  - {{name: door, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
uplinks:
  - {{type: lorawan, name: radio, bus: modem, modem: rak3172, join_eui: "{join_eui}",
     app_key_file: {folder}/key, data_rate: 5, start: everything, small_counts: none, repeats: 1,
     budget: {{airtime_per_day: null, confirmed_per_day: 0}}}}
simulation: {{people_per_minute: 60, people: {people}, truth_file: {folder}/truth}}
"""


class Roof:
    """What is around the node: its modem, the air, a network; and what the network has heard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wall = Wall(folder)
        self.air = Air()
        self.heard: list[UplinkHeard] = []
        server = NetworkServer(round(true_utc_at_boot_s() * 1e9))
        server.register(Registration("rathaus-01", DEV_EUI, JOIN_EUI, APP_KEY))
        server.listeners.append(self._listen)
        self.air.attach(server)
        serial = SimulatedSerial(folder / "modem")
        clock = SystemClock()
        serial.attach(Rak3172Model(self.air, clock, DEV_EUI))
        self.serial = serial
        self._worker = Worker("roof", World(Scene(), [serial]).step, clock, 1.0)
        self._worker.start()

    def close(self) -> None:
        self._worker.stop()
        assert self._worker.join(5)
        assert self._worker.failure is None
        self.serial.unplug()

    @property
    def joins(self) -> int:
        """JoinRequests that were on the air."""
        kinds = [frames.kind(one.phy) for one in self.air.transmissions if one.sender == DEV_EUI]
        return kinds.count(frames.Kind.JOIN_REQUEST)

    def rows(self) -> list[Row]:
        """All that came."""
        port_10 = [one for one in list(self.heard) if one.port == 10]
        told = [decode(one.payload, one.utc_ns // 10**9) for one in port_10]
        return [row for frame in told if isinstance(frame, Frame) for row in frame.rows]

    def counted(self) -> tuple[int, int]:
        """Who went in and out; of rows that meet the larger one counts (docs/messages.md)."""
        told: dict[range, tuple[int, int]] = {}
        for part in (part for row in self.rows() for part in row.parts):
            assert None not in (part.first, part.last)
            both = (int(part.values["count_in"] or 0), int(part.values["count_out"] or 0))
            assert told.setdefault(range(part.first or 0, (part.last or 0) + 1), both) == both
        counted: list[range] = []
        for one in sorted(told, key=len, reverse=True):
            if not any(one.start < other.stop and other.start < one.stop for other in counted):
                counted.append(one)
        return sum(told[one][0] for one in counted), sum(told[one][1] for one in counted)

    def walked(self) -> tuple[int, int]:
        """The truth."""
        file = self.folder / "truth"
        lines = file.read_text().splitlines() if file.exists() else []
        found = Counter(json.loads(line)["direction"] for line in lines)
        return found["in"], found["out"]

    def _listen(self, event: NetworkEvent) -> None:
        if isinstance(event, UplinkHeard):
            self.heard.append(event)


@pytest.fixture
def roof(tmp_path: Path) -> Iterator[Roof]:
    made = Roof(tmp_path)
    yield made
    made.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "gateway.yaml")
    (tmp_path / "key").write_text(APP_KEY)
    yield daemon
    daemon.kill()


def start(daemon: Daemon, roof: Roof, people: int) -> None:
    text = CONFIG.format(folder=roof.folder, join_eui=JOIN_EUI, people=people)
    daemon.config.write_text(text)
    daemon.start("env", *(f"{name}={value}" for name, value in roof.wall.env().items()))


def uplink(daemon: Daemon) -> dict[str, Any]:
    [told] = daemon.status()["uplinks"]
    found: dict[str, Any] = told
    return found


def warnings(daemon: Daemon) -> list[str]:
    """What is told but for what is well."""
    return [one for one in daemon.log.read_text().splitlines() if not one.startswith("INFO")]


def test_it_joins_delivers_ends_in_time_and_goes_on_without_a_join(
    daemon: Daemon, roof: Roof
) -> None:
    start(daemon, roof, PEOPLE)
    assert uplink(daemon)["state"] == "disconnected"
    until(lambda: uplink(daemon)["state"] == "connected", daemon.log.read_text, JOIN_S)
    until(lambda: roof.counted() == roof.walked() != (0, 0), lambda: uplink(daemon))
    until(lambda: sum(roof.counted()) == PEOPLE, lambda: uplink(daemon))
    until(lambda: uplink(daemon)["delivered"] >= len(roof.rows()), lambda: uplink(daemon))
    told = uplink(daemon)["radio"]
    assert told["wanted"]
    assert (told["link"]["family"], told["link"]["dev_eui"]) == ("rak3172", DEV_EUI)
    assert told["link"]["airtime"]["joins"] == roof.joins == 1
    assert daemon.status()["findings"] == []
    shown = gateway("status", "--config", str(daemon.config))
    assert (shown.returncode, shown.stderr) == (0, "")
    daemon.terminate()
    assert daemon.status()["state"] == "stopped"

    start(daemon, roof, PEOPLE)
    until(lambda: uplink(daemon)["state"] == "connected", daemon.log.read_text)
    until(lambda: sum(roof.counted()) == 2 * PEOPLE, lambda: uplink(daemon))
    assert roof.counted() == roof.walked()
    assert uplink(daemon)["radio"]["link"]["airtime"]["joins"] == roof.joins == 1
    assert uplink(daemon)["radio"]["link"]["dev_addr"] == told["link"]["dev_addr"]
    daemon.terminate()
    assert sum(roof.counted()) == 2 * PEOPLE
    assert warnings(daemon) == []


def test_it_ends_in_time_while_the_modem_keeps_it_waiting(daemon: Daemon, roof: Roof) -> None:
    """A join takes six seconds, and nobody but the modem can end it."""
    start(daemon, roof, 0)
    until(lambda: roof.joins == 1, daemon.log.read_text, JOIN_S)
    assert uplink(daemon)["state"] == "disconnected"
    daemon.terminate()
    assert uplink(daemon)["radio"]["link"]["dev_addr"] is None  # it has not waited for it
    assert uplink(daemon)["radio"]["link"]["airtime"]["joins"] == 1  # and it is charged
    assert daemon.status()["findings"] == []
    assert warnings(daemon) == []
