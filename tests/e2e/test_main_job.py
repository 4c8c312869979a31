"""The main job on real input: a process, a serial line, a broker; both are killed, nothing is lost.

Beside the daemon stands a radar on a pseudo-terminal, with noise on its wire and people of its
own. The beam pair and the climate sensor are on the daemon's simulated GPIO and I2C buses; who
walks through the beams is written down outside of the daemon's log.
"""

import json
import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.contract import SerialModel
from drivers.people.ld2450.driver import Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.simulation.crowd import SCENARIOS, crowd
from drivers.simulation.scene import Scene, View
from drivers.simulation.walks import Walk
from drivers.simulation.world import World
from tests.e2e.daemon import Daemon
from tests.e2e.platform import PERSISTENT, Identity, Platform
from tests.mosquitto import StartMosquitto
from tests.waiting import until

PEOPLE = 5
WIRE_BYTES_PER_STEP = 512
"""256,000 baud for 20 ms."""

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 10s}}
privacy: {{window: 1s}}
buses:
  radar: {{type: serial, device: {folder}/radar}}
  header: {{type: gpio, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
sensors:
  - {{name: hall, driver: ld2450, bus: radar}}
  - name: door
    driver: beam-pair
    bus: header
    options: {{line_a: 17, line_b: 27}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 250ms}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: none,
     reconnect: {{first: 1s}}, backlog: {{messages: 1000, bytes: 10MB, spread: 0}}}}
simulation: {{people_per_minute: 24, people: {people}, truth_file: {folder}/truth}}
"""


class NoisyWire(SerialModel):
    """The radar's frames at the pace of the wire, cut anywhere, with noise between them."""

    def __init__(self) -> None:
        self._radar = Ld2450Model(Ld2450Config())
        self._random = random.Random(4)
        self._waiting = b""

    def step(self, view: View) -> bytes:
        self._waiting += self._noise() + self._radar.step(view)
        end = self._random.randint(0, min(len(self._waiting), WIRE_BYTES_PER_STEP))
        sent, self._waiting = self._waiting[:end], self._waiting[end:]
        return sent

    def receive(self, data: bytes) -> bytes:
        return self._radar.receive(data)

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.choice((0, 0, 3, 17)))


class Hall:
    """The radar at its end of the wire, and the people who walk past it."""

    def __init__(self, path: Path) -> None:
        self.walked: Counter[str] = Counter()
        self.serial = SimulatedSerial(path)
        self.serial.attach(NoisyWire())
        self._world = World(Scene(), [self.serial])
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._turn)
        self._thread.start()

    def let_people_walk(self, seed: int) -> None:
        self._world = World(
            Scene(crowd(SCENARIOS["single-file"], seed, PEOPLE, 24), self._note), [self.serial]
        )

    @property
    def empty(self) -> bool:
        return self._world.scene.empty

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self.serial.unplug()

    def _note(self, walk: Walk) -> None:
        self.walked[str(walk.direction)] += 1

    def _turn(self) -> None:
        while not self._end.wait(self._world.step()):
            pass


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    hall = Hall(tmp_path / "radar")
    yield hall
    hall.close()


@pytest.mark.mosquitto
def test_nothing_is_lost_and_everybody_is_counted(
    tmp_path: Path, mosquitto: StartMosquitto, hall: Hall
) -> None:
    broker = mosquitto(PERSISTENT)
    platform = Platform(broker.port)
    config = tmp_path / "gateway.yaml"
    config.write_text(CONFIG.format(folder=tmp_path, port=broker.port, people=PEOPLE))
    daemon = Daemon(config)
    try:
        daemon.start()
        hall.let_people_walk(seed=1)
        until(lambda: len(platform.readings) > 20, daemon.log.read_text)
        broker.freeze()  # what is under way now was sent, and will never be acknowledged
        until(lambda: daemon.status()["uplinks"][0]["backlog"] > 10, daemon.status)
        broker.kill()
        until(lambda: daemon.status()["uplinks"][0]["backlog"] > 20, daemon.status)
        broker.start()
        _await_everybody(platform, hall, tmp_path, PEOPLE)

        daemon.kill()  # nobody walks now
        daemon.start()
        hall.let_people_walk(seed=2)
        _await_everybody(platform, hall, tmp_path, 2 * PEOPLE)
        daemon.terminate()

        stored = _stored(tmp_path)
        daemon.start()  # what was committed last goes out now
        until(lambda: stored <= set(platform.arrivals), platform.arrivals.total)
        daemon.terminate()
    finally:
        daemon.kill()
        platform.close()

    assert platform.unaccounted() == []
    assert platform.contradictions == []
    assert set(platform.arrivals) <= _stored(tmp_path)
    assert {gap["n"] for gap in platform.told("unclean_stop")} == {0}
    for sensor, truth in (("hall", hall.walked), ("door", _truth(tmp_path))):
        assert platform.counted(sensor) == (truth["in"], truth["out"])
        assert platform.totals(sensor) == (truth["in"], truth["out"])
    assert _in_order(platform, "air")


def _await_everybody(platform: Platform, hall: Hall, folder: Path, people: int) -> None:
    """Until all have walked, and the platform knows it."""
    until(lambda: hall.empty and _truth(folder).total() == people, lambda: _truth(folder))
    until(
        lambda: (
            platform.totals("door") == (_truth(folder)["in"], _truth(folder)["out"])
            and platform.totals("hall") == (hall.walked["in"], hall.walked["out"])
        ),
        lambda: (platform.totals("door"), _truth(folder), platform.totals("hall"), hall.walked),
    )


def _truth(folder: Path) -> Counter[str]:
    """Who has walked through the beams, as the simulation wrote it down."""
    file = folder / "truth"
    lines = file.read_text().splitlines() if file.exists() else []
    return Counter(json.loads(line)["direction"] for line in lines)


def _stored(folder: Path) -> set[Identity]:
    """The identities in the log, of one epoch; nothing was pruned yet."""
    with sqlite3.connect(folder / "log.db") as log:
        [(epoch, shift)] = log.execute("SELECT epoch, shift FROM epoch").fetchall()
        found = log.execute("SELECT position FROM reading").fetchall()
    log.close()
    numbers = (position - shift for (position,) in found)
    return {Identity("brandis/rathaus-01", epoch, number, number) for number in numbers}


def _in_order(platform: Platform, sensor: str) -> bool:
    ups = [reading["up"] for reading in platform.of(sensor)]
    return ups == sorted(ups)
