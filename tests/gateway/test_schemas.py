"""What the program says is valid by the schemas, and its types know every field of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from drivers.quantities import QUANTITIES, Rank
from gateway.encoding import messages, native
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
)
from gateway.packing import pack
from tests.gateway.test_announcements import Rig, sent

VALID = {name: Draft202012Validator(schema(name)) for name in PAYLOADS}

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
    values = {name: draw(number) for name in names}
    calibrations = []
    for name in [name for name in names if name in ("temperature", "co2") and draw(st.booleans())]:
        values |= {f"{name}_raw": draw(number), f"{name}_flags": draw(st.integers(0, 255))}
        calibrations.append((name, draw(st.sampled_from(["tsi-1", "frc-1+frc-2"]))))
    names, packed = tuple(values), pack(values)
    at = draw(instants())
    since = draw(instants()) if merged > 1 or draw(st.booleans()) else None
    first = draw(NUMBERS)
    last = first if merged == 1 else first + merged
    of = (draw(NUMBERS), first, last, merged, "door", names, packed, since, at)
    return StoredReading(*of, tuple(calibrations))


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
    body = native.encode("brandis/rathaus-01", entries, hist=False)
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


READING = {
    "id": "a/b:1:2",
    "sensor": "air",
    "values": {},
    "clock": "synced",
    "boot": "x",
    "up": 1,
    "hist": False,
}
TIME = "2026-11-20T10:00:00Z"


@pytest.mark.parametrize(
    ("more", "valid"),
    [
        ({"t": TIME}, True),
        ({"t": None}, True),
        ({"t0": None, "t1": TIME, "up0": 0}, True),
        ({}, False),
        ({"t0": TIME, "t1": TIME}, False),
        ({"t": TIME, "t0": TIME, "t1": TIME, "up0": 0}, False),
        ({"t": "2026-11-20 10:00:00"}, False),
        ({"t": TIME, "id": "a/b:1"}, False),
        ({"t": TIME, "clock": "right"}, False),
        ({"t": TIME, "new": 1}, True),
        ({"t": TIME, "raw": {"co2": 1.5}, "calibration": {"co2": "a"}}, True),
        ({"t": TIME, "quality": {"co2": ["range", "a-newer-word"]}}, True),
        ({"t": TIME, "quality": {"co2": "range"}}, False),
        ({"t": TIME, "raw": {"co2": None}}, False),
        ({"t": TIME, "calibration": {"co2": 7}}, False),
    ],
)
def test_a_reading_is_of_a_moment_or_of_an_interval(more: dict[str, Any], *, valid: bool) -> None:
    assert VALID["live"].is_valid({**READING, **more}) is valid


def test_a_birth_is_not_called_lost() -> None:
    made = schema("status")["$defs"]
    assert made["Status"]["properties"]["state"] == {"enum": ["online", "offline"]}
    assert set(State) == {"online", "offline", made["Death"]["properties"]["state"]["const"]}
