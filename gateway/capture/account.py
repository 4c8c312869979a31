"""How much of its running time each capture has had, in a file that outlives restarts.

Paid ahead: what stands in the file is never less than what was captured.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec

from gateway.errors import GatewayError

FILE = "captures.json"
MOST_S = 86_400
"""What each may have in all."""
PAID_S = 60
"""So much is paid for at once."""

_Had = dict[str, Annotated[int, msgspec.Meta(ge=0)]]


class Unaccountable(GatewayError):
    """Nobody knows how much was had."""


class Account:
    """In the file at `path`; of captures that are not `known` any more nothing is kept.

    Raises OSError, or Unaccountable while the file makes no sense.
    """

    def __init__(self, path: Path, known: Collection[str]) -> None:
        self._path = path
        self._known = known

    def left_s(self, capture: str) -> int:
        """Seconds that it may still have."""
        return max(0, MOST_S - self._had().get(capture, 0))

    def pay(self, capture: str, seconds: int) -> None:
        """For so much more of it."""
        had = {name: s for name, s in self._had().items() if name in self._known}
        had[capture] = had.get(capture, 0) + seconds
        fresh = self._path.with_name(f"{self._path.name}.new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(had))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)

    def _had(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Had)
        except FileNotFoundError:
            return {}
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unaccountable(f"{self._path} is damaged: remove it") from error
