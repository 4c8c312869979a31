"""`gateway buffer export`: everything, whole or not there."""

import csv
import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from array import array
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from gateway.encoding import table
from gateway.model import Gap, Reason
from tests.e2e.daemon import GATEWAY, gateway
from tests.gateway.buffer.logs import (
    make_log,
    make_long_log,
    make_thinned_log,
    meddling,
    open_log,
)
from tests.gateway.cli.calls import (
    CONFIG,
    FULL,
    LAST,
    all_of,
    ask,
    documents,
    kind,
    mounted,
    read_only,
)
from tests.waiting import until


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def test_export_as_json_lines(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_thinned_log(tmp_path)
    assert main(["buffer", "export", "--config", config]) == 0
    told = capsys.readouterr()
    found = documents(told.out)
    assert told.err == ""
    assert {kind(one) for one in found} == {"reading", "merged", "gap"}
    assert all(one["id"].startswith("brandis/rathaus-01:") and one["hist"] for one in found)
    assert len(found) == ask(config, capsys, "show")["rows"]


def test_export_as_csv(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_thinned_log(tmp_path)
    out = tmp_path / "log.csv"
    words = ["buffer", "export", "--format", "csv", "--output", str(out), "--config", config]
    assert main(words) == 0
    with out.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert main(["buffer", "export", "--config", config]) == 0
    found = documents(capsys.readouterr().out)
    assert tuple(lines[0]) == table.COLUMNS
    assert {line["id"]: line["kind"] for line in lines} == {one["id"]: kind(one) for one in found}
    values = {(line["id"], line["quantity"]): line["value"] for line in lines}
    for one in found:
        for quantity, value in one.get("values", {}).items():
            assert float(values[one["id"], quantity]) == value
    assert list(tmp_path.glob("*.part")) == []


def test_export_since_a_time_or_a_position(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_log(tmp_path, 100)
    main(["buffer", "export", "--config", config])
    every = documents(capsys.readouterr().out)
    times = [one.get("t", one.get("t1")) for one in every]
    since = str(times[60]).replace("Z", "+00:00")
    for wanted in (since, "61"):
        assert main(["buffer", "export", "--since", wanted, "--config", config]) == 0
        assert documents(capsys.readouterr().out) == every[60:]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-20T10:00:00", "-3", "²"])
def test_export_since_something_else_is_wrong_usage(
    since: str, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["buffer", "export", f"--since={since}", "--config", config])
    assert ended.value.code == 2
    assert "like 2026-11-20T00:00:00Z" in capsys.readouterr().err


def test_export_without_the_damaged_rows_says_so(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    clock = make_log(tmp_path, 30)
    log = open_log(tmp_path, clock)
    now = (clock.boot_id, clock.now_ns())
    log.append_gap(Gap(Reason.NOT_MEASURED, "hall", None, 3, now, now))
    log.close()
    with meddling(tmp_path) as connection:
        connection.execute("UPDATE reading SET packed = 7 WHERE position = 4")
        # A gap that began when no calendar was, in a row without a check.
        began = f"7,1,2,1,'||char(34)||'{clock.boot_id}'||char(34)||',{10**30}"
        connection.execute(f"UPDATE reading SET packed = '{began}', check_16 = NULL {LAST}")
    assert main(["buffer", "gaps", "--config", config]) == 0
    assert f"{10**21} s after boot" in " ".join(capsys.readouterr().out.split())
    assert main(["buffer", "export", "--config", config]) == 0
    told = capsys.readouterr()
    assert len(documents(told.out)) == 29
    assert "2 rows are damaged and left out; see gateway buffer verify" in told.err


def test_a_pipe_that_is_closed_ends_it_quietly(config: str, tmp_path: Path) -> None:
    make_long_log(tmp_path, 20_000)
    for form in ("csv", "jsonl"):
        command = f'"{GATEWAY}" buffer export --format {form} --config "{config}" | head -n 3'
        shell = ["bash", "-c", f"set -o pipefail; {command}"]
        done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
        assert len(done.stdout.splitlines()) == 3
        assert done.stderr == ""
        assert done.returncode == 0


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_interrupted_in_a_pipe_it_ends_at_once_and_without_a_traceback(
    config: str, tmp_path: Path, form: str
) -> None:
    make_long_log(tmp_path, 20_000)
    with exporting("--format", form, "--config", config) as process:
        until(lambda: waiting(process) > 57_344, process.poll)  # it cannot go on: 64 KB, less 8
        process.send_signal(signal.SIGINT)
        assert_interrupted(process)


def test_what_is_buffered_when_it_is_interrupted_does_not_fail_once_more_at_exit() -> None:
    """As in a pipe of which Ctrl-C has ended the reader too."""
    script = """
from gateway.cli.export import output
try:
    with output("-") as out:
        print("a line", file=out)
        raise KeyboardInterrupt
except KeyboardInterrupt:
    pass
"""
    environment = {**os.environ, "PYTHONUNBUFFERED": ""}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
            env=environment,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_interrupted_it_leaves_no_part_of_a_file(config: str, tmp_path: Path) -> None:
    make_long_log(tmp_path, 100_000)
    out = tmp_path / "out"
    out.write_text("old")
    with exporting("--output", str(out), "--config", config) as process:
        until((tmp_path / "out.part").exists, process.poll)
        process.send_signal(signal.SIGINT)
        assert_interrupted(process)
    assert out.read_text() == "old"
    assert list(tmp_path.glob("*.part")) == []


def exporting(*words: str) -> subprocess.Popen[bytes]:
    command = [GATEWAY, "buffer", "export", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def waiting(process: subprocess.Popen[bytes]) -> int:
    """Bytes in the pipe of its stdout."""
    assert process.stdout is not None
    size = array("i", [0])
    fcntl.ioctl(process.stdout, termios.FIONREAD, size)
    return size[0]


def assert_interrupted(process: subprocess.Popen[bytes]) -> None:
    """It says nothing."""
    assert process.stderr is not None
    assert process.wait(60) == 130
    assert process.stderr.read() == b""


@pytest.mark.parametrize("stdout_is_terminal", [False, True])
def test_progress_is_shown_beside_the_output_not_in_it(
    config: str, tmp_path: Path, stdout_is_terminal: bool
) -> None:
    make_long_log(tmp_path, 5_000)
    ours, theirs = pty.openpty()
    words = [GATEWAY, "buffer", "export", "--config", config]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with (tmp_path / "out").open("w") as out, Path(os.ttyname(theirs)).open("w") as terminal:
        stdout = terminal if stdout_is_terminal else out
        process = subprocess.Popen(words, stdout=stdout, stderr=terminal, env=environment)
        os.close(theirs)
    shown = all_of(ours)
    assert process.wait(60) == 0
    assert (b"the rows" in shown) is not stdout_is_terminal
    written = shown.decode() if stdout_is_terminal else (tmp_path / "out").read_text()
    assert len(documents(written)) == 5_000


@pytest.mark.parametrize("rows", [3, 2_000])
def test_a_full_disk_is_told_with_a_cure(config: str, tmp_path: Path, rows: int) -> None:
    make_long_log(tmp_path, rows)
    done = gateway("buffer", "export", "--config", config, "--output", "/dev/full")
    assert done.returncode == 75
    assert "cannot write /dev/full: No space left on device" in done.stderr
    assert "-> is there room" in done.stderr
    assert Path("/dev/full").is_char_device()
    with Path("/dev/full").open("w") as full:
        words = [GATEWAY, "buffer", "export", "--config", config]
        piped = subprocess.run(
            words,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONUNBUFFERED": ""},  # what is buffered fails once more at exit
        )
    assert piped.returncode == 75
    assert piped.stderr.startswith("stdout: what is there is not whole: No space left on device")
    assert piped.stderr.count("\n") == 2


def test_an_export_that_finds_no_room_leaves_no_part_of_it(config: str, tmp_path: Path) -> None:
    make_long_log(tmp_path, 2_000)
    (tmp_path / "full").mkdir()
    words = ("buffer", "export", "--config", config, "--output", f"{tmp_path}/full/out")
    done = mounted(FULL, tmp_path / "full", *words)
    assert done.returncode == 75
    assert "No space left on device" in done.stderr
    assert done.stdout.split() == ["out", "old"]


def test_an_export_that_fails_leaves_what_was_there(config: str, tmp_path: Path) -> None:
    make_log(tmp_path, 30)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "old.csv").write_text("old")
    words = ("buffer", "export", "--config", config, "--output", f"{tmp_path}/here/old.csv")
    done = read_only(tmp_path / "here", *words)
    assert done.returncode == 75
    assert "Read-only file system" in done.stderr
    assert (tmp_path / "here" / "old.csv").read_text() == "old"
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["old.csv"]
    assert gateway(*words).returncode == 0
    assert (tmp_path / "here" / "old.csv").read_text().count("\n") == 30
