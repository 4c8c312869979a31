"""From a fleet file to a Fleet, or all its faults: types first, then what must fit together."""

from pathlib import Path as File
from typing import Any

from gateway.config import wording
from gateway.config.faults import ConfigError, FileKind, Path
from gateway.config.load import document
from gateway.config.source import read
from gateway.config.unique import Unique
from gateway.config.walk import Walker
from gateway.fleet.types import Fleet

FLEET = FileKind("on the command line", "config/fleet.yaml", "gateway fleet acl FILE")


def load(path: str | File) -> Fleet:
    """The fleet in a file. Raises ConfigError with all that is wrong with it."""
    return parse(read(path, FLEET), str(path))


def parse(text: str, name: str = "fleet.yaml") -> Fleet:
    """The fleet in a text; `name` is what its faults are said to be in."""
    found = document(text, name, FLEET)
    walker = Walker(found.lines)
    fleet = walker.walk(Fleet, found.data, ())
    _CrossCheck(walker, found.data).run()
    faults = [*found.faults, *walker.faults]
    if faults:
        raise ConfigError(name, faults, FLEET)
    assert isinstance(fleet, Fleet)
    return fleet


class _CrossCheck:
    """Compares what the walker found well: names used twice, municipalities that are not there."""

    def __init__(self, walker: Walker, data: Any) -> None:
        self._walker = walker
        self._unique = Unique(walker)
        self._data = data if isinstance(data, dict) else {}

    def run(self) -> None:
        for municipality in self._municipalities():
            for path, node in self._names(("municipalities", municipality)):
                self._take(f"{municipality}/{node}", path)
        for index in range(len(self._entries("readers"))):
            self._reader(("readers", index))
        for path, user in self._names(("retired",)):
            self._take(user, path, "remove it here or there")

    def _reader(self, path: Path) -> None:
        name = self._walker.well.get((*path, "name"))
        if name is not None:
            self._take(name, (*path, "name"))
        known = self._municipalities()
        for place, municipality in self._names((*path, "municipalities")):
            if municipality not in known:
                problem = f"no municipality is called {wording.literal(municipality)}"
                cure = wording.choice(municipality, known, "there are")
                self._walker.fault(place, problem, cure)

    def _take(self, user: str, path: Path, cure: str = "choose another") -> None:
        self._unique.take(user, path, f"the user {wording.literal(user)}", cure)

    def _municipalities(self) -> list[str]:
        section = self._data.get("municipalities")
        return list(section) if isinstance(section, dict) else []

    def _entries(self, section: str) -> list[Any]:
        entries = self._data.get(section)
        return entries if isinstance(entries, list) else []

    def _names(self, path: Path) -> list[tuple[Path, str]]:
        """The names of a list that are well, each with its place."""
        well = self._walker.well
        data: Any = self._data
        for step in path:
            data = data[step] if _has(data, step) else None
        places = [(*path, index) for index in range(len(data) if isinstance(data, list) else 0)]
        return [(place, well[place]) for place in places if place in well]


def _has(data: Any, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)
