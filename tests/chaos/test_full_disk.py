"""A disk that is full, read-only or broken from any write on: it goes on, and recovers by itself.

A real small file system and a real remount, with the daemon: tests/e2e/test_no_disk.py.
"""

import errno
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.chaos.disk import Disk
from tests.chaos.form import report, rounds
from tests.chaos.full_disk_driver import Told
from tests.chaos.ledger import FarSide, gap_of

REPOSITORY = Path(__file__).parents[2]
TRUE = {"thinned", "dropped", "unclean_stop", "not_measured"}
STRIDES = {errno.ENOSPC: 2, errno.EROFS: 11, errno.EIO: 11}
"""In the short form; the long one tries every write with every error."""


@pytest.mark.parametrize("error", STRIDES, ids=errno.errorcode.get)
def test_the_disk_may_go_away_at_every_write(error: int, tmp_path: Path) -> None:
    stride = rounds(STRIDES[error], 1)
    lives = live(tmp_path, error, stride)
    assert len(lives) > 300 // stride
    assert [told.after for told in lives if told.came] == [told.after for told in lives[:-1]], (
        "the last life alone has met no error"
    )
    figures: Counter[str] = Counter()
    for told in lives:
        try:
            figures += examined(told)
        except AssertionError as failed:
            failed.add_note(f"{errno.errorcode[error]} behind {told.after} writes")
            raise
    report(
        f"{errno.errorcode[error]}: at {len(lives) - 1} writes, one in {stride}; "
        f"{figures['readings']} readings measured, all of them delivered while the disk was away, "
        f"and in the log once ({figures['merged']} merged, {figures['dropped']} dropped for the "
        f"quota); {figures['unclean']} unclean stops told, 0 wrong gaps"
    )
    assert figures["merged"]
    assert figures["unclean"]


def live(tmp_path: Path, error: int, stride: int) -> list[Told]:
    """All lives, in one process."""
    disk, folder, run = Disk(tmp_path / "disk"), tmp_path / "state", tmp_path / "run"
    folder.mkdir()
    run.mkdir()
    words = (str(folder), str(run), str(error), "0", str(stride))
    done = subprocess.run(
        (sys.executable, "-m", "tests.chaos.full_disk_driver", *words),
        env=os.environ | disk.env(folder), cwd=REPOSITORY,
        capture_output=True, text=True, timeout=3_000, check=False,
    )  # fmt: skip
    lives = [msgspec.json.decode(line, type=Told) for line in done.stdout.splitlines()]
    after = lives[-1].after + stride if lives else 0
    assert done.returncode == 0, f"behind {after} writes: {done.stderr[-3000:]}"
    return lives


def examined(told: Told) -> Counter[str]:
    """The figures of one life, in which all was well."""
    assert told.late == []
    assert told.recovered
    assert [one for one in told.totals.values() if one[0] != one[1]] == []
    appended, archived = dict(told.appended), dict(told.archived)
    assert len(appended) == len(told.appended), "an identity was given twice"
    far_side = FarSide(archived)
    assert [one for one in appended.items() if not far_side.has_all_of(*one)] == []
    counted = far_side.counted()
    gaps = [gap for content in archived.values() if (gap := gap_of(content))]
    figures = the_gaps(told, gaps)
    readings = sum(gap_of(content) is None for content in appended.values())
    assert sum(counted.values()) + figures["dropped"] - told.early == readings
    merged = sum(n for (_, first, last), n in counted.items() if first < last)
    return figures + Counter(readings=readings, merged=merged)


def the_gaps(told: Told, gaps: list[list[Any]]) -> Counter[str]:
    """None tells of what is not so."""
    assert {gap[0] for gap in gaps} <= TRUE
    stops = [gap for gap in gaps if gap[0] == "unclean_stop"]
    assert len(stops) <= told.unclean  # none if it never had its disk
    assert all(gap[2] is None and gap[3] == 0 for gap in stops), "nothing was lost by a stop"
    return Counter(unclean=len(stops), dropped=sum(gap[3] for gap in gaps if gap[0] == "dropped"))
