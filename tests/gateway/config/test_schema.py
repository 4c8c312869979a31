"""The exported schema: in step with the types, valid, and of one opinion with the check."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from drivers import registry
from gateway.config.load import document
from gateway.config.schema import schema, text

CONFIG = Path(__file__).parents[3] / "config"
VALIDATOR = Draft202012Validator(schema())


def accepted(configuration: str) -> bool:
    return bool(VALIDATOR.is_valid(document(configuration, "f").data))


def test_the_exported_file_is_in_step() -> None:
    exported = (CONFIG / "gateway.schema.json").read_text()
    assert exported == text(), "python -m gateway.config.schema > config/gateway.schema.json"


def test_it_is_a_valid_schema() -> None:
    assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(json.loads(text()))


@pytest.mark.parametrize("name", ["gateway.yaml", "gateway.sim.yaml"])
def test_it_accepts_the_examples(name: str) -> None:
    example = (CONFIG / name).read_text()
    assert example.startswith("# yaml-language-server: $schema=gateway.schema.json\n")
    assert accepted(example)


def test_it_knows_the_options_of_every_built_in_driver() -> None:
    branches = schema()["$defs"]["Sensor"]["allOf"]
    assert [branch["if"]["properties"]["driver"]["const"] for branch in branches] == sorted(
        registry.BUILT_IN
    )


def test_sections_and_types_have_descriptions() -> None:
    definitions = schema()["$defs"]
    for name in ("Config", "Node", "Buffer", "Sensor", "MqttUplink", "PirConfig"):
        assert definitions[name]["description"]
        assert "\n  " not in definitions[name]["description"]
    for name in (
        "Notice",
        "Controller",
        "Bilingual",
        "Node",
        "Place",
        "Buffer",
        "I2cBus",
        "Sensor",
        "MqttUplink",
        "Simulation",
    ):
        described = definitions[name]["properties"]
        assert all("description" in about for key, about in described.items() if key != "type")


CALIBRATION = "{id: c1, quantity: pressure, on: 2026-10-02, points: [[98000, 98100]]}"
ALSO = [
    ("buffer:", "  place: {description: town hall, latitude: 51.3256, longitude: 12}\nbuffer:"),
    ("buffer:", "  place: {description: town hall}\nbuffer:"),
    ("buffer:", "  place:\nbuffer:"),
    ("5s", "0.5"),
    ("5s", "500ms"),
    ("interval: 60", "interval: 15min"),
    ("    options: {address: 0x76}\n", ""),
    ("{address: 0x76}", ""),
    ("buffer:\n  commit_every: 5s", "buffer:"),
    ("commit_every: 5s", "max_size: 100000"),
    ("commit_every: 5s", "max_size: 1.5 GiB"),
    ("commit_every: 5s", "max_size: 512e6"),
    ("commit_every: 5s", "max_age: 86400"),
    ("commit_every: 5s", "max_age: 400d"),
    ("commit_every: 5s", "max_age: null"),
    ("commit_every: 5s", "reserve: 0"),
    ("interval: 60", "average: 10s"),
    ("interval: 60", "average: null\n    checks:\n    calibrations:"),
    ("interval: 60", "checks: {temperature: {range: [-10, 45], stuck_after: 6h}}"),
    ("interval: 60", f"calibrations: [{CALIBRATION}]"),
    ("interval: 60", "rank: alarm"),
    ("interval: 60", "rank: null"),
    ("tls: true", "start: now"),
    ("tls: true", "protocol: 5"),
    ("tls: true", 'protocol: "3.1.1"'),
    ("tls: true", "protocol: auto"),
    ("tls: true", "fallbacks: [{host: b, port: 443}]"),
    ("tls: true", "transport: websockets"),
    ("tls: true", "alpn: [mqtt]"),
    ("tls: true", "port: null"),
    ("uplinks:", "notice:\nuplinks:"),
    ("uplinks:", "notice: {controller:, purpose: {de: a}, recipients: [{en: b}]}\nuplinks:"),
    ("bus: radar", "bus: radar\n    options: {line: [[-900, 500], [900, 500]], ignore: []}"),
]
FAULTY = [
    ("buffer:", "  place: {latitude: 90.1, longitude: 12}\nbuffer:"),
    ("buffer:", "  place: {latitude: 51, longitude: -181}\nbuffer:"),
    ("buffer:", "  place: {description: ''}\nbuffer:"),
    ("buffer:", "  place: {town: Brandis}\nbuffer:"),
    ("node:", "knot:"),
    ("uplinks:", "notice: {purpose: a}\nuplinks:"),
    ("uplinks:", "notice: {url: ftp://a}\nuplinks:"),
    ("uplinks:", "notice: {controller: {email: a}}\nuplinks:"),
    ("  name: rathaus-01\n", ""),
    ("brandis", "Brandis"),
    ("5s", "5m"),
    ("5s", "90"),
    ("5s", "-1"),
    ("commit_every: 5s", "max_size: 512mb"),
    ("commit_every: 5s", "max_size: 99999"),
    ("commit_every: 5s", "max_size: 200000.5"),
    ("commit_every: 5s", "max_size: null"),
    ("commit_every: 5s", "max_age: 86399"),
    ("commit_every: 5s", "max_age: 5m"),
    ("commit_every: 5s", "reserve: -1"),
    ("commit_every: 5s", "reserve: null"),
    ("interval: 60", "rank: Alarm"),
    ("interval: 60", "rank: 4"),
    ("tls: true", "start: new"),
    ("tls: true", "start: null"),
    ("{type: i2c}", "{type: i2x}"),
    ("{type: i2c}", "{}"),
    ("{type: gpio}", "{type: gpio, chip: a}"),
    (", device: /dev/ttyUSB0", ""),
    ("interval: 60", "intervall: 60"),
    ("address: 0x76", "address: 0x75"),
    ("address: 0x76", "adress: 0x76"),
    ("{line: 22}", "{}"),
    ("    options: {line: 22}\n", ""),
    ("line_b: 27", "line_b: 99"),
    ("bus: radar", "bus: radar\n    options: {line: [[-900, 500]]}"),
    ("tls: true", "tls: 1"),
    ("tls: true", "password: geheim"),
    ("tls: true", "protocol: 3.1"),
    ("tls: true", "fallbacks: [{port: 443}]"),
    ("tls: true", "path: mqtt"),
    ("tls: true", "batch: 0"),
    ("broker.example", "mqtt://broker"),
]


@pytest.mark.parametrize(("old", "new"), ALSO)
def test_it_accepts_what_the_check_accepts(well: str, old: str, new: str) -> None:
    from gateway.config import parse

    assert old in well
    parse(well.replace(old, new))
    assert accepted(well.replace(old, new))


@pytest.mark.parametrize(("old", "new"), FAULTY)
def test_it_refuses_what_the_check_refuses(
    well: str, spoil: Callable[..., list[str]], old: str, new: str
) -> None:
    spoil(old, new)
    assert accepted(well)
    assert not accepted(well.replace(old, new))
