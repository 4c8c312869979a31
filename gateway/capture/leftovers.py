"""Files of captures that are over: told from the second day on, deleted when they are 14 days old.

Their age counts from their begin: in UTC while somebody vouches for the clock, and at least by the
time since boot, which begins anew with each boot.
"""

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gateway.capture.file import Found, found
from gateway.clock import Clock
from gateway.model import Finding, Quality

logger = logging.getLogger(__name__)

ABOUT = "capture files"
TOLD_NS = 86_400 * 10**9
DELETED_NS = 14 * TOLD_NS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMED = 5
_MOST_OF_A_LINE = 10_000


class _First(msgspec.Struct):
    """What is needed of a file's first line."""

    boot: str
    up: int


class Leftovers:
    """Those in that folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.finding: Finding | None = None
        self._folder = folder
        self._clock = clock

    def look(self, running: Collection[Path | None]) -> None:
        """Delete what is old enough; what is being written is nobody's leftover."""
        try:
            over = [file for file in found(self._folder) if file.path not in running]
            aged = [(file, self._age_ns(file)) for file in over]
            for file, age_ns in aged:
                if age_ns >= DELETED_NS:
                    file.path.unlink(missing_ok=True)
                    logger.warning("%s was deleted: it was 14 days old", file.path)
        except OSError as error:
            self._tell(f"{self._folder}: {error.strerror}", f"sudo rm -r {self._folder}")
            return
        old = [file for file, age_ns in aged if TOLD_NS <= age_ns < DELETED_NS]
        if old:
            self._tell(evidence(old), cure(old))
        else:
            self.finding = None

    def _tell(self, seen: str, todo: str) -> None:
        since_ns = self.finding.since_up_ns if self.finding else self._clock.now_ns()
        self.finding = Finding(ABOUT, "are still there", since_ns, seen, todo)

    def _age_ns(self, file: Found) -> int:
        return max(self._age_by_utc_ns(file), self._age_by_boot_ns(file.path))

    def _age_by_utc_ns(self, file: Found) -> int:
        anchor = self._clock.anchor()
        if anchor is None or anchor.quality is not Quality.SYNCED:
            return 0
        begin = datetime.fromisoformat(file.begin) - _EPOCH
        return anchor.utc_ns - begin // timedelta(seconds=1) * 10**9

    def _age_by_boot_ns(self, path: Path) -> int:
        """Of another boot, or of nobody knows which: as old as this one, at least."""
        now_ns = self._clock.now_ns()
        try:
            with path.open("rb") as file:
                first = msgspec.json.decode(file.readline(_MOST_OF_A_LINE), type=_First)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return now_ns
        return now_ns - first.up if first.boot == self._clock.boot_id else now_ns


def evidence(files: Collection[Found]) -> str:
    """What they are, the oldest first."""
    size = sum(file.size for file in files) / 1e6
    begin = next(iter(files)).begin
    n = f"{len(files)} file{'s' if len(files) > 1 else ''}"
    return f"{n}, {size:.1f} MB of raw data, since {begin}; deleted when 14 days old"


def cure(files: Collection[Found]) -> str:
    """What deletes them."""
    names = [str(file.path) for file in files]
    more = " ..." if len(names) > _NAMED else ""
    return f"when nobody needs them any more: sudo rm {' '.join(names[:_NAMED])}{more}"
