"""Payloads that were sent and not settled, by token, oldest first."""

from gateway.clock import Clock
from gateway.delivery.parcels import Parcel
from gateway.errors import UplinkUnavailable

ACKNOWLEDGE_TIMEOUT_S = 60.0
"""A far side that keeps a payload this long without a word is taken for gone."""


class UnderWay(dict[int, Parcel]):
    """Of one link."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    @property
    def has_entries(self) -> bool:
        """Whether anything of the log is among them."""
        return any(parcel.shipment is not None for parcel in self.values())

    def begin(self, token: int, parcel: Parcel) -> None:
        """It was sent now."""
        parcel.since_ns = self._clock.now_ns()
        self[token] = parcel

    def check_patience(self) -> None:
        """Raises UplinkUnavailable if the oldest has waited for too long."""
        oldest = next(iter(self.values()), None)
        waited_ns = 0 if oldest is None else self._clock.now_ns() - oldest.since_ns
        if waited_ns > ACKNOWLEDGE_TIMEOUT_S * 1e9:
            raise UplinkUnavailable("the far side does not acknowledge", "look at its log")
