"""codec.js as it is published: where it runs, what it calls things, and its examples."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers.quantities import QUANTITIES
from gateway.encoding.compact.frames import encode
from gateway.encoding.compact.javascript import MOST_BYTES, generated
from gateway.encoding.compact.rows import Part, Row
from tests.gateway.encoding.compact.engines import ENGINES, Engine
from tests.gateway.encoding.compact.sizes import sizes

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "lorawan-platform.md").read_text()
FORMAT = (DOCS / "lorawan-format.md").read_text()
SCRIPT = (DOCS / "lorawan" / "codec.js").read_text()
AT_S = 1_795_168_800
RECEIVED = "2026-11-20T10:00:42Z"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](SCRIPT)


def test_it_is_small_enough_and_names_nothing_that_servers_name() -> None:
    assert len(SCRIPT.encode()) < MOST_BYTES
    assert len(generated([f"a sensor with quite a long name {n}" for n in range(32)])) < MOST_BYTES
    assert not re.search(r"\b(Buffer|chirpstack_input|main|module|require|exports)\b", SCRIPT)
    assert not re.search(r"\b(let|const|class|async)\b|=>", SCRIPT)
    assert SCRIPT.isascii()


def uplink(rows: list[Row], **more: Any) -> dict[str, Any]:
    return {"bytes": list(encode(1, rows, 222)[0]), "fPort": 10, "recvTime": RECEIVED, **more}


def test_sensors_have_the_names_with_which_it_was_made() -> None:
    named = ENGINES["quickjs"](generated(['main "door"', "Straße"]))
    rows = [Row(AT_S, 900, tuple(Part(n, {"temperature": 20.0}) for n in range(3)))]
    [answer] = named.answers("decodeUplink", [uplink(rows)])
    sensors = answer["data"]["rows"][0]["sensors"]
    assert [one.get("name") for one in sensors] == ['main "door"', "Straße", None]


@pytest.mark.parametrize("received", [RECEIVED, "2026-11-20T11:00:42.123+01:00", AT_S * 1000])
def test_the_time_of_reception_comes_in_several_forms(received: object, engine: Engine) -> None:
    rows = [Row(AT_S, 900, (Part(0, {"count_in": 1.0}, 1, 1, 1),))]
    [answer] = engine.answers("decodeUplink", [uplink(rows, recvTime=received)])
    assert answer["data"]["rows"][0]["t1"] == "2026-11-20T10:00:00Z"


def test_values_that_the_normalised_schema_refuses_are_left_out(engine: Engine) -> None:
    air = {"temperature": 21.0, "pressure": 50_000.0, "humidity": None, "illuminance": 300.0}
    parts = (Part(0, {"count_in": 1.0}), Part(1, dict(air)), Part(2, {"pressure": 101_320.0}))
    [answer] = engine.answers("decodeUplink", [uplink([Row(None, 0, parts)])])
    [normal] = engine.answers("normalizeUplink", [answer])
    assert normal == {
        "data": [
            {"air": {"temperature": 21, "lightIntensity": 300}},
            {"air": {"pressure": 1013.2}},
        ]
    }


NO_BYTES: tuple[object, ...] = (
    {},
    {"bytes": None},
    {"bytes": [], "fPort": 10},
    {"bytes": "GztZ"},
    {"bytes": "0000000000000000"},
    {"bytes": [0, 0, 0, None, 0, 0]},
    {"bytes": [256]},
    {"bytes": [-1]},
    {"bytes": [1.5]},
    {"bytes": ["1"]},
    {"bytes": {"length": 3}},
    None,
)


@pytest.mark.parametrize("given", NO_BYTES, ids=str)
@pytest.mark.parametrize("name", ["decodeUplink", "decodeDownlink", "encodeDownlink"])
def test_whatever_comes_in_is_answered(name: str, given: object, engine: Engine) -> None:
    [answer] = engine.answers(name, [given])
    assert answer.keys() == {"errors"}
    [problem] = answer["errors"]
    assert isinstance(problem, str)


@pytest.mark.parametrize("spoil", [str, lambda one: one + 256, lambda one: one or None])
def test_bytes_that_are_none_are_not_read_as_some(
    spoil: Callable[[int], object], engine: Engine
) -> None:
    given = uplink([Row(AT_S, 1200, (Part(0, {"count_in": 0.0}, 0, 0, 1),))])
    assert 0 in given["bytes"]
    good, bad = (given, given | {"bytes": [spoil(one) for one in given["bytes"]]})
    fine, refused = engine.answers("decodeUplink", [good, bad])
    assert (fine.keys(), refused.keys()) == ({"data"}, {"errors"})


@pytest.mark.parametrize("data", [None, {"rows": 5}, {"rows": [{}]}, {"rows": [{"sensors": [1]}]}])
def test_what_cannot_be_normalised_is_answered(data: object, engine: Engine) -> None:
    [answer] = engine.answers("normalizeUplink", [{"data": data}])
    assert answer.keys() in ({"errors"}, {"data"})
    assert not answer.get("data")


def test_a_port_as_a_text_is_that_port(engine: Engine) -> None:
    asked = {"bytes": [1, 0, 0, 0, 0, 21], "recvTime": RECEIVED}
    answers = engine.answers("decodeUplink", [asked | {"fPort": port} for port in (202, "202")])
    assert [one["data"]["kind"] for one in answers] == ["time_request", "time_request"]


def test_a_time_of_reception_that_is_none_is_an_error(engine: Engine) -> None:
    [answer] = engine.answers("decodeUplink", [{"bytes": [1], "recvTime": "yesterday"}])
    assert answer == {"errors": ["recvTime is no time"]}


def test_the_table_of_sizes_is_what_was_measured() -> None:
    told = re.findall(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", FORMAT, re.MULTILINE)
    assert [(name, *map(int, numbers)) for name, *numbers in told] == list(sizes())


def test_the_table_of_quantities_is_that_of_the_code() -> None:
    pattern = r"^\| (\d+) \| `(\w+)` \| ([\d.]+) \| ([\d.]+|none) \| (\d+) \| (\d+) \|$"
    told = re.findall(pattern, FORMAT, re.MULTILINE)
    rows = []
    for one in sorted(QUANTITIES.values(), key=lambda one: one.code):
        assert one.radio is not None
        low = "none" if one.radio.low is None else f"{one.radio.low:g}"
        widths = str(one.radio.bits), str(one.radio.change)
        rows.append((str(one.code), one.name, f"{one.radio.resolution:g}", low, *widths))
    assert told == rows


def test_the_worked_example_is_one(engine: Engine) -> None:
    [payload] = re.findall(r"^    ([0-9a-f]{22})$", FORMAT, re.MULTILINE)
    [told] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    given = {"bytes": list(bytes.fromhex(payload)), "fPort": 10, "recvTime": RECEIVED}
    assert engine.answers("decodeUplink", [given]) == [{"data": json.loads(told)}]
    doors = [Part(n, {"count_in": 4.0, "count_out": 3.0}, 10234 + n, 10234 + n, 1) for n in (0, 1)]
    air = Part(2, {"temperature": 21.4, "humidity": 47.0, "co2": 810.0})
    assert encode(7107899, [Row(AT_S, 900, (*doors, air))], 51) == (bytes.fromhex(payload), 1)
