"""A node in this process, and what its threads cost: the simulation apart."""

import threading
import time
from collections.abc import Callable
from typing import Any

from gateway.app import Node


def run(node: Node, seconds: float) -> None:
    """As the main thread of the daemon does it."""
    end_s = time.perf_counter() + seconds
    while (left_s := end_s - time.perf_counter()) > 0:
        time.sleep(min(1.0, left_s))
        assert not node.check()


def thread_clock(name: str) -> int:
    """The clock of the CPU time of that thread."""
    [ident] = [t.ident for t in threading.enumerate() if t.name == name and t.ident]
    return time.pthread_getcpuclockid(ident)


class Models:
    """`seconds` of CPU that the parts of simulated I2C buses have taken."""

    def __init__(self, *buses: Any) -> None:
        self.seconds = 0.0
        for bus in buses:
            bus.transfer = self._timed(bus.transfer)

    def _timed(self, transfer: Callable[..., bytes]) -> Callable[..., bytes]:
        def timed(*arguments: Any) -> bytes:
            begin_s = time.thread_time()
            try:
                return transfer(*arguments)
            finally:
                self.seconds += time.thread_time() - begin_s

        return timed
