"""A scan finds all that is on an I2C bus, invents nothing, and leaves all as it was."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from drivers import registry
from drivers.contract import I2cModel
from drivers.people.tf_luna.optics import Optics
from drivers.people.tf_luna_pair.model import TfLunaChip
from drivers.probe import I2cProbe
from drivers.scanning import i2c, known, order
from drivers.scanning.found import Scan
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.scanning import parts
from tests.drivers.scanning.parts import Recorder
from tests.drivers.test_registry import REQUIRED

WITH_DRIVER = [name for name in sorted(registry.BUILT_IN) if registry.part(name).bus == "i2c"]
WITHOUT: dict[str, Callable[[int], I2cModel]] = {
    "tca9548a": parts.Tca9548a,
    "bmp180": parts.Bmp180,
    "ms5611": parts.Ms5611,
    "vl53l0x": parts.Vl53l0x,
    "mpu-6050": parts.Mpu6050,
    "ds3231": parts.Ds3231,
}
PAIR = "tf-luna-pair"
"""Two chips; the scan tells of each, so one alone is plugged in."""


def usual_address(name: str) -> int:
    fields = {field.name: field for field in structs.fields(registry.part(name).config)}
    address: int = fields["address"].default
    return address


def probe(name: str) -> I2cProbe:
    found = registry.part(name).probe if name in registry.BUILT_IN else known.PROBES[name]
    assert isinstance(found, I2cProbe)
    return found


def model(name: str, address: int) -> Any:
    if name in WITHOUT:
        return WITHOUT[name](address)
    if name == PAIR:
        return TfLunaChip(address, Optics(900, 0.0))
    return registry.part(name).model(config(name, address))


def config(name: str, address: int) -> Any:
    inner = {"inner_address": 0x12 if address == 0x13 else 0x13} if name == PAIR else {}
    return registry.part(name).config(address=address, **inner, **REQUIRED.get(name, {}))


def told(scan: Scan) -> dict[int | None, tuple[str, ...]]:
    return {found.address: found.names for found in scan.found}


def scanned(*models: I2cModel, lux: float = 300.0) -> dict[int | None, tuple[str, ...]]:
    bus = Recorder()
    for one in models:
        bus.attach(one)
        one.step(View(0.0, illuminance=lux))
    bus.time.sleep(1.0)
    scan = i2c.scan(bus)
    assert scan.problem is None
    return told(scan)


@pytest.mark.parametrize("name", WITH_DRIVER)
def test_every_part_has_a_probe_at_all_its_addresses_and_a_place_in_the_order(name: str) -> None:
    assert name in order.I2C
    assert usual_address(name) in probe(name).addresses
    for address in probe(name).addresses:
        assert scanned(model(name, address)) == {address: (name,)}


@pytest.mark.parametrize("name", sorted(WITHOUT))
def test_a_part_without_a_driver_is_known_at_all_its_addresses(name: str) -> None:
    assert name in order.I2C
    for address in probe(name).addresses:
        assert scanned(model(name, address)) == {address: (name,)}


def test_the_order_names_nobody_twice_and_nobody_who_is_not_there() -> None:
    of_i2c = {name for name, one in known.PROBES.items() if isinstance(one, I2cProbe)}
    assert set(order.I2C) == of_i2c | set(WITH_DRIVER)
    assert len(set(order.I2C)) == len(order.I2C)
    assert known.WORDS.keys() == known.PROBES.keys()
    assert set(WITHOUT) == of_i2c


def test_an_empty_bus_costs_a_transfer_an_address_and_one_more_where_a_part_may_be_busy() -> None:
    bus = Recorder()
    assert i2c.scan(bus) == Scan([], None)
    once = [address for address, _, _ in bus.seen]
    ours = {address for name in order.I2C for address in probe(name).addresses}
    assert sorted(once) == sorted([*i2c.ADDRESSES, *ours])
    assert bus.time.now_ns() <= 1_000_000_000


def test_memories_are_seen_by_a_read_and_all_others_by_a_write_of_nothing() -> None:
    bus = Recorder()
    i2c.scan(bus)
    reads = {address for address, _, read in bus.seen if read}
    assert reads == {*range(0x30, 0x38), *range(0x50, 0x60)} - {0x59, 0x5C}
    assert not any(write for _, write, _ in bus.seen)


# The clashes of the facts: each of the two alone at the address that both may have.

CLASHES = [
    (0x10, "veml7700", "tf-luna-pair"),
    (0x29, "vl53l1x", "tsl2591"),
    (0x29, "vl53l0x", "tsl2591"),
    (0x29, "vl53l0x", "vl53l1x"),
    (0x44, "sht3x", "sht4x"),
    (0x45, "sht3x", "sht4x"),
    (0x68, "amg8833", "ds3231"),
    (0x68, "amg8833", "mpu-6050"),
    (0x68, "ds3231", "mpu-6050"),
    (0x69, "amg8833", "sps30"),
    (0x69, "sps30", "mpu-6050"),
    (0x76, "bme280", "bmp280"),
    (0x76, "bme280", "bme680"),
    (0x76, "bme680", "bme688"),
    (0x76, "ms5611", "bmp280"),
    (0x76, "tca9548a", "bme280"),
    (0x77, "bmp180", "bmp280"),
    (0x77, "bmp180", "ms5611"),
    (0x77, "tca9548a", "bmp180"),
    (0x77, "tca9548a", "ms5611"),
]


@pytest.mark.parametrize(("address", "one", "other"), CLASHES)
def test_two_who_share_an_address_are_told_apart(address: int, one: str, other: str) -> None:
    assert scanned(model(one, address)) == {address: (one,)}
    assert scanned(model(other, address)) == {address: (other,)}


FORBIDDEN: dict[str, tuple[str, ...]] = {
    "scd4x": ("3615", "3632", "362f", "3639", "3646", "3f86", "21b1", "21ac", "24", "e000"),
    "scd30": ("0010", "0104", "4600", "5306", "5204", "5403", "5102", "d304"),
    "sps30": ("8004", "5607", "0104", "0010", "d304", "1001"),
    "sgp40": ("3615", "280e", "260f"),
    "sht3x": ("30", "61", "20", "21", "22", "23", "27", "2c", "24"),
    "sht4x": ("39", "32", "2f", "24", "1e", "15", "94"),
    "aht20": ("ac", "be"),
    "amg8833": ("00", "01", "02", "03", "05", "07", "08", "0c", "1f"),
    "bme280": ("e0", "f2", "f4", "f5"),
    "bmp280": ("e0", "f2", "f4", "f5"),
    "bme680": ("e0", "70", "71", "72", "74", "75"),
    "bme688": ("e0", "70", "71", "72", "74", "75"),
    "tsl2591": ("a0", "a1", "e", "20"),
    "veml7700": ("00", "03"),
    "mcp9808": ("01", "04", "08"),
    "vl53l1x": ("0001", "0087"),
    "tf-luna-pair": ("20", "21", "22", "29"),
}
"""By the facts: what writes a memory, starts, stops, sets, heats or calibrates."""


def test_every_part_but_the_bh1750_has_a_list_of_what_must_not_be_sent() -> None:
    assert set(WITH_DRIVER) - FORBIDDEN.keys() == {"bh1750"}


def pluggings(seed: int) -> dict[int, str]:
    """A bus with as many parts as find room, each at its usual address if that is free."""
    chance = random.Random(seed)
    names = [*WITH_DRIVER, *WITHOUT]
    chance.shuffle(names)
    plugged: dict[int, str] = {}
    for name in names[: chance.choice([len(names), chance.randrange(1, len(names))])]:
        usual, *others = probe(name).addresses
        if name in registry.BUILT_IN:
            usual = usual_address(name)
        for address in (usual, *others):
            if address not in plugged:
                plugged[address] = name
                break
    return dict(chance.sample(sorted(plugged.items()), len(plugged)))


def set_going(chance: random.Random, bus: Recorder) -> None:
    """Some parts were in use before: they measure."""
    starts = {"Scd4xModel": "21b1", "Sht3xModel": "2130", "Scd30Model": "001000 0081"}
    starts["Sps30Model"] = "00100300ac"
    for address, one in bus._models.items():
        if type(one).__name__ in starts and chance.random() < 0.7:
            bus.transfer(address, bytes.fromhex(starts[type(one).__name__]))
        if isinstance(one, parts.Tca9548a):
            one.setting = chance.randrange(256)
    bus.time.sleep(chance.choice([0.0, 3.0, 7.0]))


LEFT = (
    "state",
    "measuring",
    "settings",
    "persisted",
    "writes",
    "cleanings",
    "starts",
    "stored",
    "heated_since_ns",
    "_period_ns",
    "_single",
    "status",
    "setting",
    "_format",
)


def condition(bus: Recorder) -> dict[int, dict[str, str]]:
    """What a scan must leave as it is."""
    told = {}
    for address, one in bus._models.items():
        told[address] = {name: repr(getattr(one, name)) for name in LEFT if hasattr(one, name)}
        if isinstance(one, parts.Registers):
            told[address]["written"] = repr([at for at, _ in one.written if at != 0xD0])
    return told


def waiting(bus: Recorder) -> set[int]:
    """Where a measurement waits to be read."""
    return {address for address, one in bus._models.items() if getattr(one, "_has_new", False)}


@pytest.mark.parametrize("seed", range(form.rounds(100, 3_000)))
def test_any_plugging_is_scanned_right_and_left_as_it_was(seed: int) -> None:
    chance = random.Random(-seed)
    plugged, bus = pluggings(seed), Recorder()
    for address, name in plugged.items():
        bus.attach(model(name, address))
    bus.step(View(0.0, illuminance=chance.choice([40.0, 300.0, 9_000.0])))
    bus.time.sleep(1.0)
    set_going(chance, bus)
    before, unread = condition(bus), waiting(bus)
    bus.seen.clear()
    scan = i2c.scan(bus)
    assert scan.problem is None
    assert told(scan) == {address: (name,) for address, name in plugged.items()}
    assert [found.address for found in scan.found] == sorted(plugged)
    for found in scan.found:
        assert found.sureness is probe(found.names[0]).sureness
    assert condition(bus) == before
    assert unread <= waiting(bus)
    for address, name in plugged.items():
        for command in FORBIDDEN.get(name, ()):
            sent = [write.hex() for write in bus.written(address) if len(write) > 1]
            sent += [write.hex() for write in bus.written(address) if name == "sht4x"]
            assert not [one for one in sent if one.startswith(command)], (name, command)
    for address, name in plugged.items():
        if name in registry.BUILT_IN:
            reads(bus, name, address)


def reads(bus: Recorder, name: str, address: int) -> None:
    """Its driver reads it, as if nothing had been."""
    part = registry.part(name)
    if name == PAIR:
        bus.attach(part.model(config(name, address)))  # type: ignore[arg-type]
    driver = part.driver(bus, config(name, address))
    driver.open()
    for _ in range(3):
        driver.poll()
        bus.time.sleep(1.0)
    assert set(driver.read()) <= {quantity.name for quantity in driver.channels}
    driver.close()


@pytest.mark.parametrize(
    ("name", "address", "others"), [("sht3x", 0x44, b"\x89"), ("tsl2591", 0x29, b"\x01\x0f")]
)
def test_who_has_said_who_he_is_is_not_asked_for_another(
    name: str, address: int, others: bytes
) -> None:
    bus = Recorder()
    bus.attach(model(name, address))
    i2c.scan(bus)
    assert others not in bus.written(address)
