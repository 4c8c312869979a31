"""The files for the device repository of The Things Stack, held against what its checks ask for.

The rules are those of its schemas, for the fields that stand here (vendor, device, profile, codec,
and the normalised payload), and of the script that checks what a schema cannot; two are ours: only
what OTAA and class A in EU868 need, and at most 16 dBm.
"""

import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from gateway.encoding.compact.javascript import MOST_BYTES
from tests.gateway.encoding.compact.engines import ENGINES, Engine

DOCS = Path(__file__).parents[4] / "docs" / "lorawan"
FOLDER = DOCS / "device"
VENDOR = FOLDER / "partheland"
SCRIPT = (DOCS / "codec.js").read_text()
READ: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text()) for path in VENDOR.glob("*.yaml")
}
CODEC = READ["gateway-codec"]
CALLED = {
    "uplinkDecoder": "decodeUplink",
    "downlinkEncoder": "encodeDownlink",
    "downlinkDecoder": "decodeDownlink",
}

ID = {"type": "string", "pattern": "^[a-z0-9](-?[a-z0-9]){2,}$", "maxLength": 36}
TEXT = {"type": "string", "minLength": 1}
REVISIONS = {
    "1.0.2": ["RP001-1.0.2", "RP001-1.0.2-RevB"],
    "1.0.3": ["RP001-1.0.3-RevA"],
    "1.0.4": ["RP002-1.0.0", "RP002-1.0.1"],
}


def _object(required: list[str], closed: bool = True, **properties: Any) -> dict[str, Any]:
    """Closed: what is not known here was not looked up, either."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": not closed,
    }


def _number(least: float, most: float, kind: str = "number") -> dict[str, Any]:
    return {"type": kind, "minimum": least, "maximum": most}


VENDORS = _object(
    ["vendors"], vendors={"type": "array", "items": _object(["id", "name"], id=ID, name=TEXT)}
)
INDEX = _object(
    ["endDevices"],
    endDevices={"type": "array", "items": ID, "minItems": 1},
    profileIDs={
        "type": "object",
        "propertyNames": {"pattern": "^[1-9][0-9]{0,4}$"},
        "additionalProperties": _object(
            ["endDeviceID", "firmwareVersion", "region"],
            endDeviceID=ID,
            firmwareVersion=TEXT,
            region={"const": "EU863-870"},
        ),
    },
)
DEVICE = _object(
    ["name", "firmwareVersions"],
    name=TEXT,
    description={"type": "string"},
    firmwareVersions={
        "type": "array",
        "minItems": 1,
        "items": _object(
            ["version", "profiles"],
            version=TEXT,
            numeric=_number(0, 2**32 - 1, "integer"),
            profiles={
                "type": "object",
                "propertyNames": {"const": "EU863-870"},
                "additionalProperties": _object(
                    ["id"], id=ID, codec=ID, lorawanCertified={"type": "boolean"}
                ),
            },
        ),
    },
)
PROFILE = _object(
    [
        "supportsClassB",
        "supportsClassC",
        "macVersion",
        "regionalParametersVersion",
        "supportsJoin",
        "maxEIRP",
    ],
    supportsClassB={"const": False},
    supportsClassC={"const": False},
    macVersion={"enum": list(REVISIONS)},
    regionalParametersVersion=TEXT,
    supportsJoin={"const": True},
    maxEIRP=_number(0, 16, "integer"),
    supports32bitFCnt={"type": "boolean"},
)
BYTES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 256,
    "items": _number(0, 255, "integer"),
}
PORT = _number(1, 255, "integer")
RECEIVED = _object(["bytes", "fPort"], bytes=BYTES, fPort=PORT)
WRITTEN = _object(["bytes"], bytes=BYTES, fPort=PORT)
DATA = _object(["data"], data={"type": "object"})
AIR = _object(
    [],
    temperature={"type": "number", "minimum": -273.15},
    relativeHumidity=_number(0, 100),
    pressure=_number(900, 1100),
    co2=_number(0, 1_000_000),
    lightIntensity={"type": "number", "minimum": 0},
)
WHEN = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
NORMAL = _object(["data"], data={"type": "array", "items": _object(["air"], time=WHEN, air=AIR)})


def _script(given: Any, answer: Any, **more: Any) -> dict[str, Any]:
    example = _object(
        ["input", "output"], input=given, output=answer, description={"type": "string"}, **more
    )
    name = {"type": "string", "pattern": r"^([a-z0-9_-]+\.)+js$"}
    examples = {"type": "array", "items": example}
    return _object(["fileName"], fileName=name, examples=examples)


CODECS = _object(
    [],
    uplinkDecoder=_script(RECEIVED, DATA, normalizedOutput=NORMAL),
    downlinkEncoder=_script(DATA, WRITTEN),
    downlinkDecoder=_script(RECEIVED, DATA),
)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](SCRIPT)


def test_each_file_has_the_form_that_is_asked_for() -> None:
    schemas = {"index": INDEX, "gateway": DEVICE, "gateway-profile": PROFILE}
    schemas |= {"gateway-codec": CODECS}
    assert READ.keys() == schemas.keys()
    jsonschema.validate(yaml.safe_load((FOLDER / "index.yaml").read_text()), VENDORS)
    for name, schema in schemas.items():
        jsonschema.validate(READ[name], schema)


def test_the_regional_parameters_are_of_the_version() -> None:
    profile = READ["gateway-profile"]
    assert profile["regionalParametersVersion"] in REVISIONS[profile["macVersion"]]


def test_the_files_refer_to_each_other() -> None:
    [vendor] = yaml.safe_load((FOLDER / "index.yaml").read_text())["vendors"]
    assert vendor["id"] == VENDOR.name
    [device] = READ["index"]["endDevices"]
    [firmware] = READ[device]["firmwareVersions"]
    [profile_id] = READ["index"]["profileIDs"].values()
    told = profile_id["endDeviceID"], profile_id["firmwareVersion"]
    assert told == (device, firmware["version"])
    profile = firmware["profiles"][profile_id["region"]]
    assert {profile["id"], profile["codec"]} <= READ.keys()
    assert {one["fileName"] for one in CODEC.values()} == {"codec.js"}


def test_names_are_those_that_are_taken() -> None:
    [vendor] = yaml.safe_load((FOLDER / "index.yaml").read_text())["vendors"]
    assert vendor["name"].lower() not in READ["gateway"]["name"].lower()
    assert all(path.name == path.name.lower() for path in FOLDER.rglob("*"))
    assert len(SCRIPT.encode()) < MOST_BYTES


@pytest.mark.parametrize("kind", CALLED)
def test_the_examples_are_answered_so_whenever_they_are_tried(kind: str, engine: Engine) -> None:
    """Its check hands in what stands in the example, and knows no time of reception."""
    assert len(CODEC[kind]["examples"]) > 3
    for example in CODEC[kind]["examples"]:
        times: list[dict[str, Any]] = [{}]
        if kind == "uplinkDecoder":
            times += [{"recvTime": f"{year}-01-01T00:00:00Z"} for year in (2026, 2031, 2080)]
        for answer in engine.answers(CALLED[kind], [example["input"] | time for time in times]):
            assert answer == example["output"], example["description"]
            if "normalizedOutput" in example:
                assert engine.answers("normalizeUplink", [answer]) == [example["normalizedOutput"]]


def test_downlinks_are_read_as_they_were_written() -> None:
    written, read = (CODEC[kind]["examples"] for kind in ("downlinkEncoder", "downlinkDecoder"))
    for there, back in zip(written, read, strict=True):
        assert (there["input"], there["output"]) == (back["output"], back["input"])


def test_some_example_has_air_to_normalise() -> None:
    [first, *_] = CODEC["uplinkDecoder"]["examples"]
    [measured] = first["normalizedOutput"]["data"]
    assert measured["time"] == "2026-11-20T10:00:00Z"
    assert measured["air"] == {"temperature": 21.4, "relativeHumidity": 47, "co2": 810}


def test_whatever_is_measured_is_normalised_into_the_schema(engine: Engine) -> None:
    lows_and_highs = (-1e9, -300.0, -1.0, 0.0, 55.5, 100.0, 100.5, 95_000.0, 120_000.0, 1e9)
    names = set(re.findall(r'"name": "(\w+)"', SCRIPT))
    rows = [
        {"t1": "2026-11-20T10:00:00Z", "sensors": [{"values": dict.fromkeys(names, value)}]}
        for value in (*lows_and_highs, None)
    ]
    [answer] = engine.answers("normalizeUplink", [{"data": {"rows": rows}}])
    jsonschema.validate(answer, NORMAL)
    assert {name for one in answer["data"] for name in one["air"]} == set(AIR["properties"])
