"""Commands: answered where they make sense, bounded where they do not (promise 23)."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.buffer import Log
from gateway.delivery.commands import AT_ONCE, MAX_BYTES, Commands
from gateway.delivery.replay import Replays
from gateway.uplink.contract import Payload
from tests.chaos import form
from tests.gateway.delivery.far_side import NODE, Rig, Voice
from tests.gateway.delivery.garbage import garbage
from tests.gateway.simulated_clock import SimulatedClock


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.connect()
    yield rig
    rig.log.close()


def say(rig: Rig, command: str, body: bytes) -> list[dict[str, Any]]:
    """The replies."""
    before = len(rig.far.told("reply"))
    rig.far.says.append(Payload(f"cmd/{command}", body))
    rig.deliver(3)
    return rig.far.told("reply")[before:]


def test_read_tells_the_newest_of_a_sensor(rig: Rig) -> None:
    [reply] = say(rig, "read", b'{"id": "7", "sensor": "door"}')
    assert reply == {
        "node": NODE,
        "command": "read",
        "id": "7",
        "state": "done",
        "result": {"sensor": "door", "age": 1.0, "values": {"motion": 1}},
    }


def test_identify_tells_what_computer_this_is(rig: Rig) -> None:
    [reply] = say(rig, "identify", b"")
    assert reply["result"] == {"version": "0", "computer": "none", "boot": "b", "up_s": 1.0}


def test_report_status_tells_everything_again(rig: Rig) -> None:
    topics = ("status", "meta", "health", "audit")
    assert [len(rig.far.told(topic)) for topic in topics] == [1, 1, 1, 1]
    [reply] = say(rig, "report-status", b"{}")
    assert reply["state"] == "done"
    assert [len(rig.far.told(topic)) for topic in topics] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("read", b'{"sensor": "cellar"}'),
        ("read", b"{}"),
        ("read", b"\xff\xfe"),
        ("read", b"[" * 3_000),
        ("read", b'{"sensor": "door", "also": "' + b"x" * MAX_BYTES + b'"}'),
        ("replay", b'{"epoch": 1, "from": 1e999, "to": 1}'),
        ("replay", b'{"epoch": 1, "from": -1, "to": 1}'),
        ("replay", b'{"epoch": "1", "from": 1, "to": 1}'),
        ("reboot", b"{}"),
        ("", b"{}"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    rig: Rig, command: str, body: bytes
) -> None:
    [reply] = say(rig, command, body)
    assert reply["state"] == "refused"
    assert 0 < len(reply["problem"]) <= 200


def test_a_flood_is_answered_at_its_pace_and_is_a_finding(rig: Rig) -> None:
    for number in range(10_000):
        body = json.dumps({"id": str(number)}).encode()
        rig.correspondence.hear([Payload("cmd/identify", body)])
    rig.deliver(20)
    assert [one["id"] for one in rig.far.told("reply")] == [str(n) for n in range(AT_ONCE)]
    assert rig.problems() == ["is sent too many commands"]
    rig.clock.sleep(700)
    assert len(say(rig, "identify", b"{}")) == 1
    assert rig.problems() == []


def test_a_command_that_the_broker_has_kept_is_nothing(rig: Rig) -> None:
    rig.far.says.append(Payload("cmd/identify", b"{}", retain=True))
    rig.deliver(3)
    assert rig.far.told("reply") == []


def test_other_topics_are_nothing(rig: Rig) -> None:
    rig.far.says += [Payload("data", b"[]"), Payload("cmd", b"{}"), Payload("", b"")]
    rig.deliver(3)
    assert rig.far.told("reply") == []


def test_whatever_comes_there_is_one_answer_that_is_bounded() -> None:
    """Of commands: valid ones, spoilt ones, and what is nothing at all."""
    answers: list[Payload] = []
    clock = SimulatedClock()
    commands = Commands(NODE, Voice(clock, cast("Log", None)), clock, answers.append, _nothing)
    commands.replays = cast("Replays", _Taking())  # what is asked for is another test's
    states = Counter[str]()
    for body, name in garbage(VALID, form.rounds(20_000, 1_000_000)):
        clock.sleep(1)
        commands.hear(Payload(f"cmd/{name}", body))
        [answer] = answers
        answers.clear()
        assert len(answer.body) < 2_000
        states[json.loads(answer.body)["state"]] += 1
    assert set(states) == {"accepted", "done", "refused"}
    assert min(states.values()) > 100


VALID = (
    (b'{"id": "7", "epoch": 7107899, "from": 1, "to": 99}', "replay"),
    (b'{"id": "night", "sensor": "door"}', "read"),
    (b'{"id": "a"}', "identify"),
    (b"{}", "report-status"),
    (b"", "reboot"),
)


class _Taking:
    def ask(self, _request: object) -> None:
        pass


def _nothing() -> None:
    pass
