"""A bar on a terminal's stderr, for what takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

Progress = Callable[[str, float, float], None]
"""Told of what is being done, how much of it is done, and how much there is (0 = nobody knows)."""


@contextmanager
def shown(task: str, quiet: bool = False) -> Iterator[Progress]:
    """While stdout goes elsewhere; where stderr is no terminal, nothing."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _what, _done, _total: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=console, transient=True) as bar:
        shown = bar.add_task(task, total=None)
        yield lambda what, done, total: bar.update(
            shown, description=what, completed=done, total=total or None
        )
