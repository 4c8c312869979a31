"""A simulated network with devices, for tests: virtual time, everything at once."""

from typing import TypeVar

from drivers.lorawan.radio import events
from drivers.lorawan.radio.air import NETWORK, Air, Transmission
from drivers.lorawan.radio.mac import Mac
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.network_events import NetworkEvent, UplinkHeard
from drivers.lorawan.radio.server import DEFAULT, NetworkServer
from drivers.lorawan.radio.serving import Settings
from drivers.lorawan.radio.session import Memory, Nonces

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
UTC_NS = 1_780_000_000 * SECOND
DEV_EUI = "0004A30B001C0530"
JOIN_EUI = "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
DEVICE = Registration("town-hall", DEV_EUI, JOIN_EUI, APP_KEY)

Kind = TypeVar("Kind")


def of(kind: type[Kind], told: list[events.MacEvent] | list[NetworkEvent]) -> list[Kind]:
    """Those of one kind, in their order."""
    return [event for event in told if isinstance(event, kind)]


class Network:
    """One air, one server, one device; more can be added."""

    def __init__(
        self,
        settings: Settings = DEFAULT,
        loss_up: float = 0.0,
        loss_down: float = 0.0,
        seed: int = 1,
        nonces: Nonces = Nonces.COUNTED,
    ) -> None:
        self.air = Air(loss_up, loss_down, seed)
        self.server = NetworkServer(UTC_NS, settings)
        self.server.register(DEVICE)
        self.told: list[NetworkEvent] = []
        self.server.listeners.append(self.told.append)
        self.air.attach(self.server)
        self.memory = Memory()
        self.mac = Mac(self.air, DEV_EUI, self.memory, seed, nonces)
        self.mac.set_keys(JOIN_EUI, APP_KEY)
        self.mac.data_rate = 5
        self.now_ns = 0

    def finish(self) -> list[events.MacEvent]:
        """Let time pass until the device's exchange is over."""
        told: list[events.MacEvent] = []
        while (next_ns := self.mac.next_ns()) is not None:
            self.now_ns = max(self.now_ns, next_ns)
            told += self.mac.step(self.now_ns)
        return told

    def join(self) -> list[events.MacEvent]:
        """As soon as the duty cycle lets it."""
        try:
            self.mac.join(self.now_ns)
        except events.NoChannel as no_channel:
            self.now_ns += no_channel.wait_ns
            self.mac.join(self.now_ns)
        return self.finish()

    def send(
        self, payload: bytes = b"\x01\x02", port: int = 2, confirmed: bool = False
    ) -> list[events.MacEvent]:
        """As soon as the duty cycle lets it."""
        try:
            self.mac.send(port, payload, confirmed, self.now_ns)
        except events.NoChannel as no_channel:
            self.now_ns += no_channel.wait_ns
            self.mac.send(port, payload, confirmed, self.now_ns)
        return self.finish()

    def joined(self) -> "Network":
        """After a join that must succeed."""
        assert of(events.Joined, self.join())
        return self

    def heard(self) -> list[UplinkHeard]:
        """What the server has told of uplinks."""
        return of(UplinkHeard, self.told)

    def sent(self) -> list[Transmission]:
        """What devices have sent."""
        return [it for it in self.air.transmissions if it.sender != NETWORK]

    def answered(self) -> list[Transmission]:
        """What the network has sent."""
        return [it for it in self.air.transmissions if it.sender == NETWORK]
