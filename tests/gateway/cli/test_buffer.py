"""`gateway buffer`: what it says to people and to programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.cli.buffer import WORDS
from gateway.model import Gap, Reading, Reason
from tests.gateway.buffer.logs import (
    fill,
    make_log,
    make_thinned_log,
    meddling,
    open_log,
)
from tests.gateway.cli.calls import CONFIG, ask, documents
from tests.gateway.simulated_clock import SimulatedClock


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def test_alone_it_prints_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["buffer"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert all(f"  {word}" in told.err for word in WORDS)


@pytest.mark.parametrize("word", WORDS)
def test_each_word_has_help_with_an_example(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["buffer", word, "--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"example: gateway buffer {word}" in told
    assert "--json" in told
    assert "--config" in told


@pytest.mark.parametrize("word", WORDS)
def test_no_log_is_told_with_a_cure(
    word: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["buffer", word, "--config", config]) == 75
    told = capsys.readouterr().err
    assert "there is no log at" in told
    assert "-> the gateway makes it" in told


def test_show_tells_depth_and_ages(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = make_thinned_log(tmp_path)
    log = open_log(tmp_path, clock)
    batch = log.reader("city").take(10)
    assert batch is not None
    log.reader("city").settle(batch)
    following = log.feed.entries(batch.span.last, 1).entries[0].number
    log.append_gap(Gap(Reason.NOT_MEASURED, "hall", None, 3, None, (clock.boot_id, 7)))
    log.commit()
    log.append(Reading("hall", {"temperature": 1.0}, clock.now_ns()))
    (tmp_path / "log.db.damaged").mkdir()
    told = ask(config, capsys, "show")
    log.let_go()
    rows = told["rows"]
    assert rows == sum(k["rows"] for k in told["kinds"]) + sum(told["gaps"].values())
    assert {(k["rank"], k["step_s"]) for k in told["kinds"]} == {
        ("count", 0),
        ("count", 60),
        ("gauge", 0),
        ("gauge", 60),
        ("gauge", 900),
    }
    assert told["gaps"] == {"dropped": 1, "not_measured": 1, "thinned": 3}
    assert told["oldest"]["number"] == batch.entries[0].number
    assert told["oldest"]["age_s"] is None  # of a boot that was never dated
    [city] = told["uplinks"]
    assert (city["name"], city["cursor"], city["backlog"]) == ("city", batch.span.last, rows - 10)
    assert city["oldest"]["number"] == following
    assert [epoch["first"] for epoch in told["epochs"]] == [batch.entries[0].number]
    assert told["epochs"][0]["last"] == told["newest"]["number"]
    assert told["journal"]["rows"] == 1
    assert told["damaged"] == f"{tmp_path}/log.db.damaged"
    assert 0 < told["used_bytes"] <= told["file_bytes"]
    assert told["limit_bytes"] == 512_000_000


def test_an_epoch_goes_on_after_a_power_cut(config: str, tmp_path: Path, capsys: Any) -> None:
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    fill(log, clock, 30)
    log.let_go()
    (tmp_path / "journal").unlink()
    open_log(tmp_path, clock).close()
    told = ask(config, capsys, "show")
    [epoch] = told["epochs"]
    assert (epoch["first"], epoch["last"]) == (1, told["newest"]["number"])
    assert epoch["last"] > 31


def test_show_for_people(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_log(tmp_path, 30)
    assert main(["buffer", "show", "--config", config]) == 0
    told = capsys.readouterr().out
    assert "30 rows, 0.0 MB of 512.0 MB used (0%)" in told
    assert "oldest: 2026-09-21T" in told
    assert "not in the log yet: nothing" in told
    assert "as measured" in told


def test_json_may_stand_before_the_word(config: str, tmp_path: Path, capsys: Any) -> None:
    make_log(tmp_path, 3)
    assert main(["buffer", "--json", "show", "--config", config]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 3


def test_show_of_an_empty_log(config: str, tmp_path: Path, capsys: Any) -> None:
    make_log(tmp_path, 0)
    assert main(["buffer", "show", "--config", config]) == 0
    assert "oldest: none" in capsys.readouterr().out
    told = ask(config, capsys, "show")
    assert (told["oldest"], told["newest"], told["epochs"], told["rows"]) == (None, None, [], 0)


def test_gaps_for_people_and_programs(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    clock = SimulatedClock()
    log = open_log(tmp_path, clock)
    now = (clock.boot_id, clock.now_ns())
    log.append_gap(Gap(Reason.NOT_MEASURED, "hall", None, 3, now, now))
    fill(log, clock, 30)
    log.let_go()
    (tmp_path / "journal").unlink()
    open_log(tmp_path, clock).close()
    assert main(["buffer", "gaps", "--config", config]) == 0
    told = capsys.readouterr().out
    assert "not measured: the sensor did not answer" in told
    assert "unclean stop: the power was cut" in told
    assert told.index("not measured") < told.index("unclean stop")
    assert main(["buffer", "gaps", "--json", "--config", config]) == 0
    found = documents(capsys.readouterr().out)
    assert [one["gap"] for one in found] == ["not_measured", "unclean_stop"]
    assert found[1]["from"] == 32


def test_every_reason_has_a_meaning() -> None:
    from gateway.cli.log_tables import _MEANINGS

    assert set(_MEANINGS) == set(Reason)


def test_no_gaps(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_log(tmp_path, 30)
    assert main(["buffer", "gaps", "--config", config]) == 0
    assert capsys.readouterr().out == "the log has no gap record\n"


def test_verify_of_a_log_that_is_well(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_thinned_log(tmp_path)
    assert main(["buffer", "verify", "--config", config]) == 0
    assert "is well" in capsys.readouterr().out
    assert ask(config, capsys, "verify")["flaws"] == []


def test_verify_of_a_damaged_log(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_log(tmp_path, 300)
    with meddling(tmp_path) as connection:
        connection.execute("DELETE FROM reading WHERE position = 7")
    assert main(["buffer", "verify", "--config", config]) == 1
    told = capsys.readouterr().out
    assert "! numbers are missing, and no record says why: 1 numbers:" in told
    assert "-> keep a copy" in told
    found = ask(config, capsys, "verify")
    assert found["missing"] == [[found["begins"][0], 7, 7]]


def test_verify_of_a_log_that_cannot_be_opened(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_log(tmp_path, 300)
    with (tmp_path / "log.db").open("r+b") as file:
        file.seek(16)
        file.write(bytes(1000))
    assert main(["buffer", "verify", "--config", config]) == 1
    assert "! the file is damaged" in capsys.readouterr().out
    assert main(["buffer", "show", "--config", config]) == 75
