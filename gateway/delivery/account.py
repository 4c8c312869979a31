"""What an uplink tells of its acknowledgements: the content of audit messages (docs/messages.md).

Theory: an audit goes on where the last one of this process ended, in each epoch by itself; the
first one only says where it begins. So audits are contiguous, and their sums can be compared with
what has arrived.
"""

from collections.abc import Iterator
from typing import NamedTuple

from drivers.quantities import QUANTITIES
from gateway.buffer.feed import Feed
from gateway.buffer.reader import Reader
from gateway.buffer.tally import EpochTally, Sums, Tally
from gateway.encoding import messages

MOST_GAPS = 500
"""Ranges in one message; gap records tell all of them."""


class Told(NamedTuple):
    """What one audit says: `n` readings and gap records from `first` to `last` of an epoch."""

    epoch: int
    first: int
    last: int
    tally: EpochTally


class Account:
    """Of one uplink's reader."""

    def __init__(self, reader: Reader, feed: Feed) -> None:
        self._reader = reader
        self._feed = feed
        self._told: dict[int, int] = {}
        """By epoch, up to which number."""

    def next(self) -> list[Told]:
        """What was acknowledged since the last call; the newest epoch comes last."""
        with self._feed.lock:
            tallies, self._reader.tally = self._reader.tally, Tally()
            epoch, number = self._feed.identity(self._reader.acknowledged)
        if not self._told:  # what came before is an earlier process's
            first = min((tally.first for tally in tallies.values()), default=number + 1)
            self._told[epoch] = min(number, first - 1)
        now = tallies.pop(epoch, EpochTally())
        now.last = max(now.last, number)
        return [*self._each(tallies), *self._each({epoch: now})]

    @property
    def backlog(self) -> int:
        """Readings and gap records that were not acknowledged."""
        return self._reader.backlog

    def kept(self) -> list[messages.EpochRange]:
        """What can be sent again."""
        return [
            messages.EpochRange(epoch=epoch, first=first, last=last)
            for epoch, first, last in self._feed.kept()
        ]

    def oldest_unacknowledged(self) -> int | None:
        """The number behind the newest that an audit tells of, if there is one."""
        with self._feed.lock:
            position = self._reader.acknowledged + 1
            if position > self._feed.last_position:
                return None
            return self._feed.identity(position)[1]

    def _each(self, tallies: dict[int, EpochTally]) -> Iterator[Told]:
        for epoch, tally in tallies.items():
            before = self._told.get(epoch, 0)
            last = max(before, tally.last)
            self._told[epoch] = last
            yield Told(epoch, before + 1, last, tally)


def missing(tally: EpochTally) -> list[messages.Missing]:
    """The ranges that gap records tell of, in order, the newest if there are too many."""
    found = [
        messages.Missing(gap=concerned.reason, epoch=concerned.epoch, from_=first, to=last)
        for concerned, ranges in tally.gaps.items()
        for first, last in ranges
    ]
    return sorted(found, key=lambda one: (one.epoch, one.from_, one.to))[-MOST_GAPS:]


def rounded(sums: Sums) -> Sums:
    """At the resolution of their quantities."""
    return {
        sensor: {name: round(amount, QUANTITIES[name].decimals) for name, amount in some.items()}
        for sensor, some in sums.items()
    }
