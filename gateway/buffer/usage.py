"""How full the log is, and what is to be done about it.

The quota is for the whole log: what its write-ahead log takes is not there for rows. It counts at
once; that the file system has no room for it counts when that lasts (disk_room.py).
"""

from collections.abc import Sequence
from pathlib import Path

from gateway.buffer.disk_room import DiskRoom
from gateway.buffer.identities import Span
from gateway.buffer.quota import LADDER
from gateway.buffer.store import Store
from gateway.clock import Clock
from gateway.config import Buffer
from gateway.model import Gap

_DAY_NS = 86_400 * 10**9
_KNOWN_AFTER_NS = 60 * 10**9
"""Growth of less than a minute predicts nothing."""

_TIGHT = LADDER[0].above - 0.05

_WAL_SHARE = 1 / 8
"""Of a small quota; of a large one the write-ahead log takes less."""


class Usage:
    """`used`, `file` and `limit` in bytes, as they stood after the last commit."""

    def __init__(self, buffer: Buffer, path: Path) -> None:
        self.used = self.file = 0
        self.limit = buffer.max_size
        self._buffer = buffer
        self._path = path
        self._disk = DiskRoom(path.parent, buffer.reserve, buffer.max_size)
        self._since_ns: int | None = None
        self._grown = self._held = 0.0
        self._store: Store | None = None
        self._up_ns = 0

    def step(
        self, store: Store, clock: Clock, under_way: Sequence[Span], delivered: int = 0
    ) -> Gap | None:
        """Look again; the next step to take, if one must be taken.

        What is delivered, up to that position, gives way before.
        """
        self._look(store, clock.now_ns())
        self._held = self.used * store.share(delivered)
        fullness = self.used / self.limit
        gap = store.plan(fullness, under_way) if fullness > LADDER[0].above else None
        if gap is None and self._buffer.max_age is not None:
            now_ns = store.operating_ns(clock)
            gap = store.too_old(now_ns, round(self._buffer.max_age * 1e9))
        return gap

    def is_tight(self, store: Store) -> bool:
        """Whether what is delivered must go, before the ladder begins."""
        return store.used_bytes() > self.limit * _TIGHT

    def held_long_enough(self, store: Store, clock: Clock) -> int:
        """Up to there rows need not be held back any more."""
        hold_back_ns = round(self._buffer.hold_back * 1e9)
        if not hold_back_ns:
            return store.last_position
        return store.older_than(store.operating_ns(clock) - hold_back_ns)

    @property
    def full_in_days(self) -> float | None:
        """Until readings must be thinned if nothing is delivered; None while nobody can know."""
        since_ns = self._since_ns
        left = self.limit * LADDER[0].above - self.used + self._held
        if left <= 0:
            return 0.0
        if since_ns is None or self._up_ns - since_ns < _KNOWN_AFTER_NS or not self._grown:
            return None
        return left / self._grown * (self._up_ns - since_ns) / _DAY_NS

    def _look(self, store: Store, now_ns: int) -> None:
        if self._store is not store:  # attached anew
            self._store = store
            store.limit_wal(round(self._buffer.max_size * _WAL_SHARE))
        used = store.used_bytes()
        self._note_growth(used, now_ns)
        self.used, self.file, self._up_ns = used, store.file_bytes(), now_ns
        room = max(self._buffer.max_size - self._wal_bytes(), self._buffer.max_size // 2)
        self.limit = min(room, self._disk.lasting(max(used, self.file), now_ns))

    def _note_growth(self, used: int, now_ns: int) -> None:
        """The newest days count most."""
        if self._since_ns is None:
            self._since_ns = now_ns
            return
        self._grown += max(0, used - self.used)
        if now_ns - self._since_ns > 2 * _DAY_NS:
            self._since_ns = (self._since_ns + now_ns) // 2
            self._grown /= 2

    def _wal_bytes(self) -> int:
        wal = self._path.with_name(self._path.name + "-wal")
        return wal.stat().st_size if wal.exists() else 0
