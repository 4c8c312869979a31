"""How what is in memory (or came back from the journal) goes on behind what is stored.

Both know identities, and identities are for ever; positions belong to one log only. So rows whose
identity is stored already are left out, the others move to the positions behind the store's last,
and segments see to it that they keep their identities. What comes next is treated like one more
row: it tells which numbers have been given out.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.buffer.identities import Identities, Segment
from gateway.buffer.rows import Row, back
from gateway.buffer.store import Store
from gateway.model import Numbers


class Joined(NamedTuple):
    """`moved` positions; the identities of the whole; `lost` numbers that the store should have."""

    rows: list[Row]
    moved: int
    identities: Identities
    next_position: int
    lost: Numbers | None


def join(
    store: Store,
    rows: Sequence[Row],
    identities: Identities,
    next_position: int,
    stored_position: int,
) -> Joined:
    """The rows behind the store's last one; up to `stored_position` it should have everything."""
    new = [row for row in rows if _is_new(store, *identities.of(row.position))]
    first = new[0].position - back(new[0]) if new else next_position
    epoch, number = identities.of(first)
    if new:  # a merged row may have begun before others that are stored by now
        stored_of_it = max(0, store.highest(epoch) + 1 - number)
        first, number = first + stored_of_it, number + stored_of_it
    behind = store.last_position + 1
    stored_epoch, expected = store.identities.of(behind)
    if epoch == stored_epoch and number < expected:  # an old journal of nothing
        return Joined([], behind - next_position, store.identities, behind, None)
    by = behind - first
    return Joined(
        [row._replace(position=row.position + by) for row in new],
        by,
        _whole(store, identities, first, by),
        next_position + by,
        _lost(identities.of(min(first, stored_position + 1)), (stored_epoch, expected)),
    )


def _is_new(store: Store, epoch: int, number: int) -> bool:
    return number > store.highest(epoch)


def _lost(begins: tuple[int, int], goes_on: tuple[int, int]) -> Numbers | None:
    """The numbers between where the store would go on, and where memory begins."""
    (epoch, number), (stored_epoch, expected) = begins, goes_on
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
