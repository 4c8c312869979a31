"""`gateway count-check`: a person at the door, by keys and from paper, beside a real log."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from time import tzset
from typing import Any

import pytest

from gateway.cli import main
from gateway.model import Reading, rfc3339
from gateway.reference_count import read
from tests.gateway.buffer.logs import open_log
from tests.gateway.cli.calls import read_only
from tests.gateway.cli.count_book import BEGIN, CITY, QUARTER, Book, S, configured
from tests.gateway.simulated_clock import SimulatedClock


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "120")
    return configured(tmp_path)


@pytest.fixture(autouse=True)
def the_computer_takes_itself_to_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Pacific/Honolulu")
        tzset()
        yield
    tzset()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    book = Book(tmp_path, BEGIN)
    yield book
    book.log.close()


def utc_text(seconds: int) -> str:
    return rfc3339(seconds * S)


def at(hour: int, minute: int) -> str:
    return utc_text(BEGIN - 36_000 + hour * 3600 + minute * 60)


def paper(config: str, begin: str, end: str, inward: int, outward: int, *more: str) -> int:
    words = ["count-check", "door", "--from", begin, "--to", end, "--config", config]
    return main([*words, "--in", str(inward), "--out", str(outward), *more])


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_count_on_paper_beside_two_windows(
    config: str, book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book.window(9, 9)
    book.window(17, 13)
    book.window(16, 15)
    book.window(9, 9)
    assert paper(config, at(10, 15), at(10, 45), 34, 28) == 0
    told = capsys.readouterr()
    words = " ".join(told.out.split())
    assert "(2 windows of 15 min)" in words
    assert "in 34 33 -2.9 % 97.1 % 85.1 to 99.5 %" in words
    assert "out 28 28 +0.0 % 100.0 % 87.9 to 100.0 %" in words
    assert "both 62 61 -1.6 % 98.4 % 91.4 to 99.7 %" in words
    assert "Of 100 who pass, 91 to 100 are counted right." in words
    assert "Only the sums of all windows were compared" in words
    assert told.err == ""
    [check] = read(tmp_path / "count-checks.json")["door"]
    assert (check.windows, check.compared, check.window_s) == (2, "totals", QUARTER)
    assert (check.inward.reference, check.inward.counted, check.inward.errors) == (34, 33, 1)


def test_for_programs_all_figures_are_told(
    config: str, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book.window(34, 30, blind_s=9.0)
    assert paper(config, at(10, 0), at(10, 15), 34, 28, "--json") == 0
    told = answer(capsys)
    assert told["remarks"] == [
        {
            "from": at(10, 0),
            "to": at(10, 15),
            "problem": "the sensor could see for 99.0 % of it only",
        }
    ]
    check = told["check"]
    assert (check["sensor"], check["from"], check["to"]) == ("door", at(10, 0), at(10, 15))
    assert (check["windows"], check["window_s"], check["compared"]) == (1, 900, "windows")
    assert check["out"] == {
        "reference": 28,
        "counted": 30,
        "errors": 2,
        "error": 0.0714,
        "accuracy": 0.9286,
        "interval": [0.7735, 0.9802],
    }
    assert check["both"]["accuracy"] == pytest.approx(60 / 62, abs=1e-4)
    assert main(["count-check", "--list", "door", "--json", "--config", config]) == 0
    assert answer(capsys) == {"checks": [check]}
    assert main(["count-check", "--list", "air", "--json", "--config", config]) == 0
    assert answer(capsys) == {"checks": []}


def test_what_is_kept_is_listed(
    config: str, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["count-check", "--list", "--config", config]) == 0
    assert "no counter was checked yet" in capsys.readouterr().out
    book.window(30, 30)
    book.window(40, 40)
    assert paper(config, at(10, 0), at(10, 15), 30, 31) == 0
    assert paper(config, at(10, 15), at(10, 30), 40, 40) == 0
    capsys.readouterr()
    assert main(["count-check", "--list", "--config", config]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-7:-4] for line in lines if "door" in line] == [
        ["60", "98.4", "%"],
        ["80", "100.0", "%"],
    ]


@pytest.mark.parametrize(("people", "few"), [(49, True), (50, False)])
def test_few_people_are_said_to_be_few(
    config: str, book: Book, capsys: pytest.CaptureFixture[str], people: int, few: bool
) -> None:
    book.window(people, 0)
    assert paper(config, at(10, 0), at(10, 15), people, 0) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert ("people are too few to say more than: of 100 who pass, 92 to 100" in told) == few


def test_where_nobody_passed_nothing_is_kept(
    config: str, book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book.window(2, 1)
    assert paper(config, at(10, 0), at(10, 15), 0, 0) == 75
    assert "the node has counted 3: no accuracy can be told" in capsys.readouterr().err
    assert not (tmp_path / "count-checks.json").exists()


def test_more_errors_than_people_is_zero(
    config: str, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book.window(50, 0)
    assert paper(config, at(10, 0), at(10, 15), 10, 0, "--json") == 0
    both = answer(capsys)["check"]["both"]
    assert (both["error"], both["accuracy"], both["errors"]) == (4.0, 0.0, 40)


def test_a_window_without_a_reading_makes_it_fail_and_names_it(
    config: str, book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book.window(17, 13)
    book.gap()
    book.window(17, 13, late_s=40)
    assert paper(config, at(10, 0), at(10, 45), 34, 28) == 75
    told = capsys.readouterr().err
    assert "10:15 to 10:30: no reading of it" in told
    assert "10:15 to 10:30: a gap record lies in it" in told
    assert "10:30 to 10:45: its reading is not of exactly this time" in told
    assert "10:00 to" not in told
    assert "gateway status" in told
    assert "gateway clock" in told
    assert not (tmp_path / "count-checks.json").exists()


def test_readings_without_a_time_are_told(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    clock.sleep(900)
    log.append(Reading("door", {"count_in": 1, "count_out": 1}, clock.now_ns(), 900 * S))
    log.commit()
    log.close()
    assert paper(config, at(10, 0), at(10, 15), 1, 1) == 75
    assert "but some whose time nobody knows" in capsys.readouterr().err


def test_what_is_no_boundary_is_answered_with_the_nearest_ones(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert paper(config, at(10, 7), at(10, 30), 1, 1) == 2
    told = capsys.readouterr().err
    assert "10:07 is no boundary of a window of door, which are 15 min long" in told
    assert re.search("the nearest are .*10:00 and .*10:15;", told)


def test_times_of_day_are_those_of_the_place_of_the_node(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An hour of Nepal begins at a quarter past one of UTC, of which the windows are."""
    config = configured(tmp_path, "1h", timezone="Asia/Kathmandu")
    assert paper(config, "10:00", "11:00", 1, 1) == 2
    told = capsys.readouterr().err
    assert "10:00 is no boundary of a window of door, which are 1 h long" in told
    assert "the nearest are 09:45 and 10:45;" in told


def test_windows_and_checks_are_told_in_the_time_of_the_node(
    tmp_path: Path, book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, timezone="Asia/Kathmandu")
    book.window(30, 30, blind_s=9.0)
    assert paper(config, at(10, 0), at(10, 15), 30, 31) == 0
    told = capsys.readouterr()
    assert "15:45 to 16:00: the sensor could see" in told.err
    assert "15:45 to 16:00 (1 window" in told.out
    assert main(["count-check", "--list", "--config", config]) == 0
    assert "15:45 to 16:00" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("uplinks", "people", "said"),
    [
        ("", 20, "stays on this node"),
        (CITY, 19, "no check of fewer than 20 people"),
        (CITY, 20, "is told within 15 min"),
    ],
)
def test_whether_the_platform_is_told_is_said(
    tmp_path: Path,
    book: Book,
    capsys: pytest.CaptureFixture[str],
    uplinks: str,
    people: int,
    said: str,
) -> None:
    config = configured(tmp_path, uplinks=uplinks)
    book.window(people, 0)
    assert paper(config, at(10, 0), at(10, 15), people, 0) == 0
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["door", "--from", "10:00", "--to", "10:30", "--in", "3"], "--from, --to, --in and --out"),
        (
            [
                "door",
                "--windows",
                "2",
                "--from",
                "10:00",
                "--to",
                "11:00",
                "--in",
                "3",
                "--out",
                "4",
            ],
            "--in",
        ),
        (["air", "--windows", "1"], "does not count who goes in and out"),
        (["door", "--list", "--windows", "1"], "--list goes with a sensor"),
        ([], "which sensor?"),
        (["door"], "stdin is no terminal"),
        (
            ["door", "--from", "9999-01-01T00:00:00Z", "--to", "10:00", "--in", "3", "--out", "4"],
            "known here",
        ),
        (
            ["door", "--from", "2026-11-20T10:00:00", "--to", "10:00", "--in", "3", "--out", "4"],
            "no zone",
        ),
        (
            ["door", "--from", "noon", "--to", "10:00", "--in", "3", "--out", "4"],
            "'noon' is no time",
        ),
        (
            ["door", "--from", at(10, 0), "--to", at(10, 0), "--in", "3", "--out", "4"],
            "must end after",
        ),
        (
            [
                "door",
                "--from",
                at(9, 0),
                "--to",
                utc_text(BEGIN + 10 * 86_400),
                "--in",
                "3",
                "--out",
                "4",
            ],
            "is not over",
        ),
        (
            [
                "door",
                "--from",
                utc_text(BEGIN - 10 * 86_400),
                "--to",
                at(9, 0),
                "--in",
                "3",
                "--out",
                "4",
            ],
            "more than 100 windows",
        ),
    ],
)
def test_words_that_do_not_fit_are_refused_with_a_cure(
    words: list[str],
    said: str,
    config: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert main(["count-check", *words, "--config", config]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "\n-> " in told


@pytest.mark.parametrize(
    "words", [["--in", "-3"], ["--out", "two"], ["--windows", "0"], ["--windows", "101"]]
)
def test_numbers_are_numbers(words: list[str], config: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["count-check", "door", *words, "--config", config])
    assert ended.value.code == 2


def test_a_sensor_that_is_not_there_is_a_matter_of_the_configuration(config: str) -> None:
    assert main(["count-check", "nobody", "--config", config]) == 78


def test_without_a_log_it_says_so(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert paper(config, at(10, 0), at(10, 15), 1, 1) == 75
    assert "there is no log" in capsys.readouterr().err


def test_who_may_not_keep_it_is_told_before(config: str, tmp_path: Path) -> None:
    words = ("door", "--from", at(10, 0), "--to", at(10, 15), "--in", "1", "--out", "1")
    done = read_only(tmp_path, "count-check", *words, "--config", config)
    assert done.returncode == 75
    assert "may not write in" in done.stderr
    assert "sudo gateway count-check" in done.stderr
