"""Who looks after a sensor as the gateway does it, and who keeps the books of what comes of it."""

from collections.abc import Iterator

from bench.counting_doors import Counts
from bench.counting_ports import SleepTime
from drivers.contract import Driver
from drivers.errors import DriverError
from drivers.simulation.walks import Walk
from gateway.backoff import Backoff
from gateway.sampling.patience import Patience

PAD_S = 1.0
AT_ONCE_S = 0.02
_LOOK_S = 0.05

Stretch = tuple[float, float]
"""From when to when (s)."""


class Keeper:
    """Polls, reads, closes and opens as the gateway does. `blind`: stretches that were told (s).

    `told`: it was read since it was opened. `at_once`: without a wait, the shortest that there is.
    """

    def __init__(self, driver: Driver, time: SleepTime, at_once: bool = False) -> None:
        self.present = self.told = False
        self.counts = Counts(0, 0)
        self.blind: list[Stretch] = []
        self.blind_s = 0.0
        self.failures = 0
        self._driver = driver
        self._time = time
        self._at_once = at_once
        self._backoff = Backoff(1, 60)
        self._told_s = 0.0
        self._next_s = 0.0
        self._patience = Patience()

    def forget(self) -> None:
        """What was blind so far belongs to the start."""
        self.blind.clear()
        self.blind_s = 0.0

    def look(self) -> float:
        """Do what is due; the seconds until it is so again."""
        try:
            if not self.present:
                self._driver.open()
                self._patience.answered(self._now_ns)
                self.present = True
                self._next_s = self._time.now_s
            else:
                self._poll()
        except DriverError as error:
            self._fail(error)
        return max(0.0, self._next_s - self._time.now_s)

    def _poll(self) -> None:
        self._next_s = max(self._next_s + (self._driver.poll_every or 1.0), self._time.now_s)
        self._driver.poll()
        self._patience.answered(self._now_ns)
        self._backoff.succeeded(self._now_ns)
        sample = self._driver.read()
        self.counts = Counts(int(sample["count_in"] or 0), int(sample["count_out"] or 0))
        self.told = True
        told_s, now_s = sample["blind_time"] or 0.0, self._time.now_s
        more_s, self._told_s = told_s - self._told_s, told_s
        if more_s > 0:
            self.blind_s += more_s
            self.blind.append((now_s - more_s, now_s))

    @property
    def _now_ns(self) -> int:
        return round(self._time.now_s * 1e9)

    def _fail(self, error: DriverError) -> None:
        if self.present and self._patience.bears(error, self._now_ns):
            self.failures += 1
        else:
            self._lose()

    def _lose(self) -> None:
        self.failures += 1
        self._driver.close()
        self.present = self.told = False
        wait_s = self._backoff.failed(self._now_ns)
        self._next_s = self._time.now_s + (AT_ONCE_S if self._at_once else wait_s)


class Books:
    """What was counted beside the truth, from quiet moment to quiet moment."""

    def __init__(self) -> None:
        self.truth = self.counted = Counts(0, 0)
        self.missed = self.extra = 0
        self._open: list[Walk] = []
        self._closed: list[Walk] = []

    def walked(self, walk: Walk) -> None:
        self._open.append(walk)

    def close(self, counts: Counts) -> None:
        ways = [walk.direction for walk in self._open]
        truth = Counts(ways.count("in"), ways.count("out"))
        for true, now, before in zip(truth, counts, self.counted, strict=True):
            self.missed += max(0, true - (now - before))
            self.extra += max(0, now - before - true)
        self.counted = counts
        self.truth = Counts(*(a + b for a, b in zip(self.truth, truth, strict=True)))
        self._closed += self._open
        self._open.clear()

    def blind_people(self, blind: list[Stretch], seen_m: float) -> int:
        """Those who were in sight in one of these stretches."""
        through = [walk for walk in self._closed if walk.direction is not None]
        return sum(
            any(since - PAD_S <= at_s <= until + PAD_S for since, until in blind for at_s in times)
            for times in (list(_in_sight(walk, seen_m)) for walk in through)
        )


def _in_sight(walk: Walk, seen_m: float) -> Iterator[float]:
    """Moments at which it is."""
    at_s = walk.starts_s
    while at_s < walk.ends_s:
        if abs(walk.at(at_s).along) <= seen_m:
            yield at_s
        at_s += _LOOK_S
