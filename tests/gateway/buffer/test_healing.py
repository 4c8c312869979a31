"""A damaged log is healed, also when the healing is ended at any step and begun again."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway import durable
from gateway.buffer import Log, healing, meanings, opening, salvage, sqlite, store
from gateway.buffer.store import Store
from gateway.errors import StoreDamaged, StoreError, StoreUnavailable
from gateway.model import Reason
from tests.gateway.buffer.node import (
    Node,
    commit_all,
    counted,
    everything,
    gaps,
    reading,
    readings,
)


class Killed(BaseException):
    """The process ends here."""


STEPS: list[tuple[Any, str]] = [
    (Path, "mkdir"), (Path, "write_text"), (Path, "replace"), (shutil, "rmtree"),
    (meanings, "in_transaction"), (salvage, "in_transaction"), (Store, "put_sensors"),
    (Store, "note_salvaged"), (Store, "reload"), (Store, "begin_session"), (durable, "replace"),
    (Store, "__init__"),
]  # fmt: skip
"""Whatever changes something on the disk while a log is healed."""


class Steps:
    """Ends the process before or after its n-th step."""

    def __init__(self, last: int, before: bool) -> None:
        self.taken: list[str] = []
        self._last, self._before = last, before

    def watched(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **options: Any) -> Any:
            self.taken.append(name)
            is_last = len(self.taken) == self._last
            if is_last and self._before:
                raise Killed
            done = work(*words, **options)
            if is_last:
                if name == "__init__":
                    words[0].close()
                raise Killed
            return done

        return step


Sent = dict[tuple[int, int], str]
"""What stands behind each identity."""


def damaged(node: Node) -> Sent:
    """A log of many pages whose first is lost, after a kill; what had gone out of it."""
    opened = node.start()
    for n in range(300):
        opened.append(counted(1) if n % 3 == 0 else reading(n))
        if n % 50 == 0:
            commit_all(opened)
    commit_all(opened)
    opened.append(reading(999))
    sent = contents(opened)
    node.kill()
    spoil(node.path)
    return sent


def contents(opened: Log) -> Sent:
    return {(one.epoch, one.number): one.packed for one in readings(everything(opened))}


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[:512] = bytes(512)
    path.write_bytes(data)


def healed(node: Node) -> Log:
    opened = node.start()
    if opened.store is None:
        opened.attach()
    return opened


def beside(node: Node) -> list[str]:
    """What lies beside the log, without its usual companions."""
    usual = {"log.db", "log.db-wal", "log.db-shm", "log.db.lock", "log.db.legend"}
    return sorted({path.name for path in node.path.parent.iterdir()} - usual)


def copied(node: Node, folder: Path) -> Node:
    folder.mkdir()
    made = Node(folder)
    shutil.copytree(node.path.parent, made.path.parent)
    shutil.copyfile(node.journal, made.journal)
    return made


def end(steps: Steps, node: Node) -> None:
    """Heal the log in a process that ends at that step."""
    opened = node.start()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, steps.watched(name, getattr(owner, name)))
        with suppress(Killed):
            opened.attach()
    node.kill()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_it_may_be_killed_before_and_after_every_step_and_is_begun_again(
    node: Node, tmp_path: Path, before: bool
) -> None:
    sent = damaged(node)
    for number in count(1):
        again = copied(node, tmp_path / f"killed-{number}")
        steps = Steps(number, before)
        end(steps, again)
        opened = healed(again)
        assert opened.append(counted(1)).values["total_in"] == 101
        after = contents(opened)
        assert sent.items() <= after.items(), f"{number}: {steps.taken}"
        assert len(after) == len(sent) + 1
        again.stop()
        assert beside(again) == ["log.db.damaged"]
        assert (again.path.parent / "log.db.damaged" / "log.db").exists()
        if len(steps.taken) < number:
            break
    assert number > len(STEPS)
    assert {name for _, name in STEPS} - {"rmtree"} <= set(steps.taken)


def test_it_says_what_it_did(node: Node) -> None:
    damaged(node)
    opened = healed(node)
    assert opened.healed
    assert opened.healed.problem == "was damaged and has been healed"
    assert "301" in opened.healed.evidence or "300" in opened.healed.evidence
    assert "\n" not in opened.healed.evidence
    assert "log.db.damaged" in opened.healed.cure
    [gap] = [gap for gap in gaps(everything(opened)) if gap.reason is Reason.STORE_DAMAGED]
    assert gap.numbers
    opened.close()
    again = node.start()
    assert (again.healed, again.refused) == (None, None)


def test_a_wal_that_is_damaged_in_its_middle_hides_nothing(node: Node, tmp_path: Path) -> None:
    """Its pages were copied to the file already: SQLite would read older ones over newer ones."""
    opened = node.start()
    for n in range(120):
        opened.append(reading(n))
        commit_all(opened)
    assert opened.store
    opened.store.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    sent = contents(opened)
    again = copied(node, tmp_path / "again")
    wal = again.path.with_name("log.db-wal")
    data = bytearray(wal.read_bytes())
    data[32 + len(data) // 536 // 2 * 536 + 100] ^= 1
    wal.write_bytes(data)
    after = healed(again)
    assert after.healed
    assert "write-ahead log" in after.healed.evidence
    assert sent.items() <= contents(after).items()
    again.stop()


def test_only_the_newest_evidence_is_kept(node: Node) -> None:
    damaged(node)
    first = healed(node)
    commit_all(first)
    first.close()
    evidence = node.path.parent / "log.db.damaged"
    (evidence / "mark").touch()
    spoil(node.path)
    second = healed(node)
    assert second.healed
    assert not (evidence / "mark").exists()
    assert (evidence / "log.db").read_bytes()[:512] == bytes(512)
    assert beside(node) == ["log.db.damaged"]


def test_the_new_log_may_be_damaged_before_the_old_one_is_read_out(
    node: Node, tmp_path: Path
) -> None:
    sent = damaged(node)
    for number in (12, 15):
        again = copied(node, tmp_path / f"twice-{number}")
        end(Steps(number, before=True), again)
        spoil(again.path)
        assert sent.items() <= contents(healed(again)).items()
        assert beside(again) == ["log.db.damaged"]
        again.stop()


def test_nothing_is_opened_while_a_log_is_being_read_out(node: Node) -> None:
    opened = node.start()
    opened.close()
    (node.path.parent / "log.db.salvage").mkdir()
    with pytest.raises(StoreDamaged, match="read out"):
        healing.open_whole(node.path)


@pytest.mark.parametrize("step", ["mkdir", "write_text", "replace"])
def test_a_disk_that_refuses_is_waited_for(node: Node, step: str) -> None:
    sent = damaged(node)
    opened = node.start()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, step, refuse)
        with pytest.raises(StoreUnavailable, match="No space left"):
            opened.attach()
        opened.append(reading(5))
    opened.attach()
    after = contents(opened)
    assert sent.items() <= after.items()
    assert len(after) == len(sent) + 1


def test_a_full_disk_in_the_middle_of_it_doubles_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salvage, "CHUNK_ROWS", 40)
    sent = damaged(node)
    opened = node.start()
    pages = [20]
    connect = sqlite.connect

    def small(path: Path, **options: Any) -> sqlite3.Connection:
        connection = connect(path, **options)
        if not options:
            with suppress(sqlite3.DatabaseError):  # the damaged one
                connection.execute(f"PRAGMA max_page_count = {pages[0]}").close()
        return connection

    monkeypatch.setattr(store, "connect", small)
    while opened.store is None:
        try:
            opened.attach()
        except StoreUnavailable as error:
            assert "full" in str(error)  # noqa: PT017 - it is tried again
            opened.append(reading(5))
            pages[0] += 15
    assert pages[0] > 20 + 15
    after = readings(everything(opened))
    assert sent.items() <= {(one.epoch, one.number): one.packed for one in after}.items()
    assert len(after) == len(sent) + (pages[0] - 20) // 15


class Impatient(threading.Thread):
    """A timer whose time is over as soon as anything runs."""

    def __init__(self, seconds: float, end: Callable[[], None]) -> None:
        super().__init__()
        assert seconds == opening.CHECK_S
        self._end = end
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            self._end()

    def cancel(self) -> None:
        self._over.set()


def opened_at_last(path: Path) -> Store:
    """On a busy machine the thread may come too late."""
    for _ in range(50):
        with suppress(StoreDamaged):
            return Store(path)
    pytest.fail("the check was never interrupted")


def test_a_large_file_is_checked_for_a_bounded_time(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check is interrupted, and what it did not reach is found when it is read."""
    opened = node.start()
    assert opened.store
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
    opened.append(reading(1))
    commit_all(opened)
    opened.store.connection.execute(
        f"INSERT INTO reading {many} SELECT -i, 1, 1, 5, NULL, '21.50,null', NULL FROM n"
    )
    opened.close()
    data = bytearray(node.path.read_bytes())
    assert len(data) > 5_000_000
    at = 3_000_000 - 3_000_000 % 512
    data[at : at + 512] = bytes(512)
    node.path.write_bytes(data)
    with pytest.raises(StoreDamaged):
        Store(node.path)
    monkeypatch.setattr(opening, "Timer", Impatient)
    with closing(opened_at_last(node.path)) as whole, pytest.raises(StoreDamaged):
        whole.rows(-400_000, 1, 400_000)


def test_a_person_must_act_when_the_file_is_a_folder(node: Node) -> None:
    node.path.mkdir(parents=True)
    with pytest.raises(StoreError) as told:
        node.start()
    assert not isinstance(told.value, StoreDamaged | StoreUnavailable)


Change = Callable[[sqlite3.Connection], Any]


@pytest.mark.parametrize(
    "change",
    [
        lambda sql: sql.execute("ALTER TABLE reading RENAME COLUMN packed TO pecked"),
        lambda sql: sql.execute("ALTER TABLE boot ADD COLUMN one_more"),
        lambda sql: sql.execute("DELETE FROM state"),
        lambda sql: sql.execute("UPDATE reading SET packed = '22.5' WHERE position = 301"),
        lambda sql: sql.execute("UPDATE reading SET position = 1000000 WHERE position = 301"),
        lambda sql: sql.execute("UPDATE sensor SET totals = CAST(x'ff' AS TEXT)"),
        lambda sql: sql.execute("PRAGMA user_version = 1"),
        lambda sql: sql.execute("PRAGMA application_id = 1"),
        lambda sql: sql.execute("DROP TABLE cursor"),
    ],
)
def test_whatever_makes_no_sense_is_damage(node: Node, change: Change) -> None:
    opened = node.start()
    for n in range(301):
        opened.append(reading(n))
    opened.close()
    with closing(sqlite3.connect(node.path)) as sql:
        change(sql)
        sql.commit()
    opened = node.start()
    assert isinstance(opened.refused, StoreDamaged)
    opened.attach()
    assert len(readings(everything(opened))) >= 300
