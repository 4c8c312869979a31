"""The registry: every name leads to a part whose pieces fit, also those of other packages."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers import registry
from drivers.bus.sim import SimulatedGpio, SimulatedI2c, SimulatedOneWire, SimulatedSerial
from drivers.contract import (
    Driver,
    GpioModel,
    I2cModel,
    Model,
    OneWireModel,
    Part,
    Recalibration,
    SerialModel,
)
from drivers.quantities import QUANTITIES

REQUIRED = {
    "beam-pair": {"line_a": 17, "line_b": 27},
    "pir": {"line": 4},
    "vl53l1x": {"mounting_height_mm": 2400},
}
"""What a configuration must say; everything else has a default."""

MODELS: dict[str, type[Model]] = {
    "i2c": I2cModel,
    "serial": SerialModel,
    "gpio": GpioModel,
    "onewire": OneWireModel,
}

built_in = pytest.mark.parametrize("name", sorted(registry.BUILT_IN))


def config(name: str) -> Any:
    return msgspec.convert(REQUIRED.get(name, {}), registry.part(name).config)


@built_in
def test_a_built_in_name_is_listed_and_leads_to_a_part(name: str) -> None:
    assert name in registry.names()
    assert isinstance(registry.part(name), Part)


@built_in
def test_its_config_is_frozen_strict_and_documented(name: str) -> None:
    made = config(name)
    assert type(made).__doc__
    for field in type(made).__struct_fields__[:1]:
        with pytest.raises(AttributeError):
            setattr(made, field, getattr(made, field))
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**REQUIRED.get(name, {}), "no_such_field": 1}, type(made))


@built_in
def test_its_driver_and_model_are_built_from_its_config(name: str, tmp_path: Path) -> None:
    part = registry.part(name)
    made = config(name)
    model = part.model(made)
    assert isinstance(model, MODELS[part.bus])
    buses: dict[str, Callable[[], Any]] = {
        "i2c": SimulatedI2c,
        "serial": lambda: SimulatedSerial(tmp_path / "tty"),
        "gpio": SimulatedGpio,
        "onewire": lambda: SimulatedOneWire(tmp_path / "w1"),
    }
    bus = buses[part.bus]()
    bus.attach(model)
    driver = part.driver(bus, made)
    assert isinstance(driver, Driver)
    driver.close()
    driver.close()
    if isinstance(bus, SimulatedSerial):
        bus.unplug()


@built_in
def test_its_channels_are_of_the_table_and_its_polls_have_a_pace(name: str) -> None:
    driver: Any = registry.part(name).driver
    assert driver.channels
    assert all(QUANTITIES[quantity.name] is quantity for quantity in driver.channels)
    assert len({quantity.name for quantity in driver.channels}) == len(driver.channels)
    assert driver.poll_every is None or 0 < driver.poll_every <= 10
    assert (driver.poll_every is None) == (driver.poll is Driver.poll)


@built_in
def test_what_it_wants_to_know_is_of_the_table_and_nothing_that_it_measures(name: str) -> None:
    driver: Any = registry.part(name).driver
    assert all(QUANTITIES[quantity.name] is quantity for quantity in driver.compensated_by)
    assert not set(driver.compensated_by) & set(driver.channels)
    assert bool(driver.compensated_by) == (driver.compensate is not Driver.compensate)


@built_in
def test_a_part_that_can_be_told_the_truth_measures_it(name: str) -> None:
    driver: Any = registry.part(name).driver
    if issubclass(driver, Recalibration):
        assert driver.recalibrated in driver.channels
        low, high = driver.references
        assert driver.recalibrated.minimum <= low <= high <= driver.recalibrated.maximum


@built_in
def test_what_it_occupies_on_its_bus_can_be_seen(name: str) -> None:
    made = config(name)
    bus = registry.part(name).bus
    if bus == "i2c":
        assert 0x08 <= made.address <= 0x77
        model = registry.part(name).model(made)
        assert isinstance(model, I2cModel)
        assert model.address == made.address
    if bus == "onewire":
        assert made.device is None
    if bus == "gpio":
        assert made.lines
        assert all(isinstance(line, int) for line in made.lines)


def test_names_are_sorted() -> None:
    assert registry.names() == sorted(registry.names())


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="no-such-part"):
        registry.part("no-such-part")


FOREIGN_MODULE = """
from drivers.environment.bme280 import BME280
PART = BME280
NO_PART = "not a part"
"""

FOREIGN_ENTRIES = """\
[gateway.drivers]
foreign-part = foreign_gateway_part:PART
foreign-wrong = foreign_gateway_part:NO_PART
bmp280 = foreign_gateway_part:PART
"""


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package is installed."""
    info = tmp_path / "foreign_gateway_part-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: foreign-gateway-part\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(FOREIGN_ENTRIES)
    (tmp_path / "foreign_gateway_part.py").write_text(FOREIGN_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "foreign_gateway_part", raising=False)


@pytest.mark.usefixtures("foreign")
def test_a_part_of_another_package_is_found() -> None:
    assert {"foreign-part", *registry.BUILT_IN} <= set(registry.names())
    assert registry.part("foreign-part") is registry.part("bme280")


@pytest.mark.usefixtures("foreign")
def test_a_built_in_name_wins() -> None:
    assert registry.part("bmp280") is not registry.part("bme280")
    assert registry.names().count("bmp280") == 1


@pytest.mark.usefixtures("foreign")
def test_what_is_no_part_is_refused() -> None:
    with pytest.raises(TypeError, match=r"foreign_gateway_part:NO_PART .* is not a"):
        registry.part("foreign-wrong")


def test_it_is_gone_when_the_other_package_is() -> None:
    assert "foreign-part" not in registry.names()


@built_in
def test_it_says_what_it_cannot_see(name: str) -> None:
    limits = registry.part(name).limits
    assert limits.endswith(".")
    assert "  " not in limits


@pytest.mark.parametrize("name", ["amg8833", "beam-pair", "ld2450", "tf-luna-pair", "vl53l1x"])
def test_a_people_counter_says_what_becomes_of_two_side_by_side(name: str) -> None:
    assert "side by side" in registry.part(name).limits
    assert "no identities" in registry.part(name).limits


def test_a_part_of_another_package_need_not_say_it() -> None:
    part = registry.part("pir")
    assert Part(part.bus, part.config, part.driver, part.model).limits == ""
