"""What the parts of an open log share: what is in memory, and the store while there is one."""

import threading
from pathlib import Path

from gateway.buffer.store import Store
from gateway.buffer.window import Window
from gateway.clock import Clock
from gateway.errors import StoreError


class Attachment:
    """`store` is None while the log is detached.

    `lock` guards what is in memory and is never held while the disk works; `reading` keeps the
    store from being closed under a reader, and is taken first.
    """

    def __init__(self, path: Path, clock: Clock, window: Window) -> None:
        self.path = path
        self.clock = clock
        self.window = window
        self.lock = window.lock
        self.reading = threading.RLock()
        self.store: Store | None = None
        self.refused: StoreError | None = None
        """Why the log is detached, or its disk does not take more."""
        self.unreadable: StoreError | None = None
        """What a reader met: the writer has to detach."""
        self.storing = 0
        """Oldest rows of the window that are being stored: they must stay as they are."""
        self.accepted = 0
        """Readings committed since the start."""
        self.writer_wake = threading.Event()
        """Set when a group is opened or full: the writer has something to wait for, or to do."""

    @property
    def pending(self) -> int:
        """Readings that wait for their commit."""
        return len(self.window.group.rows)
