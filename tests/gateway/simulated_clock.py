"""A clock that only moves when a test says so."""

from drivers.timebase import VirtualTimebase
from gateway.clock import Anchor


class SimulatedClock(VirtualTimebase):
    """One boot; UTC is trusted once `utc_at_boot_ns` is set."""

    def __init__(self, boot_id: str = "b00t0001", utc_at_boot_ns: int | None = None) -> None:
        super().__init__(now_ns=1_000_000_000)
        self.boot_id = boot_id
        self.utc_at_boot_ns = utc_at_boot_ns

    @property
    def source(self) -> str | None:
        return None if self.utc_at_boot_ns is None else "test"

    def anchor(self) -> Anchor | None:
        if self.utc_at_boot_ns is None:
            return None
        return Anchor(self.now_ns(), self.utc_at_boot_ns + self.now_ns())
