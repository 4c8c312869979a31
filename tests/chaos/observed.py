"""A whole node in simulated time, and everything that it leaves for others to read.

All is the program's but the parts, the clock, the computer and the far side. Chance is the same in
each life, so that two lives which tell the same leave the same bytes.
"""

import logging
import random
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gateway import app, config, status
from gateway.app import Node
from gateway.cli.verb import run_verb
from gateway.computer import Computer
from gateway.config import MqttUplink
from gateway.encoding.messages import DiskHealth, MemoryHealth
from gateway.uplink import mqtt
from tests.chaos.captured import Captured, Log, Sent, wal_pages
from tests.chaos.doorway import SECOND, Doorway, Passage
from tests.chaos.timely import Steps
from tests.gateway.simulated_clock import SimulatedClock

STATUS_NS = 60 * SECOND


class _OtherComputer(Computer):
    """One that is always the same."""

    temperature = 50.0
    undervoltage = False
    memory = MemoryHealth(used=5, available=5)

    def disk(self, folder: Path) -> DiskHealth:
        return DiskHealth(size=5, free=5, written=None)


class Snapshot(NamedTuple):
    """What lies in the folders at that moment; what is large as a digest."""

    at_ns: int
    files: Mapping[str, bytes]


class Life:
    """A node in that folder, once it is started; `passages` are what its sensors see."""

    def __init__(
        self,
        folder: Path,
        text: str,
        clock: SimulatedClock,
        passages: Sequence[Passage],
        **world: Any,
    ) -> None:
        self.folder, self.clock = folder, clock
        self.sent: list[Sent] = []
        self.log = Log()
        self.log.clock = clock
        self.edges: list[int] = []
        """When a line changed (ns since boot): nothing may tell."""
        self.snapshots: list[Snapshot] = []
        self.journals: list[bytes] = []
        """As the journal was a moment after each passage."""
        self._glances = sorted(one.at_s + 3 for one in passages)
        self._config = folder / "gateway.yaml"
        self._config.write_text(text)
        self._doorway = Doorway(clock, passages, self.edges.append, **world)

    def start(self) -> None:
        """A process of this boot."""
        self.node = Node(config.load(str(self._config)), self.clock)
        self._doorway.connect(self.node.buses.ports)
        self._steps = Steps(self.node)
        self._check_ns = self._status_ns = self.clock.now_ns()

    def run_until(self, up_s: float) -> None:
        """Let time pass up to that many seconds since boot."""
        end_ns = round(up_s * SECOND)
        while (now_ns := self.clock.now_ns()) < end_ns:
            self._look(now_ns)
            self._doorway.step()
            self._steps.serve()
            due_ns = (self._steps.next_ns, self._check_ns, self._doorway.next_ns, end_ns)
            self.clock.sleep(max(0.0, (min(due_ns) - self.clock.now_ns()) / SECOND))

    def kill(self) -> None:
        """SIGKILL, and nothing after it."""
        self.node.log.let_go()
        self.node.buses.close()

    def stop(self) -> None:
        """SIGTERM: each worker ends its own things, then all is committed."""
        for worker in self.node.workers:
            worker._at_end()
        self.node.log.close()
        self.node.buses.close()
        self._tell("stopped")

    def snapshot(self) -> None:
        """Keep what lies there now."""
        log = self.folder / "log.db"
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path != self._config and not path.name.endswith((".lock", "-shm"))
        }
        files["log.db-wal"] = b"".join(wal_pages(files.get("log.db-wal", b"")))
        for name in (log.name, "log.db-wal"):
            files[name] = sha256(files[name]).digest()
        self.snapshots.append(Snapshot(self.clock.now_ns(), files))

    def raw(self) -> dict[str, bytes]:
        """All files as they are now, byte for byte."""
        every = sorted(self.folder.rglob("*"))
        return {path.name: path.read_bytes() for path in every if path.is_file()}

    def exported(self, form: str) -> bytes:
        """What `gateway buffer export` says of the log."""
        out = self.folder.with_name("exported")
        words = ["export", "--config", str(self._config), "--format", form, "--output", str(out)]
        assert run_verb("buffer", words) == 0
        told = out.read_bytes()
        out.unlink()
        return told

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the log answers to that."""
        with closing(sqlite3.connect(f"file:{self.folder}/log.db?mode=ro", uri=True)) as log:
            return log.execute(sql).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Each row of each table of the log, as they stand there."""
        names = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name: self.rows(f"SELECT * FROM {name}") for (name,) in names}

    def _look(self, now_ns: int) -> None:
        """What the main thread does, and whoever is curious."""
        while self._glances and now_ns >= self._glances[0] * SECOND:
            del self._glances[0]
            self.journals.append((self.folder / "run" / "journal").read_bytes())
        if now_ns >= self._check_ns:
            self._check_ns = now_ns + SECOND
            self.node.check()
        if now_ns >= self._status_ns:
            self._status_ns = now_ns + STATUS_NS
            self._tell()

    def _tell(self, state: str = "") -> None:
        status.write(status.status(self.node, state), self.folder / "run")


@contextmanager
def observing(monkeypatch: pytest.MonkeyPatch) -> Iterator["Lives"]:
    """Lives with the same chance, of which every line and every payload is kept."""
    lives = Lives(monkeypatch)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        yield lives
    finally:
        root.setLevel(level)
        for handler in lives.handlers:
            root.removeHandler(handler)


class Lives:
    """Begins one after the other, each in the same folder, which is the caller's to move away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handlers: list[Log] = []
        self._patch = monkeypatch
        self._newest: Life | None = None
        monkeypatch.setattr(mqtt, "MqttUplink", self._link)
        monkeypatch.setattr(app, "Computer", _OtherComputer)

    def begin(
        self, folder: Path, text: str, clock: SimulatedClock, *more: Any, **world: Any
    ) -> Life:
        """A life in that folder, which is made."""
        chance = random.Random(7)
        self._patch.setattr(
            secrets, "token_hex", lambda n=8: f"{chance.getrandbits(8 * n):0{2 * n}x}"
        )
        self._patch.setattr(random, "SystemRandom", lambda: chance)
        random.seed(7)
        (folder / "run").mkdir(parents=True)
        life = self._newest = Life(folder, text, clock, *more, **world)
        self.handlers.append(life.log)
        logging.getLogger().addHandler(life.log)
        life.start()
        return life

    def _link(self, uplink: MqttUplink, _node: str, wake: Any, *_: Any, **__: Any) -> Captured:
        assert self._newest is not None
        return Captured(uplink, wake, self._newest.clock, self._newest.sent)
