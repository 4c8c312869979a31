"""The node's own counts of some windows, from its log; the newest are waited for."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from gateway.buffer.view import LogView
from gateway.clock import Clock
from gateway.config import Config
from gateway.errors import NotNow
from gateway.reference_count import Found, Window, found

PATIENCE_S = 20.0
"""Beyond `buffer.commit_every`: a late reading, and a card that takes its time."""
_AGAIN_S = 0.5


def own_counts(
    loaded: Config,
    sensor: str,
    windows: Sequence[Window],
    clock: Clock,
    line: Callable[[str], None],
) -> Found:
    """All of them, as soon as the last one is in the log. Raises StoreError, or NotNow with why."""
    wait_ns = round((loaded.buffer.commit_every + PATIENCE_S) * 1e9)
    until_ns = windows[-1].end_ns + wait_ns
    path = Path(loaded.buffer.path)
    while (told := _look(path, windows, sensor)).missing:
        left_ns = until_ns - clock.clocks().wall_ns
        if not 0 < left_ns <= wait_ns:
            break
        line(f"waits for the node's own counts, {left_ns / 1e9:.0f} s at most")
        clock.sleep(_AGAIN_S)
    return told


def _look(path: Path, windows: Sequence[Window], sensor: str) -> Found:
    """Opened anew each time: of a log that nobody writes no file is left beside it."""
    with closing(LogView(path, brief=True)) as view, view.still():
        first = view.since(windows[0].begin_ns)
        spans = view.spans(first, view.last_position)
        return found(windows, (one for span in spans for one in view.entries(span)), sensor)


def must_be_complete(told: Found, said: Sequence[str], hint: str) -> None:
    """Raises NotNow with what is said of the windows that are missing."""
    if told.missing:
        raise NotNow(
            "nothing is kept, for the node's own counts are missing. " + "; ".join(said), hint
        )
