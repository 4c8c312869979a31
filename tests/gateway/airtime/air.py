"""A node that sends by its ledger, and the truth about what was on the air."""

from collections.abc import Iterable
from pathlib import Path
from random import Random

from drivers.lorawan.airtime import JOIN_REQUEST_BYTES, airtime_ns, uplink_ns
from drivers.lorawan.eu868 import DEFAULT_CHANNELS_HZ
from gateway.airtime import FAIR_USE, Budget, Charge, Ledger
from tests.gateway.simulated_clock import SimulatedClock

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
NOW_NS = 1_795_168_800_000_000_000
"""2026-11-20T10:00:00Z."""


class OnAir:
    """Transmissions in true time: begin, and airtime."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, int]] = []

    def most_ns(self, window_ns: int) -> int:
        """The most airtime of any window that long; all of a transmission lies where it begins."""
        most_ns = held_ns = first = 0
        for begins_ns, lasts_ns in self.sent:
            held_ns += lasts_ns
            while self.sent[first][0] <= begins_ns - window_ns:
                held_ns -= self.sent[first][1]
                first += 1
            most_ns = max(most_ns, held_ns)
        return most_ns


class Node:
    """One node and its card; `clock` is that of its boot."""

    def __init__(
        self,
        folder: Path,
        clock: SimulatedClock,
        budget: Budget = FAIR_USE,
        channels_hz: Iterable[int] = DEFAULT_CHANNELS_HZ,
    ) -> None:
        self.path = folder / "airtime"
        self.clock = clock
        self.air = OnAir()
        self.joins = OnAir()
        self._budget = budget
        self._channels_hz = tuple(channels_hz)
        self._boots = 0
        self.start()

    def start(self) -> None:
        """The program begins, whatever became of the one before."""
        self.ledger = Ledger(
            self.path, self.clock, "radio", self._budget, self._channels_hz, chance=Random(1)
        )

    def reboot(self, off_s: float) -> None:
        self._boots += 1
        self.clock = self.clock.reboot(f"re{self._boots:06}", off_s)
        self.start()

    def transmit(self, payload: int, rate: int, later_s: float = 0.0) -> None:
        """What the modem does; it is not asked whether it may."""
        self.clock.sleep(later_s)
        lasts_ns = uplink_ns(payload, rate)
        self.air.sent.append((self.clock.truth_ns, lasts_ns))
        self.clock.sleep(lasts_ns / 1e9)

    def send(self, payload: int, rate: int, later_s: float = 0.0) -> Charge:
        """Charged, sent and settled."""
        charge = self.ledger.charge(payload, rate)
        self.transmit(payload, rate, later_s)
        self.ledger.settle(charge)
        return charge

    def join(self, rate: int) -> Charge:
        """One JoinRequest that nobody answers."""
        charge = self.ledger.charge_join(rate)
        lasts_ns = airtime_ns(JOIN_REQUEST_BYTES, rate)
        for air in (self.air, self.joins):
            air.sent.append((self.clock.truth_ns, lasts_ns))
        self.clock.sleep(lasts_ns / 1e9 + 6)
        self.ledger.settle(charge)
        return charge
