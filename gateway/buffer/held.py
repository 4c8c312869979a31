"""What is measured and not stored: as memory holds it, or as an earlier process left it behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.buffer.identities import Identities
from gateway.buffer.rows import Row
from gateway.clock import Anchor
from gateway.model import Note


@dataclass
class Held:
    """Rows that stand behind `stored_position`, and what belongs to them.

    `session` is that of the store which they stand behind, "" if it was never opened. `totals` (by
    sensor) are those before the rows; with `totals_known` False they are what was counted since the
    start and is in no row any more. Rows up to `unsure_position` may be stored already (None: any
    of them): the process died, or the disk went away, before the end of the commit was known.
    """

    session: str
    identities: Identities
    stored_position: int
    next_position: int
    rows: list[Row] = field(default_factory=list)
    anchors: list[tuple[str, Anchor]] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    totals_known: bool = False
    unsure_position: int | None = None


@dataclass
class Recovered(Held):
    """What stood in the journal of `boot`. `bad` of its records could not be read."""

    boot: str = ""
    notes: dict[str, Note] = field(default_factory=dict)
    bad: int = 0
