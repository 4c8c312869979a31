"""Small files that a power cut leaves as they were or as they should be."""

import os
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Put that into the file in one step, and wait for the disk. Raises OSError."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
