"""The balances of all zones in a small file beside the log: what a restart goes on from.

It is one line, the balances as JSON with a CRC-32 of what stands before it:

    gateway-occupancy-1 {"foyer":{...}} 5f3a9c21

It is written only when something of it changes: at a correction, and when a day is closed. The
counts themselves are the log's.
"""

import logging
import zlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway.clock import Clock
from gateway.durable import replace
from gateway.model import Finding
from gateway.occupancy.balance import Balance
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

_MAGIC = b"gateway-occupancy-1"
_MOST_BYTES = 1_000_000


class BalanceFile:
    """The file at `path`; read once, whatever is there, and kept by one thread."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path = path
        self.problem = ""
        """Why it says nothing; "" if it does."""
        self._balances: dict[str, Balance] = {}
        self._written: dict[str, Balance] | None = None
        self._trouble = Trouble("occupancy", "cannot be kept on disk", clock, logger)
        try:
            self._balances = parsed(_content(path))
        except FileNotFoundError:
            self.problem = f"there is no {path}"
        except (OSError, ValueError) as error:
            self.problem = f"{path}: {error}"
        else:
            self._written = dict(self._balances)

    def get(self, zone: str) -> Balance | None:
        """What is known of it."""
        return self._balances.get(zone)

    def keep(self, zone: str, balance: Balance) -> None:
        """Write it if it, or one that could not be written before, is not there yet."""
        self._balances[zone] = balance
        if self._balances != self._written:
            try:
                replace(self.path, formatted(self._balances))
            except OSError as error:
                self._trouble.came(error, f"is there room? df -h {self.path.parent}")
            else:
                self._written = dict(self._balances)
                self._trouble.went()

    def forget_others(self, zones: Mapping[str, object]) -> None:
        """Only these are configured."""
        self._balances = {name: one for name, one in self._balances.items() if name in zones}

    @property
    def finding(self) -> Finding | None:
        """Whether it cannot be written."""
        return self._trouble.finding


def formatted(balances: Mapping[str, Balance]) -> bytes:
    """The file for these."""
    text = _MAGIC + b" " + msgspec.json.encode(balances)
    return b"%s %08x\n" % (text, zlib.crc32(text))


def parsed(content: bytes) -> dict[str, Balance]:
    """What the file says. Raises ValueError if it is not what was written."""
    text, _, check = content.removesuffix(b"\n").rpartition(b" ")
    magic, _, balances = text.partition(b" ")
    if magic != _MAGIC or check != b"%08x" % zlib.crc32(text):
        raise ValueError("it is damaged")
    try:
        return msgspec.json.decode(balances, type=dict[str, Balance])
    except msgspec.DecodeError as error:  # of another version of this program
        raise ValueError(f"it is of no form that is known here: {error}") from error


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES)
