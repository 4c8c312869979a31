"""What has come of all nodes, and what is to be said of it.

Messages may come in any order and any number of times. Memory is bounded by the ranges that their
numbers form, not by the readings; of the newest `recent.LIMIT` more is remembered.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.auditing import messages
from gateway.auditing.epoch import Epoch
from gateway.auditing.messages import Entry, Unreadable
from gateway.auditing.recent import LIMIT, Recent, remembered
from gateway.auditing.verdict import (
    ORDER,
    Account,
    EpochVerdict,
    Judgement,
    RepairVerdict,
    Told,
    Unread,
)
from gateway.encoding.messages import Audit, Death, Gap, Missing, State, Status
from gateway.ranges import Range

MOST_EPOCHS = 10_000
"""Of all nodes. Whoever sends more makes them up."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Node:
    """What a node says of itself: whether it is there, and what it still keeps, by epoch."""

    def __init__(self) -> None:
        self.epochs: dict[int, Epoch] = {}
        self.state: State | None = None
        self.audited = False
        """Whether an audit of it was ever heard."""
        self.audits = 0
        """How many were heard since this ledger began."""
        self._session: str | None = None
        self.kept: dict[int, Range] = {}
        self._kept_at = _NEVER

    def says(self, status: Status | Death) -> None:
        """A `lost` counts only for the session that was last online."""
        if isinstance(status, Status):
            self._session = status.session
        elif self._session not in (None, status.session):
            return
        self.state = status.state

    def keeps(self, audit: Audit) -> None:
        """The newest audit counts, whichever comes last."""
        at = _moment(audit.at)
        if at is None or at >= self._kept_at:
            self._kept_at = at or self._kept_at
            self.kept = {
                one.epoch: (one.first, one.last)
                for one in audit.kept
                if messages.numbers(one.first, one.last)
            }


class Ledger:
    """Of all nodes below `prefix`.

    With `from_first_heard` numbers below the first that came of an epoch are not asked for.
    """

    def __init__(
        self, prefix: str = "udp/v1", from_first_heard: bool = False, limit: int = LIMIT
    ) -> None:
        self.nodes: dict[str, Node] = {}
        self.messages = self.elsewhere = 0
        self.unread = Unread()
        self.changes = 0
        """Rises whenever something is heard that was not known."""
        self._prefix = prefix
        self._from_first_heard = from_first_heard
        self._recent = Recent(limit)
        self._epochs = 0

    def hear(self, topic: str, payload: bytes, redelivered: bool = False, where: str = "") -> None:
        """One message; `where` it stands, for whoever looks for what could not be read."""
        place = messages.place(topic, self._prefix)
        if place is None:
            self.elsewhere += 1
            return
        self.messages += 1
        where = where or f"{topic}, message {self.messages}"
        if len(payload) > messages.MAX_BODY:
            self.cannot_read(where, f"{len(payload)} bytes are more than a node sends")
            return
        try:
            self._hear(place.node, place.kind, payload, redelivered, where)
        except Unreadable as fault:
            self.cannot_read(where, str(fault))

    def cannot_read(self, where: str, why: str) -> None:
        """One more thing that was none of ours, or a broken one."""
        self.unread = Unread(self.unread.n + 1, self.unread.first or f"{where}: {why}")

    def account(self, repair: RepairVerdict | None = None) -> Account:
        """What is to be said now."""
        epochs = [
            _verdict(name, number, epoch, node)
            for name, node in sorted(self.nodes.items())
            for number, epoch in sorted(node.epochs.items())
        ]
        judgement = _worst([one.judgement for one in epochs])
        return Account(judgement, self.messages, self.elsewhere, self.unread, epochs, repair)

    def epoch(self, node: str, number: int) -> Epoch:
        """The account of that epoch. Raises Unreadable when there are too many."""
        epochs = self.nodes.setdefault(node, Node()).epochs
        if number not in epochs:
            if self._epochs >= MOST_EPOCHS:
                raise Unreadable(f"more than {MOST_EPOCHS} epochs")
            self._epochs += 1
            epochs[number] = Epoch(self._from_first_heard)
        return epochs[number]

    def _hear(self, node: str, kind: str, payload: bytes, redelivered: bool, where: str) -> None:
        if kind == "data":
            for entry in messages.entries(node, payload):
                self._take(entry, redelivered, where)
        elif kind == "audit":
            self._audit(messages.audit(node, payload))
        elif kind == "status":
            self._status(node, payload)

    def _take(self, entry: Entry | Unreadable, redelivered: bool, where: str) -> None:
        try:
            if isinstance(entry, Unreadable):
                raise entry
            self._enter(entry, redelivered)
        except Unreadable as fault:
            self.cannot_read(where, str(fault))

    def _enter(self, entry: Entry, redelivered: bool) -> None:
        node, epoch, first, number = entry.identity
        body = entry.body
        known = self._with_room(node, epoch)
        plain = not (redelivered or body.hist)
        if number not in known.arrived:
            self.changes += 1
        one = remembered(entry, plain)
        if not known.knows(number, one):
            self._recent.remember(known, number, one)
        known.take(first, number, plain)
        if isinstance(body, Gap):
            self._explain(node, body)

    def _audit(self, audit: Audit) -> None:
        epoch = self.epoch(audit.node, audit.epoch)
        if epoch.audited_to is None or audit.to > epoch.audited_to:
            epoch.audited_to = audit.to
            self.changes += 1
        epoch.newest = max(epoch.newest, audit.to, audit.oldest_unacknowledged or 0)
        epoch.audits.add(audit)
        node = self.nodes[audit.node]
        node.audited = True
        node.audits += 1
        node.keeps(audit)
        for gap in audit.gaps:
            self._explain(audit.node, gap)

    def _explain(self, node: str, gap: Gap | Missing) -> None:
        told = messages.concerned(gap)
        if told is not None:
            self._with_room(node, told.epoch).explain(gap.gap, told.first, told.last)

    def _status(self, node: str, payload: bytes) -> None:
        status = messages.status(node, payload)
        if isinstance(status, Status):
            epoch = self.epoch(node, status.epoch)
            epoch.newest = max(epoch.newest, status.next - 1)
        self.nodes.setdefault(node, Node()).says(status)

    def _with_room(self, node: str, number: int) -> Epoch:
        epoch = self.epoch(node, number)
        if epoch.full:
            raise Unreadable(f"epoch {number} of {node} has too many holes to look at each")
        return epoch


def _verdict(name: str, number: int, epoch: Epoch, node: Node) -> EpochVerdict:
    due = epoch.audited_to or 0
    kept = node.kept.get(number)
    missing = list(epoch.unexplained(1, due))
    on_the_way = list(epoch.unexplained(due + 1, epoch.newest))
    audits = epoch.audits.told()
    wrong = missing or audits.differ or len(epoch.doubled) or len(epoch.contradicted)
    # Nothing is open in an epoch before the audited one if all of it is there.
    audited = epoch.audited_to is not None or (node.audited and not on_the_way)
    complete = Judgement.COMPLETE if audited else Judgement.OPEN
    explained = {reason: Told.of(epoch.explained(reason, epoch.newest)) for reason in ORDER}
    return EpochVerdict(
        node=name,
        epoch=number,
        judgement=Judgement.FINDING if wrong else complete,
        complete_to=next(epoch.unexplained(1, epoch.newest), (epoch.newest + 1,))[0] - 1,
        audited_to=epoch.audited_to,
        newest=epoch.newest,
        missing=Told.of(missing),
        lost_for_good=Told.of(_beyond(missing, kept)),
        on_the_way=Told.of(on_the_way),
        explained={reason: told for reason, told in explained.items() if told.n},
        doubled=Told.of(epoch.doubled),
        contradicted=Told.of(epoch.contradicted),
        kept=kept,
        audits=audits,
    )


def _beyond(missing: list[Range], kept: Range | None) -> Iterator[Range]:
    """Those that no replay can bring."""
    lowest, highest = kept or (messages.LARGEST, 0)
    for first, last in missing:
        if first < lowest:
            yield first, min(last, lowest - 1)
        if last > highest >= lowest:
            yield max(first, highest + 1), last


def _worst(judgements: list[Judgement]) -> Judgement:
    return next((one for one in Judgement if one in judgements), Judgement.OPEN)


def _moment(text: str | None) -> datetime | None:
    """None where nobody knows, or where it is no time."""
    try:
        told = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return told if told.tzinfo else None
