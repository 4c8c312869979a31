"""The generated contract: in step with the types, valid, and true of what the program says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from drivers.quantities import QUANTITIES, Rank
from gateway import contract
from gateway.encoding import messages, native
from gateway.encoding.asyncapi import CHANNELS, document
from gateway.encoding.messages import State
from gateway.encoding.schemas import PAYLOADS, schema
from gateway.model import (
    Bounds,
    Entry,
    Gap,
    Instant,
    Numbers,
    Quality,
    Reason,
    StoredGap,
    StoredReading,
    pack,
)
from tests.gateway.test_announcements import Rig, sent

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
ASYNCAPI = Draft7Validator(json.loads((TESTS / "asyncapi/3.0.0.json").read_text()))
VALID = {name: Draft202012Validator(schema(name)) for name in PAYLOADS}


def test_the_files_are_in_step() -> None:
    made = contract.files()
    there = {f"schemas/{path.name}" for path in (DOCS / "schemas").iterdir()}
    assert there | {"asyncapi.json"} == made.keys(), "python -m gateway.contract docs"
    for name, text in made.items():
        assert (DOCS / name).read_text() == text, f"{name}: python -m gateway.contract docs"


def test_writing_them_makes_the_folders(tmp_path: Path) -> None:
    contract.write(tmp_path / "docs")
    made = {str(path.relative_to(tmp_path / "docs")) for path in tmp_path.rglob("*.json")}
    assert made == contract.files().keys()


@pytest.mark.parametrize("name", PAYLOADS)
def test_each_is_a_valid_schema_and_says_what_it_is_for(name: str) -> None:
    made = schema(name)
    assert made["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(made)
    assert made["title"]
    assert all(one.get("description") for one in made["$defs"].values())
    assert pointers_that_lead_nowhere(made) == []


def test_asyncapi_says_that_the_document_is_well() -> None:
    assert [error.message for error in ASYNCAPI.iter_errors(document())] == []
    assert pointers_that_lead_nowhere(document()) == []


Spoil = Callable[[dict[str, Any]], object]
SPOILT: dict[str, Spoil] = {
    "no version": lambda one: one.pop("asyncapi"),
    "an action of AsyncAPI 2": lambda one: one["operations"]["send-data"].update(action="publish"),
    "a channel without address type": lambda one: one["channels"]["data"].update(address=5),
    "an unknown field": lambda one: one["channels"]["data"].update(topic="data"),
    "a qos of 3": lambda one: one["operations"]["send-data"]["bindings"]["mqtt"].update(qos=3),
    "a will without qos type": lambda one: one["servers"]["broker"]["bindings"]["mqtt"][
        "lastWill"
    ].update(qos="1"),
    "a schema of no type": lambda one: one["components"]["schemas"]["Ack"].update(type="none"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_asyncapi_sees_what_is_wrong(spoil: Spoil) -> None:
    spoilt = json.loads(json.dumps(document()))
    spoil(spoilt)
    assert not ASYNCAPI.is_valid(spoilt)


def test_every_message_has_a_channel_and_an_operation_on_it() -> None:
    made = document()
    assert made["channels"].keys() == PAYLOADS.keys()
    for key, operation in zip(made["channels"], made["operations"].values(), strict=True):
        prefix = f"#/channels/{key}"
        assert operation["channel"] == {"$ref": prefix}
        used = {one["$ref"].removeprefix(f"{prefix}/messages/") for one in operation["messages"]}
        assert used == made["channels"][key]["messages"].keys()
        reply = operation.get("reply")
        assert (reply is not None) == key.startswith("cmd-")


def test_topics_and_what_is_retained_are_those_of_the_documentation() -> None:
    told = {}
    for line in (DOCS / "messages.md").read_text().split("## Data")[0].splitlines():
        if line.startswith("| `"):
            topic, retained, _ = (cell.strip() for cell in line.strip("| ").split(" | "))
            told[topic.strip("`").replace("<sensor>", "{sensor}")] = retained == "yes"
    made = {channel.topic: channel.retained for channel in CHANNELS}
    commands = {topic: retained for topic, retained in made.items() if topic.startswith("cmd/")}
    assert set(commands.values()) == {told.pop("cmd/<name>")}
    assert {topic: kept for topic, kept in made.items() if topic not in commands} == told


def pointers_that_lead_nowhere(whole: dict[str, Any]) -> list[str]:
    return [pointer for pointer in pointers(whole) if not leads(whole, pointer)]


def pointers(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from pointers(value)
    elif isinstance(node, list):
        for item in node:
            yield from pointers(item)


def leads(whole: Any, pointer: str) -> bool:
    for step in pointer.removeprefix("#/").split("/"):
        if step not in whole:
            return False
        whole = whole[step]
    return True


# What the program says.

UTC = st.integers(0, 4_000_000_000_000_000_000)
UP = st.integers(0, 10**17)
BOOTS = st.sampled_from(["5f1c22aa", "77ab01c3"])
NUMBERS = st.integers(1, 2**53)


@st.composite
def instants(draw: st.DrawFn) -> Instant:
    quality = draw(st.sampled_from(Quality))
    boot, up_ns = draw(BOOTS), draw(UP)
    if quality is not Quality.UNKNOWN:
        return Instant(boot, up_ns, draw(UTC), quality)
    bounds = draw(st.none() | st.builds(Bounds, st.none() | UTC, st.none() | UTC))
    return Instant(boot, up_ns, None, quality, bounds)


@st.composite
def readings(draw: st.DrawFn) -> StoredReading:
    """Of a moment, of an interval, or merged."""
    names = tuple(draw(st.lists(st.sampled_from([*QUANTITIES]), min_size=1, unique=True)))
    merged = draw(st.integers(1, 5400))
    if merged > 1 and "temperature" in names:
        names += ("temperature_min", "temperature_max", "temperature_n")
    number = st.none() | st.floats(-1e6, 1e6)
    packed = pack({name: draw(number) for name in names})
    at = draw(instants())
    since = draw(instants()) if merged > 1 or draw(st.booleans()) else None
    first = draw(NUMBERS)
    last = first if merged == 1 else first + merged
    return StoredReading(draw(NUMBERS), first, last, merged, "door", names, packed, since, at)


@st.composite
def gaps(draw: st.DrawFn) -> StoredGap:
    since = draw(st.none() | instants())
    gap = Gap(
        draw(st.sampled_from(Reason)),
        draw(st.sampled_from(["", "door"])),
        draw(st.none() | st.builds(Numbers, NUMBERS, NUMBERS, NUMBERS)),
        draw(st.none() | st.integers(0, 10**9)),
        None,
        ("b", 1),
        draw(st.sampled_from(Rank)),
        draw(st.sampled_from([0, 60, 86_400])),
    )
    return StoredGap(draw(NUMBERS), draw(NUMBERS), gap, since, draw(instants()))


ENTRIES: st.SearchStrategy[Entry] = readings() | gaps()


def strictly(kind: Any, message: Any) -> None:
    """The types know every field of it, and it has every one that they want."""
    assert msgspec.to_builtins(msgspec.convert(message, kind)) == message


def data_strictly(items: list[dict[str, Any]]) -> None:
    for item in items:
        strictly(messages.Gap if "gap" in item else messages.Reading, item)


@given(st.lists(ENTRIES, min_size=1, max_size=4))
def test_whatever_the_log_holds_is_sent_as_the_contract_says(entries: list[Entry]) -> None:
    body = native.encode("brandis/rathaus-01", entries, entries[0].at)
    items = json.loads(body)
    VALID["data"].validate(items)
    data_strictly(items)
    for entry, item in zip(entries, items, strict=True):
        assert VALID["live"].is_valid(item) == isinstance(entry, StoredReading)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What a node says of itself, by the name of its schema."""
    place = ", place: {description: town hall, latitude: 51.3, longitude: 12.6}"
    rig = Rig(tmp_path, place)
    rig.computer.heat(85)
    rig.watch.look()
    announcer, node = rig.announcer, rig.node.id
    reply = messages.Reply(
        node=node,
        command="identify",
        id="x",
        state=messages.ReplyState.DONE,
        result=announcer.identity(),
    )
    yield {
        "status": sent(announcer.status(State.ONLINE, "9d41-4", 0)),
        "meta": sent(announcer.meta()),
        "health": sent(announcer.health()),
        "reply": json.loads(msgspec.json.encode(reply)),
    }
    rig.close()


def test_what_a_node_says_of_itself_is_valid(told: dict[str, Any]) -> None:
    for name, message in told.items():
        VALID[name].validate(message)
    strictly(messages.Status, told["status"])
    strictly(messages.NodeMeta, told["meta"])
    strictly(messages.Health, told["health"])
    strictly(messages.Reply[messages.Identity], told["reply"])


def test_no_field_may_be_missing(told: dict[str, Any]) -> None:
    for name, message in told.items():
        optional = {"result"} if name == "reply" else set()
        for field in message.keys() - optional:
            less = {key: value for key, value in message.items() if key != field}
            assert not VALID[name].is_valid(less), f"{name} without {field}"


def test_a_will_has_less_but_all_of_that() -> None:
    will = json.loads(msgspec.json.encode(messages.Death(node="brandis/a", session="9d41-4")))
    VALID["status"].validate(will)
    for field in will:
        assert not VALID["status"].is_valid({k: v for k, v in will.items() if k != field})
    assert not VALID["status"].is_valid({**will, "state": "online"})


REFUSED = {"node": "a/b", "command": "replay", "id": "x", "state": "refused", "problem": "no"}
DONE = {"node": "a/b", "command": "replay", "id": "x", "state": "done"}
REPLAYED = {"epoch": 1, "sent": 2, "absent": [[1, 2]]}


@pytest.mark.parametrize(
    ("reply", "valid"),
    [
        (REFUSED, True),
        ({**REFUSED, "command": "dance"}, True),
        ({k: v for k, v in REFUSED.items() if k != "problem"}, False),
        ({**DONE, "result": REPLAYED}, True),
        ({**DONE, "state": "accepted"}, True),
        ({**DONE, "result": {**REPLAYED, "absent": [[1, 2, 3]]}}, False),
        ({**DONE, "result": {"sensor": "air", "age": None, "values": None}}, False),
        ({**DONE, "command": "read", "result": {"sensor": "a", "age": 1, "values": {}}}, True),
        ({**DONE, "command": "report-status"}, True),
        ({**DONE, "command": "dance"}, False),
    ],
)
def test_an_answer_is_judged_by_its_command(reply: dict[str, Any], *, valid: bool) -> None:
    assert VALID["reply"].is_valid(reply) is valid


@pytest.mark.parametrize(
    ("name", "message", "valid"),
    [
        ("cmd-replay", {"id": "x", "epoch": 1, "from": 1, "to": 2}, True),
        ("cmd-replay", {"id": "x", "epoch": 1, "from_": 1, "to": 2}, False),
        ("cmd-replay", {"id": "x", "epoch": 1, "from": 0, "to": 2}, False),
        ("cmd-read", {"id": "x", "sensor": "air"}, True),
        ("cmd-read", {"id": "x" * 65, "sensor": "air"}, False),
        ("cmd-report-status", {"id": "x"}, True),
        ("cmd-identify", {"id": 5}, False),
        ("ack", {"epoch": 7, "upto": 9}, True),
        ("ack", {"epoch": 7}, False),
    ],
)
def test_what_a_node_listens_to(name: str, message: dict[str, Any], *, valid: bool) -> None:
    assert VALID[name].is_valid(message) is valid
