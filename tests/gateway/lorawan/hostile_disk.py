"""A disk that is full for what a radio uplink keeps: what is written is refused with ENOSPC."""

from pathlib import Path

LEDGER, STATE = "airtime-radio", "lorawan-radio.json"


def fill(folder: Path, name: str) -> None:
    """For that file, from now on."""
    path = folder / name
    if name == LEDGER:
        path.rename(folder / f"{name}.away")
        path.symlink_to("/dev/full")
    (folder / f"{name}.new").symlink_to("/dev/full")


def clear(folder: Path, name: str) -> None:
    """There is room again."""
    path = folder / name
    (folder / f"{name}.new").unlink()
    if name == LEDGER:
        path.unlink()
        (folder / f"{name}.away").rename(path)
