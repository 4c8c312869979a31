"""Payloads of the log's entries: packed, cut in half where one is too large or not wanted.

A batch of the log goes in one parcel, or in several; when all of them are settled it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from gateway.buffer.passage import Batch
from gateway.model import Entry
from gateway.uplink.contract import Payload

Encode = Callable[[Sequence[Entry], bool], Payload]
"""Entries, and whether they are no news (`hist`), to one payload."""


class Lane(Enum):
    """Where a payload comes from: NEWS, BACKLOG and REPLAY are of the log."""

    LETTER = auto()
    NEWS = auto()
    BACKLOG = auto()
    REPLAY = auto()


@dataclass(eq=False, slots=True)
class Shipment:
    """One batch on its way; `settle` is called once all its entries are settled."""

    lane: Lane
    batch: Batch
    settle: Callable[[Batch], None]
    open_entries: int

    @classmethod
    def of(cls, lane: Lane, batch: Batch, settle: Callable[[Batch], None]) -> "Shipment":
        return cls(lane, batch, settle, len(batch.entries))

    def settled(self, entries: int) -> None:
        """So many more of them are."""
        self.open_entries -= entries
        if not self.open_entries:
            self.settle(self.batch)


@dataclass(eq=False, slots=True)
class Parcel:
    """One payload; a letter has no shipment. `since_ns`: when it was sent."""

    payload: Payload
    shipment: Shipment | None = None
    entries: Sequence[Entry] = ()
    since_ns: int = 0

    @property
    def lane(self) -> Lane:
        return Lane.LETTER if self.shipment is None else self.shipment.lane


def pack(shipment: Shipment, encode: Encode) -> Parcel:
    """A whole batch."""
    return _packed(shipment, shipment.batch.entries, encode)


def halved(parcel: Parcel, encode: Encode) -> list[Parcel]:
    """Two for one of several entries."""
    assert parcel.shipment is not None
    middle = len(parcel.entries) // 2
    halves = (parcel.entries[:middle], parcel.entries[middle:])
    return [_packed(parcel.shipment, entries, encode) for entries in halves]


def _packed(shipment: Shipment, entries: Sequence[Entry], encode: Encode) -> Parcel:
    return Parcel(encode(entries, shipment.lane is not Lane.NEWS), shipment, entries)
