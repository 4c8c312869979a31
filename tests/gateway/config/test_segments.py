"""Multiplexers in a configuration: channels, parents, and addresses that would clash."""

import pytest

from gateway.config import ConfigError, lineage, parse, root_of, wires

HEAD = """\
node: {municipality: brandis, name: rathaus-01}
buses:
  main: {type: i2c}
  port: {type: serial, device: /dev/ttyUSB0}
"""


def text(buses: list[str], sensors: list[str]) -> str:
    """`a: {...}` and `bus address` of a bme280, or of an MCP9808 by its address."""
    lines = [HEAD, *(f"  {bus}\n" for bus in buses), "sensors:\n"]
    for number, sensor in enumerate(sensors):
        bus, address = sensor.split()
        driver = "bme280" if address.startswith("0x7") else "mcp9808"
        lines.append(f"  - {{name: s{number}, driver: {driver}, bus: {bus}, ")
        lines.append(f"options: {{address: {address}}}}}\n")
    return "".join(lines)


def mux(name: str, parent: str = "main", address: int = 0x70, channel: int = 0) -> str:
    place = f"parent: {parent}, address: 0x{address:02x}, channel: {channel}"
    return f"{name}: {{type: i2c-mux, {place}}}"


def faults(buses: list[str], sensors: list[str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text(buses, sensors))
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("buses", "sensors"),
    [
        ([mux("a"), mux("b", channel=1)], ["a 0x18", "b 0x18", "main 0x19"]),
        ([mux("a"), mux("b", address=0x71)], ["a 0x18", "b 0x18"]),
        ([mux("a"), mux("b", "a", 0x71)], ["a 0x18", "b 0x19"]),
        ([mux("a"), mux("b", channel=1), mux("c", "a", 0x71)], ["b 0x18", "c 0x18"]),
        ([mux("a"), mux("b", channel=1), mux("c", "a", 0x71), mux("d", "b", 0x71)], ["a 0x18"]),
        ([mux("b", "a", 0x71), mux("a")], ["b 0x18"]),
        (["more: {type: i2c, device: /dev/i2c-3}", mux("a")], ["a 0x18", "more 0x18"]),
    ],
)
def test_what_is_never_connected_at_once_may_have_one_address(
    buses: list[str], sensors: list[str]
) -> None:
    assert len(parse(text(buses, sensors)).sensors) == len(sensors)


def test_buses_of_one_wire_are_found_from_their_root() -> None:
    config = parse(text([mux("c", "b", 0x71), mux("b"), mux("a", channel=1)], ["c 0x18"]))
    assert lineage(config.buses, "c") == ["c", "b", "main"]
    assert root_of(config.buses, "c") is config.buses["main"]
    assert wires(config.buses) == {"main": ["main", "c", "b", "a"], "port": ["port"]}


FIRST = "sensors[0].options.address"
AT_ONCE = "connected at the same time; choose another, or another channel for one"


@pytest.mark.parametrize(
    ("buses", "sensors", "said"),
    [
        (
            [mux("a")],
            ["a 0x18", "main 0x18"],
            f"1].options.address: address 0x18 is also that of {FIRST} (line 7), {AT_ONCE}",
        ),
        (
            [mux("a"), mux("b", "a", 0x71, 3)],
            ["main 0x1c", "b 0x1c"],
            ":9: sensors[1].options.address: address 0x1c is also that of sensors[0].options.addr",
        ),
        (
            [mux("a", address=0x76)],
            ["main 0x76"],
            ":7: sensors[0].options.address: address 0x76 is also that of buses.a.address (line 5)",
        ),
        (
            [mux("a", address=0x77)],
            ["a 0x77"],
            ":7: sensors[0].options.address: address 0x77 is also that of buses.a.address (line 5)",
        ),
        (
            [mux("a"), mux("b", "a")],
            ["a 0x18"],
            ":6: buses.b.address: address 0x70 is also that of buses.a.address (line 5)",
        ),
        (
            [mux("a"), mux("b")],
            ["a 0x18"],
            ":6: buses.b: channel 0 of the multiplexer 0x70 on main is already used by buses.a (",
        ),
        ([mux("a")], ["a 0x18", "a 0x18"], "address 0x18 is already used by sensors[0]"),
        (
            [mux("a", "mian")],
            ["main 0x18"],
            ':5: buses.a.parent: no bus is called "mian"; did you mean "main"?',
        ),
        (
            [mux("a", "port")],
            ["main 0x18"],
            ":5: buses.a.parent: port is a bus of type serial, a multiplexer needs i2c; name one",
        ),
        (
            [mux("a", "a")],
            ["main 0x18"],
            ":5: buses.a.parent: a would be a channel of itself; name the bus that its",
        ),
        (
            [mux("d", "c", channel=1), mux("a", "b"), mux("b", "c"), mux("c", "a")],
            ["d 0x18", "a 0x18"],
            ":6: buses.a.parent: a would be a channel of itself",
        ),
        (["a: {type: i2c-mux, parent: main, channel: 8}"], ["main 0x18"], "whole number from 0 to"),
        ([mux("a", address=0x78)], ["main 0x18"], "0x70 or 0x71 or 0x72 or 0x73"),
        (["a: {type: i2c-mux, parent: main}"], ["main 0x18"], "buses.a.channel: missing"),
    ],
)
def test_one_mistake_is_one_fault(buses: list[str], sensors: list[str], said: str) -> None:
    (fault,) = faults(buses, sensors)
    assert said in fault


def test_a_channel_is_a_bus_that_fits() -> None:
    (fault,) = faults([mux("a")], ["port 0x18"])
    assert "port is a bus of type serial, this part needs i2c; name one of main, a" in fault


CLOCK = "main: {{type: i2c, recovery: clock{}}}"


@pytest.mark.parametrize(
    ("recovery", "line", "said"),
    [
        ("", 22, ":3: buses.main: `recovery: clock` needs `pins`"),
        (", pins: {scl: 3, sda: 3}", 22, ":3: buses.main.pins: scl and sda are both line 3"),
        (", pins: {scl: 3, sda: 2}", 2, "options.line: line 2 is already used by buses.main.pins"),
        (", pins: {scl: 3}", 22, ":3: buses.main.pins.sda: missing"),
        (", pins: {scl: 3, sda: 2}", 22, ""),
        (", pins: {scl: 3, sda: 2, chip: 4}", 2, ""),
    ],
)
def test_the_pins_of_a_bus_are_told_and_are_no_sensors(recovery: str, line: int, said: str) -> None:
    text = HEAD.replace("main: {type: i2c}", CLOCK.format(recovery))
    text += "  header: {type: gpio}\nsensors:\n"
    text += f"  - {{name: room, driver: pir, bus: header, options: {{line: {line}}}}}\n"
    if said:
        with pytest.raises(ConfigError) as caught:
            parse(text)
        [fault] = str(caught.value).splitlines()
        assert said in fault
    else:
        assert parse(text).sensors[0].name == "room"
