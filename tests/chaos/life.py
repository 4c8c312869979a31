"""One node with its far side, killed again and again.

A *life* has its own log, broker and consumer. The node is killed while it opens (and migrates) its
log, while it measures, commits, thins and sends, and while it stops; its broker is away in some
rounds. In between the chips fall silent, the backlog runs dry, and the account is closed. The seed
decides all but what the scheduler does.
"""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.chaos.account import Account
from tests.chaos.consumer import Consumer
from tests.chaos.older_log import OLD_BOOT, write_older_log
from tests.chaos.truth import Truth
from tests.e2e.daemon import GATEWAY
from tests.mosquitto import Mosquitto
from tests.waiting import until

ROUNDS = 20
"""Of one life."""
CLOSE_EVERY = 10
"""Rounds between two closings of the account."""
BACKLOG = 800
"""Readings of each gauge in a log of schema 1."""
MIGRATING = 2
"""Rounds in which an older log is killed while it is migrated."""
MOMENTS = {"migrating": 0.015, "opening": 0.08, "running": 0.8, "thinning": 0.1, "stopping": 0.3}
"""Seconds at most after taking hold of the log (the first two), the first reading, or SIGTERM."""
WAIT_S = 60.0
AMPLE = "10MB"
SIZES = ("100kB", "200kB", "220kB", "280kB", "320kB")
"""Quotas of every second life: the smallest has no room for its backlog, the others for some."""

BUSES = {
    "i2c-1": ("tick-1", "tick-2", "tick-3", "count-1"),
    "i2c-2": ("tick-4", "tick-5", "tick-6", "count-2"),
}
COUNTERS = ("count-1", "count-2")
GAUGES = tuple(name for bus in BUSES.values() for name in bus if name not in COUNTERS)

NODE = """
node: {{municipality: brandis, name: n{seed}, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: {commit_every}, max_size: {max_size}, reserve: 0}}
buses:
  i2c-1: {{type: i2c, device: /dev/i2c-1, simulated: true}}
  i2c-2: {{type: i2c, device: /dev/i2c-2, simulated: true}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: none,
     window: 5, batch: {batch}, reconnect: {{first: 1s}},
     backlog: {{messages: 1000, bytes: 10MB, spread: 0}}}}
privacy: {{window: 150ms}}
sensors:
"""

SENSOR = """
  - name: {name}
    driver: {driver}
    bus: {bus}
    interval: {interval}
    options: {{address: {address}, truth: {truth}, last: {last}}}
"""


class Life:
    """One node and its far side. `figures` are those of the last account."""

    def __init__(self, seed: int, folder: Path, site: Path, broker: Mosquitto) -> None:
        self.figures: Counter[str] = Counter()
        self.config = folder / "gateway.yaml"
        self._random = random.Random(seed)
        self._seed = seed
        self._folder = folder
        self._environment = {**os.environ, "PYTHONPATH": _paths(site)}
        self._broker = broker
        self._consumer = Consumer(broker.port)
        self._truth = Truth(folder, BUSES)
        self._process: subprocess.Popen[bytes] | None = None
        self._small = seed % 2 == 0
        self._max_size = SIZES[seed // 2 % len(SIZES)] if self._small else AMPLE
        self._older = self._small or seed % 4 == 1
        if self._older:
            write_older_log(folder / "log.db", self._truth, GAUGES, COUNTERS, BACKLOG)
        self._truth.settle()

    def live(self, stopped: Callable[[], bool]) -> None:
        """All rounds, with the broker away in some of them."""
        for number in range(ROUNDS):
            if stopped():
                return
            place = number % CLOSE_EVERY
            if place == 0:
                away, back = sorted(self._random.sample(range(CLOSE_EVERY), 2))
                if self._small:  # what must be thinned must not be delivered before
                    away, back = 0, CLOSE_EVERY - 3
            if place == away:
                self._part()
            self._round(self._moment(number))
            if place == back:
                self._come_back()
            if place == CLOSE_EVERY - 1:
                self._close_account()

    def close(self) -> None:
        self._kill()
        self._consumer.close()

    def _moment(self, number: int) -> str:
        if self._older and number < MIGRATING:
            return "migrating"
        kinds = ("opening", "running", "stopping", "thinning")
        return self._random.choices(kinds, (25, 45, 10, 20) if self._small else (30, 60, 10, 0))[0]

    def _round(self, moment: str) -> None:
        self._configure(commit_every="0s" if moment == "thinning" else None)
        held = self._folder / "log.db.lock"
        held.unlink(missing_ok=True)
        before = self._truth.total()
        self._start()
        self._await(held.exists)
        if moment not in ("migrating", "opening"):
            self._await(lambda: self._truth.total() > before)
        if moment == "stopping":
            time.sleep(self._random.uniform(0, MOMENTS["running"]))
            self._signal(signal.SIGTERM)
        time.sleep(self._random.uniform(0, MOMENTS[moment]))
        self._kill()
        self._truth.killed()

    def _close_account(self) -> None:
        """One last reading of each gauge: when they have arrived, so has all before them."""
        last = {name: self._truth.count(name) + (name in GAUGES) for name in self._truth.sensors}
        self._configure(last)
        self._start()
        until(lambda: self._arrived(last), lambda: self._told(last), WAIT_S)
        until(lambda: not self._account().faults, self._evidence, 10)
        self.figures = self._account().figures
        self._truth.settle()
        if self._random.random() < 0.5:
            self._signal(signal.SIGTERM)
            assert self._process is not None
            assert self._process.wait(WAIT_S) == 0, self._log()
        self._kill()

    def _arrived(self, last: dict[str, int]) -> bool:
        self._alive()
        return all(self._consumer.newest.get(name, 0) >= last[name] for name in GAUGES)

    def _account(self) -> Account:
        entries = list(self._consumer.entries.values())
        account = Account(self._truth, entries, GAUGES, COUNTERS, OLD_BOOT)
        account.figures["two contents"] = len(self._consumer.two_contents)
        account.figures["epochs"] = len({entry.epoch for entry in entries})
        if self._consumer.two_contents:
            account.faults.append(f"two contents: {self._consumer.two_contents}")
        return account

    def _evidence(self) -> str:
        """The faults; all that has arrived is put beside the log."""
        bodies = [entry.body for entry in self._consumer.entries.values()]
        (self._folder / "arrived.json").write_text("\n".join(map(json.dumps, bodies)))
        return "\n".join(self._account().faults)

    def _part(self) -> None:
        self._frozen = self._random.random() < 0.5
        self._broker.freeze() if self._frozen else self._broker.stop()

    def _come_back(self) -> None:
        if self._frozen:
            self._broker.thaw()
        else:
            self._broker.start()

    def _configure(
        self, last: dict[str, int] | None = None, commit_every: str | None = None
    ) -> None:
        text = NODE.format(
            seed=self._seed,
            folder=self._folder,
            port=self._broker.port,
            commit_every=commit_every or self._random.choice(("0s", "50ms", "1s", "10s")),
            max_size=self._max_size if last is None else AMPLE,
            batch=self._random.choice((5, 20, 100)),
        )
        for bus, sensors in BUSES.items():
            for address, name in enumerate(sensors, start=8):
                text += SENSOR.format(
                    name=name,
                    driver="counting-ticker" if name in COUNTERS else "ticker",
                    bus=bus,
                    interval="150ms" if name in COUNTERS else "20ms",
                    address=address,
                    truth=self._truth.path(name),
                    last=10**9 if last is None else last[name],
                )
        self.config.write_text(text)

    def _start(self) -> None:
        command = [GATEWAY, "run", "--config", str(self.config)]
        with self.config.with_suffix(".out").open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out, env=self._environment)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _await(self, happened: Callable[[], bool]) -> None:
        """Finer than `until`: the moment must not fall into its step."""
        end = time.monotonic() + WAIT_S
        while not happened():
            self._alive()
            assert time.monotonic() < end, self._log()
            time.sleep(0.002)

    def _alive(self) -> None:
        assert self._process is not None
        assert self._process.poll() is None, self._log()

    def _told(self, last: dict[str, int]) -> str:
        return f"{last}, arrived {self._consumer.newest}\n{self._log()}"

    def _log(self) -> str:
        return self.config.with_suffix(".out").read_text()[-3000:]


def _paths(site: Path) -> str:
    return os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
