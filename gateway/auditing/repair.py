"""Asks nodes for what is missing, as far as they can still send it.

Theory: a range of missing numbers that a node keeps is asked for by `cmd/replay`. A request is
waiting until the node says `accepted` or `refused`, running until it says `done`, and then
settling: what it brought may still be on its way, so for `SETTLE_S` it is not asked for again. A
refusal, a silence (`ANSWER_S` without `accepted`, `RUN_S` in which nothing of it comes), and a
replay that did not bring all cost the range one of its `TRIES`. A range that has used them up is
given up, and said so. A node that is not there is not asked, one of which no audit was heard is
asked for one.

A node answers ten commands at once and then one a second, so requests go out `PACE_S` apart; at
most `AT_ONCE` wait, and none asks for more than `LARGEST` numbers. What is done is seen in the
ledger, not in an answer. Times are seconds since any moment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import NamedTuple

import msgspec

from gateway.auditing.ledger import Ledger, Node
from gateway.auditing.messages import ReplayReply
from gateway.auditing.verdict import LIMIT, RepairVerdict
from gateway.encoding.messages import ReplayRequest, ReplyState, Request, State
from gateway.ranges import Range, Ranges
from gateway.ranges import count as numbers_in

LARGEST = 100_000
AT_ONCE = 16
TRIES = 2
PACE_S = 1.1
ANSWER_S = 30.0
RUN_S = 120.0
SETTLE_S = 5.0


class _Stage(Enum):
    WAITING = auto()
    RUNNING = auto()
    SETTLING = auto()


@dataclass
class _Request:
    """Of `numbers` of an epoch, `left` of them still missing; `until` it waits for a word."""

    epoch: int
    numbers: Range
    left: int
    until: float
    stage: _Stage = _Stage.WAITING
    problem: str = ""


@dataclass
class _Repairs:
    """Of one node. `spent` are the numbers of an epoch that were asked for once, twice ..."""

    under_way: dict[str, _Request] = field(default_factory=dict)
    spent: dict[int, list[Ranges]] = field(default_factory=dict)
    why: dict[str, None] = field(default_factory=dict)
    next_at: float = 0.0
    reports: int = 0
    report_at: float = 0.0
    forbidden: bool = False


class Command(NamedTuple):
    """A payload for `cmd/<name>` of that node."""

    node: str
    name: str
    body: bytes


class Repair:
    """`run` names this run: answers to others are not taken for ours."""

    def __init__(self, ledger: Ledger, run: str) -> None:
        self._ledger = ledger
        self._run = run
        self._numbers = count(1)
        self._nodes: dict[str, _Repairs] = {}
        self._asked = self._done = 0

    @property
    def under_way(self) -> int:
        """Requests that something may still come of."""
        return sum(len(repairs.under_way) for repairs in self._nodes.values())

    def due(self, now: float, room: int = AT_ONCE) -> list[Command]:
        """What is to be sent now, to so many nodes at most."""
        commands: list[Command] = []
        for name, node in self._ledger.nodes.items():
            if is_there(node) and len(commands) < room:
                commands += self._due(name, self._nodes.setdefault(name, _Repairs()), now)
        return commands

    def answered(self, node: str, reply: ReplayReply, now: float) -> None:
        """What a node says to a request."""
        repairs = self._nodes.get(node)
        request = repairs.under_way.get(reply.id) if repairs else None
        if request is None or request.stage is _Stage.SETTLING:
            return
        if reply.state is ReplyState.ACCEPTED:
            request.stage, request.until = _Stage.RUNNING, now + RUN_S
            return
        if reply.state is ReplyState.DONE:
            self._done += 1
        else:
            problem = reply.problem if isinstance(reply.problem, str) else "no reason"
            request.problem = f"refused: {problem[:200]!r}"
        request.stage, request.until = _Stage.SETTLING, now + SETTLE_S

    def cannot_ask(self, node: str, why: str) -> None:
        """Nothing more is asked of that node."""
        repairs = self._nodes.setdefault(node, _Repairs())
        repairs.under_way.clear()
        repairs.forbidden = True
        repairs.why[why] = None

    def nothing_left(self) -> bool:
        """Whether nothing is under way and nothing can be asked for."""
        return not self.under_way and not any(
            next(self._wanted(name, self._nodes.get(name) or _Repairs()), None)
            for name, node in self._ledger.nodes.items()
            if node.audits and is_there(node)
        )

    def told(self) -> RepairVerdict:
        """What became of it; a problem for each range that is still missing."""
        problems = [
            f"{name}: {why}" for name, repairs in self._nodes.items() for why in repairs.why
        ]
        problems += [
            f"{name}: it is {node.state}, so nothing was asked of it; try again when it is online"
            for name, node in self._ledger.nodes.items()
            if not is_there(node) and next(self._wanted(name, _Repairs()), None)
        ]
        return RepairVerdict(self._asked, self._done, problems[:LIMIT])

    def _due(self, name: str, repairs: _Repairs, now: float) -> Iterator[Command]:
        for key, request in list(repairs.under_way.items()):
            if self._is_over(name, request, now):
                del repairs.under_way[key]
                self._close(name, repairs, request)
        if now < repairs.next_at or len(repairs.under_way) >= AT_ONCE:
            return
        if not self._ledger.nodes[name].audits:
            yield from self._ask_for_audit(name, repairs, now)
            return
        for epoch, numbers in self._wanted(name, repairs):
            repairs.next_at = now + PACE_S
            yield self._ask(name, repairs, epoch, numbers, now)
            return

    def _ask_for_audit(self, name: str, repairs: _Repairs, now: float) -> Iterator[Command]:
        if repairs.reports < TRIES and now >= repairs.report_at and not repairs.forbidden:
            repairs.reports += 1
            repairs.report_at, repairs.next_at = now + ANSWER_S, now + PACE_S
            yield Command(name, "report-status", msgspec.json.encode(Request(id=self._key())))

    def _key(self) -> str:
        return f"audit-{self._run}-{next(self._numbers)}"

    def _is_over(self, name: str, request: _Request, now: float) -> bool:
        left = numbers_in(self._absent(name, request))
        if left < request.left and request.stage is not _Stage.SETTLING:
            request.until = now + RUN_S
        request.left = left
        return not left or now >= request.until

    def _absent(self, name: str, request: _Request) -> Iterator[Range]:
        return self._ledger.epoch(name, request.epoch).unexplained(*request.numbers)

    def _close(self, name: str, repairs: _Repairs, request: _Request) -> None:
        """Whatever is still missing of it has been asked for once more."""
        spent = repairs.spent.setdefault(request.epoch, [Ranges() for _ in range(TRIES)])
        for first, last in self._absent(name, request):
            for fewer, more in zip(reversed(spent[:-1]), reversed(spent[1:]), strict=True):
                for again in list(fewer.within(first, last)):
                    more.add(*again)
            spent[0].add(first, last)
            given_up = any(spent[-1].within(first, last))
            if given_up and len(repairs.why) < LIMIT:
                why = request.problem or _SILENCE[request.stage]
                repairs.why[f"{first} to {last} of epoch {request.epoch}: {why}"] = None

    def _ask(self, name: str, repairs: _Repairs, epoch: int, numbers: Range, now: float) -> Command:
        key = self._key()
        first, last = numbers
        repairs.under_way[key] = _Request(epoch, numbers, last - first + 1, now + ANSWER_S)
        self._asked += 1
        body = ReplayRequest(id=key, epoch=epoch, from_=first, to=last)
        return Command(name, "replay", msgspec.json.encode(body))

    def _wanted(self, name: str, repairs: _Repairs) -> Iterator[tuple[int, Range]]:
        """What is missing and kept, was not asked for too often, and is not being asked for."""
        node = self._ledger.nodes[name]
        for epoch in node.epochs if not repairs.forbidden else ():
            without = Ranges()
            for request in repairs.under_way.values():
                if request.epoch == epoch:
                    without.add(*request.numbers)
            for spent in repairs.spent.get(epoch, [])[-1:]:
                for given_up in spent:
                    without.add(*given_up)
            for begin, end in _kept_and_missing(node, epoch):
                for first, last in without.without(begin, end):
                    yield epoch, (first, min(last, first + LARGEST - 1))


_SILENCE: Mapping[_Stage, str] = {
    _Stage.WAITING: "the node does not answer; may you publish on cmd/replay?",
    _Stage.RUNNING: "the node has accepted the replay and never said that it was done",
    _Stage.SETTLING: "the replay did not bring it",
}


def is_there(node: Node) -> bool:
    """Whether it says so, or has said nothing at all."""
    return node.state in (None, State.ONLINE)


def _kept_and_missing(node: Node, number: int) -> Iterator[Range]:
    """In an epoch that is over and was never audited all that is not there is missing."""
    epoch = node.epochs[number]
    kept = node.kept.get(number)
    due = epoch.newest if epoch.audited_to is None else epoch.audited_to
    if kept is not None:
        yield from epoch.unexplained(kept[0], min(kept[1], due))
