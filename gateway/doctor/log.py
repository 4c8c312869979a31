"""The log on disk, as far as that can be told within a second.

`gateway buffer verify` reads all of it. A running daemon knows how full its log is, and tells those
who may not read it.
"""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from gateway.buffer.audit import HEAL
from gateway.buffer.overview import evidence, healing, limit_bytes, newest, pending
from gateway.buffer.quota import LADDER
from gateway.buffer.view import LogView
from gateway.doctor.check import Check, Node, ill, judged, unseen, well
from gateway.doctor.rights import AS_ROOT, unreadable
from gateway.errors import StoreDamaged, StoreError

_LOG, _ROOM, _DISK, _DAMAGE, _JOURNAL = "log", "log room", "log disk", "log damage", "journal"
_MB = 1e6
_READ_ONLY = "a worn out card turns read-only: dmesg | grep -e mmc -e EXT4; put in a new one"


class _Room(NamedTuple):
    """Bytes used, and at most; days until it is full if nothing is delivered."""

    used: int
    limit: int
    full_in_days: float | None = None


def checks(node: Node) -> Iterator[Check]:
    """Readable, room in it, room on its disk, damage, and what is not in it yet."""
    room, check = _readable(node)
    yield check
    yield _room(node, room)
    yield _disk(node)
    yield _damage(node)
    yield _journal(node)


def _readable(node: Node) -> tuple[_Room | None, Check]:
    try:
        with closing(LogView(node.log, brief=True)) as view, view.still():
            room = _Room(view.used_bytes(), limit_bytes(view, node.config.buffer))
            return room, well(_LOG, _told(node, view))
    except StoreDamaged as damage:
        return None, ill(_LOG, node.finding(_LOG, "is damaged", str(damage), HEAL))
    except StoreError as error:
        if isinstance(error.__cause__, PermissionError):
            return None, unseen(_LOG, f"{error}; {AS_ROOT}")
        return None, ill(_LOG, node.finding(_LOG, "cannot be read", str(error), error.hint))


def _told(node: Node, view: LogView) -> str:
    row = newest(view, node.clock)
    if row is None:
        return f"{view.path} can be read, it is empty"
    ago = "" if row.age_s is None else f", {row.age_s:.0f} s ago"
    part = "" if view.complete else "; its -wal cannot be read, so the newest rows are missing"
    return f"{view.path} can be read, the newest row is of {row.utc or 'unknown time'}{ago}{part}"


def _room(node: Node, seen: _Room | None) -> Check:
    """By the daemon if it has looked, which it does with its first commit."""
    room = seen
    if node.status is not None and node.status.log.used_bytes:
        log = node.status.log
        room = _Room(log.used_bytes, log.limit_bytes, log.full_in_days)
    if room is None:
        return unseen(_ROOM, "the log cannot be read, and no daemon tells")
    share = room.used / room.limit if room.limit else 1.0
    days = room.full_in_days
    full = "" if days is None else f", full in {days:g} days if nothing is delivered"
    told = f"{room.used / _MB:.1f} MB of {room.limit / _MB:.1f} MB used ({share:.0%}){full}"
    if share <= LADDER[0].above:
        return well(_ROOM, told)
    told += "; old readings are merged or dropped"
    cure = "let it deliver, see the uplinks; or give it more room: `max_size` under `buffer:`"
    return ill(_ROOM, node.finding(_LOG, "is full", told, cure))


def _disk(node: Node) -> Check:
    folder, reserve = node.log.parent, node.config.buffer.reserve
    try:
        disk = os.statvfs(folder)
    except FileNotFoundError:
        return unseen(_DISK, f"{folder} is not there yet")
    except PermissionError as error:
        return unseen(_DISK, f"{folder}: {error.strerror}; {AS_ROOT}")
    except OSError as error:
        cure = f"is the disk of the log mounted? ls -ld {folder}"
        told = f"{folder}: {error.strerror}"
        return ill(_DISK, node.finding(_DISK, "cannot be asked", told, cure))
    free = disk.f_bavail * disk.f_frsize
    told = f"{free / _MB:.0f} MB free at {folder}, {reserve / _MB:.0f} MB are left to others"
    if disk.f_flag & os.ST_RDONLY:
        return ill(_DISK, node.finding(_DISK, "is read-only", told, _READ_ONLY))
    if free < reserve:
        cure = f"make room: sudo du -xh {_mount(node)} | sort -h | tail; or a larger card"
        return ill(_DISK, node.finding(_DISK, "has too little free room", told, cure))
    return well(_DISK, told)


def _damage(node: Node) -> Check:
    """Evidence stays until a person removes it: it is the first sign of a card that dies."""
    hidden = unreadable(node.log)
    if hidden:
        return unseen(_DAMAGE, hidden)
    findings = [
        node.finding(
            _LOG,
            "is being read out after a damage",
            folder,
            "let the gateway run until it is done; journalctl -u gateway -n 50",
        )
        for folder in healing(node.log)
    ]
    earlier = evidence(node.log)
    if earlier is not None:
        cure = f"look at the card (dmesg | grep mmc), then remove it: sudo rm -r {earlier}"
        findings.append(node.finding(_LOG, "was damaged and has been healed", earlier, cure))
    told = "; ".join(one.evidence for one in findings) or "no sign of an earlier one"
    return judged(_DAMAGE, told, findings)


def _journal(node: Node) -> Check:
    """What a daemon has left behind stands in memory only."""
    path = node.runtime_dir / "journal"
    hidden = unreadable(path)
    if hidden:
        return unseen(_JOURNAL, hidden)
    found = pending(node.runtime_dir, node.clock)
    if found is None:
        return well(_JOURNAL, "nothing waits in it")
    told = f"{found.rows} rows in {found.path} are not on the disk yet"
    if node.status is not None:
        return well(_JOURNAL, told)
    cure = "start the gateway before the power is cut: systemctl start gateway"
    return ill(_JOURNAL, node.finding(_JOURNAL, "was left behind", told, cure))


def _mount(node: Node) -> str:
    """Where the file system of the log begins."""
    folder = node.log.parent
    while not folder.is_mount():
        folder = folder.parent
    return str(folder)
