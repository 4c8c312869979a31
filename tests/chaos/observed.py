"""A whole node in simulated time, and everything that it leaves for others to read.

All is the program's but the parts, the clock, the computer and the far side. Chance is the same in
each life, so that two lives which tell the same leave the same bytes.
"""

import json
import logging
import random
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
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
from gateway.uplink.contract import Payload
from tests.chaos.doorway import SECOND, Doorway, Passage
from tests.chaos.timely import FarSide, Link, Steps
from tests.gateway.simulated_clock import SimulatedClock

STATUS_NS = 60 * SECOND
_WAL_HEADER, _FRAME_HEADER = 32, 24

Line = tuple[int, str, int, str]
"""When (ns since boot), of which logger, how grave, and what."""


class Sent(NamedTuple):
    """What was given to an uplink, and when (ns since boot)."""

    at_ns: int
    uplink: str
    topic: str
    body: bytes
    retain: bool

    @property
    def messages(self) -> list[dict[str, Any]]:
        told = json.loads(self.body)
        return told if isinstance(told, list) else [told]


class Log(logging.Handler):
    """All lines of the program, with the node's time."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[Line] = []
        self.clock: SimulatedClock | None = None

    def emit(self, record: logging.LogRecord) -> None:
        at_ns = 0 if self.clock is None else self.clock.now_ns()
        self.lines.append((at_ns, record.name, record.levelno, record.getMessage()))


class Captured(Link):
    """An uplink whose far side keeps all that is sent."""

    def __init__(self, life: "Life", uplink: MqttUplink, wake: threading.Event) -> None:
        super().__init__(FarSide(), uplink, wake)
        self._life = life

    def connect(self, _will: Payload | None = None) -> None:
        if _will is not None:
            self._keep(_will)
        super().connect(_will)

    def send(self, payload: Payload) -> int:
        self._keep(payload)
        return super().send(payload)

    def _keep(self, payload: Payload) -> None:
        at_ns = self._life.clock.now_ns()
        sent = Sent(at_ns, self.name, payload.topic, payload.body, payload.retain)
        self._life.sent.append(sent)


class _OtherComputer(Computer):
    """One that is always the same."""

    temperature = 50.0  # type: ignore[assignment]
    undervoltage = False  # type: ignore[assignment]
    memory = MemoryHealth(used=5, available=5)  # type: ignore[assignment]

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
        passages: Iterable[Passage],
        **world: Any,
    ) -> None:
        self.folder, self.clock = folder, clock
        self.sent: list[Sent] = []
        self.log = Log()
        self.log.clock = clock
        self.edges: list[int] = []
        """When a line changed (ns since boot): nothing may tell."""
        self.snapshots: list[Snapshot] = []
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
        """What the main thread does."""
        if now_ns >= self._check_ns:
            self._check_ns = now_ns + SECOND
            self.node.check()
        if now_ns >= self._status_ns:
            self._status_ns = now_ns + STATUS_NS
            self._tell()

    def _tell(self, state: str = "") -> None:
        status.write(status.status(self.node, state), self.folder / "run")


def wal_pages(content: bytes) -> Iterator[bytes]:
    """Of each frame its page, with its number and the size of the database behind it."""
    if not content:
        return
    length = _FRAME_HEADER + int.from_bytes(content[8:12], "big")
    for begin in range(_WAL_HEADER, len(content) - length + 1, length):
        yield content[begin : begin + 8] + content[begin + _FRAME_HEADER : begin + length]


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
        return Captured(self._newest, uplink, wake)
