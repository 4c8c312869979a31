"""A disk that takes nothing of what a radio uplink keeps: neither a new file nor more of one."""

from pathlib import Path

LEDGER, STATE = "airtime-radio", "lorawan-radio.json"


def fill(folder: Path, name: str) -> None:
    """For that file, from now on."""
    path = folder / name
    if name == LEDGER:
        path.rename(folder / f"{name}.away")
        path.symlink_to("/dev/full")
    (folder / f"{name}.new").mkdir()


def clear(folder: Path, name: str) -> None:
    """There is room again."""
    path = folder / name
    (folder / f"{name}.new").rmdir()
    if name == LEDGER:
        path.unlink()
        (folder / f"{name}.away").rename(path)
