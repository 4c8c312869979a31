"""The small tables of an open log, in memory: read when it is opened, and kept as they are stored.

What a transaction changes of them is taken back if it fails: what stands here is on the disk.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from drivers.quantities import Rank
from gateway.buffer import checked
from gateway.buffer.anchors import AnchorRow, anchor_of
from gateway.buffer.dictionary import Dictionary
from gateway.buffer.entries import buckets
from gateway.buffer.identities import Identities, Segment, Span
from gateway.buffer.logfile import LogFile
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.clock import Dating


class Tables(LogFile):
    """`reserved`: the newest number that may go out; `clean`: the last session said goodbye.

    `salvaged` is the folder that was read out into this log, if there was one.
    """

    def load(self) -> None:
        """Read all of them."""
        self.dictionary = Dictionary(self.connection)
        self.last_position: int
        self.reserved: int
        self.session: str
        self.clean: int
        self.identities = Identities(Segment(*row) for row in self._checked("epoch"))
        self.cursors: dict[str, int] = dict(self._checked("cursor"))
        [(self.last_position,)] = self.all("SELECT ifnull(max(position), 0) FROM reading")
        [(_, self.reserved, self.session, self.clean, self.salvaged)] = self._checked("state")
        self.sensors = {
            name: SensorState(None if boot is None else (boot, up_ns), json.loads(totals))
            for name, boot, up_ns, totals in self._checked("sensor")
        }
        self._thinned: dict[tuple[Rank, int], int] = {
            (rank, step): upto for rank, step, upto in self.all("SELECT * FROM thinned")
        }
        self.anchors: list[AnchorRow] = sorted(self._checked("anchor"), key=itemgetter(1))
        self.dating = Dating(self.dictionary.began_ns)
        boots, anchors = self.dictionary.boots, map(anchor_of, self.anchors)
        self.dating.keep((boots[boot], anchor) for boot, anchor in anchors)

    def changing(self) -> dict[str, Any]:
        """What a transaction changes before it is known to succeed; for `take_back`."""
        names = ("identities", "last_position", "reserved", "session", "clean", "cursors")
        return {name: getattr(self, name) for name in names} | {"_thinned": {**self._thinned}}

    def take_back(self, before: Mapping[str, Any]) -> None:
        """The transaction has failed."""
        vars(self).update(before)

    def put_state(self, **new: Any) -> None:
        """Set these of `reserved`, `session`, `clean` and `salvaged`, in the open transaction."""
        for name, value in new.items():
            setattr(self, name, value)
        state = (1, self.reserved, self.session, self.clean, self.salvaged)
        checked.put(self.connection, "state", [state])

    def highest(self, epoch: int) -> int:
        """The highest number of that epoch that is stored; 0 if none is."""
        stored = self.identities.within(Span(1, self.last_position))
        return max((numbers.last for numbers in stored if numbers.epoch == epoch), default=0)

    @property
    def has_merged(self) -> bool:
        """Whether a row may stand for readings at any positions before its own."""
        return any(layout.step_s and not layout.gap for layout in self.dictionary.layouts.values())

    def bucket(self, step_s: int) -> Callable[[Row], int]:
        """In which step a row ends."""
        return buckets(self.dating, step_s)

    def thinned(self, rank: Rank, step_s: int) -> int:
        """How far a rung of the ladder has been."""
        return self._thinned.get((rank, step_s), 0)

    def note_thinned(self, rank: Rank, step_s: int, upto: int) -> None:
        """There was nothing to gain up to there; stored with the next step that is taken."""
        self._thinned[rank, step_s] = upto

    def _checked(self, table: str) -> list[Any]:
        return checked.select(self.connection, table)


def sensor_rows(states: Mapping[str, SensorState]) -> Iterable[tuple[Any, ...]]:
    """Rows of the table `sensor`."""
    for name, state in states.items():
        yield name, *(state.until or (None, None)), json.dumps(dict(state.totals))
