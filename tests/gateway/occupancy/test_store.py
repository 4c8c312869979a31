"""The file of balances: what was written, or a clear word that it is not that."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.occupancy.balance import Balance, Counted, Day
from gateway.occupancy.store import BalanceFile, formatted, parsed
from tests.gateway.simulated_clock import SimulatedClock

counts = st.integers(0, 2**53)
counted = st.builds(Counted, counts, counts)
built = st.builds(
    Balance,
    st.dictionaries(st.text(), st.sampled_from([1, -1])),
    st.dictionaries(st.text(), counted),
    counts,
    st.none() | counts,
    st.none() | st.builds(Day, counts, counts, counts, counts),
    st.booleans(),
    st.text(),
)
ONE = Balance({"door": 1}, {"door": Counted(7, 5)}, 2, 739_000, Day(739_000, 1, 2, 50), untold=True)


@given(st.dictionaries(st.text(), built))
def test_what_is_written_is_read(balances: dict[str, Balance]) -> None:
    assert parsed(formatted(balances)) == balances


@given(st.data())
def test_a_byte_that_differs_is_seen(data: st.DataObject) -> None:
    content = bytearray(formatted({"foyer": ONE}))
    at = data.draw(st.integers(0, len(content) - 2))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ValueError, match="it is"):
        parsed(bytes(content))


@given(st.binary())
def test_anything_else_is_no_such_file(content: bytes) -> None:
    with pytest.raises(ValueError, match="it is"):
        parsed(content)


def test_it_is_written_only_when_something_changes(tmp_path: Path) -> None:
    path = tmp_path / "occupancy"
    file = BalanceFile(path, SimulatedClock())
    assert file.problem == f"there is no {path}"
    file.keep("foyer", ONE)
    assert BalanceFile(path, SimulatedClock()).get("foyer") == ONE
    written = path.stat().st_ino
    file.keep("foyer", ONE)
    assert path.stat().st_ino == written
    file.keep("foyer", ONE.told())
    again = BalanceFile(path, SimulatedClock())
    again.keep("foyer", ONE.told())
    assert path.stat().st_ino != written
    assert again.get("foyer") == ONE.told()


def test_a_disk_that_refuses_is_a_finding_until_it_takes_it(tmp_path: Path) -> None:
    folder = tmp_path / "away"
    file = BalanceFile(folder / "occupancy", SimulatedClock())
    file.keep("foyer", ONE)
    assert file.finding is not None
    assert file.finding.cure == f"is there room? df -h {folder}"
    folder.mkdir()
    file.keep("foyer", ONE)
    assert file.finding is None
    assert BalanceFile(folder / "occupancy", SimulatedClock()).get("foyer") == ONE


def test_a_damaged_one_says_so_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "occupancy"
    path.write_bytes(formatted({"foyer": ONE})[:-20])
    file = BalanceFile(path, SimulatedClock())
    assert (file.get("foyer"), file.problem) == (None, f"{path}: it is damaged")
    file.keep("foyer", ONE)
    assert BalanceFile(path, SimulatedClock()).problem == ""
