"""What this user may read, and whether the user of the service may use a device."""

import grp
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

AS_ROOT = "to look there: sudo gateway doctor"
SYSTEMCTL = ("systemctl",)
_TIME_OUT_S = 2.0
_ROOT = 0


class Account(NamedTuple):
    """A user as the kernel sees him."""

    name: str
    uid: int
    groups: frozenset[int]

    def may_use(self, file: os.stat_result) -> bool:
        """Whether the mode lets him read and write it. Access control lists are not looked at."""
        if self.uid == _ROOT:
            return True
        if self.uid == file.st_uid:
            needed = stat.S_IRUSR | stat.S_IWUSR
        elif file.st_gid in self.groups:
            needed = stat.S_IRGRP | stat.S_IWGRP
        else:
            needed = stat.S_IROTH | stat.S_IWOTH
        return file.st_mode & needed == needed


def unreadable(path: Path) -> str:
    """Why this user may not see what is in a file, or whether it is there; "" if he may."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except PermissionError as error:
        return f"{path}: {error.strerror}; {AS_ROOT}"
    except OSError:
        return ""
    return ""


def of_process(pid: int, proc: Path = Path("/proc")) -> Account | None:
    """Whose process that is, groups included; None if that cannot be seen."""
    try:
        lines = (proc / str(pid) / "status").read_text().splitlines()
        found = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        uid, gid = int(found["Uid"].split()[1]), int(found["Gid"].split()[1])
        groups = frozenset((gid, *map(int, found["Groups"].split())))
    except (OSError, LookupError, ValueError):
        return None
    return Account(name_of(uid), uid, groups)


def of_service(command: Sequence[str] = SYSTEMCTL) -> Account | None:
    """As whom systemd would start the service; None if it does not say, or he is unknown."""
    said = _unit(command)
    try:
        user = pwd.getpwnam(said["User"])
        more = [grp.getgrnam(name).gr_gid for name in said.get("SupplementaryGroups", "").split()]
    except LookupError:
        return None
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    return Account(user.pw_name, user.pw_uid, frozenset((*groups, *more)))


def _unit(command: Sequence[str]) -> dict[str, str]:
    """Properties of the unit; none where there is no systemd, or it does not answer in time."""
    program = shutil.which(command[0])
    if program is None:
        return {}
    try:
        done = subprocess.run(  # noqa: S603 - no word of it comes from outside
            (program, *command[1:], "show", "gateway", "--property=User,SupplementaryGroups"),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIME_OUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def name_of(uid: int) -> str:
    """Of a user; the number if he has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except LookupError:
        return str(uid)
