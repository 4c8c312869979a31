"""What the audit answers, as types: the contract of `gateway audit --json` (docs/cli.md)."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from gateway.model import Reason
from gateway.ranges import Range, count

LIMIT = 1_000
"""Ranges of each kind that are told one by one."""

ORDER = (
    Reason.THINNED,
    Reason.REFUSED,
    Reason.DROPPED,
    Reason.STORE_DAMAGED,
    Reason.UNCLEAN_STOP,
)
"""Of several reasons for one number the first is told."""


class Judgement(StrEnum):
    """Of an epoch or of all: `open` until an audit has been heard, or with nothing heard."""

    FINDING = "finding"
    OPEN = "open"
    COMPLETE = "complete"


class Told(Struct, frozen=True):
    """Numbers: `n` in all, and the first 1000 of their `ranges`."""

    n: int
    ranges: Sequence[Range]

    @classmethod
    def of(cls, ranges: Iterable[Range]) -> "Told":
        """All of them."""
        known = list(ranges)
        return cls(count(known), known[:LIMIT])


class Difference(Struct, frozen=True, rename={"from_": "from"}):
    """An audit that does not agree with what arrived: `n` and `sums`, and those that arrived."""

    from_: int
    to: int
    n: int
    arrived_n: int
    sums: Mapping[str, Mapping[str, float]]
    arrived_sums: Mapping[str, Mapping[str, float]]


class Audits(Struct, frozen=True):
    """How many audits agree; those that `differ`; how many could not be compared."""

    agree: int
    differ: Sequence[Difference]
    not_compared: int


class EpochVerdict(Struct, frozen=True):
    """Of one epoch of one node; see docs/cli.md."""

    node: str
    epoch: int
    judgement: Judgement
    complete_to: int
    audited_to: int | None
    newest: int
    missing: Told
    lost_for_good: Told
    on_the_way: Told
    explained: Mapping[Reason, Told]
    doubled: Told
    contradicted: Told
    kept: Range | None
    audits: Audits


class Unread(Struct, frozen=True):
    """What could not be read: how often, and the first of it with its place."""

    n: int = 0
    first: str | None = None


class RepairVerdict(Struct, frozen=True):
    """Replays that were asked for; `brought` numbers; what is still missing, and why."""

    asked: int
    done: int
    problems: Sequence[str]


class Account(Struct, frozen=True):
    """The whole document. `messages` of ours were heard, `elsewhere` below other topics."""

    judgement: Judgement
    messages: int
    elsewhere: int
    unread: Unread
    epochs: Sequence[EpochVerdict]
    repair: RepairVerdict | None = None
