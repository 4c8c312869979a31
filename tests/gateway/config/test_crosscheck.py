"""Mistakes that no value shows by itself."""

from collections.abc import Callable

import pytest

from gateway.config import ConfigError, OneWireBus, parse

Spoil = Callable[..., list[str]]

SENSOR = "  - name: air\n"
MORE = "  - {{name: more, driver: {}, bus: {}, options: {}}}\n" + SENSOR
TOF = (
    "  - {{name: tof, driver: vl53l1x, bus: main, "
    "options: {{mounting_height_mm: 2400, address: 48, xshut: {}}}}}\n"
)
PAIR = "  - {{name: {}, driver: tf-luna-pair, bus: main, options: {{address: {}}}}}\n"


def bus(more: str, said: str = "") -> tuple[str, str, str]:
    """One more bus ahead of the others."""
    return "  main: {", f"  more: {{{more}}}\n  main: {{", said


TWO = "options.address: address 0x76 is already used by sensors[0].options.address (line 11)"
MQTT = "    tls: true\n  - {type: mqtt, name: city, host: b}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: door", "name: air", '16: sensors[1].name: the name "air" is already used by'),
        ("    tls: true", MQTT, '32: uplinks[1].name: the name "city" is already used by'),
        ("bus: main", "bus: mian", 'sensors[0].bus: no bus is called "mian"; did you mean "main"'),
        ("bus: main", "bus: z", 'bus: no bus is called "z"; there are: header, main, radar'),
        ("bus: main", "bus: radar", "13: sensors[0].bus: radar is a bus of type serial, this part"),
        ("bus: main", "bus: radar", "needs i2c; name one of main"),
        ("{type: i2c}", "{type: gpio, chip: 1}", "needs i2c; add a bus of type i2c"),
        ("bus: radar", "bus: header", "header is a bus of type gpio, this part needs serial"),
        (SENSOR, MORE.format("bmp280", "main", "{address: 0x76}"), f"16: sensors[1].{TWO}; choose"),
        (SENSOR, MORE.format("bmp280", "main", "{}"), f"16: sensors[1].{TWO}; choose another"),
        (SENSOR, MORE.format("ld2450", "radar", "{}"), "19: sensors[2].bus: the serial port radar"),
        ("{line: 22}", "{line: 27}", "26: sensors[3].options.line: line 27 is already used by"),
        ("{line: 22}", "{line: 27}", "used by sensors[2].options.line_b (line 22); choose another"),
        (
            SENSOR,
            TOF.format(6) + TOF.format(7).replace("tof", "two") + SENSOR,
            "address 0x30 is already used by",
        ),
        (
            SENSOR,
            TOF.format(6) + TOF.format(6).replace("48", "49").replace("tof", "two") + SENSOR,
            "options.xshut: line 6 is already used by sensors[0].options.xshut",
        ),
        (
            SENSOR,
            PAIR.format("pair", "0x12") + PAIR.format("two", "0x10, inner_address: 0x13") + SENSOR,
            "options.inner_address: address 0x13 is already used by sensors[0].options.inner_addre",
        ),
        bus("type: i2c, device: /dev/i2c-1", "8: buses.main: /dev/i2c-1 is already used by"),
        bus("type: serial, device: /dev//ttyUSB0", "9: buses.radar: /dev/ttyUSB0 is already used"),
        bus(
            "type: gpio, chip: 0", "10: buses.header: /dev/gpiochip0 is already used by buses.more"
        ),
        bus("type: gpio", "used by buses.more (line 7); choose another, or join the buses"),
    ],
)
def test_one_mistake_is_one_fault(spoil: Spoil, old: str, new: str, said: str) -> None:
    (fault,) = spoil(old, new)
    assert said in fault


@pytest.mark.parametrize(
    ("old", "new"),
    [
        bus("type: i2c, simulated: true")[:2],  # no device is used
        bus("type: gpio, chip: 1")[:2],
        (SENSOR, MORE.format("bmp280", "main", "{address: 0x77}")),
        ("name: city", "name: air"),  # an uplink and a sensor
    ],
)
def test_what_is_not_shared(well: str, old: str, new: str) -> None:
    assert parse(well.replace(old, new)).node.name == "rathaus-01"


def test_the_same_line_of_another_chip_is_another_line(well: str) -> None:
    text = well.replace(*bus("type: gpio, chip: 1")[:2])
    room = "bus: {}\n    options: {{line: {}}}"
    config = parse(text.replace(room.format("header", 22), room.format("more", 17)))
    assert config.sensors[3].bus == "more"


def test_what_is_faulty_is_compared_with_nothing(spoil: Spoil) -> None:
    """The sensor's options fall back to no address, its bus to no kind."""
    added = MORE.format("bmp280", "main", "{adress: 0x77}")
    assert len(spoil(SENSOR, added)) == 1
    assert len(spoil("{type: i2c}", "{type: i2x}")) == 1
    assert len(spoil("name: door", "name: Air")) == 1


@pytest.mark.parametrize("name", ["\\x1e", "\\u2028", "x" * 70, "a, b"])
def test_strange_names_of_buses_are_listed_in_one_line(spoil: Spoil, name: str) -> None:
    renamed = spoil("  main: {", f'  "{name}": {{')
    assert [line.split(": ")[1] for line in renamed][1:] == ["sensors[0].bus"]
    assert all(line.isprintable() for line in renamed)
    listed = spoil(
        "  radar: {", f'  "{name}": {{', "bus: header\n    options: {line: 22}", "bus: z"
    )
    assert all(line.isprintable() and len(line) < 250 for line in listed)


def test_a_faulty_sensor_is_still_compared_in_what_is_well(spoil: Spoil) -> None:
    said = spoil("name: door", "name: air", "bus: radar", "bus: raddar\n    colour: red")
    assert [line.split(": ")[1] for line in said] == [
        "sensors[1].name",
        "sensors[1].bus",
        "sensors[1].colour",
    ]


ID = "28-0123456789ab"
WIRE = "  wire: {{type: onewire{}}}\n  main: {{"
TWINS = """\
  - {{name: cellar, driver: ds18b20, bus: wire, options: {{{}}}}}
  - {{name: roof, driver: ds18b20, bus: wire, options: {{{}}}}}
"""


@pytest.mark.parametrize(
    ("cellar", "roof", "said"),
    [
        ("", "", "sensors[1].bus: the only device of wire is already used by sensors[0].bus"),
        (
            f"device: {ID}",
            f"device: {ID}",
            f"sensors[1].options.device: the device {ID} is already used by sensors[0].options",
        ),
        ("", "device: 10-0123456789ab", "ls /sys/bus/w1/devices"),
    ],
)
def test_a_one_wire_device_is_used_once(spoil: Spoil, cellar: str, roof: str, said: str) -> None:
    twins = TWINS.format(cellar, roof)
    (fault,) = spoil("  main: {", WIRE.format(""), SENSOR, twins + SENSOR)
    assert said in fault


def test_two_one_wire_devices_share_a_bus(well: str) -> None:
    twins = TWINS.format(f"device: {ID}", "device: 28-0123456789ac")
    text = well.replace("  main: {", WIRE.format("")).replace(SENSOR, twins + SENSOR)
    config = parse(text)
    assert config.buses["wire"] == OneWireBus(device="/sys/bus/w1/devices")
    assert config.sensors[0].options.device == ID


def test_all_one_wire_pins_are_one_bus(spoil: Spoil) -> None:
    two = "  wire: {type: onewire}\n  pin: {type: onewire}\n  main: {"
    (fault,) = spoil("  main: {", two)
    assert "buses.pin: /sys/bus/w1/devices is already used by buses.wire" in fault
    (fault,) = spoil("  main: {", WIRE.format(""), "bus: main", "bus: wire")
    assert "wire is a bus of type onewire, this part needs i2c; name one of main" in fault


CO2 = SENSOR.replace("air", "co2") + (
    "    driver: scd4x\n    bus: main\n    compensation: {}\n" + SENSOR
)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{presure: air}", 'presure: nothing that this part wants to know; did you mean "pressu'),
        ("{humidity: air}", "14: sensors[0].compensation.humidity: nothing that this part wants"),
        ("{humidity: air}", "to know; it wants: pressure"),
        ("{pressure: aire}", 'no sensor is called "aire"; did you mean "air"?'),
        ("{pressure: door}", "compensation.pressure: door does not measure pressure; name one of"),
        ("{pressure: co2}", "co2 does not measure pressure; name one of air"),
        ("{pressure: 7}", "compensation.pressure: expected a name"),
    ],
)
def test_what_compensates_a_part_is_wanted_and_measured(spoil: Spoil, told: str, said: str) -> None:
    (fault,) = spoil(SENSOR, CO2.format(told))
    assert said in fault


def test_a_part_that_wants_to_know_nothing_is_told_nothing(spoil: Spoil) -> None:
    (fault,) = spoil("    interval: 60", "    interval: 60\n    compensation: {pressure: air}")
    assert fault.endswith("nothing that this part wants to know; remove it")


def test_altitude_and_pressure_are_no_conflict(well: str) -> None:
    """The altitude counts until the pressure is known."""
    text = well.replace(SENSOR, CO2.format("{pressure: air}\n    options: {altitude_m: 540}"))
    sensor = parse(text).sensors[0]
    assert sensor.compensation == {"pressure": "air"}
    assert sensor.options.altitude_m == 540


WINDOWS = "privacy: {window: 5min}\n"


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("", 300.0), ("    interval: 5min\n", 300.0), ("    interval: 1h\n", 3600.0)],
)
def test_what_tells_of_people_reports_whole_windows(
    well: str, interval: str, seconds: float
) -> None:
    text = well.replace("buses:\n", f"{WINDOWS}buses:\n").replace(
        "    bus: radar\n", f"    bus: radar\n{interval}"
    )
    of = {sensor.name: sensor.interval_s for sensor in parse(text).sensors}
    assert of == {"air": 60.0, "door": seconds, "side": 300.0, "room": 300.0}


@pytest.mark.parametrize("interval", ["10s", "0", "16min", "450s"])
def test_a_finer_interval_of_people_is_a_fault(spoil: Spoil, interval: str) -> None:
    (fault,) = spoil("    bus: radar", f"    bus: radar\n    interval: {interval}")
    assert "sensors[1].interval: what tells of people is reported in windows of 900 s" in fault


@pytest.mark.parametrize("window", ["7min", "0", "2d", "0.7"])
def test_a_window_that_divides_no_day_is_a_fault(spoil: Spoil, window: str) -> None:
    (fault,) = spoil("buses:\n", f"privacy: {{window: {window}}}\nbuses:\n")
    assert "gateway.yaml:6: privacy" in fault


@pytest.mark.parametrize(
    "hours", ['{begin: "20:00", end: "20:00"}', '{begin: "20:10", end: "06:00"}']
)
def test_quiet_hours_that_are_none_or_no_windows_are_a_fault(spoil: Spoil, hours: str) -> None:
    (fault,) = spoil("buses:\n", f"privacy: {{quiet_hours: [{hours}]}}\nbuses:\n")
    assert "gateway.yaml:6: privacy" in fault


@pytest.mark.parametrize(("mode", "faults"), [("", 1), ("    small_counts: none\n", 0)])
def test_what_is_carried_on_is_kept_for_two_days(well: str, mode: str, faults: int) -> None:
    text = well.replace("  commit_every: 5s\n", "  commit_every: 5s\n  hold_back: 1d\n")
    text = text.replace("    tls: true\n", f"    tls: true\n{mode}")
    try:
        parse(text)
        found = []
    except ConfigError as error:
        found = [f"{fault.path}: {fault.problem}" for fault in error.faults]
    assert len(found) == faults
    assert all("buffer.hold_back: too short for `small_counts: carry`" in one for one in found)
