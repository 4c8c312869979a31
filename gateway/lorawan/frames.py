"""The next frame of what waits, as large as the budget lets it be."""

from collections.abc import Sequence
from typing import NamedTuple

from drivers.quantities import Rank
from gateway.encoding.compact.frames import encode
from gateway.lorawan import pacing
from gateway.lorawan.pending import Pending, Slip, rows

_SHARE = 4
"""The newest frame counts for so large a part in how long rows are taken to be."""


class Frame(NamedTuple):
    """The payload, what of the pending slips it tells, and in how many rows.

    `urgent`: it tells alarms, and nothing that could make them wait but the newest counts.
    """

    payload: bytes
    slips: list[Slip]
    rows: int
    urgent: bool = False


class Frames:
    """`window_s`: the shortest row; `repeats`: how often each is told."""

    def __init__(
        self, pending: Pending, earning: pacing.Earning, window_s: int, repeats: int
    ) -> None:
        self._pending = pending
        self._earning = earning
        self._window_s = window_s
        self._repeats = repeats
        self._row_bytes = float(pacing.USUAL_ROW)
        self._made: tuple[tuple[float, ...], Frame | None] = ((), None)
        """The last one, and of what: mostly it has to wait, and is asked for again."""

    def next(self, upto_s: float, most: int, data_rate: int, interval_s: float) -> Frame | None:
        """Of rows that have ended by then, with at most so many bytes; None if nothing fits."""
        complete = len(self._pending.complete(upto_s))
        made_of = (self._pending.changes, complete, most, data_rate, interval_s)
        if self._made[0] != made_of:
            self._made = made_of, self._new(upto_s, most, data_rate, interval_s)
        return self._made[1]

    def _new(self, upto_s: float, most: int, data_rate: int, interval_s: float) -> Frame | None:
        urgent = _packed(self._pending.urgent(upto_s), most, upto_s)
        if urgent is not None and any(slip.rank is Rank.ALARM for slip in urgent.slips):
            return urgent._replace(urgent=True)
        by_worth = self._pending.by_worth(upto_s)
        news = _packed(by_worth[:1], most, upto_s)
        if news is None:
            return None
        size = pacing.room(self._earning, len(news.payload), interval_s, most, data_rate)
        return _packed(by_worth, size, upto_s)

    def learn(self, frame: Frame) -> None:
        """How many bytes rows take here; alarms are none."""
        if frame.urgent:
            return
        row_bytes = max(0, len(frame.payload) - pacing.HEAD) / frame.rows
        self._row_bytes += (row_bytes - self._row_bytes) / _SHARE

    def kept_up_s(self, most: int, data_rate: int, known_s: int) -> int:
        """Seconds of a row that can be kept up at that data rate; so long are they now."""
        return pacing.interval_s(
            self._earning, self._window_s, self._row_bytes, most, data_rate, self._repeats, known_s
        )


def _packed(slips: Sequence[Slip], size: int, sent_s: float) -> Frame | None:
    """As many of them, all of one epoch, as fit; it is sent at about that time."""
    epochs = [slip.epoch for slip in slips if slip.epoch is not None]
    epoch = epochs[0] if epochs else 0
    some = list(rows([slip for slip in slips if slip.epoch in (None, epoch)]))
    payload, taken = encode(epoch, [row for row, _ in some], size, sent_s)
    if not taken:
        return None
    return Frame(payload, [slip for _, told in some[:taken] for slip in told], taken)
