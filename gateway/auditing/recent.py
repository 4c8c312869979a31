"""What the newest arrivals held: enough to see a contradiction, and to add up counters.

Ranges of numbers tell that something came twice, not that it said something else the second time,
nor what its counters were. For that a bounded number of the newest arrivals is remembered.
"""

from collections import deque
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import asdict

from drivers.quantities import QUANTITIES, Kind
from gateway.auditing.messages import Entry
from gateway.encoding.messages import Reading

LIMIT = 100_000
"""Arrivals that are remembered, of all nodes together."""

COUNTERS = frozenset(one.name for one in QUANTITIES.values() if one.kind is Kind.COUNTER)

_MAY_DIFFER = frozenset(("hist", "clock", "t", "t0", "t1", "not_before", "not_after"))


class Remembered(NamedTuple):
    """One reading (`first` < its number if merged) or gap record (`sensor` None)."""

    first: int
    plain: bool
    digest: bytes
    sensor: str | None
    counters: tuple[tuple[str, float], ...]


class Owner(Protocol):
    """Whose arrivals they are."""

    recent: dict[int, list[Remembered]]

    def about_to_forget(self, number: int) -> None:
        """Whatever needs what arrived under that number must look at it now."""
        ...


class Recent:
    """The newest arrivals of all owners, the oldest of which is forgotten when there are many."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._order: deque[tuple[Owner, int]] = deque()

    def __len__(self) -> int:
        return len(self._order)

    def remember(self, owner: Owner, number: int, one: Remembered) -> None:
        """Of an identity that is not known yet."""
        owner.recent.setdefault(number, []).append(one)
        self._order.append((owner, number))
        if len(self._order) > self._limit:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        owner, number = self._order.popleft()
        owner.about_to_forget(number)
        known = owner.recent[number]
        del known[0]
        if not known:
            del owner.recent[number]


def remembered(entry: Entry, plain: bool) -> Remembered:
    """What has to be known of it later; `plain` if nothing explains that it comes again."""
    body = entry.body
    first = entry.identity.first
    if not isinstance(body, Reading):
        return Remembered(first, plain, _digest(entry), None, ())
    return Remembered(first, plain, _digest(entry), body.sensor, tuple(_counters(body)))


def _counters(reading: Reading) -> Iterator[tuple[str, float]]:
    for name, value in reading.values.items():
        if name in COUNTERS and value:
            yield name, value


def _digest(entry: Entry) -> bytes:
    """Of all that may not differ when it comes again: what a later delivery knows better, may."""
    fields = _fixed(entry.body)
    if isinstance(entry.body, Reading) and entry.body.spans is not UNSET:
        fields["spans"] = {name: _fixed(span) for name, span in entry.body.spans.items()}
    told = msgspec.json.encode(fields, order="deterministic")
    return blake2b(told, digest_size=8).digest()


def _fixed(body: Struct) -> dict[str, Any]:
    """Fields that are the same in each delivery."""
    told = asdict(body).items()
    return {name: one for name, one in told if name not in _MAY_DIFFER and one is not UNSET}
