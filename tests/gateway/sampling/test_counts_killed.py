"""A sensor that counts, its log and the card, over kills, stops, reboots and power cuts.

The log is the real one, with its journal and its store on disk. The process dies between two steps,
or in the middle of one: before or after a write to the journal or the legend, or a transaction.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drivers.contract import Driver, Sample
from drivers.errors import BusError
from drivers.quantities import BLIND_TIME, COUNT_IN, Quantity
from gateway.backoff import Backoff
from gateway.buffer import Log, legend
from gateway.buffer.journal import Journal
from gateway.buffer.store import Store
from gateway.config import Buffer
from gateway.model import Moment
from gateway.sampling.grid import Grid
from gateway.sampling.sampler import Sampler
from gateway.sampling.sensor import Sensor
from tests.chaos.counted import faults, stored, summed
from tests.chaos.form import rounds
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
FALLING: Sequence[tuple[Any, str]] = (
    (Journal, "_write"),
    (Journal, "_replace"),
    (legend, "write"),
    (Store, "begin_session"),
    (Store, "end_session"),
    (Store, "write"),
)
"""What a process may die before or after."""


class Killed(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


class Fuse:
    """Kills at the write that is so many writes from now, before or after it."""

    def __init__(self) -> None:
        self.writes: int | None = None
        self.after = False

    def guard(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*words: Any) -> Any:
            blows = self.writes == 0
            self.writes = None if blows or self.writes is None else self.writes - 1
            if blows and not self.after:
                raise Killed
            answer = write(*words)
            if blows:
                raise Killed
            return answer

        return guarded


class Turnstile(Driver):
    """Takes who has gone through since the last poll."""

    channels: ClassVar[Sequence[Quantity]] = (COUNT_IN, BLIND_TIME)
    poll_every: ClassVar[float | None] = 0.5

    def __init__(self, site: "Site") -> None:
        site.waiting = 0
        self._site = site
        self._count = 0

    def open(self) -> None:
        """There is nothing to identify."""

    def poll(self) -> None:
        if self._site.broken:
            raise BusError("gone")
        self._count += self._site.waiting
        self._site.waiting = 0

    def read(self) -> Sample:
        self._site.told(self._count)
        return {"count_in": self._count, "blind_time": 0.0}

    def close(self) -> None:
        """Nothing is held."""


class Site:
    """A node with one turnstile. `kept` and `polled` were counted at least and at most."""

    def __init__(self, folder: Path, window_s: float, offset_ns: int, fuse: Fuse) -> None:
        self.waiting = self.kept = self.polled = 0
        self.broken = False
        self.window_ns = round(window_s * SECOND)
        self.boots = 1
        self._folder = folder
        self._fuse = fuse
        self._offset_ns = offset_ns
        self._clock = SimulatedClock()
        self._of_driver = self._kept_of_driver = 0
        self._log: Log | None = None

    def told(self, count: int) -> None:
        """The driver says so, of all that it has counted."""
        self.polled += count - self._of_driver
        self._of_driver = count

    def do(self, what: str, seconds: float, people: int) -> None:
        """Start if need be; let people walk for so long; then let that happen."""
        try:
            self._live(what, seconds, people)
        except Killed:
            what = "kill"
        if what not in ("run", "fail"):
            self._die()
            self._between(what, seconds)

    def check(self) -> None:
        """To the end of the window in which the last one was counted, and of another."""
        self._fuse.writes = None
        self.do("run", 3 * self.window_ns / SECOND + 130, 1)
        self.do("stop", 1, 0)
        found = stored(self._folder / "log.db")
        last = dict(one.until for one in found)  # nobody knows when the next boot has begun

        def on_boundary(moment: Moment) -> bool:
            at_ns = moment[1]
            whole = (at_ns + self._offset_ns) % self.window_ns == 0
            return whole or at_ns in (0, last[moment[0]])

        assert list(faults(found, on_boundary)) == []
        counted = summed(found)["count_in"]
        assert self.kept <= counted <= self.polled

    def _live(self, what: str, seconds: float, people: int) -> None:
        if self._log is None:
            self._start()
        self.broken = what == "fail"
        for _ in range(people):
            self.waiting += 1
            self._run(seconds / people)
        self.broken = False
        if what in ("stop", "boot"):
            self._stop()

    def _start(self) -> None:
        run = self._folder / "run"
        run.mkdir(exist_ok=True)
        buffer = Buffer(path=str(self._folder / "log.db"), commit_every=5.0, reserve=0)
        self._of_driver = self._kept_of_driver = 0
        self._log = Log(buffer, run, self._clock)
        grid = Grid()
        grid.follow(self._clock.now_ns(), self._clock.now_ns() + self._offset_ns)
        interval = self.window_ns / SECOND
        sensor = Sensor("door", Turnstile(self), interval, self._clock, grid, Backoff(1.0, 60.0))
        self._sampler = Sampler([sensor], self._log, self._clock)

    def _run(self, seconds: float) -> None:
        assert self._log is not None
        end_ns = self._clock.now_ns() + round(seconds * 1e9)
        while self._clock.now_ns() < end_ns:
            wait_s = self._sampler.sample_once()
            self.kept += self._of_driver - self._kept_of_driver
            self._kept_of_driver = self._of_driver
            if self._log.commit_due() == 0:
                self._log.commit()
            left_s = (end_ns - self._clock.now_ns()) / 1e9
            self._clock.sleep(min(max(wait_s, 1e-3), left_s))

    def _stop(self) -> None:
        assert self._log is not None
        self._sampler.close()
        self._log.close()

    def _die(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            log.let_go()

    def _between(self, what: str, seconds: float) -> None:
        if what == "cut":  # what was in memory is gone, and nobody is to tell it later
            self.kept = self.polled = summed(stored(self._folder / "log.db"))["count_in"]
        if what in ("cut", "boot"):
            shutil.rmtree(self._folder / "run")
        if what in ("cut", "boot", "panic"):
            self.boots += 1
            self._clock = SimulatedClock(f"b00t{self.boots:04}")
        self._clock.sleep(seconds / 2)


Step = tuple[str, float, int, int | None, bool]
"""What happens after so many seconds with so many people, and which write kills before that."""

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "kill", "kill", "stop", "boot", "panic", "cut", "fail"]),
        st.floats(0.1, 40),
        st.integers(1, 5),
        st.one_of(st.none(), st.integers(0, 30)),
        st.booleans(),
    ),
    min_size=3,
    max_size=14,
)
OPEN: Sequence[Step] = [("run", 1.0, 1, None, False)]
"""Somebody has come in a window that is open."""


@settings(
    max_examples=rounds(40, 3_000), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@example([*OPEN, ("kill", 5.0, 3, None, False), ("run", 1.0, 1, 1, True)], 60.0, 0)
@example([*OPEN, ("boot", 5.0, 3, None, False), ("run", 1.0, 1, 0, True)], 60.0, 0)
@example([*OPEN, ("boot", 5.0, 3, None, False), ("cut", 1.0, 1, None, False)], 60.0, 0)
@given(STEPS, st.sampled_from([1.0, 10.0, 60.0]), st.sampled_from([0, 370_000_000]))
def test_every_count_is_told_once_whatever_the_process_dies_of(
    tmp_path_factory: pytest.TempPathFactory,
    steps: Sequence[Step],
    window_s: float,
    offset_ns: int,
) -> None:
    """`cut`: only of what was not on the card; `boot`: memory is empty after a stop; `panic`: it
    is not, and another boot all the same."""
    folder = tmp_path_factory.mktemp("site", numbered=True)
    fuse = Fuse()
    with ExitStack() as dangers:
        for owner, name in FALLING:
            write = fuse.guard(getattr(owner, name))
            dangers.enter_context(patch.object(owner, name, write))
        site = Site(folder, window_s, offset_ns, fuse)
        for what, seconds, people, writes, after in steps:
            fuse.writes, fuse.after = writes, after
            site.do(what, seconds, people)
        site.check()
    shutil.rmtree(folder)
