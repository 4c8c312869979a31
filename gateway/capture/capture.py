"""The capture of one sensor: it waits, runs, and is over (gateway/capture/__init__.py).

`note` is called by the thread of its bus, all else that changes it by one other thread.
"""

import logging
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway import config
from gateway.buffer.disk_room import room_now
from gateway.capture.account import MOST_S, PAID_S, Account
from gateway.capture.file import MOST_BYTES, CaptureFile, found
from gateway.capture.lines import Lines
from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.model import Quality, rfc3339

logger = logging.getLogger(__name__)

FARTHEST_NS = 7 * 86_400 * 10**9
"""Its end may not be farther away than this."""
LEAST_BYTES = 100_000
"""With less room than this for its file it does not begin."""
_LOOK_NS = 1_000_000_000

NO_UTC = "nobody vouches for the clock, and without UTC nothing is captured"
FULL = f"there are {MOST_BYTES // 1_000_000} MB of it"
NO_ROOM = "less than `buffer.reserve` is left on the disk"
SPENT = f"it has had its {MOST_S // 3600} h in all"
DELETED = "its file was deleted"
STOPPED = "the gateway was stopped"


class State(StrEnum):
    """What becomes of a capture, in this order."""

    WAITING = "waiting"
    RUNNING = "running"
    OVER = "over"


class Place(NamedTuple):
    """Where captures are kept; `reserve` bytes of the disk are left to others."""

    folder: Path
    account: Account
    reserve: int


class _Over(GatewayError):
    """It is over, and why."""


class Capture:
    """As `wanted`; `origin` is what a reader of the file has to know of node and sensor.

    `why` it waits or is over, "" while it runs. `path`, `size`: of its file.
    """

    def __init__(
        self, wanted: config.Capture, origin: Mapping[str, object], place: Place, clock: Clock
    ) -> None:
        self.sensor = wanted.sensor
        self.until = rfc3339(wanted.until_ns)
        self.state = State.WAITING
        self.why = NO_UTC
        self.since_ns = clock.now_ns()
        """When it came into its state, since boot."""
        self.path: Path | None = None
        self.size = self.lost = 0
        self._until_ns = wanted.until_ns
        self._origin = origin
        self._place = place
        self._clock = clock
        self._lines = Lines()
        self._file: CaptureFile | None = None
        self._ends_ns = self._paid_ns = 0
        """Since boot; nothing is noted from `_ends_ns` on."""
        self._last_reason = ""

    @property
    def account_name(self) -> str:
        """Another end is another capture."""
        return f"{self.sensor} {self.until}"

    @property
    def told(self) -> str:
        """How it is, in one line."""
        why = f"until {self.until}" if self.state is State.RUNNING else self.why
        lost = f", {self.lost} lines lost" if self.lost else ""
        return f"{why}, {self.size / 1e6:.1f} MB in {self.path}{lost}" if self.path else why

    def note(self, event: Mapping[str, object]) -> None:
        """Something has passed the port; never waits."""
        if self._clock.now_ns() < self._ends_ns:
            self._lines.put(msgspec.json.encode(event))

    def keep(self) -> None:
        """Once a second: begin if it is time to, write what was noted, end if it is time to."""
        try:
            if self.state is State.WAITING:
                self._begin()
            elif self.state is State.RUNNING:
                self._go_on()
        except GatewayError as over:
            self._end(str(over))
        except OSError as error:
            self._end(f"it cannot be written: {error.strerror or error}")

    def close(self) -> None:
        """The program ends."""
        if self.state is State.RUNNING:
            self.keep()
            self._end(STOPPED)

    def _begin(self) -> None:
        utc_ns = self._utc_ns()
        if utc_ns is None:
            return
        left_ns = self._left_ns(utc_ns)
        now_ns = self._paid_ns = self._clock.now_ns()
        self._pay(now_ns)
        self._open(utc_ns)
        self._ends_ns, self._last_reason = now_ns + left_ns, SPENT
        self._follow_utc(now_ns)
        self._turn(State.RUNNING, "")
        logger.warning(
            "raw data of %s are being captured until %s in %s", self.sensor, self.until, self.path
        )

    def _left_ns(self, utc_ns: int) -> int:
        """Of its running time, if its end may be believed."""
        if self._until_ns <= utc_ns:
            raise _Over(f"its end, {self.until}, is past")
        if self._until_ns - utc_ns > FARTHEST_NS:
            raise _Over(f"its end, {self.until}, is more than 7 days ahead")
        left_s = self._place.account.left_s(self.account_name)
        if not left_s:
            raise _Over(SPENT)
        return left_s * 10**9

    def _open(self, utc_ns: int) -> None:
        """With a first line that says what it is."""
        room = MOST_BYTES - self._bytes_there()
        if room < LEAST_BYTES:
            raise _Over(FULL)
        self._look_at_room()
        self._file = CaptureFile(self._place.folder, self.sensor, utc_ns, room)
        self.path = self._file.path
        first = {
            "up": self._clock.now_ns(),
            "boot": self._clock.boot_id,
            "begin": rfc3339(utc_ns),
            "until": self.until,
            "sensor": self.sensor,
            **self._origin,
        }
        self._write([msgspec.json.encode(first)])

    def _bytes_there(self) -> int:
        files = found(self._place.folder)
        return sum(file.size for file in files if file.sensor == self.sensor)

    def _go_on(self) -> None:
        now_ns = self._clock.now_ns()
        self._follow_utc(now_ns)
        self._store()
        if now_ns >= self._ends_ns:
            raise _Over(self._last_reason)
        if self._file is not None and not self._file.is_there:
            raise _Over(DELETED)
        self._look_at_room()
        self._pay(now_ns)

    def _store(self) -> None:
        lines, lost = self._lines.take()
        if lost:
            self.lost += lost
            lines.append(msgspec.json.encode({"up": self._clock.now_ns(), "lost": lost}))
        self._write(lines)

    def _write(self, lines: list[bytes]) -> None:
        assert self._file is not None
        try:
            if not self._file.write(lines):
                raise _Over(FULL)
        finally:
            self.size = self._file.size

    def _end(self, why: str) -> None:
        """Nothing is noted from here on; what was is written if the file takes it."""
        self._ends_ns = 0
        file, self._file = self._file, None
        if file is not None:
            last = {"up": self._clock.now_ns(), "end": why, "lost": self.lost}
            try:
                file.end(msgspec.json.encode(last))
            except OSError as error:
                logger.warning("%s has no last line: %s", file.path, error.strerror)
            self.size = file.size
        self._lines.take()
        self._turn(State.OVER, why)
        logger.warning("the capture of raw data of %s is over: %s", self.sensor, why)

    def _follow_utc(self, now_ns: int) -> None:
        """A clock that was set can only bring the end nearer."""
        utc_ns = self._utc_ns()
        if utc_ns is not None and now_ns + self._until_ns - utc_ns < self._ends_ns:
            self._ends_ns = now_ns + self._until_ns - utc_ns
            self._last_reason = f"its end, {self.until}, has come"

    def _utc_ns(self) -> int | None:
        """Now, if somebody vouches for it."""
        anchor = self._clock.anchor()
        if anchor is None or anchor.quality is not Quality.SYNCED:
            return None
        return anchor.utc_ns + self._clock.now_ns() - anchor.up_ns

    def _pay(self, now_ns: int) -> None:
        """Ahead: what is written until the next look is paid for."""
        ahead_ns = now_ns + _LOOK_NS - self._paid_ns
        if ahead_ns > 0:
            seconds = -(-ahead_ns // (PAID_S * 10**9)) * PAID_S
            self._place.account.pay(self.account_name, seconds)
            self._paid_ns += seconds * 10**9

    def _look_at_room(self) -> None:
        if not room_now(self._place.folder.parent, self._place.reserve, 0):
            raise _Over(NO_ROOM)

    def _turn(self, state: State, why: str) -> None:
        """Its state last: whoever sees that sees the rest."""
        self.why, self.since_ns = why, self._clock.now_ns()
        self.state = state
