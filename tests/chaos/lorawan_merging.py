"""Readings of MQTT and rows of LoRaWAN as one: docs/messages.md, "Over LoRaWAN", and no more.

Nothing of the gateway is used here: a platform knows JSON only.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

_2_19 = 524_288
Json = dict[str, Any]


class Amount(NamedTuple):
    """So many, and of which time (UTC in s); both None where nobody knows."""

    value: float | None
    begins_s: float | None
    ends_s: float | None


class Told(NamedTuple):
    """What `n` readings of one sensor say together, the first and the last of which are these."""

    first: int
    last: int
    n: int
    amounts: dict[str, Amount]

    def holds(self, other: "Told") -> bool:
        """All of the other's readings are among these."""
        return self.first <= other.first and other.last <= self.last

    def meets(self, other: "Told") -> bool:
        """Some readings are in both."""
        return self.first <= other.last and other.first <= self.last


def seconds(told: str | None) -> float | None:
    """UTC since 1970."""
    return None if told is None else datetime.fromisoformat(told).timestamp()


def of_mqtt(reading: Json) -> Told:
    """One message of `data` that is no gap record."""
    _, _, numbers = reading["id"].rsplit(":", 2)
    first, _, last = numbers.partition("-")
    ends_s = seconds(reading.get("t1", reading.get("t")))
    own = (seconds(reading.get("t0")), ends_s)
    spans = {
        name: (seconds(one["t0"]), seconds(one["t1"]))
        for name, one in reading.get("spans", {}).items()
    }
    amounts = {
        name: Amount(value, *spans.get(name, own)) for name, value in reading["values"].items()
    }
    return Told(int(first), int(last or first), reading.get("n", 1), amounts)


def completed(uplink: Json, newest: int) -> int:
    """What is to be added to all numbers of it."""
    lasts: list[int] = [part["last"] for _, part in parts(uplink) if "last" in part]
    if not lasts:
        return 0
    return max(0, round((newest - max(lasts)) / _2_19)) * _2_19


def parts(uplink: Json) -> Iterator[tuple[Json, Json]]:
    """Each with its row."""
    for row in uplink.get("rows", []):
        for part in row["sensors"]:
            yield row, part


def of_radio(row: Json, part: Json, added: int) -> Told:
    """A part that has numbers."""
    own = part.get("span", row)
    begins_s, ends_s = seconds(own.get("t0")), seconds(own.get("t1", own.get("t")))
    amounts = {name: Amount(one, begins_s, ends_s) for name, one in part["values"].items()}
    return Told(part["first"] + added, part["last"] + added, part["n"], amounts)


def together(copies: Iterable[Told]) -> list[Told]:
    """One for each identity, with all that was told under it."""
    found: dict[tuple[int, int], Told] = {}
    for one in copies:
        known = found.setdefault((one.first, one.last), one)
        found[one.first, one.last] = known._replace(amounts=known.amounts | one.amounts)
    return list(found.values())


def that_count(mqtt: Iterable[Told], radio: Iterable[Told]) -> list[Told]:
    """Of one sensor and epoch, those that are to be added up: no reading is in two of them."""
    merged = [one for one in mqtt if one.n > 1]
    own = [one for one in mqtt if not any(m.holds(one) and m is not one for m in merged)]
    counted: list[Told] = []
    known = {(one.first, one.last) for one in own}
    rest = [one for one in radio if (one.first, one.last) not in known]
    for one in sorted(rest, key=lambda told: (told.n, told.last), reverse=True):
        within = [other for other in own if one.holds(other)]
        across = any(one.meets(other) and not one.holds(other) for other in own)
        complete = sum(other.n for other in within) >= one.n
        if across or complete or any(one.meets(other) for other in counted):
            continue
        counted.append(one)
        own = [other for other in own if other not in within]
    return own + counted


def gauge_is_replaced(row: Mapping[str, Any], moments_s: Iterable[float]) -> bool:
    """Whether MQTT has a reading of that sensor in the row's interval, give or take a second."""
    begins_s, ends_s = seconds(row["t0"]), seconds(row["t1"])
    if begins_s is None or ends_s is None:
        return False
    return any(begins_s - 1 <= at_s <= ends_s + 1 for at_s in moments_s)
