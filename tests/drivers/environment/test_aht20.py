"""AHT20: recorded answers, the manual's formulas, the driver on the simulated bus, its faults."""

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.environment.aht20 import PART, codec
from drivers.environment.aht20.driver import Aht20, Aht20Config
from drivers.environment.aht20.model import Aht20Model
from drivers.errors import BadData, BusError, WrongDevice
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment import spoilt

# Answers of real parts: the README of bilbobg/aht20, with the values that its author's program
# shows; Chouffy/python_sensor_aht20, pull request 4, which has the bytes only: the values are those
# of the manual's formula.
RECORDED = [
    ("1c 3b 5e 86 88 b2 d2", 23.191071, 31.674576),
    ("1c b8 f5 a5 9c d0 a3", 72.249794, 20.156860),
    ("1c b9 46 75 9c bd 21", 72.373104, 20.153236),
]


@pytest.fixture
def chip() -> Aht20Model:
    return Aht20Model()


@pytest.fixture
def bus(chip: Aht20Model) -> SimulatedI2c:
    bus = SimulatedI2c()
    bus.attach(chip)
    return bus


@pytest.fixture
def driver(bus: SimulatedI2c) -> Aht20:
    driver = Aht20(bus, Aht20Config())
    driver.open()
    return driver


def crc(data: bytes) -> int:
    """Bit by bit, as the manual draws it; neither the codec's table nor the model's division."""
    register = 0xFF
    for byte in data:
        for bit in f"{byte:08b}":
            carry = (register >> 7) ^ int(bit)
            register = (register << 1) & 0xFF
            register ^= 0x31 if carry else 0
    return register


def answer(humidity: int, temperature: int, status: int = 0x1C) -> bytes:
    said = bytes([status]) + (humidity << 20 | temperature).to_bytes(5, "big")
    return said + bytes([crc(said)])


@pytest.mark.parametrize(("said", "humidity", "temperature"), RECORDED)
def test_recorded_answers_of_real_parts(said: str, humidity: float, temperature: float) -> None:
    found = codec.measurement(bytes.fromhex(said))
    assert found.status == 0x1C
    assert round(codec.humidity(found.humidity) or 0, 6) == humidity
    assert round(codec.temperature(found.temperature) or 0, 6) == temperature


@pytest.mark.parametrize("said", [said for said, *_ in RECORDED])
def test_the_checksum_of_this_file_is_that_of_real_parts(said: str) -> None:
    assert crc(bytes.fromhex(said)[:6]) == bytes.fromhex(said)[6]


@pytest.mark.parametrize(
    ("counts", "humidity", "temperature"),
    [
        (0x80000, 50.0, 50.0),
        (0x60000, 37.5, 25.0),
        (0x40000, 25.0, 0.0),
        (0x20000, 12.5, -25.0),
        (0x10000, 6.25, -37.5),
    ],
)
def test_formulas_where_they_are_exact(counts: int, humidity: float, temperature: float) -> None:
    found = codec.measurement(answer(counts, counts))
    assert codec.humidity(found.humidity) == humidity
    assert codec.temperature(found.temperature) == temperature


def test_the_nibbles_of_the_shared_byte_go_apart() -> None:
    found = codec.measurement(answer(0x12345, 0x6789A))
    assert (found.humidity, found.temperature) == (0x12345, 0x6789A)


def test_outside_the_range_of_the_part_is_no_temperature() -> None:
    assert codec.temperature(52428) is None
    assert codec.temperature(52429) == pytest.approx(-40, abs=0.001)
    assert codec.temperature(707789) == pytest.approx(85, abs=0.001)
    assert codec.temperature(707790) is None


@pytest.mark.parametrize("at", range(7))
@pytest.mark.parametrize("bit", range(8))
def test_each_wrong_bit_of_an_answer_is_seen(at: int, bit: int) -> None:
    spoiled = bytearray(answer(0x60000, 0x60000))
    spoiled[at] ^= 1 << bit
    with pytest.raises(BadData, match="wrong CRC"):
        codec.measurement(bytes(spoiled))


@pytest.mark.parametrize(
    ("celsius", "percent"), [(-40, 0.1), (-7.5, 81), (0, 45), (21.3, 50), (85, 100)]
)
def test_driver_reads_the_air(
    bus: SimulatedI2c, driver: Aht20, celsius: float, percent: float
) -> None:
    bus.step(View(0.0, temperature=celsius, humidity=percent))
    assert driver.read() == {
        "temperature": pytest.approx(celsius, abs=0.0002),
        "humidity": pytest.approx(percent, abs=0.0001),
    }


def test_a_recorded_answer_comes_out_of_the_model(chip: Aht20Model, bus: SimulatedI2c) -> None:
    chip.set_counts(243176, 428210)
    bus.transfer(0x38, b"\xac\x33\x00")
    bus.time.sleep(0.08)
    assert bus.transfer(0x38, b"", 7).hex(" ") == RECORDED[0][0]


def test_the_model_is_busy_until_the_longest_time(bus: SimulatedI2c) -> None:
    bus.transfer(0x38, b"\xac\x33\x00")
    bus.time.sleep(0.0799)
    assert bus.transfer(0x38, b"", 7)[:6].hex() == "9c0000000000"
    bus.time.sleep(0.0001)
    assert bus.transfer(0x38, b"", 1) == b"\x1c"


def test_each_reading_is_a_new_one(bus: SimulatedI2c, driver: Aht20) -> None:
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.001)
    bus.step(View(0.0, temperature=-5))
    assert driver.read()["temperature"] == pytest.approx(-5, abs=0.001)


def test_a_part_that_stays_busy_ends_in_bounded_time(
    chip: Aht20Model, bus: SimulatedI2c, driver: Aht20
) -> None:
    chip.stays_busy = True
    began_ns = bus.time.now_ns()
    with pytest.raises(BadData, match="stays busy"):
        driver.read()
    assert bus.time.now_ns() - began_ns < 1_000_000_000
    chip.stays_busy = False
    driver.open()
    assert driver.read()["temperature"] is not None


def test_a_part_that_is_slower_than_the_manual_is_waited_for(
    chip: Aht20Model, bus: SimulatedI2c, driver: Aht20, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.environment.aht20.model._MEASURE_NS", 200_000_000)
    bus.step(View(0.0, temperature=33))
    assert driver.read()["temperature"] == pytest.approx(33, abs=0.001)


def test_an_answer_that_is_busy_in_itself_is_no_value(
    chip: Aht20Model, driver: Aht20, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status before it came garbled, and its old values have a right CRC."""
    answers(chip, monkeypatch, answer(0x60000, 0x60000, 0x9C), status=0x1C)
    with pytest.raises(BadData, match="busy again"):
        driver.read()


def test_a_part_that_has_not_measured_has_no_values(
    chip: Aht20Model, driver: Aht20, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0 % and -50 Cel right after the start: enjoyneering/AHT10, issue 2."""
    answers(chip, monkeypatch, answer(0, 0))
    assert driver.read() == {"temperature": None, "humidity": None}


def test_no_humidity_at_0_counts(chip: Aht20Model, driver: Aht20) -> None:
    chip.set_counts(0, 0x60000)
    assert driver.read() == {"temperature": 25.0, "humidity": None}


def test_outside_the_range_nothing_is_told(chip: Aht20Model, driver: Aht20) -> None:
    chip.set_counts(0x80000, 0xFFFFF)
    assert driver.read() == {"temperature": None, "humidity": None}


@pytest.mark.parametrize("reserved", [0x00, 0x10, 0x14, 0x76])
def test_only_the_documented_bits_of_the_status_count(
    chip: Aht20Model, bus: SimulatedI2c, reserved: int
) -> None:
    """Some parts never set bit 4: espressif/esp-iot-solution, pull request 612."""
    chip.reserved = reserved
    driver = Aht20(bus, Aht20Config())
    driver.open()
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.001)


def test_an_aht10_has_no_crc_and_is_named(chip: Aht20Model, driver: Aht20) -> None:
    chip.has_crc = False
    with pytest.raises(BadData, match="wrong CRC") as caught:
        driver.read()
    assert "AHT10" in caught.value.hint


@pytest.mark.parametrize("pins", [0xFF, 0x08, 0xA5])
def test_a_port_expander_is_refused_and_nothing_is_written_to_it(
    chip: Aht20Model, bus: SimulatedI2c, monkeypatch: pytest.MonkeyPatch, pins: int
) -> None:
    """Its outputs would switch: a PCF8574A puts out whatever it is sent."""
    written: list[bytes] = []

    def expander(write: bytes, read: int, now_ns: int) -> bytes:
        written.append(write)
        return bytes([pins]) * read

    monkeypatch.setattr(chip, "transfer", expander)
    with pytest.raises(WrongDevice, match="is no AHT20"):
        Aht20(bus, Aht20Config()).open()
    assert not any(written)


def test_a_data_line_that_touches_ground_is_an_error(
    chip: Aht20Model, bus: SimulatedI2c, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chip, "transfer", lambda write, read, now_ns: bytes(read))
    with pytest.raises(BadData, match="no calibration"):
        Aht20(bus, Aht20Config()).open()


def test_a_part_without_calibration_is_initialised(chip: Aht20Model, bus: SimulatedI2c) -> None:
    chip.calibrates_itself = False
    driver = Aht20(bus, Aht20Config())
    driver.open()
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.001)


def test_a_calibrated_part_is_not_initialised(
    chip: Aht20Model, bus: SimulatedI2c, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts refuse what they do not need: adafruit/Adafruit_CircuitPython_AHTx0, issue 17."""
    original = chip.transfer

    def newer(write: bytes, read: int, now_ns: int) -> bytes | None:
        return None if write[:1] == b"\xbe" else original(write, read, now_ns)

    monkeypatch.setattr(chip, "transfer", newer)
    Aht20(bus, Aht20Config()).open()


def test_a_part_that_takes_no_calibration_is_an_error(chip: Aht20Model, bus: SimulatedI2c) -> None:
    chip.calibrates_itself = chip.accepts_initialisation = False
    with pytest.raises(BadData, match="no calibration"):
        Aht20(bus, Aht20Config()).open()


def test_no_status_is_read_by_a_command(
    chip: Aht20Model, bus: SimulatedI2c, monkeypatch: pytest.MonkeyPatch
) -> None:
    """71 leaves some parts busy for ever: anglerud/aht20-driver, pull request 10."""
    original, written = chip.transfer, set()

    def listening(write: bytes, read: int, now_ns: int) -> bytes | None:
        written.add(write)
        assert not (write and read)
        return original(write, read, now_ns)

    monkeypatch.setattr(chip, "transfer", listening)
    driver = Aht20(bus, Aht20Config())
    driver.open()
    driver.read()
    assert written == {b"", b"\xba", b"\xac\x33\x00"}


def test_open_waits_for_the_power_up(chip: Aht20Model, bus: SimulatedI2c) -> None:
    chip.brown_out(bus.time.now_ns())
    driver = Aht20(bus, Aht20Config())
    driver.open()
    assert driver.read()["humidity"] == pytest.approx(45, abs=0.001)


def test_open_ends_a_measurement_that_hangs(chip: Aht20Model, bus: SimulatedI2c) -> None:
    chip.stays_busy = True
    bus.transfer(0x38, b"\xac\x33\x00")
    Aht20(bus, Aht20Config()).open()
    assert bus.transfer(0x38, b"", 1) == b"\x1c"


def test_a_brown_out_during_a_measurement_is_an_error(
    chip: Aht20Model, driver: Aht20, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = chip.transfer

    def fails(write: bytes, read: int, now_ns: int) -> bytes | None:
        answer = original(write, read, now_ns)
        if write == b"\xac\x33\x00":
            chip.brown_out(now_ns)
        return answer

    monkeypatch.setattr(chip, "transfer", fails)
    with pytest.raises(BusError):
        driver.read()


def test_a_quick_brown_out_during_a_measurement_gives_no_old_values(
    chip: Aht20Model, driver: Aht20, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.read()
    original = chip.transfer

    def fails(write: bytes, read: int, now_ns: int) -> bytes | None:
        answer = original(write, read, now_ns)
        if write == b"\xac\x33\x00":
            chip.brown_out(now_ns - 100_000_000)
        return answer

    monkeypatch.setattr(chip, "transfer", fails)
    assert driver.read() == {"temperature": None, "humidity": None}


def test_a_brown_out_between_measurements_that_costs_the_calibration_is_seen(
    chip: Aht20Model, bus: SimulatedI2c
) -> None:
    chip.calibrates_itself = False
    driver = Aht20(bus, Aht20Config())
    driver.open()
    chip.brown_out(bus.time.now_ns())
    bus.time.sleep(1)
    with pytest.raises(BadData, match="no calibration"):
        driver.read()
    driver.open()
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.001)


def test_pulled_out_and_plugged_in_again(bus: SimulatedI2c, driver: Aht20) -> None:
    bus.detach(0x38)
    with pytest.raises(BusError):
        driver.read()
    bus.attach(Aht20Model())
    driver.open()
    assert driver.read()["temperature"] == pytest.approx(21, abs=0.001)


def test_an_absent_part_is_a_bus_error() -> None:
    with pytest.raises(BusError, match="0x38 does not answer"):
        Aht20(SimulatedI2c(), Aht20Config()).open()


def test_nothing_is_read_before_open_nor_after_close(bus: SimulatedI2c, driver: Aht20) -> None:
    with pytest.raises(BusError, match="before open"):
        Aht20(bus, Aht20Config()).read()
    driver.close()
    with pytest.raises(BusError, match="before open"):
        driver.read()


def test_a_failed_open_leaves_it_closed(bus: SimulatedI2c, driver: Aht20) -> None:
    bus.faults[0x38] = "nack"
    with pytest.raises(BusError):
        driver.open()
    bus.faults.clear()
    with pytest.raises(BusError, match="before open"):
        driver.read()


def test_bytes_that_no_chip_would_say() -> None:
    well, failed = spoilt.survives(PART, form.rounds(5_000, 1_000_000))
    assert well > 1_000
    assert failed > 500


def answers(
    chip: Aht20Model, monkeypatch: pytest.MonkeyPatch, said: bytes, status: int | None = None
) -> None:
    """The part says this from now on."""
    one = said[:1] if status is None else bytes([status])

    def spoken(write: bytes, read: int, now_ns: int) -> bytes:
        return one if read == 1 else said[:read]

    monkeypatch.setattr(chip, "transfer", spoken)
