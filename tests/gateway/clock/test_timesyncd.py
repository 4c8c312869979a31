"""timesyncd's file vouches for as long as it is fresh, and for the clock that it was touched by."""

import os
from pathlib import Path

import pytest

from gateway.clock.sources import Clocks
from gateway.clock.timesyncd import FRESH_S, Timesyncd

SECOND = 1_000_000_000
TOUCHED = Clocks(1000 * SECOND, 1_800_000_000 * SECOND)


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    path = tmp_path / "synchronized"
    path.touch()
    os.utime(path, ns=(TOUCHED.wall_ns, TOUCHED.wall_ns))
    return path


def later(seconds: float, step: float = 0) -> Clocks:
    """So long after the touch, with a wall clock that was set meanwhile."""
    up_ns = round(seconds * SECOND)
    return Clocks(TOUCHED.up_ns + up_ns, TOUCHED.wall_ns + up_ns + round(step * SECOND))


def test_without_the_file_it_does_not_vouch(tmp_path: Path) -> None:
    state = Timesyncd(tmp_path / "no").state(TOUCHED)
    assert (state.vouches, state.why) == (False, "has not synchronised, or does not run")


def test_it_vouches_while_the_file_is_fresh(flag: Path) -> None:
    timesyncd = Timesyncd(flag)
    assert timesyncd.state(later(40)).why == "synchronised 40 s ago"
    assert timesyncd.state(later(FRESH_S)).vouches
    silent = timesyncd.state(later(FRESH_S + 1))
    assert not silent.vouches
    assert silent.why == "has not synchronised for 69 min, or the clock was set forward"


@pytest.mark.parametrize("step", [-172_800, -3600, -100, 7200, 315_000_000])
def test_a_hand_made_step_before_anybody_looked_leaves_it_stale(flag: Path, step: float) -> None:
    assert not Timesyncd(flag).state(later(40, step)).vouches


@pytest.mark.parametrize("step", [-172_800, -3600, -30, -2, 2, 30, 3600, 315_000_000])
def test_any_step_after_it_was_seen_leaves_it_stale_until_the_next_touch(
    flag: Path, step: float
) -> None:
    timesyncd = Timesyncd(flag)
    assert timesyncd.state(later(40)).vouches
    assert not timesyncd.state(later(41, step)).vouches
    touched = later(42, step)
    os.utime(flag, ns=(touched.wall_ns, touched.wall_ns))
    assert timesyncd.state(later(43, step)).vouches


def test_a_leap_second_is_no_step(flag: Path) -> None:
    timesyncd = Timesyncd(flag)
    assert timesyncd.state(later(40)).vouches
    assert timesyncd.state(later(41, -1)).vouches
    assert timesyncd.state(later(0.1, -1)).vouches
