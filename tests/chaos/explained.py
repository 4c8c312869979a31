"""The numbers of identities: which of them nothing explains (docs of the consumer's account)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.chaos.consumer import Entry

_NOT_GIVEN = ("unclean_stop", "store_damaged", "refused")
_COVERING = ("dropped", *_NOT_GIVEN)


class Explained(NamedTuple):
    """Numbers by epoch that nothing explains, and how many were given to a reading or a gap."""

    unexplained: Mapping[int, list[int]]
    given: int


def explained(entries: Sequence[Entry]) -> Explained:
    """Of every epoch all numbers up to the newest that arrived."""
    unexplained: dict[int, list[int]] = {}
    given = 0
    for epoch in dict.fromkeys(entry.epoch for entry in entries):
        ours = [entry for entry in entries if entry.epoch == epoch]
        newest = max(entry.last for entry in ours)
        told = set(_told(ours, entries, epoch, newest))
        left = [number for number in range(1, newest + 1) if number not in told]
        if left:
            unexplained[epoch] = left
        skipped = set(_concerned(entries, _NOT_GIVEN, epoch, newest))
        given += newest - len(skipped - {entry.last for entry in ours})
    return Explained(unexplained, given)


def _told(
    ours: Iterable[Entry], entries: Sequence[Entry], epoch: int, newest: int
) -> Iterator[int]:
    """Numbers that arrived, that a gap concerns, or that are merged and said to be."""
    merged: set[int] = set()
    for entry in ours:
        if entry.first == entry.last:
            yield entry.last
        else:
            merged.update(range(entry.first, entry.last + 1))
    yield from merged.intersection(_concerned(entries, ("thinned",), epoch, newest))
    yield from _concerned(entries, _COVERING, epoch, newest)


def _concerned(
    entries: Iterable[Entry], reasons: Sequence[str], epoch: int, newest: int
) -> Iterator[int]:
    """The numbers of that epoch that gaps of these reasons speak of."""
    for gap in entries:
        if gap.gap in reasons and gap.body.get("epoch") == epoch:
            yield from range(gap.body["from"], min(newest, gap.body["to"]) + 1)
