"""What a modem has sent in a simulated air, heard or not, in clear; and how much of it at once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from drivers.lorawan.eu868 import SubBand, sub_band
from drivers.lorawan.radio import frames
from drivers.lorawan.radio.air import Air, Transmission
from drivers.lorawan.radio.network_events import DeviceJoined, NetworkEvent
from drivers.lorawan.radio.platform import Decode
from drivers.lorawan.radio.server import NetworkServer
from tests.chaos.lorawan_merging import Json, parts, seconds

NS = 10**9


class Sent(NamedTuple):
    """Moments are UTC in s. `nonce`: of a JoinRequest. `body`: what the network's script makes.

    `answers`: it is the first behind a downlink, so its MAC may have answered in it.
    """

    at_s: float
    airtime_s: float
    frequency_hz: int
    data_rate: int
    heard: bool
    nonce: int | None
    port: int | None
    size: int
    body: Json
    answers: bool

    @property
    def newest_s(self) -> float | None:
        """When the newest counts in it ended; None: it has none of a known time."""
        told = (seconds(row.get("t1")) for row, part in parts(self.body) if "first" in part)
        return max((one for one in told if one is not None), default=None)


class Record:
    """Of the device `dev_eui`; `begin_s`: UTC at the moment 0 of the air."""

    def __init__(
        self, air: Air, server: NetworkServer, dev_eui: str, begin_s: float, decode: Decode
    ) -> None:
        self._air, self._server, self._decode = air, server, decode
        self._dev_eui, self._begin_s = dev_eui, begin_s
        self._keys: dict[int, tuple[bytes, bytes]] = {}
        server.listeners.append(self._listen)

    def sent(self) -> list[Sent]:
        """In its order."""
        lost = {id(one) for one in self._air.lost}
        found, came = [], False
        for one in self._air.transmissions:
            if one.sender == self._dev_eui:
                found.append(self._read(one, id(one) not in lost, came))
                came = False
            elif id(one) not in lost:
                came = True
        return found

    def _listen(self, event: NetworkEvent) -> None:
        if isinstance(event, DeviceJoined):
            session = self._server.member(self._dev_eui).joining
            assert session is not None
            self._keys[event.dev_addr] = session.keys

    def _read(self, one: Transmission, heard: bool, answers: bool) -> Sent:
        at_s = self._begin_s + one.at_ns / NS
        nonce, port, payload = self._content(one.phy)
        body: Json = {}
        if port:
            ends_ns = round(self._begin_s * NS) + one.ends_ns
            body = self._decode(payload, port, ends_ns).get("data", {})
        airtime_s, hz, size = one.airtime_ns / NS, one.frequency_hz, len(payload)
        return Sent(at_s, airtime_s, hz, one.data_rate, heard, nonce, port, size, body, answers)

    def _content(self, phy: bytes) -> tuple[int | None, int | None, bytes]:
        if frames.kind(phy) is frames.Kind.JOIN_REQUEST:
            return frames.read_join_request(phy).dev_nonce, None, b""
        header = frames.header(phy)
        frame = frames.read(phy, header.counter, *self._keys[header.dev_addr])
        return None, frame.port, frame.payload


def busiest(sent: Iterable[Sent], window_s: float) -> float:
    """Seconds on the air in the worst window of that length, wherever it begins."""
    spans = [(one.at_s, one.at_s + one.airtime_s) for one in sent]
    begins = [begin for begin, _ in spans] + [end - window_s for _, end in spans]
    return max((_within(spans, begin, begin + window_s) for begin in begins), default=0.0)


def _within(spans: Sequence[tuple[float, float]], begin_s: float, end_s: float) -> float:
    return sum(max(0.0, min(end, end_s) - max(begin, begin_s)) for begin, end in spans)


def by_sub_band(sent: Iterable[Sent]) -> dict[SubBand, list[Sent]]:
    """The law is about each of them."""
    found: dict[SubBand, list[Sent]] = {}
    for one in sent:
        found.setdefault(sub_band(one.frequency_hz), []).append(one)
    return found
