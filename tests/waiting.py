"""Waiting for what happens in another process: bounded, and never a bare sleep."""

import time
from collections.abc import Callable

STEP_S = 0.05


def until(happened: Callable[[], object], told: Callable[[], object], seconds: float = 60) -> None:
    """Ask again until it has happened; after `seconds` fail with what `told` says instead."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} s: {told()}"
        time.sleep(STEP_S)
