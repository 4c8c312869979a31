"""The examples that are shipped, and what loading one costs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from drivers import registry
from gateway.config import (
    Budget,
    Config,
    ConfigError,
    LorawanUplink,
    Zone,
    load,
    mqtt_uplinks,
    parse,
    root_of,
)

CONFIG = Path(__file__).parents[3] / "config"
SENSORS = CONFIG.parent / "docs/sensors.md"


@pytest.mark.parametrize("name", ["gateway.yaml", "gateway.sim.yaml"])
def test_the_examples_are_well(name: str) -> None:
    config = load(CONFIG / name)
    assert {sensor.driver for sensor in config.sensors} <= registry.BUILT_IN.keys()
    assert all(isinstance(sensor.options, sensor.part.config) for sensor in config.sensors)


TWINS = {"bmp280": "bme280", "bme688": "bme680", "pms7003": "pms5003"}
"""Parts whose configuration is that of another one."""


def test_each_part_has_an_example_and_those_of_the_documentation_are_well() -> None:
    samples = re.findall("^```yaml\n(.+?)^```", SENSORS.read_text(), re.MULTILINE | re.DOTALL)
    node = "node: {municipality: brandis, name: rathaus-01}\n"
    configs = [load(CONFIG / "gateway.yaml"), *(parse(node + sample) for sample in samples)]
    shown = {sensor.driver for config in configs for sensor in config.sensors}
    assert shown == registry.BUILT_IN.keys() - TWINS.keys()


COMMENTED_OUT = re.compile("^( *)# ([a-z_]+): .+$", re.MULTILINE)


def resolved(text: str) -> Config:
    """The configuration with the port that an uplink uses where none is named."""
    config = parse(text)
    brokers = mqtt_uplinks(config)
    uplinks = tuple(structs.replace(one, port=one.tcp_port) for one in brokers)
    return structs.replace(config, uplinks=uplinks)


def test_a_line_that_is_commented_out_shows_the_default() -> None:
    text = (CONFIG / "gateway.yaml").read_text()
    lines = list(COMMENTED_OUT.finditer(text))
    assert {"commit_every", "max_size", "max_age", "reserve", "rank", "start"} <= {
        line[2] for line in lines
    }
    for line in lines:
        shown = text[: line.start()] + line[0].replace("# ", "", 1) + text[line.end() :]
        assert resolved(shown) == resolved(text), line[0]


def test_the_real_one_encrypts_and_holds_no_password() -> None:
    (uplink,) = mqtt_uplinks(load(CONFIG / "gateway.yaml"))
    assert uplink.tls
    assert uplink.password_file == "mqtt-password"


def test_the_simulated_one_is_the_same_node_without_its_hardware() -> None:
    real, simulated = load(CONFIG / "gateway.yaml"), load(CONFIG / "gateway.sim.yaml")
    assert [(s.name, s.driver, s.bus, s.options) for s in simulated.sensors] == [
        (s.name, s.driver, s.bus, s.options) for s in real.sensors
    ]
    assert simulated.node.name == real.node.name
    roots = [{n: root_of(one.buses, n) for n in one.buses} for one in (simulated, real)]
    assert [{bus.simulated for bus in buses.values()} for buses in roots] == [{True}, {False}]
    one, other = [{name: bus.device for name, bus in buses.items()} for buses in roots]
    assert one == other
    assert simulated.node.runtime_dir == "/tmp/gateway-sim"
    assert Path(simulated.buffer.path).parent == Path("/tmp/gateway-sim")
    (uplink,) = mqtt_uplinks(simulated)
    assert (uplink.host, uplink.tcp_port, uplink.tls) == ("localhost", 1883, False)


AIR = """
node: {municipality: a, name: b}
buses: {main: {type: i2c}}
sensors: [{name: air, driver: bme280, bus: main}]
"""
LOAD = """
import sys
from gateway.config import parse
imported = set(sys.modules)
parse(sys.argv[1])
print(*sorted(imported))
print(*sorted(sys.modules))
"""
HEAVY = {"rich", "argparse", "asyncio", "jsonschema", "paho", "gpiozero", "smbus2", "serial"}


def test_only_what_a_file_names_is_imported() -> None:
    command = [sys.executable, "-c", LOAD, AIR]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    at_import, after = (set(line.split()) for line in ran.stdout.splitlines())
    assert not HEAVY & after
    assert not [name for name in at_import if name.startswith(("drivers.env", "drivers.people"))]
    assert "drivers.environment.bme280.driver" in after
    assert not [name for name in after if name.startswith("drivers.people.")]
    assert "gateway.config.schema" not in after


def test_the_example_of_quality_is_well_but_for_the_neighbours_it_names() -> None:
    text = (CONFIG / "gateway.yaml").read_text()
    begin, end = text.index("    # calibrations:"), text.index("    options:\n      address")
    shown = re.sub("^    # ", "    ", text[begin:end], flags=re.MULTILINE)
    shown = re.sub("^    [A-Z].*\n", "", shown, flags=re.MULTILINE)
    with pytest.raises(ConfigError) as caught:
        parse(text[:begin] + shown + text[end:])
    problems = [fault.problem for fault in caught.value.faults]
    assert problems == [f'no sensor is called "{one}-air"' for one in ("other", "hall", "other")]


def test_the_example_of_a_zone_is_well() -> None:
    text = (CONFIG / "gateway.yaml").read_text()
    begin, end = text.index("# occupancy:"), text.index("uplinks:\n")
    shown = re.sub("^# ", "", text[begin:end], flags=re.MULTILINE)
    (zone,) = parse(text[:begin] + shown + text[end:]).occupancy
    assert zone == Zone(name="foyer", doors=("main-door",))


def test_the_example_of_a_modem_shows_the_defaults() -> None:
    text = (CONFIG / "gateway.yaml").read_text()
    begin, end = text.index("  # A LoRaWAN modem"), text.index("# What citizens are told")
    shown = re.sub("^  # ", "  ", text[begin:end], flags=re.MULTILINE)
    bus, entry = re.findall("^    (modem: {.*)$", shown, re.MULTILINE), shown[shown.index("  - ") :]
    text = text.replace("buses:\n", f"buses:\n  {bus[0]}\n")
    radio = parse(text.replace("\n\n# What citizens are told", f"\n{entry}\n# What")).uplinks[-1]
    assert radio == LorawanUplink(
        name="radio",
        bus="modem",
        join_eui="70B3D57ED0000001",
        app_key_file="lora-key",
        fallback_for="city-broker",
    )
    told = set(re.findall(r"^ +(?:- )?(\w+):", entry, re.MULTILINE))
    assert told == {"type", *LorawanUplink.__struct_fields__, *Budget.__struct_fields__}
