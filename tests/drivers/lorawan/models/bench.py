"""A modem on the bench: a wire in virtual time, the air above it, and a network of a few lines."""

from collections.abc import Iterator

from drivers.lorawan.modem_model import NS, ModemModel
from drivers.lorawan.radio import frames
from drivers.lorawan.radio.air import Air, Levels, Transmission
from drivers.lorawan.radio.security import SessionKeys, session_keys
from drivers.simulation.scene import View
from drivers.timebase import VirtualTimebase

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
DEV_ADDR, NET_ID = 0x26012E43, 0x000013
RX2 = 869_525_000, 3


class Network:
    """It accepts each JoinRequest with the AppKey, hears, and sends what is in `queue` down.

    `deaf`: it hears nothing. `acknowledges`: it answers confirmed uplinks. `nonces`: of all joins.
    """

    def __init__(self, window: int = 1) -> None:
        self.window = window
        self.deaf, self.acknowledges = False, True
        self.queue: list[tuple[int, bytes]] = []
        self.fopts = b""
        self.nonces: list[int] = []
        self.heard_up: list[frames.Data] = []
        self.levels = Levels(-70.0, 8.0)
        self._keys: SessionKeys | None = None
        self._down = 0

    def heard(self, uplink: Transmission, levels: Levels) -> list[Transmission]:
        if self.deaf:
            return []
        if frames.kind(uplink.phy) is frames.Kind.JOIN_REQUEST:
            return [self._accept(uplink)]
        down = self._answer(uplink)
        return [] if down is None else [down]

    def _accept(self, uplink: Transmission) -> Transmission:
        key = bytes.fromhex(APP_KEY)
        request = frames.read_join_request(uplink.phy)
        assert frames.is_of(uplink.phy, key)
        self.nonces.append(request.dev_nonce)
        self._keys, self._down = session_keys(key, 1, NET_ID, request.dev_nonce), 0
        accept = frames.JoinAccept(1, NET_ID, DEV_ADDR, rx2_data_rate=RX2[1], rx_delay_s=1)
        return self._sent(uplink, 5, frames.build_join_accept(accept, key))

    def _answer(self, uplink: Transmission) -> Transmission | None:
        if self._keys is None:
            return None
        counter = frames.header(uplink.phy).counter
        frame = frames.read(uplink.phy, counter, *self._keys)
        self.heard_up.append(frame)
        ack = frame.confirmed and self.acknowledges
        if not (ack or self.queue or self.fopts):
            return None
        port, payload = self.queue.pop(0) if self.queue else (None, b"")
        down = frames.Data(
            False, False, DEV_ADDR, self._down, ack=ack, pending=bool(self.queue),
            fopts=self.fopts, port=port, payload=payload,
        )  # fmt: skip
        self._down, self.fopts = self._down + 1, b""
        return self._sent(uplink, 1, frames.build(down, *self._keys))

    def _sent(self, uplink: Transmission, delay_s: int, phy: bytes) -> Transmission:
        first = self.window == 1
        frequency, rate = (uplink.frequency_hz, uplink.data_rate) if first else RX2
        at_ns = uplink.ends_ns + (delay_s + (not first)) * NS
        if delay_s == 5 and not first:
            rate = 0
        return Transmission(at_ns, 50_000_000, frequency, rate, phy, "network")


class QuietAir(Air):
    """All is heard at -70 dBm, 8 dB."""

    def _levels(self) -> Levels:
        return Levels(-70.0, 8.0)


class Bench:
    """Whoever sits before the modem; `heard` is all that it has said."""

    def __init__(self, model: type[ModemModel], window: int = 1, **options: str) -> None:
        self.time = VirtualTimebase()
        self.air, self.network = QuietAir(), Network(window)
        self.air.attach(self.network)
        self.model = model(self.air, self.time, DEV_EUI, **options)  # type: ignore[arg-type]
        self.heard = b""

    def wait(self, seconds: float) -> bytes:
        """What it says within that time."""
        end_ns, before = self.time.now_ns() + round(seconds * NS), len(self.heard)
        for at_ns in self._moments(end_ns):
            self.time.sleep((at_ns - self.time.now_ns()) / NS)
            self.heard += self.model.step(View(0.0))
        return self.heard[before:]

    def _moments(self, end_ns: int) -> Iterator[int]:
        while (at_ns := self.model.next_ns()) is not None and at_ns < end_ns:
            yield max(at_ns, self.time.now_ns())
        yield end_ns

    def ask(self, line: str, seconds: float = 0.3, end: str = "\r\n") -> bytes:
        """What it says within that time after a line."""
        self.model.receive((line + end).encode("latin-1"))
        return self.wait(seconds)

    def told(self, line: str, seconds: float = 0.3) -> list[str]:
        """The same as lines that are not empty."""
        return [each for each in self.ask(line, seconds).decode("latin-1").split("\r\n") if each]
