"""Keys that are unknown or missing, kinds and drivers that do not exist."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints

import msgspec
import pytest

from drivers import registry
from drivers.contract import Part
from gateway.config import ConfigError, parse
from gateway.config.faults import listed

Spoil = Callable[..., list[str]]

BUS = "{type: i2c}"


KINDS = "; write one of: gpio, i2c, i2c-mux, onewire, serial"
SLUG = "a name of a-z, 0-9 and inner hyphens, at most 40 characters"
OPTIONS = "15: sensors[0].options"


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("interval: 60", "intervall: 60", "14: sensors[0].intervall", 'did you mean "interval"?'),
        ("interval: 60", "Interval: 60", "14: sensors[0].Interval", 'did you mean "interval"?'),
        (
            "  munici",
            "  x: 1\n  munici",
            "2: node.x",
            "known here: municipality, name, runtime_dir",
        ),
        ("{address", "{adress: 1, address", f"{OPTIONS}.adress", "known here: address"),
        ("{address", "{adress", f"{OPTIONS}.adress", 'unknown key; did you mean "address"?'),
        ("{address", "{x: 3, address", f"{OPTIONS}.x", "unknown key; known here: address"),
        ("{address", "{12: 3, address", f"{OPTIONS}.12", "unknown key; known here: address"),
        ("{address", '{"a\\n": 3, address', f'{OPTIONS}["a\\n"]', "known here: address"),
        (
            BUS,
            "{type: i2c, x: 0}",
            "7: buses.main.x",
            "known here: device, recovery, pins, reset_chip, simulated",
        ),
        (BUS, "{type: i2x}", "7: buses.main.type", 'unknown type: "i2x"; did you mean "i2c"?'),
        (BUS, "{type: can}", "7: buses.main.type", f'unknown type: "can"{KINDS}'),
        (BUS, "{type: [i2c]}", "7: buses.main.type", f"unknown type: a list{KINDS}"),
        (BUS, "{type: null}", "7: buses.main.type", f"unknown type: nothing{KINDS}"),
        (BUS, "{device: /dev/i2c-1}", "7: buses.main.type", f"missing{KINDS}"),
        (BUS, "{tpye: i2c}", "7: buses.main.tpye", 'unknown key; did you mean "type"?'),
        ("type: mqtt", "type: http", "28: uplinks[0].type", '"http"; write one of: lorawan, mqtt'),
        ("  name: rathaus-01\n", "", "1: node.name", f"missing; write {SLUG}"),
        (", device: /dev/ttyUSB0", "", "8: buses.radar.device", "write a path that begins with /"),
        ("{line: 22}", "{}", "26: sensors[3].options.line", "write a whole number from 0 to 27"),
        ("\n    options: {line: 22}", "", "23: sensors[3].options.line", "number from 0 to 27"),
        ("{line: 22}", "[22]", "26: sensors[3].options", "expected keys and values, found a list;"),
        ("bme280", "bme-28", "12: sensors[0].driver", '"bme-28"; did you mean "bme280"?'),
        ("bme280", "280", "12: sensors[0].driver", "found 280; put it in quotes"),
    ],
)
def test_one_mistake_is_one_fault(spoil: Spoil, old: str, new: str, place: str, said: str) -> None:
    (fault,) = spoil(old, new)
    assert fault.startswith(f"gateway.yaml:{place}: ")
    assert said in fault


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("node:", "knot:\n  x: 1\nnodes:"),
        ("buses:", "busses:"),
        ("sensors:", "sensor:"),
        ("device: /dev/ttyUSB0", "devise: /dev/ttyUSB0"),
        ("name: air", "nam: air"),
        ("driver: bme280", "drivr: bme280"),
        ("bus: main", "buss: main"),
    ],
)
def test_the_key_that_was_meant_is_not_missing_too(spoil: Spoil, old: str, new: str) -> None:
    said = spoil(old, new)
    assert all("unknown key" in line for line in said)
    assert len(said) == new.count(":") - ("x: 1" in new)


def test_a_key_that_is_there_already_is_not_what_was_meant(spoil: Spoil) -> None:
    (said,) = spoil("interval: 60", "interval: 60\n    intervall: 60")
    assert "unknown key; known here: name, driver, bus, interval, " in said


def test_an_unknown_driver_lists_some_and_names_the_page_if_none_is_near(spoil: Spoil) -> None:
    (said,) = spoil("driver: bme280", "driver: zzz")
    assert said.endswith(f"there are: {listed(registry.names())}; docs/sensors.md has all")


@pytest.mark.parametrize("text", ["a", "- a", "12", "null", "true", "[]"])
def test_the_file_itself_must_be_keys_and_values(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^f:1: expected keys and values, found "):
        parse(text, "f")


class _Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Made by somebody else."""

    address: int
    speed: int = 1


FOREIGN = Part("i2c", _Speed, lambda bus, config: None, lambda config: None)  # type: ignore
NO_PART = object()


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package that offers a driver, something that is none, and one that is gone."""
    offered = {"speedy": f"{__name__}:FOREIGN", "odd": f"{__name__}:NO_PART", "gone": "no_such:X"}
    entries = EntryPoints(
        EntryPoint(name, value, registry.GROUP) for name, value in offered.items()
    )
    monkeypatch.setattr(registry, "_offered", lambda: entries)


@pytest.mark.usefixtures("foreign")
def test_the_options_of_another_packages_driver_are_checked(well: str, spoil: Spoil) -> None:
    config = parse(well.replace("bme280", "speedy"))
    assert config.sensors[0].options == _Speed(0x76)
    assert config.sensors[0].part is FOREIGN
    (said,) = spoil("bme280", "speedy", "{address: 0x76}", "{address: 1, speeed: 2}")
    assert said.endswith('sensors[0].options.speeed: unknown key; did you mean "speed"?')
    (said,) = spoil("bme280", "spedy")
    assert said.endswith('did you mean "speedy"?')


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("name", ["odd", "gone"])
def test_a_driver_that_cannot_be_loaded_is_a_fault(spoil: Spoil, name: str) -> None:
    (said,) = spoil("bme280", name)
    assert f'sensors[0].driver: driver "{name}" cannot be loaded: ' in said
    assert said.endswith("; install its package again")


def test_installed_packages_are_not_searched_for_built_in_drivers(
    well: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(registry, "_offered")
    assert parse(well).sensors


def test_a_fault_stays_short_whatever_is_written(spoil: Spoil) -> None:
    many = "".join(f"  b{n}: {{type: i2c, simulated: true}}\n" for n in range(200))
    long = 900 * "x"
    for line in [
        *spoil("buses:\n", f"buses:\n{many}", "bus: main", "bus: zzz"),
        *spoil("name: air", f"name: {long}", "interval: 60", f"{long}: 60"),
    ]:
        assert len(line) < 400
        assert "not valid YAML" not in line
