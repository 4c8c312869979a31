"""What may be believed of a log outside of it: accepted, gone out, with the far side.

A process tells it in marks, lines of a word and JSON, each made so that it is true whenever the
power fails behind it:

    measured    identities with their content, after `append` has returned
    accepted    likewise, after their commit has returned
    out         likewise, before they are sent
    settled     identities, after the far side has confirmed them
    opened      the log could be used
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.model import Entry, StoredGap
from gateway.ranges import Ranges

Identity = tuple[int, int, int]
"""Epoch, first and last number."""

Contents = dict[Identity, str]
"""JSON; of a gap it begins with its reason and has eight fields, of a reading with its sensor."""


def content(entry: Entry) -> tuple[Identity, str]:
    """Identity and content; UTC is no part of it, it may become known later."""
    if isinstance(entry, StoredGap):
        reason, sensor, *rest = entry.gap
        told = json.dumps([reason.value, sensor, *rest])
        return (entry.epoch, entry.number, entry.number), told
    at, how = (entry.at.boot, entry.at.up_ns), entry.calibrations
    what = (entry.sensor, entry.names, entry.packed, entry.merged, entry.span_ns, at, how)
    told = json.dumps(what)
    return (entry.epoch, entry.first, entry.number), told


def contents(entries: Iterable[Entry]) -> Contents:
    return dict(content(entry) for entry in entries)


def gap_of(told: str) -> list[Any] | None:
    """Reason, sensor, numbers, n, since, until, rank and step of a gap; None of a reading."""
    found: list[Any] = json.loads(told)
    return found if len(found) == 8 else None


def totals_of(told: str) -> dict[tuple[str, str], int]:
    """The running totals that a reading carries, by sensor and quantity."""
    if gap_of(told) is not None:
        return {}
    sensor, names, packed, *_ = json.loads(told)
    values = zip(names, json.loads(f"[{packed}]"), strict=True)
    return {(sensor, name): value for name, value in values if name.startswith("total_")}


class Marks:
    """Makes them, in one write each time, so that they are in the trace in their order."""

    def __init__(self) -> None:
        self._file = os.open(os.environ["GATEWAY_DISK_MARKS"], os.O_WRONLY | os.O_APPEND)

    def tell(self, word: str, found: Contents) -> None:
        """Identities with their contents."""
        lines = [f"{word} {json.dumps([*one, told])}\n" for one, told in found.items()]
        if lines:
            os.write(self._file, "".join(lines).encode())

    def opened(self) -> None:
        os.write(self._file, b"opened []\n")


@dataclass
class Ledger:
    """`twice`: identities that were seen with two contents."""

    measured: Contents = field(default_factory=dict)
    accepted: Contents = field(default_factory=dict)
    out: Contents = field(default_factory=dict)
    settled: Contents = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)

    def after(self, marks: Iterable[str]) -> "Ledger":
        """What is known when these have been made as well."""
        later = Ledger(
            dict(self.measured),
            dict(self.accepted),
            dict(self.out),
            dict(self.settled),
            list(self.twice),
        )
        by_word = {word: getattr(later, word) for word in ("measured", "accepted", "settled")}
        for line in marks:
            word, _, rest = line.partition(" ")
            if word == "opened":
                continue
            *one, told = json.loads(rest)
            if word == "out":
                later.goes_out((one[0], one[1], one[2]), told)
            else:
                by_word[word][one[0], one[1], one[2]] = told
        return later

    def goes_out(self, one: Identity, told: str) -> None:
        """It must be what went out, or was accepted, under that identity before."""
        for known in (self.out, self.accepted):
            if known.get(one, told) != told:
                self.twice.append(f"{one} was {known[one]} and is {told}")
        self.out[one] = told

    def totals(self) -> dict[tuple[str, str], int]:
        """The highest that a reading carries which was accepted, or had gone out."""
        highest: dict[tuple[str, str], int] = {}
        for told in (*self.accepted.values(), *self.out.values()):
            for key, value in totals_of(told).items():
                highest[key] = max(value, highest.get(key, 0))
        return highest


class FarSide:
    """A consumer's account of what it has: docs/messages.md."""

    def __init__(self, has: Mapping[Identity, str]) -> None:
        self.has = has
        self._gaps: dict[tuple[str, int], Ranges] = defaultdict(Ranges)
        self._merged: dict[tuple[str, int], Ranges] = defaultdict(Ranges)
        for (epoch, first, last), told in has.items():
            gap = gap_of(told)
            if gap is not None and gap[2] is not None:
                of, begin, end = gap[2]
                self._gaps[gap[0], of].add(begin, end)
            elif gap is None and first < last:
                self._merged[json.loads(told)[0], epoch].add(first, last)

    def has_all_of(self, one: Identity, told: str) -> bool:
        """As it was accepted, merged, or dropped."""
        if one in self.has:
            return self.has[one] == told
        epoch, first, last = one
        if gap_of(told) is not None:
            return False  # gaps never give way
        if self.is_told("dropped", one):
            return True
        merged = self._merged[json.loads(told)[0], epoch]
        return self.is_told("thinned", (epoch, last, last)) and not [*merged.without(first, last)]

    def counted(self) -> dict[Identity, int]:
        """Readings that no merged one supersedes, and how many each stands for."""
        found: dict[Identity, int] = {}
        reach: dict[tuple[str, int], int] = {}
        for (epoch, first, last), told in sorted(
            self.has.items(), key=lambda one: (one[0][0], one[0][1], -one[0][2])
        ):
            if gap_of(told) is None:
                sensor, _, _, merged, *_ = json.loads(told)
                if first > reach.get((sensor, epoch), 0):
                    found[epoch, first, last] = merged
                    reach[sensor, epoch] = last
        return found

    def is_told(self, reason: str, one: Identity) -> bool:
        """Whether gaps of that reason concern all of its numbers."""
        epoch, first, last = one
        return not [*self._gaps[reason, epoch].without(first, last)]
