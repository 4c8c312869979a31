"""What is asked of a node, when, how often, and when it is given up."""

import json
from typing import Any

import msgspec
import pytest

from gateway.auditing.ledger import Ledger
from gateway.auditing.messages import ReplayReply
from gateway.auditing.repair import ANSWER_S, AT_ONCE, LARGEST, PACE_S, RUN_S, SETTLE_S, Repair
from tests.gateway.auditing.truth import Entry

NODE = "brandis/a-1"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def audit(ledger: Ledger, to: int, kept: tuple[int, int], kept_of: int = 7) -> None:
    body: dict[str, Any] = {"node": NODE, "at": None, "boot": "b", "up": 1, "session": "s"}
    body |= {
        "epoch": 7,
        "from": 1,
        "to": to,
        "n": 0,
        "sums": {},
        "gaps": [],
        "oldest_unacknowledged": None,
    }
    body |= {"kept": [{"epoch": kept_of, "first": kept[0], "last": kept[1]}]}
    ledger.hear(f"udp/v1/{NODE}/audit", json.dumps(body).encode())


def arrive(ledger: Ledger, *numbers: int, epoch: int = 7) -> None:
    body = [Entry(NODE, epoch, number, number, "door").message(hist=True) for number in numbers]
    ledger.hear(f"udp/v1/{NODE}/data", json.dumps(body).encode())


def status(ledger: Ledger, state: str) -> None:
    body = {"node": NODE, "at": None, "boot": "b", "up": 1, "state": state, "session": "s"}
    body |= {"epoch": 7, "next": 1, "backlog": 0, "clock": "synced", "version": "1", "config": ""}
    ledger.hear(f"udp/v1/{NODE}/status", json.dumps(body).encode())


def asked(repair: Repair, *moments: float) -> list[dict[str, Any]]:
    return [json.loads(command.body) for now in moments for command in repair.due(now)]


def answer(repair: Repair, request: dict[str, Any], now: float, state: str, **more: Any) -> None:
    body = {"node": NODE, "command": "replay", "id": request["id"], "state": state} | more
    repair.answered(NODE, msgspec.convert(body, ReplayReply), now)


def test_what_is_missing_and_kept_is_asked_for_one_range_after_the_other(ledger: Ledger) -> None:
    arrive(ledger, 3, 6)
    audit(ledger, 9, kept=(2, 8))
    repair = Repair(ledger, "x")
    first = asked(repair, 0)
    assert asked(repair, PACE_S - 0.1) == []
    found = first + asked(repair, PACE_S, 2 * PACE_S, 3 * PACE_S)
    assert [(one["epoch"], one["from"], one["to"]) for one in found] == [
        (7, 2, 2),
        (7, 4, 5),
        (7, 7, 8),
    ]
    assert len({one["id"] for one in found}) == 3


def test_at_most_so_many_numbers_and_so_many_requests_at_once(ledger: Ledger) -> None:
    audit(ledger, 30 * LARGEST, kept=(1, 40 * LARGEST))
    repair = Repair(ledger, "x")
    found = asked(repair, *(step * PACE_S for step in range(AT_ONCE + 5)))
    assert len(found) == AT_ONCE
    assert [(one["from"], one["to"]) for one in found[:2]] == [
        (1, LARGEST),
        (LARGEST + 1, 2 * LARGEST),
    ]
    assert repair.under_way == AT_ONCE


def test_a_range_that_came_is_done_whatever_the_node_says(ledger: Ledger) -> None:
    audit(ledger, 2, kept=(1, 2))
    repair = Repair(ledger, "x")
    [one] = asked(repair, 0)
    answer(repair, one, 1, "accepted")
    arrive(ledger, 1, 2)
    assert not repair.nothing_left()
    assert asked(repair, 2) == []
    assert repair.nothing_left()
    assert repair.told().problems == []


@pytest.mark.parametrize(
    ("answers", "waits", "why"),
    [
        ([], ANSWER_S, "does not answer"),
        ([("refused", {"problem": "too many"})], SETTLE_S, "refused: 'too many'"),
        ([("accepted", {})], RUN_S, "never said that it was done"),
        (
            [("accepted", {}), ("done", {"result": {"epoch": 7, "sent": 0, "absent": [[1, 2]]}})],
            SETTLE_S,
            "did not bring it",
        ),
    ],
)
def test_what_does_not_come_is_asked_for_twice_and_given_up(
    ledger: Ledger, answers: list[tuple[str, dict[str, Any]]], waits: float, why: str
) -> None:
    audit(ledger, 2, kept=(1, 2))
    repair = Repair(ledger, "x")
    now = 0.0
    for _ in range(2):
        [one] = asked(repair, now)
        for state, more in answers:
            answer(repair, one, now, state, **more)
        assert asked(repair, now + waits - 0.1) == []
        assert not repair.nothing_left()
        now += waits
    assert asked(repair, now, now + 1000) == []
    assert repair.nothing_left()
    [problem] = repair.told().problems
    assert problem.startswith("brandis/a-1: 1 to 2 of epoch 7: ")
    assert why in problem


def test_what_came_of_a_replay_is_not_asked_for_again(ledger: Ledger) -> None:
    audit(ledger, 4, kept=(1, 4))
    repair = Repair(ledger, "x")
    [one] = asked(repair, 0)
    answer(repair, one, 0, "done", result={"epoch": 7, "sent": 2, "absent": []})
    arrive(ledger, 1, 3)
    found = asked(repair, SETTLE_S, SETTLE_S + PACE_S)
    assert [(one["from"], one["to"]) for one in found] == [(2, 2), (4, 4)]


def test_a_long_replay_is_waited_for_while_it_brings_something(ledger: Ledger) -> None:
    audit(ledger, 9, kept=(1, 9))
    repair = Repair(ledger, "x")
    [one] = asked(repair, 0)
    answer(repair, one, 0, "accepted")
    for number in range(1, 9):
        arrive(ledger, number)
        assert asked(repair, number * (RUN_S - 1)) == []
    assert repair.under_way == 1


def test_a_node_that_is_not_there_is_not_asked(ledger: Ledger) -> None:
    audit(ledger, 2, kept=(1, 2))
    status(ledger, "offline")
    repair = Repair(ledger, "x")
    assert asked(repair, 0) == []
    assert repair.nothing_left()
    assert "offline" in repair.told().problems[0]
    status(ledger, "online")
    assert len(asked(repair, 1)) == 1


def test_each_node_is_asked_as_far_as_there_is_room(ledger: Ledger) -> None:
    status(ledger, "online")
    other = {"node": "grimma/b-2", "at": None, "boot": "b", "up": 1, "session": "s", "epoch": 7}
    other |= {"state": "online", "next": 1, "backlog": 0, "clock": "synced", "version": "1"}
    ledger.hear("udp/v1/grimma/b-2/status", json.dumps(other | {"config": ""}).encode())
    assert {one.node for one in Repair(ledger, "x").due(0)} == {NODE, "grimma/b-2"}
    assert [one.node for one in Repair(ledger, "x").due(0, room=1)] == [NODE]
    assert Repair(ledger, "x").due(0, room=0) == []


def test_a_node_that_may_not_be_asked_is_left_alone(ledger: Ledger) -> None:
    audit(ledger, 2, kept=(1, 2))
    repair = Repair(ledger, "x")
    asked(repair, 0)
    repair.cannot_ask(NODE, "the broker takes no commands: Not authorized")
    assert asked(repair, ANSWER_S) == []
    assert repair.nothing_left()
    assert repair.told().problems == [f"{NODE}: the broker takes no commands: Not authorized"]


def test_a_node_of_which_no_audit_was_heard_is_asked_for_one(ledger: Ledger) -> None:
    status(ledger, "online")
    repair = Repair(ledger, "x")
    commands = [*repair.due(0), *repair.due(1), *repair.due(ANSWER_S), *repair.due(9 * ANSWER_S)]
    assert [(one.node, one.name) for one in commands] == [(NODE, "report-status")] * 2


def test_the_audit_that_was_asked_for_is_acted_upon_at_once(ledger: Ledger) -> None:
    status(ledger, "online")
    repair = Repair(ledger, "x")
    repair.due(0)
    audit(ledger, 2, kept=(1, 2))
    [command] = repair.due(PACE_S)
    assert command.name == "replay"


def test_an_epoch_that_is_over_is_asked_for_what_the_node_still_has_of_it(ledger: Ledger) -> None:
    arrive(ledger, 5, epoch=3)
    audit(ledger, 0, kept=(2, 5), kept_of=3)
    [one] = asked(Repair(ledger, "x"), 0)
    assert (one["epoch"], one["from"], one["to"]) == (3, 2, 4)


def test_the_answer_to_another_is_not_taken_for_ours(ledger: Ledger) -> None:
    audit(ledger, 2, kept=(1, 2))
    repair = Repair(ledger, "x")
    [one] = asked(repair, 0)
    answer(repair, one | {"id": "night-shift-7"}, 0, "done")
    assert repair.told().done == 0
