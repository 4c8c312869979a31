"""The mean of what a part has said since it was last read."""

from collections.abc import Mapping


class Means:
    """Sums by name, so that its memory does not grow with the time between two readings."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[float, int]] = {}

    def add(self, values: Mapping[str, float | None]) -> None:
        """One measurement; None is not counted."""
        for name, value in values.items():
            if value is not None:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = total + value, count + 1

    def take(self) -> dict[str, float]:
        """The means, without names of which nothing came; then begin anew."""
        sums, self._sums = self._sums, {}
        return {name: total / count for name, (total, count) in sums.items()}
