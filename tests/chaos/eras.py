"""The time from one power cut to the next, on one disk, with all the processes in it."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.chaos.disk import SECTOR, Disk, Kind
from tests.chaos.ledger import Ledger
from tests.chaos.log_driver import Drive
from tests.chaos.older_log import write_older_log
from tests.chaos.truth import Truth

REPOSITORY = Path(__file__).parents[2]
EPOCH_OF_OLDER, READINGS_OF_OLDER = 4711, 60
STEPS = 120
LARGE, SMALL = 10_000_000, 40_000
OPENED = b"opened []\n"
KINDS = ("large", "small", "older", "damaged")


@dataclass
class Era:
    """From one power cut to the next; `before` is what was known when it began."""

    folder: Path
    seed: int
    max_size: int
    before: Ledger
    healing: bool
    boot: str
    ends: Sequence[str]
    figures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.disk = Disk(self.folder / "disk")
        self.state.mkdir(exist_ok=True)

    @property
    def state(self) -> Path:
        """The folder with the log."""
        return self.folder / "state"

    def live(self) -> None:
        """All its processes."""
        (self.folder / "run").mkdir()
        for number, end in enumerate(self.ends):
            self.drive(number, end, self.disk.env(self.state))
        self.disk.env(self.state)  # takes in what a kill has left unrecorded

    def drive(self, number: int, end: str, environment: dict[str, str]) -> None:
        """One process, to its end."""
        drive = Drive(
            str(self.state / "log.db"),
            str(self.folder / "run"),
            self.boot,
            number * 1_000_000,
            self.seed * 100 + number,
            STEPS,
            self.max_size,
            end,
        )
        told = json.dumps(msgspec.to_builtins(drive))
        command = (sys.executable, "-m", "tests.chaos.log_driver", told)
        done = subprocess.run(
            command, env=os.environ | environment, cwd=REPOSITORY,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == (0 if end == "stop" else -signal.SIGKILL), done.stderr

    def moments(self, count: int) -> list[int]:
        """When the power fails: half of the cuts in what the first process does to recover.

        Mostly behind a change that is not synced yet.
        """
        events = self.disk.trace.events
        opened = next(at for at, event in enumerate(events) if event.data == OPENED)
        quiet = (Kind.MARK, Kind.SYNC)
        changes = [at for at, event in enumerate(events, 1) if event.kind not in quiet]
        early, late = [at for at in changes if at <= opened], [at for at in changes if at > opened]
        rng = random.Random(self.seed)
        found = rng.choices(early, k=count // 2) + rng.choices(late, k=count - count // 2 - 1)
        return sorted([*found, rng.randint(0, len(events))])

    def cut(self, at: int, folder: Path) -> Ledger:
        """The disk after a cut at that moment, in the folder; what is known then."""
        return self.before.after(self.disk.trace.cut(at, self.seed, folder / "state"))

    def is_recovering(self, at: int) -> bool:
        """Whether no process of it could use the log yet."""
        return OPENED not in {event.data for event in self.disk.trace.events[:at]}


def first_era(folder: Path, seed: int, kind: str) -> Era:
    """Of a new log, one of schema 1, or one that is damaged."""
    max_size = SMALL if kind == "small" else LARGE
    ends = ("kill", "stop", "kill")
    era = Era(folder / "era-0", seed, max_size, Ledger(), False, "b00t0001", ends)
    if kind == "older":
        era.before = older(era.state, folder)
    if kind == "damaged":
        era.healing = True
        era.before = damaged(era)
    return era


def next_era(before: Era, folder: Path, number: int) -> Era:
    """What follows a cut of another era."""
    events = len(before.disk.trace.events)
    at = before.moments(2)[number % 2] if number > 1 else events * 2 // 3
    known = before.cut(at, folder)
    seed, boot = before.seed * 10 + number, f"b00t{number + 1:04}"
    ends = ("kill", "stop") if number % 2 else ("stop", "kill")
    return Era(folder, seed, before.max_size, known, before.healing, boot, ends)


def older(state: Path, folder: Path) -> Ledger:
    """A log of schema 1, all of whose readings were accepted and have gone out."""
    truth = Truth(folder, {"bus": ("air", "door")})
    write_older_log(state / "log.db", truth, ("air",), ("door",), READINGS_OF_OLDER)
    ledger = Ledger()
    with closing(sqlite3.connect(state / "log.db")) as sql:
        rows = sql.execute(
            "SELECT seq, sensor, names, packed, span_ns, boot_id, up_ns FROM reading"
            " JOIN layout ON layout.number = layout JOIN boot ON boot.number = boot"
        )
        for seq, sensor, names, packed, span_ns, *at in rows:
            told = json.dumps([sensor, names.split(","), packed, 1, span_ns, at, ()])
            ledger.accepted[EPOCH_OF_OLDER, seq, seq] = told
            ledger.goes_out((EPOCH_OF_OLDER, seq, seq), told)
    assert len(ledger.accepted) > READINGS_OF_OLDER
    return ledger


def damaged(era: Era) -> Ledger:
    """A log whose first page is gone, after a clean stop: no reading stood there."""
    marks = era.folder / "marks"
    marks.touch()
    (era.folder / "run").mkdir()
    era.drive(99, "stop", {"GATEWAY_DISK_MARKS": str(marks)})
    (era.folder / "run").rmdir()
    with (era.state / "log.db").open("r+b") as file:
        file.write(bytes(SECTOR))
    return Ledger().after(marks.read_text().splitlines())
