"""What was found against what is configured: a verdict, a finding, and lines to paste."""

import errno
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from msgspec import structs

from drivers import registry
from drivers.bus.linux_i2c import i2c_error
from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel
from drivers.probe import Sureness
from drivers.scanning import i2c, order
from drivers.scanning.found import Found, Scan
from drivers.simulation.scene import View
from gateway.config import Config, ConfigError, I2cMuxBus, is_about_people, parse
from gateway.scanning import ScanReport, Verdict, report
from tests.drivers.scanning.parts import Registers, Vl53l0x
from tests.drivers.test_registry import REQUIRED

BUSES = """
node: {municipality: brandis, name: rathaus-01}
buses:
  main: {type: i2c}
  uart: {type: serial, device: /dev/ttyUSB0}
  wire: {type: onewire}
  header: {type: gpio}
"""


def config(*sensors: str) -> Config:
    """A configuration with these sensors, each as `driver@bus {options}`."""
    return parse(text(*sensors))


def text(*sensors: str) -> str:
    lines = ["sensors:"]
    for sensor in sensors:
        what, _, options = sensor.partition(" ")
        driver, _, bus = what.partition("@")
        lines.append(f"  - {{name: my-{driver}, driver: {driver}, bus: {bus}")
        lines[-1] += f", options: {options}}}" if options else "}"
    return BUSES + "\n".join(lines) + "\n"


DOOR = "pir@header {line: 22}"


def plugged(*models: I2cModel) -> Scan:
    bus = SimulatedI2c()
    for model in models:
        bus.attach(model)
        for other in model.others:  # a scan tells of each chip by itself
            bus.detach(other.slot)
    bus.step(View(0.0))
    return i2c.scan(bus)


def model(name: str, address: int) -> Any:
    part = registry.part(name)
    return part.model(part.config(address=address, **REQUIRED.get(name, {})))


def told(loaded: Config, **scans: Scan | None) -> ScanReport:
    return report(loaded, scans, 7, configured=True)


def verdicts(seen: ScanReport) -> dict[str, Verdict]:
    return {sensor.name: sensor.verdict for sensor in seen.sensors}


def problems(seen: ScanReport) -> list[tuple[str, str]]:
    return [(finding.about, finding.problem) for finding in seen.findings]


def heard(name: str) -> Scan:
    return Scan([Found((name,), "speaks", Sureness.CERTAIN, baudrate=9600)])


def on_wire(*devices: str) -> Scan:
    return Scan([Found(("ds18b20",), "family 28", Sureness.CERTAIN, device=one) for one in devices])


def test_all_is_as_configured() -> None:
    loaded = config("bme280@main", "sht3x@main {address: 0x45}", "sds011@uart", "ds18b20@wire")
    seen = told(
        loaded,
        main=plugged(model("bme280", 0x76), model("sht3x", 0x45)),
        uart=heard("sds011"),
        wire=on_wire("28-00000a1b2c3d"),
    )
    assert set(verdicts(seen).values()) == {Verdict.THERE}
    assert (seen.findings, seen.snippet) == ([], "")
    owners = [part.sensor for bus in seen.buses for part in bus.parts]
    assert owners == ["my-sht3x", "my-bme280", "my-sds011", "my-ds18b20"]


def test_nobody_at_its_place() -> None:
    seen = told(config("bme280@main"), main=plugged())
    assert verdicts(seen) == {"my-bme280": Verdict.NOT_THERE}
    assert problems(seen) == [("sensor my-bme280", "is not there")]
    assert "check its plug, its supply and its address" in seen.findings[0].cure


def test_the_right_part_at_another_address_is_not_there_and_not_configured() -> None:
    seen = told(config("bme280@main"), main=plugged(model("bme280", 0x77)))
    assert verdicts(seen) == {"my-bme280": Verdict.NOT_THERE}
    assert ("bus main", "has a part that is not configured") in problems(seen)
    assert "address: 0x77" in seen.snippet


def test_another_part_with_a_driver() -> None:
    seen = told(config("bme280@main"), main=plugged(model("bmp280", 0x76)))
    assert verdicts(seen) == {"my-bme280": Verdict.ANOTHER_PART}
    [finding] = seen.findings
    assert (finding.problem, finding.since_up_ns) == ("is another part", 7)
    assert finding.evidence == "bmp280 at 0x76: identity 0x58"
    assert "set `driver: bmp280` for this sensor" in finding.cure
    assert seen.snippet == ""  # its address is taken
    assert seen.buses[0].parts[0].sensor is None


def test_another_part_without_a_driver() -> None:
    seen = told(config("tsl2591@main"), main=plugged(Vl53l0x()))
    assert verdicts(seen) == {"my-tsl2591": Verdict.ANOTHER_PART}
    assert "no driver reads that part" in seen.findings[0].cure


def test_a_modem_where_a_sensor_should_be() -> None:
    modem = Found(("lora-e5",), "says '+VER: 4.0.11'", Sureness.CERTAIN, baudrate=9600)
    seen = told(config("mh-z19@uart"), uart=Scan([modem]))
    assert verdicts(seen) == {"my-mh-z19": Verdict.ANOTHER_PART}
    [finding] = seen.findings
    assert finding.evidence.startswith("Seeed LoRa-E5 (LoRaWAN modem) at 9600 baud")
    assert "`uplinks:`" in finding.cure
    [part] = seen.buses[0].parts
    assert (part.part, part.driver) == ("lora-e5", None)
    assert seen.snippet == ""


def test_one_driver_for_two_parts_is_no_difference() -> None:
    seen = told(config("bme680@main"), main=plugged(model("bme688", 0x76)))
    assert verdicts(seen) == {"my-bme680": Verdict.THERE}
    assert seen.findings == []
    pms = Scan([Found(("pms5003", "pms7003"), "speaks", Sureness.CERTAIN, baudrate=9600)])
    assert told(config("pms7003@uart"), uart=pms).findings == []


def test_somebody_at_its_place_whom_nobody_knows() -> None:
    seen = told(config("bme280@main"), main=plugged(Registers(0x76)))
    assert verdicts(seen) == {"my-bme280": Verdict.CANNOT_TELL}
    assert problems(seen) == [("sensor my-bme280", "is not recognised")]
    assert "two parts on one address answer so" in seen.findings[0].cure


def test_somebody_elsewhere_whom_nobody_knows_is_told_and_no_finding() -> None:
    seen = told(config("bme280@main"), main=plugged(model("bme280", 0x76), Registers(0x20)))
    assert seen.findings == []
    [unknown, _] = seen.buses[0].parts
    assert (unknown.place, unknown.part, unknown.driver) == ("0x20", None, None)


def test_a_bus_that_cannot_be_looked_at_is_one_finding() -> None:
    broken = Scan([], i2c_error(errno.ETIMEDOUT, 0x08))
    loaded = config("bme280@main", "sht3x@main", "sds011@uart")
    seen = told(loaded, main=broken, uart=heard("sds011"))
    assert problems(seen) == [("bus main", "cannot be looked at")]
    assert verdicts(seen) == {
        "my-bme280": Verdict.CANNOT_TELL,
        "my-sht3x": Verdict.CANNOT_TELL,
        "my-sds011": Verdict.THERE,
    }
    assert seen.buses[0].problem is not None


def test_gpio_cannot_be_asked_and_that_is_no_finding() -> None:
    seen = told(config(DOOR), header=None)
    assert verdicts(seen) == {"my-pir": Verdict.CANNOT_TELL}
    assert seen.findings == []


def test_a_bus_that_was_not_looked_at_says_nothing_of_its_sensors() -> None:
    seen = told(config("bme280@main", DOOR), main=plugged(model("bme280", 0x76)))
    assert verdicts(seen) == {"my-bme280": Verdict.THERE}


def test_one_of_several_thermometers_needs_its_id() -> None:
    seen = told(config("ds18b20@wire"), wire=on_wire("28-00000a1b2c3d", "28-00000a1b2c3e"))
    assert verdicts(seen) == {"my-ds18b20": Verdict.CANNOT_TELL}
    [finding] = seen.findings
    assert finding.cure == "set `device` to one of: 28-00000a1b2c3d, 28-00000a1b2c3e"
    assert seen.snippet == ""


def test_a_thermometer_beside_that_which_is_configured_by_its_id() -> None:
    loaded = config("ds18b20@wire {device: 28-00000a1b2c3d}")
    seen = told(loaded, wire=on_wire("28-00000a1b2c3d", "28-00000a1b2c3e"))
    assert verdicts(seen) == {"my-ds18b20": Verdict.THERE}
    assert "device: 28-00000a1b2c3e" in seen.snippet
    gone = told(loaded, wire=on_wire("28-00000a1b2c3e"))
    assert verdicts(gone) == {"my-ds18b20": Verdict.NOT_THERE}
    assert "device: 28-00000a1b2c3e" in gone.snippet


def test_noise_where_a_sensor_should_speak() -> None:
    noise = Scan([Found((), "bytes came that are of no known part: 40 at 9600 baud")])
    seen = told(config("sds011@uart"), uart=noise)
    assert verdicts(seen) == {"my-sds011": Verdict.CANNOT_TELL}
    assert problems(seen) == [("sensor my-sds011", "is not recognised")]


def test_an_address_on_a_channel_and_on_the_bus_that_it_comes_from_is_a_clash() -> None:
    loaded = config("bme280@main")
    buses: Mapping[str, Any] = {
        "main": loaded.buses["main"],
        "behind": I2cMuxBus(parent="main", address=0x70, channel=0),
    }
    air, other = config("bme280@main").sensors[0], config("bmp280@main").sensors[0]
    loaded = msgspec.structs.replace(
        loaded, buses=buses, sensors=(air, msgspec.structs.replace(other, bus="behind"))
    )
    seen = told(loaded, main=plugged(model("bme280", 0x76)), behind=Scan())
    assert verdicts(seen) == {"my-bme280": Verdict.THERE, "my-bmp280": Verdict.CANNOT_TELL}
    [finding] = seen.findings
    assert (finding.about, finding.problem) == ("sensor my-bmp280", "shares its address")


I2C = [name for name in order.I2C if name in registry.BUILT_IN]


@pytest.mark.parametrize("name", I2C)
def test_the_lines_for_a_part_are_well_at_each_of_its_addresses(name: str) -> None:
    loaded = text(DOOR)
    probe: Any = registry.part(name).probe
    for address in probe.addresses:
        seen = told(parse(loaded), main=plugged(model(name, address)))
        assert problems(seen) == [("bus main", "has a part that is not configured")]
        lines = seen.snippet
        for option, value in REQUIRED.get(name, {}).items():
            lines = lines.replace(f"{option}: # write what it is", f"{option}: {value}")
        added = parse(loaded + lines).sensors[-1]
        every_s = 900.0 if is_about_people(added.part) else 60.0
        assert (added.driver, added.bus, added.interval) == (name, "main", every_s)
        assert added.options.address == address
        fields = {field.name: field for field in structs.fields(registry.part(name).config)}
        unusual = address != fields["address"].default
        assert ("options:" in seen.snippet) == (unusual or name in REQUIRED)


def test_what_only_the_keeper_knows_is_asked_for_and_missed_until_it_is_written() -> None:
    seen = told(config(DOOR), main=plugged(model("vl53l1x", 0x29)))
    assert "mounting_height_mm: # write what it is" in seen.snippet
    with pytest.raises(ConfigError, match="mounting_height_mm"):
        parse(text(DOOR) + seen.snippet)


def test_a_part_that_is_given_its_address_is_not_missed_there() -> None:
    loaded = config("vl53l1x@main {mounting_height_mm: 2400, address: 0x30, xshut: 5}")
    seen = told(loaded, main=plugged(model("bme280", 0x76)))
    assert verdicts(seen) == {"my-vl53l1x": Verdict.CANNOT_TELL}
    assert "gives it that address" in seen.sensors[0].evidence


def test_the_lines_for_all_other_buses_are_well() -> None:
    loaded = text(DOOR, "sht4x@main")
    scan = Scan([Found(("pms5003", "pms7003"), "speaks", Sureness.CERTAIN, baudrate=9600)])
    seen = told(
        parse(loaded),
        main=plugged(model("sht4x", 0x44), model("sht3x", 0x45), model("sht4x", 0x46)),
        uart=scan,
        wire=on_wire("28-00000a1b2c3d", "28-00000a1b2c3e"),
    )
    config = parse(loaded + seen.snippet)
    added = [(sensor.name, sensor.driver) for sensor in config.sensors[2:]]
    assert added == [
        ("sht3x", "sht3x"),
        ("sht4x", "sht4x"),
        ("pms5003", "pms5003"),
        ("ds18b20", "ds18b20"),
        ("ds18b20-2", "ds18b20"),
    ]
    devices = [sensor.options.device for sensor in config.sensors[5:]]
    assert devices == ["28-00000a1b2c3d", "28-00000a1b2c3e"]
    assert "driver: pms5003 # or pms7003\n" in seen.snippet


def test_a_name_that_is_taken_gets_a_number() -> None:
    loaded = parse(text(DOOR).replace("my-pir", "bme280"))
    seen = told(loaded, main=plugged(model("bme280", 0x76), model("bme280", 0x77)))
    assert "- name: bme280-2\n" in seen.snippet
    assert "- name: bme280-3\n" in seen.snippet


def test_without_a_configuration_the_lines_are_a_whole_one() -> None:
    buses = parse(text(DOOR)).buses
    loaded = msgspec.structs.replace(config(DOOR), sensors=())
    scans: dict[str, Scan | None] = {
        "main": plugged(model("bme280", 0x76)),
        "uart": heard("sds011"),
        "wire": on_wire("28-00000a1b2c3d"),
        "header": None,
    }
    seen = report(loaded, scans, 7, configured=False)
    assert seen.findings == []
    added = parse("node: {municipality: brandis, name: rathaus-01}\n" + seen.snippet)
    assert [sensor.driver for sensor in added.sensors] == ["bme280", "sds011", "ds18b20"]
    assert added.buses == {name: buses[name] for name in ("main", "uart", "wire")}
    assert added.sensors[-1].options.device is None


def test_both_chips_of_a_pair_are_that_pair() -> None:
    loaded = config("tf-luna-pair@main")
    chip: Any = registry.part("tf-luna-pair").model(loaded.sensors[0].options)
    wire = SimulatedI2c()
    wire.attach(chip)
    wire.step(View(0.0))
    seen = told(loaded, main=i2c.scan(wire))
    assert verdicts(seen) == {"my-tf-luna-pair": Verdict.THERE}
    [bus] = [one for one in seen.buses if one.name == "main"]
    assert [part.sensor for part in bus.parts] == 2 * ["my-tf-luna-pair"]
    assert (seen.findings, seen.snippet) == ([], "")
