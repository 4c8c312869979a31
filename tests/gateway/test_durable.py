"""Small files that are replaced in one step."""

import os
import stat
from pathlib import Path

import pytest

from gateway.durable import replace


def test_what_is_written_is_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    replace(file, b"first")
    replace(file, b"second")
    assert file.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [file]


def test_no_link_is_followed_and_what_a_kill_has_left_is_overwritten(tmp_path: Path) -> None:
    """Root writes beside what the service may have put there."""
    other, file = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"of somebody else")
    file.symlink_to(other)
    (tmp_path / "file.new").symlink_to(other)
    replace(file, b"ours")
    assert other.read_bytes() == b"of somebody else"
    assert (file.read_bytes(), file.is_symlink()) == (b"ours", False)
    (tmp_path / "file.new").write_bytes(b"half of wh")
    replace(file, b"again")
    assert file.read_bytes() == b"again"


def test_what_root_writes_the_owner_of_the_folder_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A technician types `sudo gateway lorawan join`, whatever his umask."""
    folder = tmp_path.stat()
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _, user, group: given.append((user, group)))
    umask = os.umask(0o077)
    try:
        replace(tmp_path / "file", b"")
    finally:
        os.umask(umask)
    assert given == [(folder.st_uid, folder.st_gid)]
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) & stat.S_IRUSR


def test_who_is_not_root_keeps_what_is_his(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    replace(tmp_path / "file", b"his")
    assert (tmp_path / "file").read_bytes() == b"his"
