"""What reaches the card: bytes written per reading at ten readings a second, as Linux counts them.

Every commit is followed by a sync, so simulated time writes what real time would.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.form import report

GOAL = 200
"""Bytes per reading in the steady state, everything being delivered at once."""

_TMPFS = "tmpfs"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a real disk."""
    found = tmp_path
    if _file_system(tmp_path) == _TMPFS:
        found = Path(__file__).parents[2] / ".build" / f"card-{os.getpid()}"
        found.mkdir(parents=True)
    assert _file_system(found) != _TMPFS, f"{found} is in memory: nothing would be written"
    yield found
    shutil.rmtree(found)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, as a runtime directory is."""
    found = Path("/dev/shm") / f"card-{tmp_path.name}-{os.getpid()}"
    found.mkdir()
    yield found
    shutil.rmtree(found)


def _file_system(path: Path) -> str:
    """The type of the file system that it lies on."""
    return subprocess.run(
        ["stat", "--file-system", "--format=%T", path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def written(disk: Path, memory: Path, page_size: int = 512, deliver: bool = True) -> float:
    """Bytes per reading, of a process of its own."""
    options = {"page_size": page_size, "deliver": deliver}
    command = [sys.executable, "-m", "tests.chaos.card", str(disk), str(memory)]
    command.append(json.dumps(options))
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: float = json.loads(done.stdout)
    return found


def test_the_card_is_spared(disk: Path, memory: Path) -> None:
    found = written(disk / "512", memory)
    stored = written(disk / "stored", memory, deliver=False)
    pages = {size: written(disk / str(size), memory, size) for size in (1024, 4096)}
    others = ", ".join(f"{bytes_:.0f} with pages of {size}" for size, bytes_ in pages.items())
    report(
        f"card: {found:.0f} bytes written per reading (goal: {GOAL}), {stored:.0f} without "
        f"delivery; {others}"
    )
    assert 20 < found <= GOAL
    assert 20 < stored <= GOAL
