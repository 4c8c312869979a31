"""DS18B20: the datasheet's vectors, 85 degrees true and false, the driver on simulated sysfs."""

import random
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from drivers.bus.sim import SimulatedOneWire
from drivers.environment.ds18b20 import PART, codec
from drivers.environment.ds18b20.driver import Ds18b20, Ds18b20Config
from drivers.environment.ds18b20.model import Ds18b20Model
from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form

POWER_ON = "50 05 4b 46 7f ff 0c 10 1c"
TRUE_85 = "50 05 4b 46 7f ff 10 10 bd"
WARM = "91 01 4b 46 7f ff 0f 10 25"


def told(scratchpad: str, millidegrees: int, well: str = "YES", before: str | None = None) -> bytes:
    """As the kernel writes it; `before` is the scratchpad that it repeats in the second line."""
    return (
        f"{scratchpad} : crc={scratchpad[-2:]} {well}\n{before or scratchpad} t={millidegrees}\n"
    ).encode()


@pytest.mark.parametrize(
    ("scratchpad", "celsius"),
    [
        (TRUE_85, 85.0),
        (WARM, 25.0625),
        ("5e ff 4b 46 7f ff 02 10 b6", -10.125),
        ("a2 00 4b 46 7f ff 0e 10 e5", 10.125),
        ("90 fc 4b 46 7f ff 10 10 ee", -55.0),
    ],
)
def test_scratchpads_with_their_crc(scratchpad: str, celsius: float) -> None:
    assert codec.of_scratchpad(bytes.fromhex(scratchpad)) == celsius
    assert codec.temperature(told(scratchpad, int(celsius * 1000))) == celsius


@pytest.mark.parametrize(
    ("word", "celsius"),
    [
        ("0550", 85),
        ("07D0", 125),
        ("0191", 25.0625),
        ("00A2", 10.125),
        ("0008", 0.5),
        ("0000", 0.0),
        ("FFF8", -0.5),
        ("FF5E", -10.125),
        ("FE6F", -25.0625),
        ("FC90", -55),
    ],
)
def test_temperatures_of_the_datasheet(word: str, celsius: float) -> None:
    body = bytes.fromhex(word)[::-1] + bytes.fromhex("4b467fff0810")
    scratchpad = body + bytes([codec.crc(body)])
    assert codec.of_scratchpad(scratchpad) == celsius
    by_model = Ds18b20Model().step(View(0.0, temperature=celsius)) or b""
    assert by_model.startswith(f"{word[2:]} {word[:2]}".lower().encode())


def test_the_value_of_power_on_is_no_temperature() -> None:
    with pytest.raises(BadData, match="as after power-on") as caught:
        codec.temperature(told(POWER_ON, 85000))
    assert "supply" in caught.value.hint


def test_all_bytes_zero_have_a_right_crc_and_are_no_temperature() -> None:
    assert codec.crc(bytes(8)) == 0
    with pytest.raises(BadData, match="zero"):
        codec.temperature(told("00 00 00 00 00 00 00 00 00", 0))


def test_nobody_answers() -> None:
    with pytest.raises(BadData, match="does not answer"):
        codec.temperature(told("ff ff ff ff ff ff ff ff ff", 0, "NO"))


@pytest.mark.parametrize("well", ["YES", "NO"])
def test_a_wrong_crc_is_bad_whatever_the_kernel_says_of_it(well: str) -> None:
    with pytest.raises(BadData, match="CRC"):
        codec.temperature(told(WARM.replace("91", "93"), 25187, well))


def test_what_the_kernel_calls_wrong_is_bad() -> None:
    with pytest.raises(BadData, match="CRC"):
        codec.temperature(told(WARM, 25062, "NO"))


def test_the_older_scratchpad_in_the_second_line_is_not_taken() -> None:
    with pytest.raises(BadData, match="CRC"):
        codec.temperature(told(WARM.replace("91", "a1"), 25062, "NO", before=WARM))


def test_a_device_that_counts_in_another_way_is_told() -> None:
    with pytest.raises(BadData, match=r"25\.0625 Cel by its bytes, 6\.265 by the kernel"):
        codec.temperature(told(WARM, 6265))
    with pytest.raises(BadData, match="by the kernel"):
        codec.temperature(told(WARM, 0))


def test_beyond_its_range_is_no_value() -> None:
    body = bytes.fromhex("e1074b467fff0f10")
    scratchpad = (body + bytes([codec.crc(body)])).hex(" ")
    assert codec.temperature(told(scratchpad, 126062)) is None


@pytest.mark.parametrize("text", [b"", b"\n", b"t=21000\n", told(WARM, 0)[:40], b"\xff" * 4096])
def test_what_is_no_scratchpad(text: bytes) -> None:
    with pytest.raises(BadData, match="holds no scratchpad"):
        codec.temperature(text)


def test_fuzz() -> None:
    """A turned bit anywhere gives the same temperature or BadData, never another one."""
    dice = random.Random(18)
    text = told(WARM, 25062)
    for _ in range(form.rounds(5_000, 1_000_000)):
        spoilt = bytearray(dice.choice((text, text, dice.randbytes(dice.randrange(100)))))
        for _ in range(dice.randrange(1, 3)):
            if spoilt:
                spoilt[dice.randrange(len(spoilt))] ^= 1 << dice.randrange(8)
        with suppress(BadData):
            assert codec.temperature(bytes(spoilt)) == 25.0625


@pytest.fixture
def bus(tmp_path: Path) -> SimulatedOneWire:
    return SimulatedOneWire(tmp_path / "w1")


def opened(bus: SimulatedOneWire, model: Ds18b20Model, device: str | None = None) -> Ds18b20:
    bus.attach(model)
    driver = Ds18b20(bus, Ds18b20Config(device))
    driver.open()
    return driver


@pytest.mark.parametrize("celsius", [-55, -10.125, -0.4, 0, 21.3, 84.99, 85, 85.01, 125])
def test_the_driver_reads_the_air_of_the_model(bus: SimulatedOneWire, celsius: float) -> None:
    driver = opened(bus, Ds18b20Model())
    bus.step(View(1.0, temperature=celsius))
    assert driver.read() == {"temperature": pytest.approx(celsius, abs=1 / 32)}


def test_each_of_two_is_read_by_its_id(bus: SimulatedOneWire) -> None:
    first, second = "28-000000000001", "28-000000000002"
    drivers = [
        opened(bus, Ds18b20Model(Ds18b20Config(device)), device) for device in (first, second)
    ]
    bus._models[second].resets = True  # type: ignore[attr-defined]
    bus.step(View(1.0, temperature=5.0))
    assert drivers[0].read() == {"temperature": 5.0}
    with pytest.raises(BadData, match="power-on"):
        drivers[1].read()


def test_without_an_id_there_may_be_only_one(bus: SimulatedOneWire) -> None:
    bus.attach(Ds18b20Model(Ds18b20Config("28-000000000001")))
    with pytest.raises(WrongDevice, match="there are 2 DS18B20") as caught:
        opened(bus, Ds18b20Model(Ds18b20Config("28-000000000002")))
    assert "28-000000000001, 28-000000000002" in caught.value.hint


def test_devices_of_other_families_are_left_alone(bus: SimulatedOneWire, tmp_path: Path) -> None:
    (tmp_path / "w1" / "3b-000000000001").mkdir()
    assert opened(bus, Ds18b20Model()).read() == {"temperature": 21.0}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"device": "3b-000000000001"}, Ds18b20Config)


def test_nothing_on_the_bus(bus: SimulatedOneWire) -> None:
    with pytest.raises(BusError, match="a DS18B20 is not on the bus") as caught:
        Ds18b20(bus, Ds18b20Config()).open()
    assert "4.7 kOhm" in caught.value.hint


def test_another_id_on_the_bus_is_told(bus: SimulatedOneWire) -> None:
    with pytest.raises(BusError, match="28-00000000000a is not on the bus") as caught:
        opened(bus, Ds18b20Model(), "28-00000000000a")
    assert caught.value.hint == "there are: 28-00000a1b2c3d"


@pytest.mark.parametrize(
    ("fault", "value", "match"),
    [
        ("resets", True, "power-on"),
        ("answers", False, "does not answer"),
        ("shorted", True, "zero"),
        ("flips", 4, "CRC"),
    ],
)
def test_faults_of_the_wire_are_no_values(
    bus: SimulatedOneWire, fault: str, value: object, match: str
) -> None:
    model = Ds18b20Model()
    driver = opened(bus, model)
    setattr(model, fault, value)
    bus.step(View(1.0))
    with pytest.raises(BadData, match=match) as caught:
        driver.read()
    assert caught.value.hint


def test_pulled_out_and_plugged_in_again(bus: SimulatedOneWire) -> None:
    model = Ds18b20Model()
    driver = opened(bus, model)
    bus.detach(model.device)
    with pytest.raises(BusError, match="is not on the bus"):
        driver.read()
    driver.close()
    driver.close()
    with pytest.raises(DriverError):
        driver.open()
    bus.attach(model)
    driver.open()
    assert driver.read() == {"temperature": 21.0}


def test_read_before_open_is_a_bus_error(bus: SimulatedOneWire) -> None:
    with pytest.raises(BusError, match="before open"):
        Ds18b20(bus, Ds18b20Config()).read()


def test_the_part_as_the_registry_sees_it() -> None:
    assert PART.bus == "onewire"
    assert isinstance(PART.model(PART.config()), Ds18b20Model)
