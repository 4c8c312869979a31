"""One capture: when it begins and ends, what is in its file, and that it never runs for longer."""

import logging
import stat
from pathlib import Path

import pytest

from gateway.capture import State
from gateway.capture import capture as module
from gateway.capture.account import FILE
from gateway.capture.lines import MOST_HELD
from tests.gateway.capture.rig import HOUR_S, NOON, SECOND, Rig


def test_what_was_noted_is_in_a_file_of_the_user_alone(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.capture.keep()
    rig.run(3)
    rig.capture.close()
    assert rig.files() == ["door-20261120T1200Z.jsonl"]
    assert rig.capture.path is not None
    assert stat.S_IMODE(rig.capture.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(rig.folder.stat().st_mode) == 0o700
    first, *events, last = rig.lines()
    assert first == {
        "up": SECOND,
        "boot": "b00t0001",
        "begin": "2026-11-20T12:00:00Z",
        "until": "2026-11-20T18:00:00Z",
        "sensor": "door",
        "driver": "ld2450",
    }
    assert events == [{"up": s * SECOND, "in": "00ff"} for s in (2, 3, 4)]
    assert last == {"up": 4 * SECOND, "end": "the gateway was stopped", "lost": 0}


def test_without_utc_nothing_is_captured_until_somebody_vouches(tmp_path: Path) -> None:
    rig = Rig(tmp_path, trusted=False)
    rig.run(100)
    assert (rig.capture.state, rig.files()) == (State.WAITING, [])
    assert "nobody vouches" in rig.capture.told
    rig.clock.rtc = True  # an estimate is not enough
    rig.run(100)
    assert (rig.capture.state, rig.files()) == (State.WAITING, [])
    rig.clock.utc_at_boot_ns = NOON
    rig.run(3)
    assert rig.capture.state is State.RUNNING
    rig.capture.close()
    assert all(event["up"] > 201 * SECOND for event in rig.lines()[1:])


def test_it_ends_at_its_end_in_utc(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=0.5)
    rig.capture.keep()
    rig.run(HOUR_S, 7)
    assert rig.over == "its end, 2026-11-20T12:30:00Z, has come"
    assert 0.5 * HOUR_S - 7 <= rig.last_noted_s < 0.5 * HOUR_S
    assert rig.lines()[-1]["end"] == rig.over


def test_nothing_is_noted_after_its_end_though_nobody_has_looked(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=0.5)
    rig.capture.keep()
    rig.clock.run(HOUR_S, lambda: rig.capture.note({"up": rig.clock.now_ns()}), 10)
    rig.capture.keep()
    assert rig.over
    assert rig.last_noted_s < 0.5 * HOUR_S


@pytest.mark.parametrize("step_h", [-1, -24, -1000])
def test_a_clock_that_is_set_back_does_not_prolong_it(tmp_path: Path, step_h: int) -> None:
    rig = Rig(tmp_path, hours=0.5)
    rig.capture.keep()
    rig.run(0.25 * HOUR_S, 5)
    rig.clock.believe(step_h * HOUR_S * SECOND)
    rig.run(HOUR_S, 5)
    assert rig.over
    assert 0.5 * HOUR_S - 10 <= rig.last_noted_s < 0.5 * HOUR_S


def test_a_clock_that_is_set_on_ends_it_at_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.capture.keep()
    rig.run(60)
    rig.clock.believe(7 * HOUR_S * SECOND)
    rig.run(60)
    assert rig.over
    assert rig.last_noted_s <= 61


def test_it_goes_on_to_its_end_when_nobody_vouches_any_more(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=0.5)
    rig.capture.keep()
    rig.run(60)
    rig.clock.lose()
    rig.run(HOUR_S, 5)
    assert rig.over
    assert 0.5 * HOUR_S - 10 <= rig.last_noted_s < 0.5 * HOUR_S


def test_it_takes_a_day_of_running_time_at_most(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=7 * 24)
    rig.spend(22)
    rig.capture.keep()
    rig.run(3 * HOUR_S, 30)
    assert rig.over == "it has had its 24 h in all"
    assert 2 * HOUR_S - 60 <= rig.last_noted_s < 2 * HOUR_S


def test_a_day_in_all_however_often_the_program_is_killed(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=7 * 24)
    rig.spend(20)
    noted_s = 0.0
    for _ in range(10):
        rig.again(7 * 24)
        rig.capture.keep()
        if rig.capture.state is State.RUNNING:
            rig.run(0.6 * HOUR_S, 30)
            noted_s += rig.last_noted_s
            if rig.capture._file is not None:
                rig.capture._file.close()  # killed: no last line
    assert rig.over == "it has had its 24 h in all"
    assert 3.5 * HOUR_S < noted_s <= 4 * HOUR_S
    rig.again(6 * 24)  # another end is another choice
    rig.capture.keep()
    assert rig.capture.state is State.RUNNING
    rig.capture.close()


def test_starts_without_end_use_up_what_it_may_have(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hours=24)
    rig.spend(23.5)
    begun = 0
    for _ in range(50):
        rig.again(24)
        rig.capture.keep()
        if rig.capture._file is not None:
            begun += 1
            rig.capture._file.close()  # killed at once
        for path in rig.folder.iterdir():
            path.unlink()
    assert begun == 30
    assert rig.over == "it has had its 24 h in all"


@pytest.mark.parametrize(
    ("hours", "why"), [(-1, "is past"), (0, "is past"), (7 * 24 + 1, "is more than 7 days ahead")]
)
def test_an_end_that_is_past_or_far_away_captures_nothing(
    tmp_path: Path, hours: float, why: str
) -> None:
    rig = Rig(tmp_path, hours)
    rig.run(3 * HOUR_S, 60)
    assert rig.over.endswith(why)
    assert rig.files() == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"door 2026-11-20T18:00:00Z": -86400}', b"\xff\xfe"]
)
def test_where_nobody_knows_what_it_had_nothing_is_captured(tmp_path: Path, content: bytes) -> None:
    rig = Rig(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    rig.run(3)
    assert rig.over == f"{tmp_path / FILE} is damaged: remove it"
    assert rig.files() == []


def test_a_full_disk_ends_it_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(tmp_path)
    rig.capture.keep()
    rig.run(3)
    rig.fill_disk()
    rig.run(3)
    assert rig.over == "it cannot be written: No space left on device"
    assert "the capture of raw data of door is over: it cannot be written" in caplog.text
    rig.run(3)  # and nothing happens any more


def test_a_place_that_cannot_be_made_ends_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.folder.write_text("a file is in the way")
    rig.run(3)
    assert rig.over.startswith("it cannot be written: ")


def test_the_reserve_of_the_disk_is_left_to_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.again(6, reserve=10**18)
    rig.run(3)
    assert rig.over == "less than `buffer.reserve` is left on the disk"
    assert rig.files() == []


def test_a_file_that_is_full_is_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 101_000)
    rig = Rig(tmp_path)
    rig.capture.keep()
    rig.run(2 * HOUR_S)
    assert rig.over == module.FULL
    assert rig.capture.path is not None
    size = rig.capture.path.stat().st_size
    assert 100_000 < size == rig.capture.size <= 101_000
    assert rig.lines()[-1]["end"] == module.FULL
    rig.again(6)
    rig.run(3)  # a restart does not begin another
    assert (rig.over, len(rig.files())) == (module.FULL, 1)
    rig.again(6, "door-2")  # others have room of their own
    rig.run(3)
    assert rig.capture.state is State.RUNNING
    rig.capture.close()


def test_who_deletes_its_file_ends_it(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.capture.keep()
    rig.run(3)
    assert rig.capture.path is not None
    rig.capture.path.unlink()
    rig.run(3)
    assert rig.over == "its file was deleted"


def test_two_of_one_minute_are_two_files_and_nothing_is_overwritten(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    (tmp_path / "elsewhere").write_text("kept")
    for _ in range(2):
        rig.again(6)
        rig.run(2)
        rig.capture.close()
    assert rig.files() == ["door-20261120T1200Z-2.jsonl", "door-20261120T1200Z.jsonl"]
    link = rig.folder / "door-20261120T1200Z-3.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    rig.again(6)
    rig.run(2)
    rig.capture.close()
    assert rig.files()[-1] != link.name
    assert len(rig.files()) == 4
    assert (tmp_path / "elsewhere").read_text() == "kept"


def test_a_disk_that_hangs_loses_lines_and_the_file_says_how_many(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.capture.keep()
    event = {"up": 1, "in": "00" * 5000}
    for _ in range(100):  # nobody writes meanwhile
        rig.capture.note(event)
    assert sum(map(len, rig.capture._lines._lines)) <= MOST_HELD
    rig.clock.sleep(1)
    rig.capture.keep()
    rig.run(1)
    rig.capture.close()
    _, *events, lost, after, last = rig.lines()
    assert len(events) + lost["lost"] == 100
    assert lost["lost"] > 0
    assert (after["in"], last["lost"]) == ("00ff", lost["lost"])
    assert "lines lost" in rig.capture.told


def test_begin_and_end_are_logged_and_nothing_that_was_captured(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig = Rig(tmp_path)
    rig.run(30)
    rig.capture.close()
    begin, end = caplog.messages
    assert begin.startswith("raw data of door are being captured until 2026-11-20T18:00:00Z in ")
    assert end == "the capture of raw data of door is over: the gateway was stopped"
