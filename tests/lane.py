"""One direction of one connection over a wire, whose theory stands in wire.py."""

import asyncio
import random
import socket
from dataclasses import dataclass
from typing import NamedTuple

SEGMENT = 1_400
"""Bytes that are delayed, or lost, together."""
RETRANSMIT_S = 0.2
_AT_ONCE = 16_384
_MOST = 16
"""Segments of one connection on their way."""
_CONNECT_5 = b"\x00\x04MQTT\x05"
"""Name and version in the CONNECT of MQTT 5 (3.1.2.1 and 3.1.2.2)."""


class Speed(NamedTuple):
    """How slow it is; `bits_per_s` None = without a limit."""

    delay_s: float = 0.0
    bits_per_s: float | None = None
    loss: float = 0.0


FAST = Speed()


class Line:
    """One direction. `passed` bytes have arrived, `lost` segments were sent again."""

    def __init__(self) -> None:
        self.passed = self.lost = 0
        self.free_at = 0.0


@dataclass
class State:
    """What holds for all lanes of a wire; `alive` is clear while nothing passes."""

    alive: asyncio.Event
    random: random.Random
    speed: Speed = FAST
    only_311: bool = False


class Lane:
    """One direction of one connection."""

    def __init__(
        self, state: State, line: Line, sender: socket.socket, receiver: socket.socket
    ) -> None:
        self._state = state
        self._line = line
        self._sender = sender
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._on_its_way: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue(_MOST)

    async def run(self) -> None:
        """Until the sender has ended and all has arrived; then the receiver is told."""
        taking = self._loop.create_task(self._take())
        try:
            await self._deliver()
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _take(self) -> None:
        data: bytes | None = b"?"
        while data:
            await self._state.alive.wait()
            speed = self._state.speed
            data = await self._segment(_AT_ONCE if speed == FAST else SEGMENT)
            await self._state.alive.wait()
            await self._pass(len(data or b""), speed)
            await self._on_its_way.put((self._loop.time() + speed.delay_s, data))

    async def _segment(self, size: int) -> bytes | None:
        """b"" = the sender has ended, None = it was reset."""
        try:
            return await self._loop.sock_recv(self._sender, size)
        except OSError:
            return None

    async def _pass(self, size: int, speed: Speed) -> None:
        """Wait for the line, and until the last bit is on it."""
        if speed.bits_per_s is not None:
            line, now = self._line, self._loop.time()
            line.free_at = max(line.free_at, now) + size * 8 / speed.bits_per_s
            await asyncio.sleep(line.free_at - now)

    async def _deliver(self) -> None:
        while True:
            arrives_at, data = await self._on_its_way.get()
            await asyncio.sleep(max(0.0, arrives_at - self._loop.time()))
            await self._retransmit()
            await self._state.alive.wait()
            if data is None:
                raise ConnectionResetError
            if not data:
                self._receiver.shutdown(socket.SHUT_WR)
                return
            if self._state.only_311 and _CONNECT_5 in data[:16]:
                raise ConnectionResetError
            await self._loop.sock_sendall(self._receiver, data)
            self._line.passed += len(data)

    async def _retransmit(self) -> None:
        """As often as it is lost; all behind it wait with it."""
        again_s = RETRANSMIT_S
        while self._state.random.random() < self._state.speed.loss:
            self._line.lost += 1
            await asyncio.sleep(again_s)
            again_s *= 2
