"""Single readings that the far side has refused (promise 14).

Theory: one that refuses everything would, reading by reading, empty the log. So a reading is given
up only when another one was taken after it was refused: then it is the reading. Until then it is
doubted, and the others go on; when several are doubted and none was taken, it is the far side.
"""

import logging
from collections.abc import Callable

from gateway.clock import Clock
from gateway.delivery.parcels import Parcel
from gateway.model import Entry, Gap, Numbers, Reason, StoredGap
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

MOST = 5
"""Doubted at once, before it is the far side."""


class Doubts:
    """Of one uplink; `tell` takes the gap records of what is given up."""

    def __init__(self, name: str, clock: Clock, tell: Callable[[Gap], None]) -> None:
        self.trouble = Trouble(f"uplink {name}", "does not want some readings", clock, logger)
        self._tell = tell
        self._parcels: list[Parcel] = []
        self._reason = ""
        self._n = 0

    def add(self, parcel: Parcel, reason: str) -> None:
        """That one was refused, by itself."""
        self._parcels.append(parcel)
        self._reason = reason

    @property
    def are_many(self) -> bool:
        """Whether it is the far side."""
        return len(self._parcels) >= MOST

    @property
    def reason(self) -> str:
        """Why the newest was refused, in the words of the far side."""
        return self._reason

    def take_back(self) -> list[Parcel]:
        """To be sent once more."""
        parcels, self._parcels = self._parcels, []
        return parcels

    def resolve(self) -> None:
        """Another reading was taken: these are given up."""
        for parcel in self.take_back():
            for entry in parcel.entries:
                self._give_up(entry)
            assert parcel.shipment is not None
            parcel.shipment.settled(len(parcel.entries))

    def _give_up(self, entry: Entry) -> None:
        """No record tells of a record that was about a refusal: that would never end."""
        self._n += 1
        evidence = ValueError(f"{self._n} readings so far: {self._reason}")
        self.trouble.came(evidence, "gateway buffer gaps names them; see the broker's log")
        gap = _refused(entry)
        if gap is not None:
            self._tell(gap)


def _refused(entry: Entry) -> Gap | None:
    until = (entry.at.boot, entry.at.up_ns)
    if isinstance(entry, StoredGap):
        if entry.gap.reason is Reason.REFUSED:
            return None
        numbers = Numbers(entry.epoch, entry.number, entry.number)
        return Gap(Reason.REFUSED, entry.gap.sensor, numbers, 0, None, until)
    numbers = Numbers(entry.epoch, entry.first, entry.number)
    since = until if entry.since is None else (entry.since.boot, entry.since.up_ns)
    return Gap(Reason.REFUSED, entry.sensor, numbers, entry.merged, since, until)
