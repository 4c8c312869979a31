"""codec.js as it is published: where it runs, what it calls things, and its examples."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from drivers.quantities import QUANTITIES
from gateway.encoding.compact.frames import encode
from gateway.encoding.compact.javascript import MOST_BYTES, generated
from gateway.encoding.compact.rows import Part, Row
from tests.gateway.encoding.compact.engines import ENGINES, Engine
from tests.gateway.encoding.compact.sizes import sizes

DOCS = Path(__file__).parents[4] / "docs"
PAGE = (DOCS / "lorawan.md").read_text()
FORMAT = (DOCS / "lorawan-format.md").read_text()
SCRIPT = (DOCS / "lorawan" / "codec.js").read_text()
CODEC = yaml.safe_load((DOCS / "lorawan/device/partheland/gateway-codec.yaml").read_text())
AT_S = 1_795_168_800
RECEIVED = "2026-11-20T10:00:42Z"


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](SCRIPT)


def test_it_is_small_enough_and_names_nothing_that_servers_name() -> None:
    assert len(SCRIPT.encode()) < MOST_BYTES
    assert len(generated([f"a sensor with quite a long name {n}" for n in range(32)])) < MOST_BYTES
    assert not re.search(r"\b(Buffer|chirpstack_input|module|require|exports)\b", SCRIPT)
    assert not re.search(r"\b(let|const|class|async)\b|=>", SCRIPT)
    assert SCRIPT.isascii()


@pytest.mark.parametrize("kind", ["uplinkDecoder", "downlinkEncoder", "downlinkDecoder"])
def test_the_examples_of_the_device_repository_are_answered_so(kind: str, engine: Engine) -> None:
    name = {"uplinkDecoder": "decodeUplink", "downlinkEncoder": "encodeDownlink"}
    called = name.get(kind, "decodeDownlink")
    assert CODEC[kind]["fileName"] == "codec.js"
    assert len(CODEC[kind]["examples"]) > 3
    for example in CODEC[kind]["examples"]:
        [answer] = engine.answers(called, [example["input"]])
        assert answer == example["output"], example["description"]
        if "normalizedOutput" in example:
            [normal] = engine.answers("normalizeUplink", [answer])
            assert normal == example["normalizedOutput"], example["description"]


def test_some_example_has_air_to_normalise() -> None:
    [first, *_] = CODEC["uplinkDecoder"]["examples"]
    [measured] = first["normalizedOutput"]["data"]
    assert measured["time"] == "2026-11-20T10:00:00Z"
    assert measured["air"] == {"temperature": 21.4, "relativeHumidity": 47, "co2": 810}


def test_the_files_of_the_device_repository_refer_to_each_other() -> None:
    folder = DOCS / "lorawan" / "device"
    vendor = folder / "partheland"
    read = {path.stem: yaml.safe_load(path.read_text()) for path in vendor.iterdir()}
    assert yaml.safe_load((folder / "index.yaml").read_text())["vendors"][0]["id"] == vendor.name
    [device] = read["index"]["endDevices"]
    [firmware] = read[device]["firmwareVersions"]
    [profile_id] = read["index"]["profileIDs"].values()
    assert (profile_id["endDeviceID"], profile_id["firmwareVersion"]) == (
        device,
        firmware["version"],
    )
    profile = firmware["profiles"][profile_id["region"]]
    assert {profile["id"], profile["codec"]} <= read.keys()
    assert read[profile["id"]]["supportsJoin"]


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


@pytest.mark.parametrize("given", [{}, {"bytes": None}, {"bytes": [], "fPort": 10}, {"bytes": "x"}])
@pytest.mark.parametrize("name", ["decodeUplink", "decodeDownlink", "encodeDownlink"])
def test_whatever_comes_in_is_answered(name: str, given: object, engine: Engine) -> None:
    [answer] = engine.answers(name, [given])
    assert answer.keys() == {"errors"}


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
    assert CODEC["uplinkDecoder"]["examples"][0]["input"]["bytes"] == given["bytes"]
