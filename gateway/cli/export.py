"""The log on its way out: to a file that is whole or not there, or into a pipe."""

import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from gateway.buffer.view import LogView, Progress
from gateway.encoding import native, table
from gateway.errors import StoreUnavailable
from gateway.model import Entry

Write = Callable[[str], None]


def message(node: str, entry: Entry) -> str:
    """One entry as it stands in a message."""
    return native.encode(node, [entry], hist=True).decode()[1:-1]


class Since(NamedTuple):
    """Where an export begins: at a position, and without what is known to be older than that."""

    position: int = 1
    utc_ns: int | None = None


def export(
    view: LogView, node: str, form: str, since: Since, out: TextIO, progress: Progress
) -> None:
    """What the log had when this began; what is unreadable is counted in `view.unreadable`."""
    last = view.last_position
    first = since.position if since.utc_ns is None else view.since(since.utc_ns)
    write = _csv(out) if form == "csv" else _json_lines(out)
    for span in view.spans(first, last):
        for entry in view.entries(span):
            if not _is_older(entry, since.utc_ns):
                _write(view, node, entry, write)
        progress("the rows", span.last - first, last - first)


def _is_older(entry: Entry, utc_ns: int | None) -> bool:
    return utc_ns is not None and entry.at.utc_ns is not None and entry.at.utc_ns < utc_ns


def _write(view: LogView, node: str, entry: Entry, write: Write) -> None:
    try:
        text = message(node, entry)
    except (ValueError, OverflowError):  # a gap that began when no calendar was
        view.unreadable += 1
    else:
        write(text)


@contextmanager
def output(name: str) -> Iterator[TextIO]:
    """A stream to that file ("-": stdout), which is there only when everything is in it.

    A pipe that nobody reads any more ends it quietly; an interrupted one is not filled up, it may
    take nothing. Raises StoreUnavailable.
    """
    path = Path(name)
    try:
        if name == "-":
            yield sys.stdout
            sys.stdout.flush()
        elif path.exists() and not path.is_file():  # a device, a pipe
            with path.open("w", encoding="utf-8", newline="") as out:
                yield out
        else:
            with _whole(path) as out:
                yield out
    except KeyboardInterrupt:
        if name == "-":
            _leave_stdout()
        raise
    except BrokenPipeError:
        _leave_stdout()
    except OSError as error:
        if name == "-":
            _leave_stdout()
            told, hint = "stdout: what is there is not whole", "make room on the disk: df -h"
        else:
            told, folder = f"cannot write {path}", path.absolute().parent
            hint = f"is there room, and may this user write there? df -h {folder}; ls -ld {folder}"
        raise StoreUnavailable(f"{told}: {error.strerror}", hint) from error


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    fresh = path.with_name(path.name + ".part")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _leave_stdout() -> None:
    """Python would fail once more when it closes it (see the documentation of SIGPIPE)."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _json_lines(out: TextIO) -> Write:
    return lambda text: print(text, file=out)


def _csv(out: TextIO) -> Write:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.COLUMNS)
    return lambda text: writer.writerows(table.lines(text))
