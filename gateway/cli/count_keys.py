"""Counting by keys at a terminal.

What was pressed is known in its order and by window, never by its time: nothing finer may be known
of people than a window.
"""

import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from gateway.clock import Clock
from gateway.reference_count import Passages, Window

REFRESH_S = 0.2
IN, OUT, BACK, QUIT = "i", "o", "back", "q"
_KEYS = {"\x7f": BACK, "\x08": BACK, "\x04": QUIT}
_ESCAPE = "\x1b"

NextKeys = Callable[[float], Sequence[str]]
"""The keys that were pressed, waiting so many seconds at most."""


class Count:
    """Who was counted in which window, given by its place among all."""

    def __init__(self) -> None:
        self._pressed: list[tuple[int, str]] = []

    def press(self, window: int, key: str) -> None:
        """One in or out, or the last one taken back, also of the window before."""
        if key in (IN, OUT):
            self._pressed.append((window, key))
        elif key == BACK and self._pressed:
            self._pressed.pop()

    def of(self, window: int) -> Passages:
        """Who passed in that window."""
        return Passages(*(self._pressed.count((window, key)) for key in (IN, OUT)))

    @property
    def total(self) -> Passages:
        """Who passed in all."""
        keys = [key for _, key in self._pressed]
        return Passages(keys.count(IN), keys.count(OUT))


@contextmanager
def keys(descriptor: int) -> Iterator[NextKeys]:
    """Of a terminal, each at once and not echoed; what was typed before is forgotten."""
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield lambda wait_s: _pressed(descriptor, wait_s)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _pressed(descriptor: int, wait_s: float) -> list[str]:
    """Keys that send a sequence (arrows, F1) are none of ours; a terminal that is gone ends it."""
    if not select.select([descriptor], [], [], wait_s)[0]:
        return []
    try:
        typed = os.read(descriptor, 64)
    except OSError:
        return [QUIT]
    plain = typed.decode("ascii", "ignore").partition(_ESCAPE)[0]
    return [_KEYS.get(key, key.lower()) for key in plain] if typed else [QUIT]


def counted(
    windows: Sequence[Window], clock: Clock, next_keys: NextKeys, line: Callable[[str], None]
) -> list[Passages]:
    """Counts of the windows that were over before somebody ended it, in their order."""
    count = Count()
    with suppress(KeyboardInterrupt):
        _listen(count, windows, clock, next_keys, line)
    return [count.of(number) for number in range(_over(windows, clock))]


def _listen(
    count: Count,
    windows: Sequence[Window],
    clock: Clock,
    next_keys: NextKeys,
    line: Callable[[str], None],
) -> None:
    while (over := _over(windows, clock)) < len(windows):
        line(_told(count.total, windows, over, clock.clocks().wall_ns))
        pressed = next_keys(REFRESH_S)
        if QUIT in pressed:
            return
        over = _over(windows, clock)
        if clock.clocks().wall_ns >= windows[0].begin_ns:
            for key in pressed:
                count.press(over, key)


def _over(windows: Sequence[Window], clock: Clock) -> int:
    now_ns = clock.clocks().wall_ns
    return sum(window.end_ns <= now_ns for window in windows)


def _told(total: Passages, windows: Sequence[Window], over: int, now_ns: int) -> str:
    if now_ns < windows[0].begin_ns:
        return f"begin in {_minutes(windows[0].begin_ns - now_ns)}"
    left = _minutes(windows[-1].end_ns - now_ns)
    which = f"window {over + 1} of {len(windows)}"
    return f"in {total.inward}   out {total.outward}   {which}   {left} left"


def _minutes(ns: int) -> str:
    minutes, seconds = divmod(-(-ns // 10**9), 60)
    return f"{minutes}:{seconds:02d}"


class Line:
    """One line of a terminal's stderr that is written over; elsewhere nothing."""

    def __init__(self) -> None:
        self._last = ""
        self._shown = sys.stderr.isatty()

    def __call__(self, text: str) -> None:
        if self._shown and text != self._last:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._last = text

    def close(self) -> None:
        """Nothing of it stays."""
        self("")
