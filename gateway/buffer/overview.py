"""What is in a log, how old it is and how far each uplink is with it, for `gateway buffer show`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from drivers.quantities import Rank
from gateway.buffer.disk_room import room_now
from gateway.buffer.journal import Journal
from gateway.buffer.rows import Layout, Row
from gateway.buffer.view import CHUNK, LogView, Progress
from gateway.clock import Clock
from gateway.config import Buffer
from gateway.model import Instant, rfc3339


class RowTime(msgspec.Struct, frozen=True):
    """One row: where it stands, its identity, its time; `utc` and `age_s` null if nobody knows."""

    position: int
    epoch: int
    number: int
    boot: str
    up_s: float
    utc: str | None
    clock: str
    age_s: float | None


class Kind(msgspec.Struct, frozen=True):
    """Readings of one rank; `step_s` 0 as they were measured, else merged into such steps."""

    rank: str
    step_s: int
    rows: int


class UplinkCursor(msgspec.Struct, frozen=True):
    """`cursor` as the disk knows it, at most some seconds old; null if it has none yet.

    `backlog` are the rows behind it, of which `oldest` is the first.
    """

    name: str
    cursor: int | None
    backlog: int
    oldest: RowTime | None


class Epoch(msgspec.Struct, frozen=True):
    """The numbers of one epoch, as far as the log has rows of it."""

    epoch: int
    first: int
    last: int


class Pending(msgspec.Struct, frozen=True):
    """The journal: readings that are not in the log yet, and records that cannot be read."""

    path: str
    rows: int
    bad: int


class Overview(msgspec.Struct, frozen=True):
    """The whole document. `complete` is false if the write-ahead log could not be read.

    `rows` hold readings (`kinds`) and gap records (`gaps`, by reason); `unreadable` are neither.
    `damaged` is the folder with an earlier log that had to be healed, `healing` those that are
    still being read out. `limit_bytes` is as the file system stands now; the gateway thins nothing
    for room that is missing there for some minutes only.
    """

    path: str
    complete: bool
    rows: int
    unreadable: int
    used_bytes: int
    file_bytes: int
    limit_bytes: int
    oldest: RowTime | None
    newest: RowTime | None
    kinds: list[Kind]
    gaps: dict[str, int]
    uplinks: list[UplinkCursor]
    epochs: list[Epoch]
    journal: Pending | None
    damaged: str | None
    healing: list[str]


def overview(
    view: LogView,
    buffer: Buffer,
    runtime_dir: Path,
    uplinks: Sequence[str],
    clock: Clock,
    progress: Progress,
) -> Overview:
    """Count everything. Raises StoreError."""
    counted = _counted(view, progress)
    layouts = view.dictionary.layouts
    known = {layouts[number]: rows for number, rows in counted.items() if number in layouts}
    gaps, kinds = _by_reason(known), _by_kind(known)
    with view.still():
        return Overview(
            path=str(view.path),
            complete=view.complete,
            rows=counted.total(),
            unreadable=counted.total() - sum(known.values()),
            used_bytes=view.used_bytes(),
            file_bytes=view.file_bytes(),
            limit_bytes=limit_bytes(view, buffer),
            oldest=_time(view, _oldest(view, 0), clock),
            newest=newest(view, clock),
            kinds=kinds,
            gaps=gaps,
            uplinks=[_uplink(view, name, clock) for name in sorted({*view.cursors, *uplinks})],
            epochs=_epochs(view),
            journal=pending(runtime_dir, clock),
            damaged=evidence(view.path),
            healing=healing(view.path),
        )


def _counted(view: LogView, progress: Progress) -> Counter[int]:
    """Rows by the number of their layout."""
    counted: Counter[int] = Counter()
    last = view.last_position
    for span in view.spans(1, last, 10 * CHUNK):
        counted.update(dict(view.counted(span)))
        progress("the rows", span.last, last)
    return counted


def _by_kind(known: Mapping[Layout, int]) -> list[Kind]:
    """Highest rank first, finest first."""
    rows: Counter[tuple[int, int]] = Counter()
    for layout, n in known.items():
        if not layout.gap:
            rows[-layout.rank, layout.step_s] += n
    return [Kind(Rank(-rank).name.lower(), step_s, n) for (rank, step_s), n in sorted(rows.items())]


def _by_reason(known: Mapping[Layout, int]) -> dict[str, int]:
    rows: Counter[str] = Counter()
    for layout, n in known.items():
        if layout.gap:
            rows[layout.gap] += n
    return dict(sorted(rows.items()))


def _oldest(view: LogView, after: int) -> Row | None:
    """The first genuine row behind that position."""
    spans = view.spans(after + 1, view.last_position)
    return next((row for span in spans for row in view.rows(span).rows), None)


def _newest(view: LogView) -> Row | None:
    spans = view.spans_back(1, view.last_position)
    return next((row for span in spans for row in reversed(view.rows(span).rows)), None)


def _time(view: LogView, row: Row | None, clock: Clock) -> RowTime | None:
    if row is None:
        return None
    at = view.dating.date(row.boot, row.up_ns)
    return RowTime(
        row.position,
        *view.identities.of(row.position),
        row.boot,
        row.up_ns / 1e9,
        None if at.utc_ns is None else rfc3339(at.utc_ns),
        at.quality,
        _age_s(at, clock),
    )


def _age_s(at: Instant, clock: Clock) -> float | None:
    """By the time since boot within this boot, else by UTC where both ends are known."""
    now_ns, anchor = clock.now_ns(), clock.anchor()
    if at.boot == clock.boot_id:
        return round((now_ns - at.up_ns) / 1e9, 3)
    if at.utc_ns is None or anchor is None:
        return None
    return round((anchor.utc_ns - at.utc_ns) / 1e9, 3)


def _uplink(view: LogView, name: str, clock: Clock) -> UplinkCursor:
    cursor = view.cursors.get(name)
    after = cursor or 0
    oldest = _time(view, _oldest(view, after), clock)
    return UplinkCursor(name, cursor, view.behind(after), oldest)


def _epochs(view: LogView) -> list[Epoch]:
    """Oldest first; those that the log has no row of any more are left out."""
    found: dict[int, Epoch] = {}
    for segment, whole in view.identities.stretches(view.last_position):
        rows = next(view.spans(*whole), None)
        last = next(view.spans_back(*whole), None)
        if rows is not None and last is not None:
            epoch = segment.epoch
            first = found[epoch].first if epoch in found else rows.first - segment.shift
            found[epoch] = Epoch(epoch, first, last.last - segment.shift)
    return list(found.values())


def newest(view: LogView, clock: Clock) -> RowTime | None:
    """The last row that is genuine."""
    return _time(view, _newest(view), clock)


def limit_bytes(view: LogView, buffer: Buffer) -> int:
    """What rows may take: the quota, or less where the disk has no room for it."""
    taken = max(view.used_bytes(), view.file_bytes())
    return min(buffer.max_size, room_now(view.path.parent, buffer.reserve, taken))


def pending(runtime_dir: Path, clock: Clock) -> Pending | None:
    """What the journal holds; None if there is none that can be read."""
    journal = Journal(runtime_dir, clock.boot_id)
    found = journal.read()
    return None if found is None else Pending(str(journal.path), len(found.rows), found.bad)


def evidence(path: Path) -> str | None:
    """The folder with an earlier log that had to be healed."""
    folder = path.with_name(f"{path.name}.damaged")
    return str(folder) if folder.exists() else None


def healing(path: Path) -> list[str]:
    """Folders with damaged logs that are being read out."""
    return sorted(str(folder) for folder in path.parent.glob(f"{path.name}.salvage"))
