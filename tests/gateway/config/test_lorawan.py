"""A LoRaWAN modem in the configuration: what may be said of it, and what it must fit."""

import pytest

from gateway.config import Budget, LorawanUplink, parse
from gateway.config.lorawan import MOST_PLACES
from gateway.encoding.compact.layouts import MOST_SENSORS
from tests.gateway.config.conftest import Spoil

_HEADER = "  header: {type: gpio}\n"
_BUS = f"{_HEADER}  modem: {{type: serial, device: /dev/ttyAMA0}}\n"
_UPLINKS = "uplinks:\n"
_NEEDED = 'type: lorawan, name: radio, join_eui: "70B3D57ED0000001", app_key_file: lora-key'


def radio(more: str = "", bus: str = "modem", needed: str = _NEEDED) -> tuple[str, str, str, str]:
    """What is put into the file: a bus for a modem, and a first uplink that is one."""
    entry = f"  - {{{needed}, bus: {bus}{', ' if more else ''}{more}}}\n"
    return _HEADER, _BUS, _UPLINKS, _UPLINKS + entry


def put(well: str, *pairs: str) -> str:
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        well = well.replace(old, new)
    return well


def test_what_is_left_out_is_the_default(well: str) -> None:
    uplink = parse(put(well, *radio())).uplinks[0]
    assert uplink == LorawanUplink(
        name="radio", bus="modem", join_eui="70B3D57ED0000001", app_key_file="lora-key"
    )
    assert isinstance(uplink, LorawanUplink)
    assert uplink.budget == Budget(airtime_per_day=30.0, downlinks_per_day=10, confirmed_per_day=4)
    assert (uplink.modem, uplink.adr, uplink.data_rate, uplink.port) == ("auto", True, 3, 10)
    assert (uplink.fallback_for, uplink.fallback_after, uplink.start) == (None, 900, "now")
    assert (uplink.interval, uplink.repeats, uplink.small_counts) == (None, 2, "carry")


def test_everything_may_be_said(well: str) -> None:
    more = (
        "modem: rn2483, dev_eui: 0004a30b001c0530, port: 12, adr: false, data_rate: 5, "
        "budget: {airtime_per_day: null, downlinks_per_day: null, confirmed_per_day: 0}, "
        "fallback_for: city, fallback_after: 1h, interval: 30min, repeats: 1, "
        "start: everything, small_counts: none"
    )
    uplink = parse(put(well, *radio(more))).uplinks[0]
    assert isinstance(uplink, LorawanUplink)
    assert (uplink.dev_eui, uplink.port, uplink.adr) == ("0004a30b001c0530", 12, False)
    assert uplink.budget.airtime_per_day is uplink.budget.downlinks_per_day is None
    assert (uplink.fallback_for, uplink.fallback_after, uplink.interval) == ("city", 3600, 1800)


@pytest.mark.parametrize("field", ["dev_addr", "nwk_skey", "app_skey", "abp", "activation"])
def test_keys_that_are_for_ever_are_refused_with_the_reason(spoil: Spoil, field: str) -> None:
    [said] = spoil(*radio(f"{field}: '26012E43'"))
    assert f"uplinks[0].{field}: activation by personalisation (ABP) is not supported" in said
    assert "a modem that has lost its counters is not heard any more" in said
    assert said.endswith("; register the device for OTAA, and name join_eui and app_key_file")


def test_a_key_does_not_stand_in_the_configuration(spoil: Spoil) -> None:
    key = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
    [said] = spoil(*radio(f"app_key: {key}"))
    assert "uplinks[0].app_key: a key must not stand in the configuration" in said
    assert said.endswith("name that: app_key_file")
    assert key not in said


@pytest.mark.parametrize(
    ("bus", "said"),
    [
        ("modm", 'uplinks[0].bus: no bus is called "modm"; did you mean "modem"?'),
        ("main", "uplinks[0].bus: main is a bus of type i2c; a modem needs a bus of type serial"),
        ("header", "uplinks[0].bus: header is a bus of type gpio; a modem needs a bus of type"),
        ("radar", "uplinks[0].bus: bus radar is in use; a serial port has one part: give the"),
    ],
)
def test_the_bus_is_a_serial_one_of_its_own(spoil: Spoil, bus: str, said: str) -> None:
    [fault] = spoil(*radio(bus=bus))
    assert said in fault


def test_two_modems_share_no_bus(spoil: Spoil) -> None:
    header, buses, uplinks, one = radio()
    spare = f"  - {{{_NEEDED.replace('name: radio', 'name: spare')}, bus: modem}}\n"
    [fault] = spoil(header, buses, uplinks, one + spare)
    assert "uplinks[1].bus: bus modem is in use" in fault


@pytest.mark.parametrize(
    ("preferred", "cure"),
    [("cty", 'did you mean "city"?'), ("radio", "there are: city"), ("air", "there are: city")],
)
def test_what_it_stands_in_for_is_an_mqtt_uplink(spoil: Spoil, preferred: str, cure: str) -> None:
    [fault] = spoil(*radio(f"fallback_for: {preferred}"))
    assert f'uplinks[0].fallback_for: no MQTT uplink is called "{preferred}"; ' in fault
    assert fault.endswith(cure)


def test_without_a_broker_there_is_nothing_to_stand_in_for(spoil: Spoil) -> None:
    header, buses, _, _ = radio()
    city = "  - type: mqtt\n    name: city\n    host: broker.example\n    tls: true\n"
    alone = f"  - {{{_NEEDED}, bus: modem, fallback_for: city}}\n"
    [fault] = spoil(header, buses, city, alone)
    assert fault.endswith('no MQTT uplink is called "city"; remove the line')


@pytest.mark.parametrize("interval", ["10min", "20min", "75min", "5h"])
def test_the_interval_is_a_multiple_of_the_window_that_divides_a_day(
    spoil: Spoil, interval: str
) -> None:
    [fault] = spoil(*radio(f"interval: {interval}"))
    assert (
        "uplinks[0].interval: no multiple of privacy.window (900 s) that divides a day; remove "
        "the line, or write 15min, 30min, 1h or 1d"
    ) in fault


@pytest.mark.parametrize("interval", ["15min", "30min", "45min", "1h", "1d", "null"])
def test_intervals_that_fit(well: str, interval: str) -> None:
    parse(put(well, *radio(f"interval: {interval}")))


def test_a_frame_knows_so_many_places(well: str, spoil: Spoil) -> None:
    assert MOST_PLACES == MOST_SENSORS
    rooms = "".join(
        f"  - {{name: room-{n}, driver: ds18b20, bus: wire, options: {{device: 28-{n:012x}}}}}\n"
        for n in range(MOST_PLACES - 4)
    )
    zone = "occupancy:\n  - {name: foyer, doors: [door]}\n"
    header, buses, _, uplinks = radio()
    buses += "  wire: {type: onewire}\n"
    parse(put(well, header, buses, _UPLINKS, rooms + uplinks))
    parse(put(well, header, buses, _UPLINKS, rooms + zone + _UPLINKS))  # MQTT has no such limit
    [fault] = spoil(header, buses, _UPLINKS, rooms + zone + uplinks)
    assert "uplinks[0]: 33 sensors and zones, and a frame tells 32 apart; leave some out" in fault


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("port: 202", "uplinks[0].port: expected a whole number"),
        ("data_rate: 6", "uplinks[0].data_rate: expected a whole number"),
        ("dev_eui: 0004A30B001C053", "uplinks[0].dev_eui: expected sixteen hexadecimal digits"),
        ("modem: sx1276", 'uplinks[0].modem: expected "auto" or "la66" or "lora-e5"'),
        ("fallback_after: -1s", "uplinks[0].fallback_after: "),
        ("repeats: 0", "uplinks[0].repeats: expected a whole number"),
        ("budget: {airtime_per_day: 0}", "uplinks[0].budget.airtime_per_day: "),
        ("password_file: x", "uplinks[0].password_file: "),
    ],
)
def test_values_that_make_no_sense(spoil: Spoil, more: str, said: str) -> None:
    [fault] = spoil(*radio(more))
    assert said in fault


@pytest.mark.parametrize("written", ["app_eui", "appeui", "AppEUI"])
def test_the_old_name_of_the_join_eui_is_no_key(spoil: Spoil, written: str) -> None:
    """Networks and modems still call it so; it is no secret."""
    said = spoil(*radio(f'{written}: "70B3D57ED0000001"'))
    assert "it is called join_eui since LoRaWAN 1.0.4" in said[-1]
    assert "a key must not" not in said[-1]
