"""`gateway audit` of files: what it says, to people and to programs, and with which exit code."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.cli import main
from tests.gateway.auditing.oracle import Delivery
from tests.gateway.auditing.test_ledger import Message, audit, data
from tests.gateway.auditing.truth import Log


@pytest.fixture
def log() -> Log:
    made = Log("brandis/rathaus-01", 7107899)
    for _ in range(9):
        made.measure(0, 2)
    made.do(("give_up", "dropped", 2, 1))
    made.audit()
    return made


def readings(log: Log, *without: int) -> list[Message]:
    there = [one for one in log.entries.values() if one.number not in without]
    return [data([Delivery(one, hist=False)]) for one in there]


def written(file: Path, *messages: Message) -> str:
    lines = [f"{topic} ".encode() + payload for topic, payload, _ in messages]
    file.write_bytes(b"\n".join([*lines, b""]))
    return str(file)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["audit", "--json", *words])
    return code, json.loads(capsys.readouterr().out)


def test_complete(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path / "night.txt", *readings(log), audit(log.audits[0]))
    code, told = asked(capsys, "--file", file)
    assert (code, told["judgement"]) == (0, "complete")
    assert main(["audit", "--file", file]) == 0
    shown = capsys.readouterr().out
    assert "brandis/rathaus-01:7107899 dropped 2-3 (2)" in shown
    assert shown.endswith("audits: 1 agree, 0 not compared\ncomplete\n")


def test_findings(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    messages = [*readings(log, 1, 5, 6), *readings(log)[-2:], audit(log.audits[0])]
    file = written(tmp_path / "night.txt", *messages)
    assert main(["audit", "--file", file]) == 1
    shown = capsys.readouterr().out
    for line in (
        "! brandis/rathaus-01:7107899 missing 1, 5-6 (3)",
        "! brandis/rathaus-01:7107899 came twice, and nothing explains it: 9-10 (2)",
    ):
        assert line in shown.splitlines()
    assert shown.endswith("not complete\n")


def test_a_difference_is_shown_with_both_sides(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log.measure(0, 7)
    log.audit()
    wrong = log.audits[1] | {"sums": {"door": {"count_in": 8}}}
    written(tmp_path / "a", *readings(log), audit(log.audits[0]), audit(wrong))
    assert main(["audit", "--file", str(tmp_path / "a")]) == 1
    told = "an audit of 11-11 differs: it says 1 with {door: {count_in: 8.0}}, there are 1 with"
    assert f"{told} {{door: {{count_in: 7.0}}}}" in capsys.readouterr().out


def test_without_an_audit_nobody_can_tell(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = asked(capsys, "--file", written(tmp_path / "a", *readings(log, 5)))
    assert (code, told["judgement"]) == (75, "open")
    assert told["epochs"][0]["on_the_way"] == {"n": 1, "ranges": [[5, 5]]}
    assert main(["audit", "--file", str(tmp_path / "a"), "--prefix", "county"]) == 75
    assert "no node was heard; 7 messages had other topics: --prefix?" in capsys.readouterr().out


def test_what_cannot_be_read_is_told_with_its_place(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(written(tmp_path / "night.txt", *readings(log), audit(log.audits[0])))
    file.write_bytes(b"rubbish\n" + file.read_bytes() + b"\xff\xfe x\n")
    assert main(["audit", "--file", str(file)]) == 0
    assert f"could not be read: 2, the first {file}, line 1: " in capsys.readouterr().out


def test_stdin(
    log: Log,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = Path(written(tmp_path / "a", *readings(log), audit(log.audits[0]))).read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert asked(capsys, "--file", "-")[0] == 0


def test_the_second_half_goes_on_from_the_first(
    log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ["--state", str(tmp_path / "state.json")]
    first = written(tmp_path / "first", *readings(log)[:4])
    second = written(tmp_path / "second", *readings(log)[4:], audit(log.audits[0]))
    assert asked(capsys, "--file", first, *state)[0] == 75
    assert asked(capsys, "--file", second, *state)[0] == 0
    assert asked(capsys, "--file", second)[0] == 1


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 99, "audited": [], "epochs": []}'])
def test_a_state_of_something_else_is_named(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state.json").write_bytes(content)
    words = ["--file", "/dev/null", "--state", str(tmp_path / "state.json")]
    assert main(["audit", *words]) == 1
    assert f"cannot go on from {tmp_path / 'state.json'}: " in capsys.readouterr().err
    assert (tmp_path / "state.json").read_bytes() == content


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--file", "/nowhere/x"], "cannot read /nowhere/x"),
        (["--file", "/"], "cannot read /: Is a directory"),
        (["--file", "-", "--repair"], "a file cannot be asked"),
        (["--broker", "a:b:c"], "is no broker"),
        (["--broker", "a:99999"], "port"),
        (["--broker", "a", "--node", "#"], "'#' names no node"),
        (["--broker", "a", "--prefix", "#"], "prefix"),
        (["--broker", "a", "--key-file", "x"], "key_file needs cert_file"),
    ],
)
def test_what_was_asked_wrongly(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", *words]) == 1
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["--file", "-", "--broker", "a"], ["--broker", "a", "--for", "long"]]
)
def test_wrong_usage(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *words])
    assert ended.value.code == 2
