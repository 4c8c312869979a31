"""The newest UTC that this node has known, on disk: its clock is never behind that (promise 12).

TLS needs the date roughly, or a certificate is "not yet valid". So what was trusted is kept, and at
the next start the system clock is raised to it.

The floor follows trusted time:

- up as soon as that is an hour ahead of it, so it is written at most once an hour;
- down when trusted time has been behind it for a whole hour. A false time server that says 2036
  puts it there, and would keep the node there after each start; an hour of the true time takes it
  back. A false one that says 2010 must do so for an hour, and then TLS at the next start has the
  date that it would have without a floor.

The file is one line for people, with a CRC-32 of what stands before it:

    gateway-clock-1 2026-11-20T10:00:00Z 5f3a9c21
"""

import os
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from gateway.clock.sources import LATEST_NS, Clocks
from gateway.durable import replace
from gateway.model import rfc3339

FILE = "clock"
EVERY_NS = 3_600_000_000_000
_MAGIC = "gateway-clock-1"
_LONGEST = 100
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


class Floor:
    """The floor in the file at `path`; read once, whatever is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.utc_ns: int | None = None
        self.problem = ""
        """Why the file says nothing; "" if it does, or there is none."""
        self._behind_since_ns: int | None = None
        try:
            self.utc_ns = parsed(_content(path))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self.problem = str(error)

    def follow(self, trusted: Clocks) -> None:
        """Move it if it is time to, `trusted` being now. Raises OSError if it cannot be kept."""
        if self._is_due(trusted):
            self._write(trusted.wall_ns // 1_000_000_000)
            self._behind_since_ns = None

    def lapse(self) -> None:
        """Nobody vouches: what was behind the floor must be so for an hour anew."""
        self._behind_since_ns = None

    def _is_due(self, trusted: Clocks) -> bool:
        if trusted.wall_ns >= LATEST_NS:
            return False
        if self.utc_ns is None or trusted.wall_ns - self.utc_ns >= EVERY_NS:
            return True
        if trusted.wall_ns >= self.utc_ns:
            self._behind_since_ns = None
            return False
        if self._behind_since_ns is None:
            self._behind_since_ns = trusted.up_ns
        return trusted.up_ns - self._behind_since_ns >= EVERY_NS

    def _write(self, seconds: int) -> None:
        replace(self.path, formatted(seconds))
        self.utc_ns, self.problem = seconds * 1_000_000_000, ""


class Settable(Protocol):
    """The machine's clock, as far as raising it goes."""

    @property
    def source(self) -> str | None: ...
    def clocks(self) -> Clocks: ...
    def ask(self, not_before_ns: int | None) -> None: ...
    def set_wall(self, utc_ns: int) -> None: ...


def raise_clock(clock: Settable, floor: Floor) -> tuple[bool, str]:
    """Set a clock that is behind the floor, unless somebody vouches for it.

    Whether it was done, and what, in words. Raises OSError if it may not be set.
    """
    wall = clock.clocks().wall_ns
    if floor.utc_ns is None:
        return False, "nothing is known of the time yet"
    if wall >= floor.utc_ns:
        return False, f"the clock is not behind {rfc3339(floor.utc_ns)}"
    clock.ask(floor.utc_ns)
    if clock.source is not None:
        return False, f"{clock.source} vouches for the clock, though it was {rfc3339(floor.utc_ns)}"
    clock.set_wall(floor.utc_ns)
    return True, f"the clock said {rfc3339(wall)}: raised to {rfc3339(floor.utc_ns)}"


def formatted(seconds: int) -> bytes:
    """The file for that UTC."""
    text = f"{_MAGIC} {rfc3339(seconds * 1_000_000_000)}"
    return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()


def parsed(content: bytes) -> int:
    """UTC (ns) that the file says. Raises ValueError if it is not what was written."""
    try:
        text, _, check = content.decode("ascii").removesuffix("\n").rpartition(" ")
        magic, _, date = text.partition(" ")
        utc_ns = (datetime.fromisoformat(date) - _1970) // timedelta(seconds=1) * 1_000_000_000
    except (ValueError, TypeError) as error:
        raise ValueError("it is damaged") from error
    if magic == _MAGIC and check == f"{zlib.crc32(text.encode()):08x}" and utc_ns < LATEST_NS:
        return utc_ns
    raise ValueError("it is damaged")


def _content(path: Path) -> bytes:
    """A plain file only, of which little is read: root reads what the service may have replaced."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _LONGEST)
    finally:
        os.close(descriptor)
