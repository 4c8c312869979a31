"""Where readings go, as a sensor sees it."""

from typing import Protocol

from gateway.model import Gap, Moment, Note, Reading


class Sink(Protocol):
    """Where readings go: the log."""

    @property
    def has_room(self) -> bool:
        """Whether a reading can be taken now."""
        ...

    def measured_until(self, sensor: str) -> Moment | None:
        """Up to where an earlier run has measured; None if nobody knows."""
        ...

    def begun(self, sensor: str) -> Note | None:
        """What an earlier run of this boot has counted and no reading carries."""
        ...

    def append(self, reading: Reading) -> Reading:
        """Take the reading; returns it with its running totals."""
        ...

    def append_gap(self, gap: Gap) -> None:
        """Take a gap record."""
        ...

    def note(self, note: Note) -> None:
        """Keep counts that no reading carries yet."""
        ...
