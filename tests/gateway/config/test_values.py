"""What the values of a configuration become."""

from collections.abc import Callable
from typing import Literal, get_args

import pytest

from drivers.environment.bme280 import BME280
from drivers.environment.bme280.driver import Bme280Config
from drivers.people.beam_pair.driver import BeamPairConfig
from drivers.people.ld2450.driver import Ld2450Config
from drivers.quantities import Rank
from gateway.config import (
    Buffer,
    Clock,
    Config,
    Fallback,
    GpioBus,
    I2cBus,
    MqttUplink,
    SerialBus,
    mqtt_uplinks,
    parse,
)
from gateway.config.values import RankName


def test_everything_is_typed_and_defaults_are_filled_in(well: str) -> None:
    config = parse(well)
    assert config.node.runtime_dir == "/run/gateway"
    assert config.buffer.path == "/var/lib/gateway/log.db"
    assert config.buffer.commit_every == 5.0
    assert (config.buffer.max_size, config.buffer.reserve) == (512_000_000, 200_000_000)
    assert config.buffer.max_age is None
    assert config.buses == {
        "main": I2cBus(device="/dev/i2c-1"),
        "radar": SerialBus(device="/dev/ttyUSB0"),
        "header": GpioBus(chip=0),
    }
    assert [sensor.name for sensor in config.sensors] == ["air", "door", "side", "room"]
    assert [sensor.rank for sensor in config.sensors] == [None] * 4
    assert config.uplinks == (MqttUplink(name="city", host="broker.example"),)
    assert config.uplinks[0].start == "everything"
    assert config.simulation.people is None
    assert config.clock == Clock(rtc=None)


def test_a_battery_clock_is_named_as_the_system_does(well: str) -> None:
    assert parse(well + "clock: {rtc: rtc0}\n").clock.rtc == "rtc0"


def test_without_a_line_the_log_is_written_every_ten_seconds(well: str) -> None:
    assert parse(well.replace("  commit_every: 5s\n", "")).buffer == Buffer(commit_every=10.0)


def test_options_are_the_configuration_object_of_the_driver(well: str) -> None:
    air, door, side, _ = parse(well).sensors
    assert air.options == Bme280Config(address=0x76)
    assert air.part is BME280
    assert door.options == Ld2450Config()
    assert side.options == BeamPairConfig(line_a=17, line_b=27)


def test_nested_options_become_tuples(well: str) -> None:
    zones = "options: {ignore: [[[0, 0], [100, 0], [0, 100]]]}"
    config = parse(well.replace("bus: radar", f"bus: radar\n    {zones}"))
    assert config.sensors[1].options.ignore == (((0, 0), (100, 0), (0, 100)),)


@pytest.mark.parametrize("section", ["buffer", "simulation", "uplinks"])
def test_a_section_of_which_every_line_is_commented_out_is_the_default(
    well: str, section: str
) -> None:
    head = well[: well.index("uplinks:")].replace("buffer:\n  commit_every: 5s\n", "")
    config = parse(f"{head}{section}:\n  # nothing\n")
    assert getattr(config, section) == getattr(parse(head), section)


def test_empty_options_are_the_defaults(well: str) -> None:
    config = parse(well.replace("options: {address: 0x76}", "options:"))
    assert config.sensors[0].options == Bme280Config()


@pytest.mark.parametrize(("given", "number"), [("0", 0), ("2.5", 2.5), ("1min", 60), ("'60s'", 60)])
def test_a_time_is_a_float_once_it_is_loaded(well: str, given: str, number: float) -> None:
    every = parse(well.replace("5s", given)).buffer.commit_every
    assert type(every) is float
    assert every == number


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("100kB", 100_000),
        ("'2 GiB'", 2**31),
        ("123456", 123_456),
        ("512e6", 512_000_000),
        ("0x100000", 2**20),
    ],
)
def test_a_size_is_a_whole_number_once_it_is_loaded(well: str, given: str, number: int) -> None:
    buffer = parse(well.replace("5s", f"5s\n  max_size: {given}\n  reserve: {given}")).buffer
    assert [buffer.max_size, buffer.reserve] == [number, number]
    assert type(buffer.max_size) is type(buffer.reserve) is int


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("max_size: 1TB", 10**12),
        ("reserve: 0", 0),
        ("reserve: 1TB", 10**12),
        ("max_age: 1d", 86_400),
        ("max_age: 31536000", 31_536_000),
        ("max_age: 36500d", 36_500 * 86_400),
        ("max_age: null", None),
        ("max_age:", None),
    ],
)
def test_how_far_a_quota_may_go(well: str, line: str, value: float | None) -> None:
    buffer = parse(well.replace("commit_every: 5s", line)).buffer
    assert getattr(buffer, line.partition(":")[0]) == value


def test_a_maximum_age_is_a_float_once_it_is_loaded(well: str) -> None:
    assert type(parse(well.replace("commit_every: 5s", "max_age: 86400")).buffer.max_age) is float


def test_ranks_are_those_of_the_quantities_the_lowest_first() -> None:
    (names, *_) = get_args(RankName)
    assert get_args(names) == tuple(rank.name.lower() for rank in sorted(Rank))


@pytest.mark.parametrize("rank", [rank.name.lower() for rank in Rank])
def test_a_sensor_may_have_a_rank_of_its_own(well: str, rank: str) -> None:
    sensors = parse(well.replace("interval: 60", f"interval: 60\n    rank: {rank}")).sensors
    assert [sensor.rank for sensor in sensors] == [rank, None, None, None]


@pytest.mark.parametrize("start", ["everything", "now"])
def test_where_an_uplink_begins(well: str, start: str) -> None:
    assert parse(well.replace("tls: true", f"start: {start}")).uplinks[0].start == start


@pytest.mark.parametrize("written", ["5", '"5"'])
def test_protocol_5_may_be_a_number(well: str, written: str) -> None:
    config = parse(well.replace("tls: true", f"protocol: {written}"))
    assert mqtt_uplinks(config)[0].protocol == "5"


def test_protocol_3_1_1_is_text(well: str) -> None:
    (uplink,) = mqtt_uplinks(parse(well.replace("tls: true", "protocol: 3.1.1")))
    assert uplink.protocol == "3.1.1"


@pytest.mark.parametrize(
    ("port", "tls", "transport", "connects_to"),
    [
        (None, True, "tcp", 8883),
        (None, False, "tcp", 1883),
        (None, True, "websockets", 443),
        (None, False, "websockets", 80),
        (8884, True, "tcp", 8884),
        (8884, True, "websockets", 8884),
    ],
)
def test_port_to_connect_to(
    port: int | None, tls: bool, transport: Literal["tcp", "websockets"], connects_to: int
) -> None:
    uplink = MqttUplink(name="a", host="b", port=port, tls=tls, transport=transport)
    assert uplink.tcp_port == connects_to


def test_a_connection_with_everything(well: str) -> None:
    more = (
        "{host: b2.example, port: 443, server_name: b.example}], transport: websockets, path: /ws, "
        "server_name: b.example, cert_file: node.pem, key_file: /etc/node.key, alpn: [mqtt]}"
    )
    text = well[: well.index("  - type: mqtt")]
    text += f"  - {{type: mqtt, name: city, host: broker.example, fallbacks: [{more}\n"
    assert parse(text).uplinks == (
        MqttUplink(
            name="city",
            host="broker.example",
            fallbacks=(Fallback(host="b2.example", port=443, server_name="b.example"),),
            transport="websockets",
            path="/ws",
            server_name="b.example",
            cert_file="node.pem",
            key_file="/etc/node.key",
            alpn=("mqtt",),
        ),
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1", "mqtt_1.example.org."])
def test_hosts(well: str, host: str) -> None:
    (uplink,) = mqtt_uplinks(parse(well.replace("broker.example", f'"{host}"')))
    assert uplink.host == host


def test_a_configuration_is_frozen(well: str) -> None:
    config = parse(well)
    frozen: list[tuple[object, str]] = [
        (config, "node"),
        (config.node, "name"),
        (config.buffer, "path"),
        (config.buses["main"], "device"),
        (config.sensors[0], "bus"),
        (config.sensors[0].options, "address"),
        (config.uplinks[0], "host"),
        (config.simulation, "seed"),
    ]
    for thing, name in frozen:
        with pytest.raises(AttributeError, match="immutable"):
            setattr(thing, name, None)
    assert isinstance(config.sensors, tuple)
    assert isinstance(config.uplinks, tuple)


def test_fields_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        Config(1)  # type: ignore[call-arg,arg-type]


def test_half_a_position_is_none(spoil: Callable[..., list[str]]) -> None:
    (said,) = spoil("buffer:", "  place: {latitude: 51.3}\nbuffer:")
    assert "4: node.place: latitude and longitude belong together; " in said
