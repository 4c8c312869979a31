"""Who may use a device: by its mode, as the kernel decides it."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from gateway.doctor import rights
from gateway.doctor.rights import Account

OWNER, GROUP = 101, 998


def device(mode: int) -> os.stat_result:
    return os.stat_result((stat.S_IFCHR | mode, 1, 1, 1, OWNER, GROUP, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("mode", "uid", "groups", "may"),
    [
        (0o660, 999, {GROUP}, True),
        (0o660, 999, {1000}, False),
        (0o640, 999, {GROUP}, False),
        (0o666, 999, {1000}, True),
        (0o606, 999, {GROUP}, False),  # its own group counts, not others
        (0o600, OWNER, {1000}, True),
        (0o060, OWNER, {GROUP}, False),  # the owner is no other either
        (0o000, 0, {0}, True),
    ],
)
def test_the_mode_decides(mode: int, uid: int, groups: set[int], may: bool) -> None:
    assert Account("gateway", uid, frozenset(groups)).may_use(device(mode)) is may


def test_whose_a_process_is() -> None:
    mine = rights.of_process(os.getpid())
    groups = frozenset((os.getegid(), *os.getgroups()))
    assert mine == Account(rights.name_of(os.geteuid()), os.geteuid(), groups)


@pytest.mark.parametrize("text", ["", "Uid:\tx\nGid:\t0\nGroups:\t\n", "Uid:\t\n"])
def test_a_process_that_cannot_be_seen(tmp_path: Path, text: str) -> None:
    assert rights.of_process(4711, tmp_path) is None
    (tmp_path / "4711").mkdir()
    (tmp_path / "4711/status").write_text(text)
    assert rights.of_process(4711, tmp_path) is None


def systemctl(folder: Path, *lines: str) -> list[str]:
    program = folder / "systemctl"
    program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))
    program.chmod(0o755)
    return [str(program)]


def test_as_whom_systemd_would_start_it(tmp_path: Path) -> None:
    daemon = pwd.getpwnam("daemon")
    command = systemctl(tmp_path, "User=daemon", "SupplementaryGroups=dialout tty")
    found = rights.of_service(command)
    assert found is not None
    assert (found.name, found.uid) == ("daemon", daemon.pw_uid)
    assert found.groups > {daemon.pw_gid}
    assert len(found.groups) >= 3


@pytest.mark.parametrize(
    "lines", [[], ["User="], ["User=nobody-of-this-name"], ["User=daemon", "SupplementaryGroups=?"]]
)
def test_systemd_does_not_know(tmp_path: Path, lines: list[str]) -> None:
    assert rights.of_service(systemctl(tmp_path, *lines)) is None


def test_there_is_no_systemd(tmp_path: Path) -> None:
    assert rights.of_service([str(tmp_path / "none")]) is None


def test_a_name_or_a_number() -> None:
    assert rights.name_of(0) == "root"
    assert rights.name_of(3_999_999_999) == "3999999999"
