"""What a ledger knows, as one document, so that the next run goes on from there.

Of the readings themselves nothing is in it, so a contradiction between two runs is not seen, and an
audit that could not be compared in the first is not in the second.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from gateway.auditing.epoch import Epoch
from gateway.auditing.ledger import Ledger, Node
from gateway.auditing.messages import Unreadable, numbers
from gateway.auditing.verdict import Difference
from gateway.model import Reason
from gateway.ranges import Range, Ranges

VERSION = 1


class EpochState(Struct, frozen=True):
    """Of one epoch of one node; see `Epoch`."""

    node: str
    epoch: int
    newest: int
    audited_to: int | None
    kept: Range | None
    lowest: int | None
    arrived: Sequence[Range]
    plain: Sequence[Range]
    merged: Sequence[Range]
    doubled: Sequence[Range]
    contradicted: Sequence[Range]
    told: Mapping[Reason, Sequence[Range]]
    agree: int
    differ: Sequence[Difference]


class LedgerState(Struct, frozen=True):
    """`version` is that of this form; `audited` are the nodes of which an audit was heard."""

    version: int
    audited: Sequence[str]
    epochs: Sequence[EpochState]


def encode(ledger: Ledger) -> bytes:
    """All epochs of all nodes."""
    epochs = [
        _of(name, number, epoch, node.kept.get(number))
        for name, node in ledger.nodes.items()
        for number, epoch in node.epochs.items()
    ]
    audited = [name for name, node in ledger.nodes.items() if node.audited]
    return msgspec.json.encode(LedgerState(VERSION, audited, epochs))


def restore(document: bytes, ledger: Ledger) -> None:
    """Into a ledger that knows nothing yet. Raises Unreadable."""
    try:
        state = msgspec.json.decode(document, type=LedgerState)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    if state.version != VERSION:
        raise Unreadable(f"it has form {state.version}, not {VERSION}")
    for one in state.epochs:
        _into(ledger.epoch(one.node, one.epoch), one)
        if one.kept is not None:
            ledger.nodes[one.node].kept[one.epoch] = one.kept
    for name in state.audited:
        ledger.nodes.setdefault(name, Node()).audited = True


def _of(name: str, number: int, epoch: Epoch, kept: Range | None) -> EpochState:
    audits = epoch.audits.told()
    return EpochState(
        node=name,
        epoch=number,
        newest=epoch.newest,
        audited_to=epoch.audited_to,
        kept=kept,
        lowest=epoch.lowest,
        arrived=list(epoch.arrived),
        plain=list(epoch.plain),
        merged=list(epoch.merged),
        doubled=list(epoch.doubled),
        contradicted=list(epoch.contradicted),
        told={reason: list(ranges) for reason, ranges in epoch.told.items()},
        agree=audits.agree,
        differ=audits.differ,
    )


def _into(epoch: Epoch, state: EpochState) -> None:
    epoch.newest, epoch.audited_to = state.newest, state.audited_to
    epoch.lowest = state.lowest
    for name in ("arrived", "plain", "merged", "doubled", "contradicted"):
        _fill(getattr(epoch, name), getattr(state, name))
    for reason, ranges in state.told.items():
        if reason in epoch.told:
            _fill(epoch.told[reason], ranges)
    epoch.audits.go_on(state.agree, state.differ)


def _fill(into: Ranges, ranges: Sequence[Range]) -> None:
    for first, last in ranges:
        if not numbers(first, last):
            raise Unreadable(f"impossible numbers: {first} to {last}")
        into.add(first, last)
