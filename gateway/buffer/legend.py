"""The second copy of what rows mean, beside the log: layouts, boots, epochs, times, numbers.

Rows hold small numbers that the log's own tables explain; a single damaged page there would make
every row unreadable. The legend is a small file with a checksum, replaced whole, written when one
of these changes, which is seldom. It also names the sessions that may have written the log last:
a log that knows of none of them is an older copy, or has lost its write-ahead log, and its numbers
must not be counted on.
"""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import msgspec

from drivers.quantities import Rank
from gateway import durable
from gateway.buffer.anchors import AnchorRow
from gateway.buffer.rows import Layout
from gateway.errors import StoreUnavailable
from gateway.model import Calibrations, Note

if TYPE_CHECKING:
    from gateway.buffer.store import Store


class NumberedLayout(NamedTuple):
    """A layout and its number; a legend of schema 3 or older knows no calibrations."""

    number: int
    sensor: str
    names: list[str]
    rank: int
    step_s: int
    gap: str
    calibrations: Calibrations = ()

    @property
    def layout(self) -> Layout:
        """Without its number."""
        _, sensor, names, rank, step_s, gap, calibrations = self
        return Layout(sensor, tuple(names), Rank(rank), step_s, gap, calibrations)


class Begun(msgspec.Struct, frozen=True):
    """Counts that no reading carried when that session came to its end, in that boot."""

    session: str
    boot: str
    notes: list[Note]


class Legend(msgspec.Struct, frozen=True):
    """`boots` are [number, id, began_ns]; `begun` is only true until another session begins.

    `anchors` are rows of gateway/buffer/anchors.py. `totals` (by sensor) and
    `cursors` are those of its last writing: the least that is true.
    """

    sessions: list[str]
    reserved: int
    segments: list[tuple[int, int, int]]
    layouts: list[NumberedLayout]
    boots: list[tuple[int, str, int]]
    totals: dict[str, dict[str, int]] = {}
    anchors: list[AnchorRow] = []
    cursors: dict[str, int] = {}
    begun: Begun | None = None


def of(store: "Store") -> Legend:
    """What the store knows now."""
    dictionary = store.dictionary
    layouts = [
        NumberedLayout(number, one.sensor, list(one.names), int(one.rank), *one[3:])
        for number, one in dictionary.layouts.items()
    ]
    boots = [(number, boot, dictionary.began_ns[boot]) for number, boot in dictionary.boots.items()]
    segments = [(one.first, one.epoch, one.shift) for one in store.identities.segments]
    totals = {name: dict(state.totals) for name, state in store.sensors.items() if state.totals}
    known = (store.reserved, segments, layouts, boots, totals, store.anchors[:], store.cursors)
    return Legend([store.session], *known)


def outdated(store: "Store") -> bool:
    """Whether the store knows something that the legend was not told."""
    return store.told != _size(store)


def path_of(log: Path) -> Path:
    """Where the legend of a log lies."""
    return log.with_name(log.name + ".legend")


def read(log: Path) -> Legend | None:
    """The legend of that log; None if there is none, or it is damaged itself."""
    try:
        check, _, content = path_of(log).read_bytes().partition(b" ")
        if check != b"%08x" % crc32(content):
            return None
        return msgspec.json.decode(content, type=Legend)
    except (OSError, msgspec.DecodeError):
        return None


def keep(store: "Store", begun: Begun | None = None) -> None:
    """Write what the store knows now; `outdated` compares with it. Raises StoreUnavailable."""
    known, size = msgspec.structs.replace(of(store), begun=begun), _size(store)
    write(store.path, known)
    store.told = size


def write(log: Path, legend: Legend) -> None:
    """Replace it, safe on disk when this returns. Raises StoreUnavailable."""
    try:
        content = msgspec.json.encode(legend)
        durable.replace(path_of(log), b"%08x %s" % (crc32(content), content))
    except OSError as error:
        raise StoreUnavailable(
            f"cannot write {path_of(log)}: {error.strerror}",
            f"make room on the disk: df -h {log.parent}",
        ) from error


def _size(store: "Store") -> tuple[int, int, int, int]:
    return (
        len(store.dictionary.layouts),
        len(store.dictionary.boots),
        len(store.identities.segments) + len(store.anchors),
        store.reserved,
    )
