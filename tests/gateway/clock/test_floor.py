"""The clock's floor: what is on disk, when it moves, and the clock that is raised to it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import Clocks, Floor
from gateway.clock.floor import EVERY_NS, formatted, parsed, raise_clock

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOON = 1_790_000_000 * SECOND
YEARS = 10 * 365 * 24 * HOUR


def on_disk(path: Path) -> int | None:
    return Floor(path).utc_ns


def test_the_file_is_a_line_for_people(tmp_path: Path) -> None:
    Floor(tmp_path / "clock").follow(Clocks(0, NOON + 123))
    assert (tmp_path / "clock").read_text() == "gateway-clock-1 2026-09-21T14:13:20Z 536eb3a5\n"
    assert on_disk(tmp_path / "clock") == NOON
    assert [path.name for path in tmp_path.iterdir()] == ["clock"]


@given(st.integers(0, 4_102_444_799))
def test_what_is_written_is_what_is_read(seconds: int) -> None:
    assert parsed(formatted(seconds)) == seconds * SECOND


@given(st.binary(max_size=100) | st.just(formatted(4_102_444_800)))
def test_anything_else_is_damaged(content: bytes) -> None:
    with pytest.raises(ValueError, match="it is damaged"):
        parsed(content)


@given(st.integers(0, 8 * len(formatted(0)) - 1))
def test_no_bit_of_it_may_flip(bit: int) -> None:
    content = bytearray(formatted(1_790_000_000))
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match="it is damaged"):
        parsed(bytes(content))


def test_it_moves_at_most_every_hour(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    floor = Floor(path)
    moved = []
    for minute in range(300):
        passed = minute * 60 * SECOND
        before = on_disk(path)
        floor.follow(Clocks(passed, NOON + passed))
        if on_disk(path) != before:
            moved.append(minute)
    assert moved == [0, 60, 120, 180, 240]
    assert EVERY_NS == HOUR


def test_a_start_does_not_write_it(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    Floor(path).follow(Clocks(0, NOON))
    before = path.stat()
    for start in range(10):
        Floor(path).follow(Clocks(start, NOON + HOUR - 1))
    assert path.stat().st_ino == before.st_ino
    Floor(path).follow(Clocks(0, NOON + HOUR))
    assert on_disk(path) == NOON + HOUR


def test_a_false_server_of_2036_does_no_lasting_harm(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    Floor(path).follow(Clocks(0, NOON))
    Floor(path).follow(Clocks(0, NOON + YEARS))
    assert on_disk(path) == NOON + YEARS
    floor = Floor(path)  # the next start, with the true time again
    for minute in range(60):
        floor.follow(Clocks(minute * 60 * SECOND, NOON + minute * 60 * SECOND))
    assert on_disk(path) == NOON + YEARS
    floor.follow(Clocks(HOUR, NOON + HOUR))
    assert on_disk(path) == NOON + HOUR


def test_a_false_server_of_2016_must_last_an_hour_to_lower_it(tmp_path: Path) -> None:
    floor = Floor(tmp_path / "clock")
    floor.follow(Clocks(0, NOON))
    for hours in range(10):  # 59 minutes each, with the truth in between
        up_ns = hours * HOUR
        floor.follow(Clocks(up_ns, NOON - YEARS + up_ns))
        floor.follow(Clocks(up_ns + HOUR - 60 * SECOND, NOON - YEARS))
        assert on_disk(tmp_path / "clock") == NOON
        floor.follow(Clocks(up_ns + HOUR - 1, NOON + 1))
    floor.follow(Clocks(10 * HOUR, NOON - YEARS))
    floor.follow(Clocks(11 * HOUR, NOON - YEARS))
    assert on_disk(tmp_path / "clock") == NOON - YEARS


def test_what_cannot_be_now_is_not_kept(tmp_path: Path) -> None:
    Floor(tmp_path / "clock").follow(Clocks(0, 4_102_444_800 * SECOND))
    assert not (tmp_path / "clock").exists()


def test_without_a_file_nothing_is_known_and_nothing_is_wrong(tmp_path: Path) -> None:
    floor = Floor(tmp_path / "clock")
    assert (floor.utc_ns, floor.problem) == (None, "")


@pytest.mark.parametrize("content", [b"", b"gateway-clock-1 2026-09-21T14:13:20Z 536eb3a4\n"])
def test_a_damaged_file_is_told_and_written_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clock"
    path.write_bytes(content)
    floor = Floor(path)
    assert (floor.utc_ns, floor.problem) == (None, "it is damaged")
    floor.follow(Clocks(0, NOON))
    assert (floor.problem, on_disk(path)) == ("", NOON)


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    """Root reads it, in a folder of the service."""
    (tmp_path / "other").write_bytes(formatted(1_790_000_000))
    path = tmp_path / "clock"
    path.symlink_to(tmp_path / "other")
    assert Floor(path).utc_ns is None
    assert Floor(path).problem
    path.unlink()
    path.mkdir()
    assert Floor(path).problem


class Machine:
    """A clock that may be set, but for real."""

    def __init__(self, wall_ns: int, source: str | None = None, later: str | None = None) -> None:
        self.wall_ns = wall_ns
        self.source = source
        self._later = later

    def clocks(self) -> Clocks:
        return Clocks(0, self.wall_ns)

    def ask(self, not_before_ns: int | None) -> None:
        self.source = self.source or self._later

    def set_wall(self, utc_ns: int) -> None:
        self.wall_ns = utc_ns


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    (tmp_path / "clock").write_bytes(formatted(1_790_000_000))
    return Floor(tmp_path / "clock")


def test_a_clock_behind_the_floor_is_raised(floor: Floor) -> None:
    machine = Machine(0)
    assert raise_clock(machine, floor) == (
        True,
        "the clock said 1970-01-01T00:00:00Z: raised to 2026-09-21T14:13:20Z",
    )
    assert machine.wall_ns == NOON


@pytest.mark.parametrize("wall_ns", [NOON, NOON + YEARS])
def test_one_that_is_not_behind_stays(floor: Floor, wall_ns: int) -> None:
    machine = Machine(wall_ns)
    assert not raise_clock(machine, floor)[0]
    assert machine.wall_ns == wall_ns


@pytest.mark.parametrize("machine", [Machine(5, "kernel"), Machine(5, None, "chrony")])
def test_one_that_somebody_vouches_for_stays(floor: Floor, machine: Machine) -> None:
    done, told = raise_clock(machine, floor)
    assert not done
    assert told.startswith(f"{machine.source} vouches for the clock")
    assert machine.wall_ns == 5


def test_without_a_floor_it_stays(tmp_path: Path) -> None:
    machine = Machine(5)
    assert raise_clock(machine, Floor(tmp_path / "no")) == (
        False,
        "nothing is known of the time yet",
    )
    assert machine.wall_ns == 5
