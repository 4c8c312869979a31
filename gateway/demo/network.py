"""What lies outside the node in the demonstration: a broker, and the wire to it that can be cut.

Both run in one thread of their own. The node knows only its end of the wire, so an outage is the
same to it with the embedded broker and with a real one: connections break, new ones are refused.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
_CHUNK = 65_536


class Broker(NamedTuple):
    """Where the broker is, and how to log in."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None


class Wire:
    """Relays TCP from `port` on loopback to the broker, until it is cut."""

    def __init__(self, broker: Broker) -> None:
        self.port = free_port()
        self._broker = broker
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._relay, LOOPBACK, self.port)

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        while self._open:
            self._open.pop().transport.abort()
            await asyncio.sleep(0)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(
                self._broker.host, self._broker.port
            )
        except OSError:
            writer.close()
            return
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with suppress(OSError):  # the wire was cut
            while data := await reader.read(_CHUNK):
                writer.write(data)
                await writer.drain()
        self._open.discard(writer)
        writer.close()


class Network:
    """The thread in which broker and wire live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._broker: Any = None
        self._wire: Wire | None = None
        self._thread.start()

    def start_broker(self) -> int:
        """Start the embedded broker; returns its port. Raises ImportError without amqtt."""
        port = free_port()
        self._broker = self.call(_broker(port))
        return port

    def lay_wire(self, broker: Broker) -> Wire:
        """A wire to that broker, through which connections pass."""
        self._wire = Wire(broker)
        self.call(self._wire.mend())
        return self._wire

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the thread of the network."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def close(self) -> None:
        """Cut the wire, stop the broker and the thread."""
        if self._wire is not None:
            self.call(self._wire.cut())
        if self._broker is not None:
            self.call(self._broker.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


async def _broker(port: int) -> Any:
    from amqtt.broker import Broker

    listener = {"type": "tcp", "bind": f"{LOOPBACK}:{port}"}
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": listener}, "plugins": anonymous})
    await broker.start()
    return broker


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
