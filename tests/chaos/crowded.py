"""The daemon at a door through which a crowd walks already, and what its drivers have counted.

    python -m tests.chaos.crowded FOLDER BEGINS_S gateway run --config FILE

All else is what `gateway` does with these words. The scene begins BEGINS_S into its crowd, so that
people are in the door from its first moment on. In FOLDER stands, written at once and so there
after a SIGKILL: `scene`, its time; and of each sensor SENSOR.opened, .polled and .kept: a line with
the time of the scene, and what its driver had counted when it was opened, when that was given to
the node, and when the node had kept it.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from drivers.contract import Driver, Sample
from drivers.people.amg8833 import driver as amg8833
from drivers.quantities import Kind, quantity
from drivers.simulation.crowd import Scenario, crowd
from drivers.simulation.scene import Scene, View
from drivers.simulation.walks import Point, Walk
from gateway import app, buses
from gateway.cli import main
from gateway.sampling.sensor import Sensor
from gateway.sampling.sink import Sink

SETTLES_NS = 500_000_000
"""In place of the 15 s in which a fresh AMG8833 is not to be believed: longer than most lives."""

_LINE_BYTES = 160


class Mark(NamedTuple):
    """What was counted, at that time of the scene."""

    scene_s: float
    counts: dict[str, int]


class Marked:
    """A line in a file that is written over and over, each time in one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def write(self, mark: Mark) -> None:
        os.pwrite(self._file, json.dumps(mark).encode().ljust(_LINE_BYTES), 0)


def marked(path: Path) -> Mark | None:
    """What stands there; None if that was never reached."""
    text = path.read_text() if path.exists() else ""
    return Mark(*json.loads(text)) if text else None


def people(scenario: Scenario, seed: int, per_minute: float, begins_s: float) -> Iterator[Walk]:
    """The walks of that crowd that are not over at `begins_s`, which is when time begins."""
    for walk in crowd(scenario, seed, None, per_minute):
        if walk.ends_s > begins_s:
            points = tuple(Point(at_s - begins_s, *place) for at_s, *place in walk.points)
            yield Walk(points, walk.shape, walk.direction)


def counts(sample: Sample) -> dict[str, int]:
    """What was counted; not for how long something was so."""
    return {
        name: int(value or 0)
        for name, value in sample.items()
        if quantity(name).kind is Kind.COUNTER and quantity(name).resolution >= 1
    }


class _Seen:
    """Where this process writes what it does, and the time of its scene."""

    folder: Path
    now_s = 0.0


class ObservedScene(Scene):
    """Writes down how late it is."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._clock = Marked(_Seen.folder / "scene")

    def step(self, seconds: float) -> View:
        view = super().step(seconds)
        _Seen.now_s = view.now_s
        self._clock.write(Mark(view.now_s, {}))
        return view


class ObservedSensor(Sensor):
    """Writes down what its driver has given, and what was kept of it."""

    def __init__(self, name: str, driver: Driver, *rest: Any) -> None:
        super().__init__(name, driver, *rest)
        words = ("opened", "polled", "kept")
        self._opened, self._polled, self._kept = (
            Marked(_Seen.folder / f"{name}.{word}") for word in words
        )
        self._newest: Mark | None = None
        self._really_open, self._really_read = driver.open, driver.read
        driver.open, driver.read = self._open_it, self._read_it  # type: ignore[method-assign]

    def run(self, sink: Sink) -> None:
        super().run(sink)
        if self._newest is not None:
            self._kept.write(self._newest)

    def _open_it(self) -> None:
        self._really_open()
        self._opened.write(Mark(_Seen.now_s, {}))

    def _read_it(self) -> Sample:
        sample = self._really_read()
        self._newest = Mark(_Seen.now_s, counts(sample))
        self._polled.write(self._newest)
        return sample


def observe(folder: Path, begins_s: float) -> None:
    """Let what this process does from now on be seen in that folder."""

    def walks(scenario: Scenario, seed: int, _people: object, rate: float) -> Iterator[Walk]:
        return people(scenario, seed, rate, begins_s) if rate else iter(())

    _Seen.folder = folder
    observed = (app, "Sensor", ObservedSensor), (buses, "Scene", ObservedScene)
    for module, name, ours in (*observed, (buses, "crowd", walks)):
        setattr(module, name, ours)
    amg8833._STABLE_NS = SETTLES_NS


if __name__ == "__main__":
    observe(Path(sys.argv[1]), float(sys.argv[2]))
    sys.exit(main(sys.argv[4:]))
