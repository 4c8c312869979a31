"""Cuts checked frames out of a byte stream that may hold anything.

Theory: the buffer always begins with a byte that may start a frame. Its header tells how many bytes
decide; once they are there they are a frame, or the start was false and only its first byte goes,
because a true frame may begin right behind it. So noise costs at most what it hides, a cut frame
never costs the next one, and less than one longest frame is ever kept.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

F = TypeVar("F")


class Parser(Protocol[F]):
    """What takes bytes as they arrive and gives the frames that they complete."""

    def feed(self, data: bytes) -> list[F]:
        """All frames that are complete with `data`; never raises."""
        ...


class Framing(Generic[F]):
    """`start`: first byte of every frame. `size(buffer)`: bytes that decide, 0 = no frame.

    `frame(data)`: what exactly these bytes are; None = they only begin like a frame.
    """

    def __init__(
        self, start: int, size: Callable[[bytes], int], frame: Callable[[bytes], F | None]
    ) -> None:
        self._start = start
        self._size = size
        self._frame = frame
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes kept for a frame that is not complete."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[F]:
        """All frames that are complete with `data`."""
        self._buffer += data
        frames: list[F] = []
        while self._skip_to_start():
            size = self._size(bytes(self._buffer[:4]))
            if len(self._buffer) < size:
                break
            frame = self._frame(bytes(self._buffer[:size])) if size else None
            frames += [] if frame is None else [frame]
            del self._buffer[: 1 if frame is None else size]
        return frames

    def _skip_to_start(self) -> bool:
        """Drop what cannot begin a frame; whether anything is left."""
        found = self._buffer.find(self._start)
        del self._buffer[: len(self._buffer) if found < 0 else found]
        return bool(self._buffer)
