"""The writer: when it commits, and what it does at a disk that refuses or a file that breaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.buffer import Log
from gateway.config import Buffer
from gateway.model import Finding, Reading, StoredReading
from gateway.writer import RETRY_S, Writer
from tests.gateway.simulated_clock import SimulatedClock

COMMIT_S = 10.0
PAGE = 512


class Rig:
    """A log in a folder, and its writer."""

    def __init__(self, folder: Path, **buffer: Any) -> None:
        self.clock = SimulatedClock()
        self.path = folder / "log.db"
        settings = {"commit_every": COMMIT_S, "reserve": 0, **buffer}
        self.log = Log(
            Buffer(path=str(self.path), **settings), folder, self.clock, {"city": "everything"}
        )
        self.writer = Writer(self.log, self.clock)

    @property
    def finding(self) -> Finding | None:
        return self.writer.trouble.finding

    def measure(self, count: int = 1) -> None:
        for _ in range(count):
            self.clock.sleep(0.001)
            self.log.append(Reading("s", {"temperature": 21.0}, self.clock.now_ns()))

    def work(self) -> float | None:
        """Until it has nothing to do now; returns when it wants to be called again."""
        while (wait := self.writer.commit_once()) == 0:
            pass
        return wait

    def write(self) -> float | None:
        """Measure once, and let the time of the group pass."""
        self.measure()
        self.clock.sleep(COMMIT_S)
        return self.work()

    def limit_pages(self, more: int) -> None:
        """Let the file grow by so many pages only: SQLite says the disk is full, as it would."""
        assert self.log.store is not None
        connection = self.log.store.connection
        [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
        connection.execute(f"PRAGMA max_page_count = {pages + more}").close()

    def damage(self) -> None:
        """Write garbage over the pages of the open file, and make SQLite look at them again."""
        assert self.log.store is not None
        connection = self.log.store.connection
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        with self.path.open("r+b") as file:
            size = file.seek(0, 2)
            file.seek(PAGE)
            file.write(b"\xa5" * (size - PAGE))
        connection.execute("PRAGMA shrink_memory").close()

    def numbers(self) -> list[int]:
        """Those of the readings that an uplink would be given, from the first on."""
        reader = self.log.reader("city")
        reader.move(0)
        found: list[int] = []
        while batch := reader.take(1000):
            found += [one.number for one in batch.entries if isinstance(one, StoredReading)]
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.log.let_go()


def test_a_group_is_committed_when_its_time_is_over(rig: Rig) -> None:
    assert rig.work() is None
    rig.measure(3)
    assert rig.work() == pytest.approx(COMMIT_S, abs=0.01)
    assert (rig.log.accepted, rig.log.pending) == (0, 3)
    rig.clock.sleep(COMMIT_S)
    assert rig.work() is None
    assert (rig.log.accepted, rig.log.pending) == (3, 0)


def test_a_full_disk_is_tried_again_with_back_off_and_nothing_is_lost(rig: Rig) -> None:
    rig.write()
    rig.limit_pages(0)
    rig.measure(500)
    rig.clock.sleep(COMMIT_S)
    for _ in range(20):
        wait = rig.work()
        assert wait is not None
        assert 0 < wait <= RETRY_S[1]
        assert rig.writer.commit_once() == pytest.approx(wait)  # not before its time
        rig.clock.sleep(wait)
    assert rig.finding is not None
    assert "full" in rig.finding.evidence
    assert "df -h" in rig.finding.cure
    assert rig.log.pending == 500
    rig.limit_pages(10_000)
    assert rig.work() is None
    assert rig.writer.trouble.finding is None
    assert (rig.log.accepted, rig.log.pending) == (501, 0)
    assert rig.numbers() == list(range(1, 502))


def test_trouble_with_the_disk_is_logged_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "gateway.writer")
    rig.write()
    rig.limit_pages(0)
    rig.measure(500)
    rig.clock.sleep(COMMIT_S)
    for _ in range(5):
        rig.clock.sleep(rig.work() or 0)
    rig.limit_pages(10_000)
    rig.work()
    levels = [record.levelname for record in caplog.records if record.name == "gateway.writer"]
    assert levels == ["WARNING", "INFO"]


def test_a_log_that_could_not_be_opened_is_opened_as_soon_as_it_can_be(tmp_path: Path) -> None:
    block = tmp_path / "log.db.legend.new"
    block.mkdir()  # the legend cannot be written, as on a full disk
    rig = Rig(tmp_path)
    assert rig.log.store is None
    rig.measure(3)
    wait = rig.work()
    assert wait is not None
    assert rig.finding is not None
    rig.clock.sleep(wait)
    block.rmdir()
    rig.work()
    rig.clock.sleep(COMMIT_S)
    assert rig.work() is None
    assert rig.log.store is not None
    assert (rig.finding, rig.log.accepted) == (None, 3)
    rig.log.close()


def test_a_file_that_breaks_is_left_healed_and_written_again(rig: Rig) -> None:
    for _ in range(50):
        rig.write()
    rig.damage()
    rig.measure(2)
    rig.clock.sleep(COMMIT_S)
    rig.work()
    rig.clock.sleep(COMMIT_S)
    assert rig.work() is None
    assert rig.log.store is not None
    assert rig.log.healed is not None
    assert (rig.finding, rig.log.pending) == (None, 0)
    assert (rig.path.parent / "log.db.damaged").is_dir()
    rig.write()
    assert rig.log.pending == 0


def test_what_a_reader_found_unreadable_is_healed_without_a_reading(rig: Rig) -> None:
    for _ in range(50):
        rig.write()
    rig.damage()
    rig.numbers()
    assert rig.log.unreadable is not None
    rig.work()
    assert rig.log.healed is not None


def test_the_quota_is_kept_until_nothing_is_left_to_do(tmp_path: Path) -> None:
    rig = Rig(tmp_path, max_size=10_000_000)
    for _ in range(10):
        rig.measure(2_000)
        rig.work()
    rig.log.close()
    rig = Rig(tmp_path, max_size=200_000)
    rig.write()
    assert rig.log.usage.used < rig.log.usage.limit
    assert not rig.log.keep()
    rig.log.close()
