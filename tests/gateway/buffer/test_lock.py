"""Two gateways never write to one log."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.buffer.lock import hold
from gateway.errors import StoreError, StoreUnavailable

PROGRAM = """
import sys
from pathlib import Path
from gateway.buffer.lock import hold
held = hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_log_is_held_once_until_it_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "state" / "log.db"
    held = hold(path)
    with pytest.raises(StoreError, match="in use by another gateway") as caught:
        hold(path)
    assert "systemctl status" in caught.value.hint
    assert not isinstance(caught.value, StoreUnavailable)
    with hold(tmp_path / "state" / "other.db"):
        pass
    held.close()
    hold(path).close()


def test_a_killed_gateway_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    command = [sys.executable, "-c", PROGRAM, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="in use"):
            hold(path)
        other.kill()
    hold(path).close()


def test_a_folder_that_cannot_be_made_must_be_seen_to_by_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot use") as caught:
        hold(tmp_path / "file" / "log.db")
    assert not isinstance(caught.value, StoreUnavailable)
    assert "ls -ld" in caught.value.hint


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_a_disk_that_does_not_take_it_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "refused")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreUnavailable, match="refused"):
        hold(tmp_path / "log.db")


def test_no_file_is_left_open_when_it_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    open_files = Path("/proc/self/fd")
    with hold(path):
        before = len(list(open_files.iterdir()))
        for _ in range(5):
            with pytest.raises(StoreError):
                hold(path)
        assert len(list(open_files.iterdir())) == before
