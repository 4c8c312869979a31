"""One node with every people sensor at one door, killed again and again while a crowd walks.

A *life* is one process. The crowd begins anew with it, with a seed of its own: people are in the
door from the first moment on (crowded.py), and others when it is killed. Nobody walks in the last
life, so that all that was counted can be told.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from drivers.simulation.scenarios import ScenarioName
from gateway.buffer.identities import Span
from gateway.buffer.view import LogView
from gateway.model import StoredReading
from tests.chaos.crowded import Mark, marked
from tests.e2e.platform import Identity, Platform
from tests.mosquitto import Mosquitto
from tests.waiting import until

WAIT_S = 60.0
NOBODY: ScenarioName = "single-file"
CROWDS: dict[ScenarioName, float] = {"single-file": 24, "busy-30": 45}
"""People a minute."""
MOMENTS = {"opening": (0.0, 0.08), "running": (0.2, 2.0), "counting": (5.0, 8.0)}
"""Seconds after taking hold of the log, else after the first poll, at which it ends."""
KINDS = tuple(MOMENTS)
STOP_S = 0.3
"""SIGKILL so long after SIGTERM, at most; or not at all."""

NODE = """
node: {{municipality: brandis, name: n{lane}, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: {commit_every}, reserve: 0}}
privacy: {{window: {window}s}}
buses:
  i2c-1: {{type: i2c, simulated: true}}
  i2c-2: {{type: i2c, simulated: true}}
  radar: {{type: serial, device: /dev/ttyUSB0, simulated: true}}
  presence: {{type: serial, device: /dev/ttyUSB1, simulated: true}}
  header: {{type: gpio, simulated: true}}
sensors:
  - {{name: beams, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: lidars, driver: tf-luna-pair, bus: i2c-1, options: {{far_mm: 900}}}}
  - {{name: laser, driver: vl53l1x, bus: i2c-1, options: {{mounting_height_mm: 2400}}}}
  - {{name: heat, driver: amg8833, bus: i2c-2}}
  - {{name: radar, driver: ld2450, bus: radar}}
  - {{name: motion, driver: pir, bus: header, options: {{line: 22, warm_up_s: 0}}}}
  - {{name: presence, driver: ld2410, bus: presence}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: none,
     window: 5, reconnect: {{first: 1s}}, backlog: {{messages: 1000, bytes: 10MB, spread: 0}}}}
simulation: {{scenario: {scenario}, seed: {seed}, people_per_minute: {per_minute}}}
"""

DIRECTED = ("beams", "lidars", "laser", "heat", "radar")
SENSORS = (*DIRECTED, "motion", "presence")


class Lived(NamedTuple):
    """How one process went: its crowd, its last moment (s of the scene), and what drivers said.

    `polled`: what each driver has last given to the node; `kept`: what the node had kept of it.
    """

    scenario: ScenarioName
    seed: int
    begins_s: float
    opened: dict[str, Mark]
    polled: dict[str, Mark]
    kept: dict[str, Mark]


class Door:
    """The node and its far side. `lived` are its lives, `kills` how many SIGKILL ended.

    `settled`: all up to that number has arrived; the last life has measured more, of nobody.
    """

    def __init__(self, lane: int, folder: Path, broker: Mosquitto) -> None:
        self.lived: list[Lived] = []
        self.kills = self.settled = 0
        self.window_s = (1, 2)[lane % 2]
        self.log = folder / "log.db"
        self.platform = Platform(broker.port)
        self._lane = lane
        self._folder = folder
        self._broker = broker
        self._random = random.Random(lane)
        self._process: subprocess.Popen[bytes] | None = None

    def live(self, kind: str, stops: bool) -> None:
        """One life of that kind; it may be stopped in order, and be killed at that."""
        scenario = self._random.choice(list(CROWDS))
        seed, begins_s = self._random.randrange(1_000, 1_020), self._random.uniform(8, 60)
        earliest_s, latest_s = MOMENTS[kind]
        lasts_s = self._random.uniform(earliest_s, latest_s)
        self._start(scenario, seed, CROWDS[scenario], begins_s)
        if kind != "opening":
            self._await(lambda: bool(self._marks("polled")))
        time.sleep(lasts_s)
        if not stops or not self._stop():
            self._kill()
        marks = (self._marks(word) for word in ("opened", "polled", "kept"))
        self.lived.append(Lived(scenario, seed, begins_s, *marks))

    def settle(self) -> None:
        """Without people, until all that was counted is in windows, stored, and has arrived."""
        self._start(NOBODY, 0, 0, 0)
        began_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        until(lambda: self._all_told(began_ms), self._told, WAIT_S)
        self._terminate()
        ids = self._stored()
        self.settled = max(identity.last for identity in ids)
        self._start(NOBODY, 0, 0, 0)
        until(lambda: ids <= set(self.platform.arrivals), self._told, WAIT_S)
        self._kill()

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.platform.close()

    def _start(self, scenario: str, seed: int, per_minute: float, begins_s: float) -> None:
        config = self._folder / "gateway.yaml"
        config.write_text(
            NODE.format(
                lane=self._lane,
                folder=self._folder,
                port=self._broker.port,
                window=self.window_s,
                commit_every=self._random.choice(("0s", "50ms", "1s", "10s")),
                scenario=scenario,
                seed=seed,
                per_minute=per_minute,
            )
        )
        held = self._folder / "log.db.lock"
        for path in (held, *self._folder.glob("seen/*")):
            path.unlink(missing_ok=True)
        seen = self._folder / "seen"
        seen.mkdir(exist_ok=True)
        words = [str(seen), str(begins_s), "gateway", "run", "--config", str(config)]
        with self._said.open("ab") as said:
            command = [sys.executable, "-m", "tests.chaos.crowded", *words]
            self._process = subprocess.Popen(command, stdout=said, stderr=said)
        self._await(held.exists)

    def _stop(self) -> bool:
        """SIGTERM; whether it has ended by itself."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        if self._random.random() < 0.5:
            time.sleep(self._random.uniform(0, STOP_S))
            return False
        self._terminate()
        return True

    def _terminate(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(WAIT_S) == 0, self._told()
        self._process = None

    def _kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        ended = self._process.wait()
        assert ended in (-signal.SIGKILL, 0), self._told()
        self._process = None
        self.kills += ended != 0

    def _marks(self, word: str) -> dict[str, Mark]:
        found = {name: marked(self._folder / "seen" / f"{name}.{word}") for name in SENSORS}
        return {name: mark for name, mark in found.items() if mark is not None}

    def _all_told(self, began_ms: int) -> bool:
        """A window of each sensor that was open then has arrived, so that no note is left."""
        self._alive()
        readings = list(self.platform.readings.values())
        return {one["sensor"] for one in readings if one["up"] > began_ms} == set(SENSORS)

    def _stored(self) -> set[Identity]:
        with closing(LogView(self.log)) as view:
            return {
                Identity(f"brandis/n{self._lane}", one.epoch, one.number, one.number)
                for one in view.entries(Span(1, view.last_position))
                if isinstance(one, StoredReading)
            }

    def _await(self, happened: Callable[[], bool]) -> None:
        """Finer than `until`: the moment must not fall into its step."""
        end = time.monotonic() + WAIT_S
        while not happened():
            self._alive()
            assert time.monotonic() < end, self._told()
            time.sleep(0.002)

    def _alive(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, self._told()

    @property
    def _said(self) -> Path:
        return self._folder / "gateway.log"

    def _told(self) -> str:
        return self._said.read_text()[-3000:]
