"""A clock that only moves when a test says so."""

from drivers.timebase import VirtualTimebase
from gateway.clock import Anchor, Clocks, SourceState


class SimulatedClock(VirtualTimebase):
    """One boot; UTC is trusted once `utc_at_boot_ns` is set, until then the wall is in 1970."""

    def __init__(self, boot_id: str = "b00t0001", utc_at_boot_ns: int | None = None) -> None:
        super().__init__(now_ns=1_000_000_000)
        self.boot_id = boot_id
        self.utc_at_boot_ns = utc_at_boot_ns

    @property
    def source(self) -> str | None:
        return None if self.utc_at_boot_ns is None else "test"

    def sources(self) -> list[SourceState]:
        return [SourceState("test", self.source is not None, "as the test says")]

    def anchor(self) -> Anchor | None:
        return None if self.utc_at_boot_ns is None else Anchor(*self.clocks())

    def clocks(self) -> Clocks:
        return Clocks(self.now_ns(), (self.utc_at_boot_ns or 0) + self.now_ns())

    def ask(self, not_before_ns: int | None) -> None:
        """Nobody here takes his time."""
