"""How what is in memory (or came back from the journal) goes on behind what is stored.

Both know identities, and identities are for ever; positions belong to one log only. So rows whose
identity is stored already are left out, the others move to the positions behind the store's last,
and segments see to it that they keep their identities. What comes next is treated like one more
row: it tells which numbers have been given out.
"""

from typing import NamedTuple

from gateway.buffer.held import Held
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.rows import Row, back
from gateway.buffer.store import Store
from gateway.model import Numbers

Identity = tuple[int, int]
"""Epoch and number."""


class Joined(NamedTuple):
    """`moved` positions; the identities of the whole; `lost` numbers that the store should have."""

    rows: list[Row]
    moved: int
    identities: Identities
    next_position: int
    lost: Numbers | None


def behind(store: Store) -> Joined:
    """Nothing is held."""
    return Joined([], 0, store.identities, store.last_position + 1, None)


def join(store: Store, held: Held) -> Joined:
    """The rows behind the store's last one; up to `stored_position` it should have everything."""
    new, identities = _new(store, held), held.identities
    first = min((row.position - back(row) for row in new), default=held.next_position)
    if _is_passed(store, identities.of(first)):  # an old journal of nothing
        return behind(store)._replace(moved=store.last_position + 1 - held.next_position)
    by = store.last_position + 1 - first
    return Joined(
        [row._replace(position=row.position + by) for row in new],
        by,
        _whole(store, identities, first, by),
        held.next_position + by,
        _lost(store, identities.of(min(first, held.stored_position + 1))),
    )


def _new(store: Store, held: Held) -> list[Row]:
    """Rows whose identity is not stored yet."""
    highest = {one.epoch: store.highest(one.epoch) for one in held.identities.segments}
    identities = ((row, *held.identities.of(row.position)) for row in held.rows)
    return [row for row, epoch, number in identities if number > highest[epoch]]


def _goes_on(store: Store) -> Identity:
    """The identity of what would come next in the store by itself."""
    return store.identities.of(store.last_position + 1)


def _is_passed(store: Store, begins: Identity) -> bool:
    """Whether the store is further than where memory begins."""
    (epoch, number), (stored_epoch, expected) = begins, _goes_on(store)
    return epoch == stored_epoch and number < expected


def _lost(store: Store, begins: Identity) -> Numbers | None:
    """The numbers between where the store would go on, and where memory begins."""
    (epoch, number), (stored_epoch, expected) = begins, _goes_on(store)
    if epoch != stored_epoch or number <= expected:
        return None
    return Numbers(epoch, expected, number - 1)


def _whole(store: Store, identities: Identities, first: int, by: int) -> Identities:
    """The store's as far as it has rows, then those of the memory from `first` on."""
    behind = store.last_position + 1
    stored = [one for one in store.identities.segments if one.first <= behind]
    here = identities.segment(first)
    begins = Segment(first, here.epoch, here.shift).moved(by)
    later = [one.moved(by) for one in identities.segments if one.first > first]
    goes_on = store.identities.segment(behind)
    same = (goes_on.epoch, goes_on.shift) == (begins.epoch, begins.shift)
    return Identities([*stored, *later] if same else [*stored, begins, *later])
