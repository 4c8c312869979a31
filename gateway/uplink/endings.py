"""Why a connection ended, or never began, in words for a technician."""

import ssl

from gateway.clock import Clock
from gateway.errors import UplinkUnavailable
from gateway.uplink import network, reasons, tls
from gateway.uplink.brokers import Broker
from gateway.uplink.framing import BrokenProtocol
from gateway.uplink.tls import Identity
from gateway.uplink.way import is_it_up

_NO_MQTT = "is that the port of the broker, and is it healthy? look at its log"


class VersionRefused(UplinkUnavailable):
    """The broker does not know this version of MQTT."""


class Closed(UplinkUnavailable):
    """The broker closed the connection without a word."""


class Ending:
    """Of one session; the first reason that comes counts."""

    def __init__(self, broker: Broker, own: Identity, clock: Clock) -> None:
        self.error: UplinkUnavailable | None = None
        self._broker = broker
        self._own = own
        self._clock = clock

    def came(self, error: UplinkUnavailable) -> None:
        """That is why it ends."""
        if self.error is None:
            self.error = error

    def disconnected(self, code: int, by_broker: bool, fault: OSError | None) -> None:
        """The connection is closed; `code` is that of the broker's DISCONNECT, or what paho saw."""
        if by_broker:
            self.came(self._told("closed the connection", reasons.words(code), reasons.cure(code)))
        elif code == reasons.PROTOCOL_ERROR:
            self.came(self._told("sent what no broker may send", "garbage", _NO_MQTT))
        elif code == reasons.KEEP_ALIVE:
            self.came(self._told("has gone silent", "it does not answer", is_it_up(self._broker)))
        else:
            self.came(self._closed(fault))

    def unheard(self, error: Exception) -> None:
        """The owner could not take a message."""
        self.came(self._told("sent a message that could not be taken", type(error).__name__, ""))

    def broken(self, failure: Exception | None, fault: OSError | None) -> None:
        """The thread has ended, with an exception if what came in could not be read."""
        if failure is None:
            self.came(self._closed(fault))
            return
        what = str(failure) if isinstance(failure, BrokenProtocol) else type(failure).__name__
        self.came(self._told("sent what no broker may send", what, _NO_MQTT))

    def silent(self) -> UplinkUnavailable:
        """Nothing was answered."""
        return UplinkUnavailable(
            f"{self._broker.where} accepts connections and does not answer MQTT",
            "is that the port of the broker?",
        )

    def refused(self, code: int | None) -> UplinkUnavailable:
        """`code` is that of the CONNACK, None if there was none."""
        if code in reasons.UNSUPPORTED_VERSIONS:
            told = f"{self._broker.where} refused the login: {reasons.UNSUPPORTED}"
            return VersionRefused(told, "set `protocol: auto`, or the version that it knows")
        if code:
            return self._told("refused the login", reasons.words(code), reasons.cure(code))
        assert self.error is not None
        return self.error

    def only_qos_0(self) -> UplinkUnavailable:
        """Nothing would ever be confirmed."""
        return UplinkUnavailable(
            f"{self._broker.where} takes messages of QoS 0 only, so it would confirm nothing",
            "set its maximum QoS to 1 at least, or use another broker",
        )

    def no_websocket(self, error: Exception, path: str) -> UplinkUnavailable:
        """The opening handshake has failed."""
        if isinstance(error, ssl.SSLError):
            return tls.explained(error, self._broker, self._own, self._clock)
        why = network.why(error) if isinstance(error, OSError) else "no answer of a websocket"
        return UplinkUnavailable(
            f"{self._broker.where} opens no websocket: {why}",
            f"is {path} the `path` of its websocket, and that its port?",
        )

    def _closed(self, fault: OSError | None) -> UplinkUnavailable:
        if isinstance(fault, ssl.SSLError) and not isinstance(fault, ssl.SSLEOFError):
            return tls.explained(fault, self._broker, self._own, self._clock)
        told = self._told("closed the connection", "without a word", is_it_up(self._broker))
        return Closed(str(told), told.hint)

    def _told(self, what: str, why: str, cure: str) -> UplinkUnavailable:
        return UplinkUnavailable(f"{self._broker.where} {what}: {why}", cure)
