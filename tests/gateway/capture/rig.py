"""A capture of one sensor in a clock that only moves when a test says so."""

import json
import os
from pathlib import Path
from typing import Any

from gateway import config
from gateway.capture import Capture, State
from gateway.capture.account import FILE, Account
from gateway.capture.capture import Place
from gateway.model import rfc3339
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 10**9
HOUR_S = 3600
NOON = 1_795_176_000 * SECOND
"""2026-11-20T12:00:00Z."""


def wanted(hours: float, sensor: str = "door") -> config.Capture:
    """Until so many hours after noon."""
    until = rfc3339(NOON + round(hours * HOUR_S) * SECOND)
    return config.Capture(sensor=sensor, until=until)


class Rig:
    """The clock says noon at first, unless nobody vouches for it."""

    def __init__(self, folder: Path, hours: float = 6, *, trusted: bool = True) -> None:
        self.root = folder
        self.folder = folder / "captures"
        self.clock = SimulatedClock(utc_at_boot_ns=NOON - SECOND if trusted else None)
        self.capture = self.again(hours)

    def again(self, hours: float, sensor: str = "door", reserve: int = 0) -> Capture:
        """As after a restart of the program."""
        one = wanted(hours, sensor)
        account = Account(self.root / FILE, {f"{sensor} {one.until}"})
        place = Place(self.folder, account, reserve)
        self.capture = Capture(one, {"driver": "ld2450"}, place, self.clock)
        return self.capture

    def run(self, seconds: float, step_s: float = 1.0) -> None:
        """One event and one look at each step."""
        self.clock.run(seconds, self.step, step_s)

    def step(self) -> None:
        self.capture.note({"up": self.clock.now_ns(), "in": "00ff"})
        self.capture.keep()

    def spend(self, hours: float) -> None:
        """It has had so much of its time already."""
        spent = {self.capture.account_name: round(hours * HOUR_S)}
        (self.root / FILE).write_text(json.dumps(spent))

    def fill_disk(self) -> None:
        """What is written from here on goes to a device that is full."""
        assert self.capture._file is not None
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, self.capture._file._file.fileno())
        os.close(full)

    @property
    def over(self) -> str:
        """Why it is over; "" if it is not."""
        return self.capture.why if self.capture.state is State.OVER else ""

    def lines(self) -> list[dict[str, Any]]:
        assert self.capture.path is not None
        return [json.loads(line) for line in self.capture.path.read_bytes().splitlines()]

    def files(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.exists() else []  # noqa: PTH208

    @property
    def last_noted_s(self) -> float:
        """When the last event was noted, in seconds since the first line."""
        first, *events, _ = self.lines()
        return float((events[-1]["up"] - first["up"]) / SECOND)
