"""The file of checks beside the log."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from gateway.errors import StoreUnavailable
from gateway.reference_count import Check, Tally, add, is_told, newest_told, ns, read, utc
from gateway.reference_count.kept import MOST

TEN = 1_795_168_800 * 10**9


def check(number: int = 0) -> Check:
    begin = utc(TEN) + timedelta(minutes=30 * number)
    end = begin + timedelta(minutes=30)
    tallies = {"inward": Tally(34, 33, 1), "outward": Tally(28, 28, 0)}
    return Check(from_=begin, to=end, window_s=900, windows=2, compared="windows", **tallies)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.db"
    path.write_text("")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "count-checks.json"


def test_what_is_kept_is_read_again_and_the_oldest_give_way(file: Path, log: Path) -> None:
    assert (read(file), newest_told(file)) == ({}, {})
    add(file, log, "gate", check(7))
    for number in range(MOST + 3):
        add(file, log, "door", check(number))
    kept = read(file)
    assert kept["gate"] == [check(7)]
    assert kept["door"] == [check(number) for number in range(3, MOST + 3)]
    assert newest_told(file) == {"gate": check(7), "door": check(MOST + 2)}
    assert [one.name for one in file.parent.iterdir() if one not in (file, log)] == []


def test_nothing_finer_than_windows_and_their_sums_is_in_it(file: Path, log: Path) -> None:
    add(file, log, "door", check())
    assert json.loads(file.read_text()) == {
        "version": 1,
        "sensors": {
            "door": [
                {
                    "from": "2026-11-20T10:00:00Z",
                    "to": "2026-11-20T10:30:00Z",
                    "window_s": 900.0,
                    "windows": 2,
                    "compared": "windows",
                    "in": {"reference": 34, "counted": 33, "errors": 1},
                    "out": {"reference": 28, "counted": 28, "errors": 0},
                }
            ]
        },
    }
    assert ns(check().from_) == TEN


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o660])
def test_it_is_like_the_log_for_the_service_must_read_and_write_it(
    file: Path, log: Path, mode: int
) -> None:
    log.chmod(mode)
    owner = (4711, 4712) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(log, *owner)
    add(file, log, "door", check())
    add(file, log, "door", check(1))
    told = file.stat()
    assert (stat.S_IMODE(told.st_mode), told.st_uid, told.st_gid) == (mode, *owner)


DAMAGED = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[]",
    b'{"version": 1, "more": ' + b"[" * 100_000,
    b'{"version": 1, "sensors": {"door": [{}]}}',
    b'{"version": 2, "sensors": {}}',
    b'{"version": 1, "sensors": {}}' + b" " * 10**6 + b"x",
    msgspec.json.encode({"version": 1, "sensors": {"door": [check()]}}).replace(b"33", b"40"),
    msgspec.json.encode({"version": 1, "sensors": {"door": [check()]}}).replace(b"00Z", b"00"),
]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda one: repr(one[:30]))
def test_what_makes_no_sense_is_put_aside_with_a_warning(
    file: Path, log: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    aside = file.with_name("count-checks.json.damaged")
    for use in (lambda: newest_told(file), lambda: add(file, log, "door", check())):
        file.write_bytes(content)
        use()
        assert aside.read_bytes() == content
        assert [one.levelname for one in caplog.records] == ["WARNING"]
        assert "put aside as count-checks.json.damaged" in caplog.text
        caplog.clear()
        aside.unlink()
    assert read(file) == {"door": [check()]}


def test_the_newest_check_of_enough_people_is_told(file: Path, log: Path) -> None:
    """Of both directions together by hand; the counter's own figure plays no part."""
    few, enough = (
        replace(check(number), inward=Tally(people, 30, 30), outward=Tally(9, 9, 0))
        for number, people in ((2, 10), (1, 11))
    )
    for one in (check(0), enough, few):
        add(file, log, "door", one)
    add(file, log, "gate", few)
    assert newest_told(file) == {"door": enough}
    assert [is_told(one) for one in (few, enough)] == [False, True]


def test_fields_of_a_newer_gateway_are_no_damage(file: Path) -> None:
    content = {"version": 1, "by": "me", "sensors": {"door": [check()]}}
    file.write_bytes(msgspec.json.encode(content))
    assert newest_told(file) == {"door": check()}


def test_the_gateway_goes_on_where_it_cannot_be_read(
    file: Path, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.mkdir()
    assert newest_told(file) == {}
    assert "cannot be read" in caplog.text
    with pytest.raises(StoreUnavailable, match="cannot write"):
        add(file, log, "door", check())


def test_no_link_is_followed_that_the_service_may_have_put_there(
    file: Path, log: Path, tmp_path: Path
) -> None:
    other = tmp_path / "of-root"
    other.write_text("precious")
    file.with_name("count-checks.json.new").symlink_to(other)
    add(file, log, "door", check())
    assert other.read_text() == "precious"
    file.unlink()
    file.symlink_to(other)
    with pytest.raises(StoreUnavailable):
        add(file, log, "door", check())
    assert other.read_text() == "precious"


def test_two_who_count_at_two_doors_lose_nothing(file: Path, log: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(add, file, log, f"door-{n % 8}", check(n)) for n in range(64)]
    assert [one.exception() for one in done] == [None] * 64
    kept = read(file)
    assert sorted(map(len, kept.values())) == [8] * 8


def test_a_write_that_fails_leaves_the_old_one(
    file: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    add(file, log, "door", check())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(StoreUnavailable, match="No space left") as caught:
            add(file, log, "door", check(1))
    assert "df -h" in caught.value.hint
    assert read(file) == {"door": [check()]}
