"""A scan of an I2C bus that is not well, or has more on it than parts of ours."""

import errno
import random
from typing import Any

import pytest

from drivers.bus.linux_i2c import i2c_error
from drivers.bus.sim import SimulatedI2c
from drivers.environment.bh1750.model import Bh1750Model
from drivers.environment.bme280.driver import Bme280Config
from drivers.environment.bme280.model import Bme280Model, Bmp280Model
from drivers.environment.scd4x.model import Scd4xModel
from drivers.environment.sht3x.model import Sht3xModel
from drivers.environment.sps30.model import Sps30Model
from drivers.errors import BusErrorKind
from drivers.probe import Sureness
from drivers.scanning import i2c
from drivers.scanning.found import Scan
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment.spoilt import SpoiltI2c
from tests.drivers.scanning.parts import (
    Channel,
    Ds3231,
    PortExpander,
    Random,
    Recorder,
    Registers,
    Tca9548a,
    Vl53l0x,
)


def told(scan: Scan) -> dict[int | None, tuple[str, ...]]:
    return {found.address: found.names for found in scan.found}


def bus_with(*models: Any) -> Recorder:
    bus = Recorder()
    for model in models:
        bus.attach(model)
    return bus


def test_a_part_that_is_busy_is_found_half_a_second_later() -> None:
    bus = bus_with(scd4x := Scd4xModel(), sht3x := Sht3xModel())
    bus.transfer(0x62, b"\x3f\x86")  # stopping: half a second without an acknowledge
    bus.transfer(0x44, b"\x24\x00")
    scan = i2c.scan(bus)
    assert told(scan) == {0x62: ("scd4x",), 0x44: ("sht3x",)}
    assert (scd4x.state, sht3x.status) == ("idle", 0x8010)


@pytest.mark.parametrize("start", ["21b1", "21ac"])
def test_a_scd4x_that_measures_is_recognised_and_measures_on(start: str) -> None:
    bus = bus_with(scd4x := Scd4xModel())
    bus.transfer(0x62, bytes.fromhex(start))
    bus.time.sleep(31)
    [found] = i2c.scan(bus).found
    assert (found.names, found.sureness) == (("scd4x",), Sureness.CERTAIN)
    assert found.evidence == "measuring, CRCs right"
    assert (scd4x.state, scd4x._has_new, scd4x.persisted) == ("measuring", True, 0)


def test_an_idle_scd4x_tells_its_variant_and_its_serial_number() -> None:
    [found] = i2c.scan(bus_with(Scd4xModel())).found
    assert found.evidence == "SCD41, idle, serial number f8969f073bbe, CRCs right"


def test_a_stuck_bus_is_told_once_and_soon() -> None:
    bus = bus_with(Bme280Model())
    bus.faults = dict.fromkeys(range(128), "timeout")
    for address in range(128):
        bus.attach(Registers(address))
    scan = i2c.scan(bus)
    assert scan.found == []
    assert scan.problem is not None
    assert scan.problem.kind is BusErrorKind.TIMEOUT
    assert "SDA or SCL is stuck low" in scan.problem.hint
    assert len(bus.seen) == 3


def test_a_bus_that_gets_stuck_in_mid_scan_keeps_what_was_found_before() -> None:
    bus = bus_with(Bme280Model(), Sht3xModel())
    whole = bus.transfer

    def transfer(address: int, write: bytes, read: int = 0) -> bytes:
        if any(at == 0x44 and sent == b"\xf3\x2d" for at, sent, _ in bus.seen):
            raise i2c_error(errno.ETIMEDOUT, address)
        return whole(address, write, read)

    bus.transfer = transfer  # type: ignore[method-assign]
    scan = i2c.scan(bus)
    assert scan.problem is not None
    assert scan.problem.kind is BusErrorKind.TIMEOUT
    assert (0x44, ()) in told(scan).items()


def test_one_part_that_holds_the_bus_is_told_and_the_others_are_found() -> None:
    bus = bus_with(Bme280Model(), Sht3xModel(), Registers(0x20))
    bus.faults[0x20] = "timeout"
    scan = i2c.scan(bus)
    assert scan.problem is None
    assert told(scan) == {0x20: (), 0x44: ("sht3x",), 0x76: ("bme280",)}
    assert "holds the bus" in scan.found[0].evidence


def test_a_line_held_low_is_no_hundred_parts() -> None:
    bus = bus_with(*(Registers(address) for address in range(0x08, 0x78)))
    scan = i2c.scan(bus)
    assert scan.found == []
    assert scan.problem is not None
    assert "as if SDA were low" in str(scan.problem)
    assert all(address >= 0x70 for address, write, _ in bus.seen if write)


def test_a_bus_that_is_gone_is_told_at_once() -> None:
    class Gone(SimulatedI2c):
        asked = 0

        def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
            self.asked += 1
            raise i2c_error(errno.ENODEV, address)

    bus = Gone()
    scan = i2c.scan(bus)
    assert scan.problem is not None
    assert (scan.problem.kind, scan.found, bus.asked) == (BusErrorKind.GONE, [], 1)


def test_noise_invents_nobody_and_takes_nobody_for_another() -> None:
    for seed in range(form.rounds(30, 2_000)):
        bus = SpoiltI2c(seed)
        right = {0x76: ("bme280",), 0x44: ("sht3x",), 0x62: ("scd4x",), 0x68: ("ds3231",)}
        for model in (Bme280Model(), Sht3xModel(), Scd4xModel(), Ds3231()):
            bus.attach(model)
        for found in i2c.scan(bus).found:
            assert found.names in ((), right.get(found.address or 0)), (seed, found)


def test_who_answers_by_chance_is_nobody() -> None:
    chance = random.Random(6)
    for _ in range(form.rounds(60, 3_000)):
        bus = bus_with(*(Random(address, chance) for address in chance.sample(range(128), 40)))
        certain = [one for one in i2c.scan(bus).found if one.sureness is Sureness.CERTAIN]
        assert certain == []


@pytest.mark.parametrize("byte", range(256))
def test_who_always_says_the_same_is_nobody_for_certain(byte: int) -> None:
    class Same(Registers):
        def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
            return bytes([byte]) * read

    bus = bus_with(*(Same(address) for address in (0x10, 0x18, 0x23, 0x29, 0x44, 0x59, 0x61)))
    for address in (0x62, 0x69, 0x70, 0x76, 0x77):
        bus.attach(Same(address))
    assert [one for one in i2c.scan(bus).found if one.sureness is Sureness.CERTAIN] == []


def test_who_nobody_knows_is_told_with_those_who_it_is_not() -> None:
    bus = bus_with(Registers(0x20), Registers(0x44))
    unknown, other = i2c.scan(bus).found
    assert (unknown.address, unknown.names, unknown.sureness) == (0x20, (), None)
    assert unknown.evidence == "answers"
    assert other.evidence == "answers, and is none of: sht3x, sht4x"


def test_a_vl53l0x_gets_no_byte_that_it_would_take_for_a_setting() -> None:
    bus = bus_with(distance := Vl53l0x())
    assert told(i2c.scan(bus)) == {0x29: ("vl53l0x",)}
    assert distance.written == []


@pytest.mark.parametrize("pins", [0x01, 0x5A, 0xFE, 0xFF])
def test_a_port_expander_keeps_its_pins(pins: int) -> None:
    bus = bus_with(expander := PortExpander(pins=pins))
    assert told(i2c.scan(bus)) == {0x23: ()}
    assert expander.pins == [pins]


def test_a_bh1750_is_likely_in_the_light_and_in_the_dark_and_switched_off_afterwards() -> None:
    for lux in (0.0, 3.0, 40.0, 1_000.0, 50_000.0):
        bus = bus_with(light := Bh1750Model())
        bus.step(View(0.0, illuminance=lux))
        [found] = i2c.scan(bus).found
        assert (found.names, found.sureness) == (("bh1750",), Sureness.LIKELY), lux
        assert (light._powered, light._time) == (False, 69)


def test_registers_at_the_address_of_a_bh1750_are_none() -> None:
    bus = bus_with(expander := Registers(0x23))
    expander.memory[:] = bytes(range(256))
    assert told(i2c.scan(bus)) == {0x23: ()}
    assert expander.written == []


def test_a_right_crc_alone_is_no_sht3x() -> None:
    bus = bus_with(other := Sht3xModel())
    other.status = 0x4000  # a bit that is always zero
    assert told(i2c.scan(bus)) == {0x44: ()}


def test_a_sleeping_sps30_is_not_woken() -> None:
    bus = bus_with(dust := Sps30Model())
    bus.transfer(0x69, b"\x10\x01")
    bus.time.sleep(1)
    i2c.scan(bus)
    assert dust.state == "asleep"


def behind_a_mux(setting: int) -> Recorder:
    """A BMP280 on the bus; a BME280 of another and of the same address behind channels 2 and 5."""
    bus = bus_with(Bmp280Model())
    bus.mux = Tca9548a(setting=setting)
    bus.attach(bus.mux)
    for channel, address in ((2, 0x77), (5, 0x76)):
        bus.behind[channel] = SimulatedI2c()
        config = Bme280Config(address=address)  # type: ignore[arg-type]
        bus.behind[channel].attach(Bme280Model(config))
    return bus


@pytest.mark.parametrize("setting", [0x00, 0x04, 0x20, 0xFF])
def test_what_is_behind_open_channels_is_not_taken_for_the_bus_itself(setting: int) -> None:
    bus = behind_a_mux(setting)
    scan = i2c.scan(bus)
    assert scan.problem is None
    assert told(scan) == {0x70: ("tca9548a",), 0x76: ("bmp280",)}
    assert bus.mux is not None
    assert bus.mux.setting == setting
    assert f"0b{setting:08b}" in scan.found[0].evidence


def test_a_channel_is_one_more_bus() -> None:
    bus = behind_a_mux(0)
    assert told(i2c.scan(Channel(bus, 0x70, 2)))[0x77] == ("bme280",)
    assert told(i2c.scan(Channel(bus, 0x70, 5)))[0x76] == ("bme280",)
    assert 0x77 not in told(i2c.scan(Channel(bus, 0x70, 3)))


def test_addresses_that_answer_elsewhere_are_left_out() -> None:
    bus = behind_a_mux(1 << 5)
    scan = i2c.scan(bus, elsewhere={0x70, 0x76})
    assert told(scan) == {}
    assert {address for address, _, _ in bus.seen} == set(i2c.ADDRESSES) - {0x70, 0x76}


@pytest.mark.parametrize("setting", range(0, 256, 5))
def test_a_mux_has_what_it_had(setting: int) -> None:
    for address in range(0x70, 0x78):
        bus = bus_with(mux := Tca9548a(address, setting))
        assert told(i2c.scan(bus)) == {address: ("tca9548a",)}
        assert mux.setting == setting
