"""What calibrations and checks must fit: what is measured, here and by the sensors they name.

A correction may depend on values that are corrected themselves, but never in a circle.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from drivers.contract import Part
from drivers.quantities import QUANTITIES, Kind, Quantity
from gateway.config import wording
from gateway.config.conditioning import Calibration, Check, QuantityName, Term
from gateway.config.cures import fits
from gateway.config.faults import Path
from gateway.config.types import USUAL_INTERVAL_S
from gateway.config.unique import Unique
from gateway.config.walk import Walker

MOST_VALUES = 3600
"""In one mean: they are kept in memory until its interval ends."""

_DEFAULTS = {"average": None, "interval": USUAL_INTERVAL_S}

_Node = tuple[str, str]
"""A sensor and one of its quantities."""


class Measured(NamedTuple):
    """A sensor whose driver is known: where it stands, its name and part."""

    path: Path
    name: str
    part: Part

    @property
    def channels(self) -> dict[str, Quantity]:
        """What it measures, by name; anything, if its driver is no class that says so."""
        told: Sequence[Quantity] = getattr(self.part.driver, "channels", [*QUANTITIES.values()])
        return {quantity.name: quantity for quantity in told}

    @property
    def gauges(self) -> dict[str, Quantity]:
        """What of that has values that can be corrected, judged and averaged."""
        return {name: one for name, one in self.channels.items() if one.kind is Kind.GAUGE}


class QualityCheck:
    """Notes faults of `walker` in what it found well of these sensors; `names` are of all."""

    def __init__(
        self, walker: Walker, measured: Mapping[str, Measured], names: Collection[str]
    ) -> None:
        self._walker = walker
        self._measured = measured
        self._names = names
        self._unique = Unique(walker)
        self._terms: dict[_Node, dict[_Node, Path]] = {}
        """What is corrected by what, and where that stands."""

    def look(self) -> None:
        """At all sensors, and then at what depends on what."""
        for sensor in self._measured.values():
            self._averaging(sensor)
            for path, calibration in self._calibrations(sensor):
                self._calibration(sensor, path, calibration)
            for name in self._entries((*sensor.path, "checks")):
                if fits(QuantityName, name):
                    self._check(sensor, name)
        self._circles()

    def _averaging(self, sensor: Measured) -> None:
        path = (*sensor.path, "average")
        average, interval = self._seconds(sensor, "average"), self._seconds(sensor, "interval")
        if average is None or interval is None:
            return
        steps, rest = divmod(round(interval * 1e9), round(average * 1e9))
        if any(one.kind is Kind.COUNTER for one in sensor.channels.values()):
            problem = "this part counts, and counts are added up, never averaged"
            self._walker.fault(path, problem, "remove the line")
        elif rest or not steps:
            cure = "divide the interval by a whole number, say 6"
            self._walker.fault(path, f"the interval, {interval:.9g} s, is no multiple of it", cure)
        elif steps > MOST_VALUES:
            cure = f"read it less often: at most {MOST_VALUES} values make one mean"
            self._walker.fault(path, f"the interval would have {steps} values", cure)

    def _calibrations(self, sensor: Measured) -> Iterator[tuple[Path, Calibration]]:
        for index in self._entries((*sensor.path, "calibrations")):
            path = (*sensor.path, "calibrations", index)
            calibration = self._walker.well.get(path)
            if calibration is not None:
                yield path, calibration

    def _calibration(self, sensor: Measured, path: Path, own: Calibration) -> None:
        taken = f"the calibration id {wording.literal(own.id)}"
        self._unique.take(("id", own.id), (*path, "id"), taken, "choose a new one")
        quantity = self._gauge(sensor, own.quantity, (*path, "quantity"))
        if quantity is None:
            return
        cure = "a quantity has one calibration: remove the older one"
        what = f"{own.quantity} of {sensor.name}"
        self._unique.take((sensor.name, own.quantity), (*path, "quantity"), what, cure)
        for problem in _wrong(own, quantity):
            self._walker.fault((*path, problem[0]), *problem[1:])
        for index, term in enumerate(own.terms):
            self._term(sensor, (*path, "terms", index), own, term)

    def _term(self, sensor: Measured, path: Path, own: Calibration, term: Term) -> None:
        if self._other(sensor, path, term.sensor, term.quantity):
            used = self._terms.setdefault((sensor.name, own.quantity), {})
            used[term.sensor, term.quantity] = path

    def _check(self, sensor: Measured, name: str) -> None:
        path = (*sensor.path, "checks", name)
        check: Check | None = self._walker.well.get(path)
        quantity = None if check is None else self._gauge(sensor, name, path)
        if check is None or quantity is None:
            return
        self._range(path, check, quantity)
        self._stuck(sensor, path, check)
        if check.agrees_with is not None:
            self._other(sensor, (*path, "agrees_with"), check.agrees_with.sensor, name)
        if (around := check.conditions) is not None:
            place = (*path, "conditions")
            if around.above is None and around.below is None:
                self._walker.fault(place, "neither above nor below", "write one of them")
            self._other(sensor, place, around.sensor, around.quantity)

    def _range(self, path: Path, check: Check, quantity: Quantity) -> None:
        low, high = check.range or (quantity.minimum, quantity.maximum)
        place = (*path, "range")
        if low >= high:
            self._walker.fault(place, "the first is not below the second", "swap them")
        elif high < quantity.minimum or low > quantity.maximum:
            self._walker.fault(place, "none of it is possible", _possible(quantity))

    def _stuck(self, sensor: Measured, path: Path, check: Check) -> None:
        every = self._seconds(sensor, "average") or self._seconds(sensor, "interval")
        if check.stuck_after is not None and every and check.stuck_after < 2 * every:
            problem = f"shorter than two values take, which come each {every:.9g} s"
            self._walker.fault((*path, "stuck_after"), problem, f"write {2 * every:.9g} or more")

    def _other(self, sensor: Measured, path: Path, name: str, quantity: str) -> bool:
        """Whether that other sensor is there and has such values; a faulty one is not looked at."""
        place = (*path, "sensor")
        if name == sensor.name:
            cure = "name another sensor of this node"
            self._walker.fault(place, "a sensor cannot vouch for itself", cure)
        elif name not in self._names:
            cure = wording.choice(name, self._names, "there are")
            self._walker.fault(place, f"no sensor is called {wording.literal(name)}", cure)
        elif name in self._measured:
            place = path if path[-1] == "agrees_with" else (*path, "quantity")
            return self._gauge(self._measured[name], quantity, place) is not None
        return False

    def _gauge(self, sensor: Measured, name: str, path: Path) -> Quantity | None:
        if name in sensor.gauges:
            return sensor.gauges[name]
        if name in sensor.channels:
            problem = f"{name} is a {sensor.channels[name].kind}, no gauge"
        else:
            problem = f"{sensor.name} does not measure {wording.literal(name)}"
        cure = wording.choice(name, sensor.gauges, f"of {sensor.name} there are")
        self._walker.fault(path, problem, cure)
        return None

    def _circles(self) -> None:
        """No value is corrected by one that is corrected by it; each circle is one fault."""
        while self._terms:
            try:
                TopologicalSorter(self._terms).prepare()
            except CycleError as error:
                used, user, *_ = circle = error.args[1]
                way = " by ".join(f"{quantity} of {name}" for name, quantity in circle[::-1])
                path = self._terms[user].pop(used)
                self._walker.fault(path, f"a circle: {way}", "remove one of these terms")
            else:
                return

    def _entries(self, path: Path) -> list[Any]:
        """Keys or positions below that place of which anything is well."""
        depth = len(path)
        found = (place[depth] for place in self._walker.well if place[:depth] == path != place)
        return list(dict.fromkeys(found))

    def _seconds(self, sensor: Measured, field: str) -> float | None:
        """As it is written or by default; None if it is faulty."""
        path = (*sensor.path, field)
        default = None if self._walker.written(path) else _DEFAULTS[field]
        return self._walker.well.get(path, default)


def _wrong(own: Calibration, quantity: Quantity) -> Iterator[tuple[str, str, str]]:
    """Field, problem and cure."""
    linear = own.gain is not None or own.offset is not None
    if own.until is not None and own.until <= own.on:
        yield "until", "not after `on`", "correct one of the dates"
    if own.points and linear:
        yield "points", "beside gain or offset", "write either the points or those"
    if any(not quantity.minimum <= one <= quantity.maximum for pair in own.points for one in pair):
        yield "points", "one of them is not possible", _possible(quantity)
    elif len(own.points) == 2 and _slope(own.points) <= 0:
        cure = "each point is [what the sensor says, what is true]; two points differ in both"
        yield "points", "what the sensor says does not rise with what is true", cure


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Its sign is that of the gain through both points."""
    (raw, true), (other_raw, other_true) = points
    return (other_raw - raw) * (other_true - true)


def _possible(quantity: Quantity) -> str:
    unit = "" if quantity.unit == "1" else f" {quantity.unit}"
    low, high = quantity.minimum, quantity.maximum
    return f"{quantity.name} is from {low:.12g} to {high:.12g}{unit}: is it in another unit?"
