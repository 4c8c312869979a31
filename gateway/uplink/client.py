"""paho's client, guarded against what may come in. The one module that uses its private names.

paho trusts the broker: it takes packets of any announced length, keeps unfinished messages of QoS 2
without end, answers without looking whether the answers are ever read, its websocket keeps a frame
of any length, and whatever it cannot parse ends its thread without a word. Four private places are
enough to mend that; tests/gateway/uplink/test_client.py notices when paho changes them:

- `_create_socket`: our link, which shows each byte to `Framing` before paho gets it;
- `_out_packet`: what waits to be written, which must not grow;
- `_WebsocketWrapper._buffered_read`: where a frame grows in memory;
- `_reset_sockets`: closes everything, instead of waiting for the garbage collector.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.timebase import SystemTimebase
from gateway.uplink.brokers import Version
from gateway.uplink.framing import BrokenProtocol, Framing
from gateway.uplink.options import WILL_DELAY_S, Options
from gateway.uplink.reasons import FAILURE

UNWRITTEN = 2_000
"""Packets that may wait to be written, beyond those that paho holds by its own bounds."""
_TICK_S = 1.0
_VERSIONS = {Version.V5: MQTTProtocolVersion.MQTTv5, Version.V311: MQTTProtocolVersion.MQTTv311}
_MOST_FRAME = 65_536
_MOST_GREETING = 8_192
"""Bytes of the answer to a websocket's opening handshake."""

# Brokers send codes in packets for which MQTT 5 does not list them: mosquitto a PUBACK with 0x95
# for what is above its message_size_limit. paho would end the link for that, again and again.
for _names in (names for code, names in ReasonCode.names.items() if code >= FAILURE):
    for _packets in _names.values():
        _packets += {PacketTypes.PUBACK, PacketTypes.SUBACK}.difference(_packets)

Link = socket.socket | ssl.SSLSocket


class GuardedLink:
    """The socket under paho: all that comes in passes `framing`; what failed is kept as `fault`."""

    def __init__(
        self, link: "Link | _Websocket", framing: Framing, unwritten: Callable[[], int]
    ) -> None:
        self.fault: OSError | None = None
        self._link = link
        self._framing = framing
        self._unwritten = unwritten

    def recv(self, size: int) -> bytes:
        if self._unwritten() > UNWRITTEN:
            raise BrokenProtocol("more than it reads answers to")
        try:
            data = bytes(self._link.recv(size))
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as error:
            self.fault = error
            raise
        self._framing.feed(data)
        return data

    def send(self, data: bytes) -> int:
        try:
            return self._link.send(data)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as error:
            # What the broker said before it closed is still to be read, and ends the link.
            raise BlockingIOError from error

    def pending(self) -> int:
        told = getattr(self._link, "pending", None)
        return 0 if told is None else int(told())

    def close(self) -> None:
        self._link.close()

    def fileno(self) -> int:
        return self._link.fileno()

    def setblocking(self, flag: bool) -> None:
        self._link.setblocking(flag)


class _Websocket(paho._WebsocketWrapper):
    """paho's websocket with an end to its frames."""

    def _buffered_read(self, length: int) -> bytearray:
        if length > _MOST_FRAME or len(self._readbuffer) > _MOST_FRAME:
            raise BrokenProtocol(f"a websocket frame of more than {_MOST_FRAME} bytes")
        return super()._buffered_read(length)


class _Greeted:
    """A socket while the websocket is opened: paho would read the answer for ever."""

    def __init__(self, link: Link, seconds: float) -> None:
        self._link = link
        self._clock = SystemTimebase()
        self._end_ns = self._clock.now_ns() + round(seconds * 1e9)
        self._left = _MOST_GREETING

    def recv(self, size: int) -> bytes:
        left_s = (self._end_ns - self._clock.now_ns()) / 1e9
        if left_s <= 0:
            raise TimeoutError
        self._left -= size
        if self._left < 0:
            raise paho.WebsocketConnectionError("its answer does not end")
        self._link.settimeout(left_s)
        return self._link.recv(size)

    def send(self, data: bytes) -> int:
        return self._link.send(data)


class GuardedClient(paho.Client):
    """A client for one connection over `link`, which is a websocket at `path` if one is named.

    `ended` is called in its thread when that ends, with the exception that no peer may cause.
    Opening the websocket raises OSError, IndexError or ValueError.
    """

    def __init__(
        self,
        version: Version,
        options: Options,
        link: Link,
        framing: Framing,
        ended: Callable[[Exception | None], None],
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=options.client_id,
            clean_session=None if version is Version.V5 else not options.kept_s,
            protocol=_VERSIONS[version],
            reconnect_on_failure=False,
        )
        self.max_inflight_messages_set(options.window)
        self.max_queued_messages_set(options.window)
        self._options = options
        self._link: Link | _Websocket = link
        self._framing = framing
        self._ended = ended
        self._runner: threading.Thread | None = None
        self.guarded: GuardedLink | None = None

    def open_websocket(self, host: str, port: int, path: str, seconds: float) -> None:
        """Upgrade the link before MQTT is spoken (RFC 6455, 4)."""
        link = self._link
        assert not isinstance(link, _Websocket)
        encrypted = isinstance(link, ssl.SSLSocket)
        greeted = _Greeted(link, seconds)
        websocket = _Websocket(greeted, host, port, encrypted, path, None)  # type: ignore[arg-type]
        websocket._socket = link
        self._link = websocket

    def speak(self, host: str, port: int) -> None:
        """Send CONNECT, then read and write in a thread of its own."""
        options = self._options
        if options.will is not None:
            self.will_set(
                *options.will[:2], qos=1, retain=options.will.retain, properties=self._will_told()
            )
        if self.protocol is MQTTProtocolVersion.MQTTv5:
            told = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            told.ReceiveMaximum = options.window
            told.MaximumPacketSize = options.largest
            told.SessionExpiryInterval = options.expiry_s
            clean = not options.kept_s
            self.connect(host, port, options.keepalive_s, clean_start=clean, properties=told)
        else:
            self.connect(host, port, options.keepalive_s)
        self._start()

    def _will_told(self) -> Properties | None:
        if self.protocol is not MQTTProtocolVersion.MQTTv5:
            return None
        told = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        told.WillDelayInterval = WILL_DELAY_S
        return told

    def _start(self) -> None:
        # With such a callback paho leaves all writing to that thread, as it does for its own.
        self.on_socket_register_write = lambda *_: None
        self._runner = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._runner.start()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            while self.loop(_TICK_S) == MQTTErrorCode.MQTT_ERR_SUCCESS:
                pass
        except Exception as error:  # noqa: BLE001 - parsing garbage raises whatever it likes
            failure = error
        self._ended(failure)

    def cut(self) -> None:
        """End the connection at once, whatever the peer does; the thread then ends."""
        link = self._link._socket if isinstance(self._link, _Websocket) else self._link
        with suppress(OSError):  # it has been closed meanwhile
            # That of an SSLSocket would let its reader go on without encryption.
            socket.socket.shutdown(link, socket.SHUT_RDWR)

    def release(self) -> None:
        """Close all sockets, once the thread has ended."""
        if self._runner is not None:
            self._runner.join()
        self._reset_sockets()
        self._link.close()

    def _create_socket(self) -> GuardedLink:  # type: ignore[override]
        self.guarded = GuardedLink(self._link, self._framing, lambda: len(self._out_packet))
        return self.guarded
