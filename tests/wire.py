"""A wire between a node and its broker that can be cut, go dead and be slow, while it is in use.

Theory: two sockets for each connection, and between them two lanes, one each way. A lane reads a
segment, lets it pass the line, and delivers it when it arrives:

    sender --segment--> [dead? wait] --> line (bits_per_s, all connections of a direction in turn)
           --> on its way (delay_s) --> [dead? wait] --> lost? stalled --> receiver

It shows what TCP shows of a wire, not packets: nothing comes twice, torn or in another order.

- **cut**: all connections are reset, what was on its way is gone, and new ones are refused.
- **swallow**: nothing passes, neither way, and nobody is told: connections stay, and the end of one
  side is not seen by the other. The kernel still accepts new ones, so those wait for the first
  answer, where a dead router would let them wait for the connection; those that were given up
  meanwhile never were. TCP would send all again, so once it is mended everything arrives; once it
  is cut nothing does.
- **slow**: `delay_s` each way; `bits_per_s` each way for all connections together; of `loss` = 0.05
  each 20th segment is lost, at random: it and all behind it on that connection wait for its
  retransmission, 200 ms, and twice as long each time that it is lost once more.
- **only_311**: as before a broker that does not know MQTT 5, and closes the connection at it.

Buffers before a lane are small, so what the line cannot carry waits with its sender.
"""

import asyncio
import random
import select
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.lane import Lane, Line, Speed, State

_ROOM = 16_384
"""Bytes of a socket's receive buffer."""
_RESET = struct.pack("ii", 1, 0)
T = TypeVar("T")


class Wire:
    """From a loopback `port` of its own to the one at its far side; mended at first."""

    def __init__(self, far_port: int, seed: int = 0) -> None:
        self.there, self.back = Line(), Line()
        """Towards the broker, and from it."""
        self.accepted = 0
        """Connections that have reached the far side."""
        self._far_port = far_port
        self._loop = asyncio.new_event_loop()
        self._state = State(asyncio.Event(), random.Random(seed))
        self._open: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire")
        self._thread.start()
        self.port = 0
        self._do(self._mend())

    @property
    def connections(self) -> int:
        """That are open now, as far as the wire was told."""
        return len(self._open) // 2

    def mend(self) -> None:
        """Pass on, also what was swallowed. It stays as slow as it is."""
        self._do(self._mend())

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self._do(self._cut())

    def swallow(self) -> None:
        """Let nothing pass, without a word."""
        self._do(self._swallow())

    def slow(self, delay_s: float = 0.0, bits_per_s: float | None = None, loss: float = 0) -> None:
        """For what comes from now on; without a word: fast again."""
        self._state.speed = Speed(delay_s, bits_per_s, loss)

    def know_only_311(self) -> None:
        """Turn MQTT 5 away."""
        self._state.only_311 = True

    def close(self) -> None:
        """Cut it for good."""
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        """In the wire's own thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _mend(self) -> None:
        self._state.alive.set()
        if self._listener is None:
            self._listener = listener = socket.create_server(("127.0.0.1", self.port))
            listener.setblocking(False)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            self.port = listener.getsockname()[1]
            self._go_on(self._accept(listener))

    async def _swallow(self) -> None:
        self._state.alive.clear()

    async def _cut(self) -> None:
        for end in self._open:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _go_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            await self._state.alive.wait()
            near, _ = await self._loop.sock_accept(listener)
            self._go_on(self._connect(near))

    async def _connect(self, near: socket.socket) -> None:
        """Where the far side refuses, or one end fails, both are reset."""
        with near, socket.socket() as far:
            for end in (near, far):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            self._open |= {near, far}
            try:
                await self._state.alive.wait()
                if not _is_given_up(near):
                    await self._join(near, far)
            except OSError:
                for end in (near, far):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            finally:
                self._open -= {near, far}

    async def _join(self, near: socket.socket, far: socket.socket) -> None:
        await self._loop.sock_connect(far, ("127.0.0.1", self._far_port))
        self.accepted += 1
        await _together(
            Lane(self._state, self.there, near, far), Lane(self._state, self.back, far, near)
        )


def _is_given_up(near: socket.socket) -> bool:
    """Whether its peer has closed it, or its half of it."""
    asked = select.poll()
    asked.register(near, select.POLLRDHUP)
    return bool(asked.poll(0))


async def _together(*lanes: "Lane") -> None:
    """Until both have ended, or one has failed. Raises OSError."""
    tasks = [asyncio.get_running_loop().create_task(lane.run()) for lane in lanes]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
