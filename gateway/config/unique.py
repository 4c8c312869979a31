"""What may be there only once in a file: names, devices, wires."""

from collections.abc import Hashable

from gateway.config.faults import Path, path_text
from gateway.config.walk import Walker


class Unique:
    """Remembers who took what; whoever comes second is a fault of `walker`'s."""

    def __init__(self, walker: Walker) -> None:
        self._walker = walker
        self._taken: dict[Hashable, Path] = {}

    def take(self, key: Hashable, path: Path, what: str, cure: str) -> None:
        """Nobody may have taken `key` before; `what` stands for it in the fault."""
        first = self._taken.setdefault(key, path)
        if first != path:
            place = f"{path_text(first)} (line {self._walker.line(first)})"
            self._walker.fault(path, f"{what} is already used by {place}", cure)
