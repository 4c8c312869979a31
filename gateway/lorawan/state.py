"""What of a radio uplink outlives the program: its session, and what it has told.

A file beside the log. Where it is lost the modem may have to join again, and what is behind the
cursor is told again; nothing else follows. So a file in which anything is not as it was written is
taken for lost.
"""

import logging
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.lorawan.contract import Session
from gateway import durable
from gateway.clock import Clock
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

_MOST_BYTES = 1_000_000
_Key = Annotated[str, Meta(pattern=r"^(None|[0-9]{1,12}):[0-9]{1,9}:[0-9]{1,3}$")]
_Natural = Annotated[int, Meta(ge=0)]


class Kept(msgspec.Struct, omit_defaults=True):
    """`dev_eui` and `keys` (a digest): to which modem and registration the session belongs.

    `deaf`: confirmed uplinks in a row without an answer; `interval` (s): as a downlink has set it;
    `marks`: what has been told.
    """

    dev_eui: str | None = None
    keys: str | None = None
    session: Session | None = None
    deaf: _Natural = 0
    marks: dict[_Key, tuple[_Natural, _Natural]] = {}
    interval: Annotated[int, Meta(ge=1, le=86_400)] | None = None


class StateFile:
    """`kept` as it was when the program ended, or empty; `save` writes it as it is."""

    def __init__(self, path: Path, name: str, clock: Clock) -> None:
        self._path = path
        self.is_damaged = False
        """Whether there was one that could not be read: the node has sent before."""
        self.trouble = Trouble(f"uplink {name}", "cannot keep its state", clock, logger)
        self.kept = self._read()

    def save(self) -> None:
        """What cannot be written is kept in memory, and is a finding."""
        try:
            durable.replace(self._path, msgspec.json.encode(self.kept))
        except OSError as error:
            self.trouble.came(error, f"make room, or let the service write {self._path.parent}")
        else:
            self.trouble.went()

    def _read(self) -> Kept:
        try:
            with self._path.open("rb") as file:
                return msgspec.json.decode(file.read(_MOST_BYTES), type=Kept)
        except FileNotFoundError:
            return Kept()
        except (OSError, ValueError, msgspec.DecodeError, RecursionError) as error:
            logger.warning("%s cannot be read, it begins anew: %s", self._path, error)
            self.is_damaged = True
            return Kept()
