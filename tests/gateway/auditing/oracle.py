"""The account by brute force: every number by itself, nothing of the code under test."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.gateway.auditing.truth import Entry

ORDER = ("refused", "dropped", "store_damaged", "unclean_stop")


@dataclass(frozen=True)
class Delivery:
    """An entry as it came; `count` if it lies about its count."""

    entry: Entry
    hist: bool
    dup: bool = False


@dataclass
class Expected:
    """Sets of numbers of one epoch."""

    newest: int
    missing: set[int]
    on_the_way: set[int]
    explained: dict[str, set[int]]
    doubled: set[int]
    contradicted: set[int]
    differ: list[tuple[int, int, int]]
    complete_to: int


def expected(
    node: str, epoch: int, deliveries: Sequence[Delivery], audits: Sequence[dict[str, Any]]
) -> Expected:
    """What is to be said of it."""
    ours = [one for one in deliveries if one.entry.node == node and one.entry.epoch == epoch]
    told = _told(node, epoch, deliveries)
    there = {one.entry.number for one in ours}
    due = max((one["to"] for one in audits), default=0)
    spoken = set[int]().union(*told.values())
    newest = max((0, due, *there, *spoken))
    merged = {n for one in ours if one.entry.merged > 1 for n in _span(one.entry)}
    explained = defaultdict[str, set[int]](set)
    open_numbers = set[int]()
    for number in range(1, newest + 1):
        if number in there:
            continue
        reason = _reason(number, merged, told)
        (explained[reason] if reason else open_numbers).add(number)
    return Expected(
        newest,
        {number for number in open_numbers if number <= due},
        {number for number in open_numbers if number > due},
        dict(explained),
        {one.entry.number for one in ours if _plain_copies(one.entry, ours) > 1},
        {one.entry.number for one in ours if _contents(one.entry, ours) > 1},
        [_key(one) for one in audits if _differs(one, ours, open_numbers, merged | spoken)],
        min(open_numbers, default=newest + 1) - 1,
    )


def _told(node: str, epoch: int, deliveries: Sequence[Delivery]) -> dict[str, set[int]]:
    told = defaultdict[str, set[int]](set)
    for one in deliveries:
        about = one.entry.about
        if about is not None and (one.entry.node, about[0]) == (node, epoch):
            told[one.entry.gap].update(range(about[1], about[2] + 1))
    return told


def _reason(number: int, merged: set[int], told: dict[str, set[int]]) -> str:
    if number in merged and number in told["thinned"]:
        return "thinned"
    return next((reason for reason in ORDER if number in told[reason]), "")


def _span(entry: Entry) -> range:
    return range(entry.first, entry.number + 1)


def _same(one: Entry, other: Entry) -> bool:
    return (one.first, one.number) == (other.first, other.number)


def _plain_copies(entry: Entry, ours: Sequence[Delivery]) -> int:
    return sum(_same(one.entry, entry) and not one.hist and not one.dup for one in ours)


def _contents(entry: Entry, ours: Sequence[Delivery]) -> int:
    return len({one.entry for one in ours if _same(one.entry, entry)})


def _key(audit: dict[str, Any]) -> tuple[int, int, int]:
    return audit["from"], audit["to"], audit["n"]


def _differs(
    audit: dict[str, Any], ours: Sequence[Delivery], absent: set[int], unclear: set[int]
) -> bool:
    """Only where there is one way to read it."""
    span = set(range(audit["from"], audit["to"] + 1))
    within = {one.entry for one in ours if one.entry.number in span}
    there = {one.number for one in within}
    if span & absent or span & unclear or len(there) < len(within):
        return False
    if len(there) < audit["n"] <= len(span):
        return False
    sums = defaultdict[str, int](int)
    for one in within:
        sums[one.sensor] += one.count
    said = {sensor: values["count_in"] for sensor, values in audit["sums"].items()}
    differ = any(sums[sensor] != said.get(sensor, 0) for sensor in {*sums, *said})
    return len(there) != audit["n"] or differ
