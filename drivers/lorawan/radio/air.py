"""The air between end devices and network servers: what is sent, lost and heard.

A transmission is on the air from `at_ns` on. When it has ended, every server that is attached hears
it, unless it is lost, and says what it will send back; a device hears that if it listens at the
moment at which it begins, on its frequency and at its data rate. Nobody disturbs anybody else.
"""

from collections import deque
from random import Random
from typing import NamedTuple, Protocol

from drivers.lorawan.airtime import airtime_ns

NETWORK = "network"
"""The sender of downlinks."""
LOCK_NS = 20_000
"""By how much a window may miss the beginning of a downlink (LoRaWAN 1.0.3 section 3.3.3)."""
_KEPT = 100_000
_UNDER_WAY = 1_000


class Transmission(NamedTuple):
    """`sender`: the DevEUI, or NETWORK; `phy`: the frame with its MIC."""

    at_ns: int
    airtime_ns: int
    frequency_hz: int
    data_rate: int
    phy: bytes
    sender: str

    @property
    def ends_ns(self) -> int:
        """When it is over."""
        return self.at_ns + self.airtime_ns


class Levels(NamedTuple):
    """How well a frame was heard: dBm and dB."""

    rssi: float
    snr: float


class Heard(NamedTuple):
    """What a window caught."""

    transmission: Transmission
    levels: Levels


class Server(Protocol):
    """A network that has a gateway in range."""

    def heard(self, uplink: Transmission, levels: Levels) -> list[Transmission]:
        """What it will send, at the moments and frequencies at which the device listens."""
        ...


class Air:
    """`loss_up` and `loss_down`: the share that nobody hears; they may be changed at any time."""

    def __init__(self, loss_up: float = 0.0, loss_down: float = 0.0, seed: int = 0) -> None:
        self.loss_up = loss_up
        self.loss_down = loss_down
        self.servers: list[Server] = []
        self.transmissions: deque[Transmission] = deque(maxlen=_KEPT)
        """All that was begun, up and down, in the order in which it was told."""
        self.lost: deque[Transmission] = deque(maxlen=_KEPT)
        """What of it nobody heard for its losses."""
        self._random = Random(seed)
        self._downlinks: deque[Heard] = deque(maxlen=_UNDER_WAY)

    def attach(self, server: Server) -> None:
        """It hears from then on."""
        self.servers.append(server)

    def begin(
        self,
        at_ns: int,
        frequency_hz: int,
        data_rate: int,
        phy: bytes,
        sender: str,
    ) -> Transmission:
        """A device begins to send; what it has begun is on the record."""
        airtime = airtime_ns(len(phy), data_rate)
        uplink = Transmission(at_ns, airtime, frequency_hz, data_rate, phy, sender)
        self.transmissions.append(uplink)
        return uplink

    def end(self, uplink: Transmission) -> None:
        """It was sent to its end, so it can be heard; a device that dies before is not."""
        if self._loses(uplink, self.loss_up):
            return
        levels = self._levels()
        for server in self.servers:
            for downlink in server.heard(uplink, levels):
                self.transmissions.append(downlink)
                if not self._loses(downlink, self.loss_down):
                    self._downlinks.append(Heard(downlink, self._levels()))

    def listen(self, at_ns: int, frequency_hz: int, data_rate: int) -> Heard | None:
        """What begins at that moment there."""
        for heard in self._downlinks:
            sent = heard.transmission
            if (
                abs(sent.at_ns - at_ns) <= LOCK_NS
                and sent.frequency_hz == frequency_hz
                and sent.data_rate == data_rate
            ):
                return heard
        return None

    def _loses(self, transmission: Transmission, share: float) -> bool:
        lost = self._random.random() < share
        if lost:
            self.lost.append(transmission)
        return lost

    def _levels(self) -> Levels:
        return Levels(float(self._random.randint(-115, -60)), self._random.randint(-20, 40) / 4)
