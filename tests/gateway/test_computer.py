"""What the computer tells: true, or None, whatever its files hold."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.computer import Computer
from gateway.encoding.messages import DiskHealth, MemoryHealth
from tests.gateway.made_computer import MadeComputer

ZONE = "sys/class/thermal/thermal_zone0/temp"
ALARM = "sys/class/hwmon/hwmon1/in0_lcrit_alarm"


@pytest.fixture
def computer(tmp_path: Path) -> MadeComputer:
    return MadeComputer(tmp_path)


def test_what_a_raspberry_pi_tells(computer: MadeComputer) -> None:
    assert computer.model == "Raspberry Pi 3 Model B Plus Rev 1.3"
    assert computer.temperature == 48.3
    assert computer.undervoltage is False
    assert computer.memory == MemoryHealth(used=45_056 * 1024, available=612_340 * 1024)
    computer.supply(weak=True)
    assert computer.undervoltage is True


def test_a_pc_is_named_by_its_maker(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path)
    (tmp_path / "sys/firmware/devicetree/base/model").unlink()
    computer.write("sys/class/dmi/id/product_name", "ThinkCentre M700\n")
    assert computer.model == "ThinkCentre M700"


def test_the_processor_s_own_zone_counts_before_a_hotter_one(computer: MadeComputer) -> None:
    computer.write("sys/class/thermal/thermal_zone1/type", "gpu\n")
    computer.write("sys/class/thermal/thermal_zone1/temp", "90000\n")
    assert computer.temperature == 48.3
    computer.write("sys/class/thermal/thermal_zone0/type", "acpitz\n")
    assert computer.temperature == 90.0


def test_a_zone_far_below_zero_is_a_sensor_that_is_not_there(computer: MadeComputer) -> None:
    computer.heat(-274)
    assert computer.temperature is None
    computer.heat(-20)
    assert computer.temperature == -20.0


def test_the_alarm_of_another_monitor_is_none_of_the_supply(computer: MadeComputer) -> None:
    computer.write("sys/class/hwmon/hwmon1/name", "nct6775\n")
    computer.supply(weak=True)
    assert computer.undervoltage is None


def test_what_all_partitions_of_the_card_have_taken_is_written(computer: MadeComputer) -> None:
    computer.card(computer.root, partition_sectors=1_000, card_sectors=3_000)
    disk = computer.disk(computer.root)
    assert disk.written == 3_000 * 512
    assert disk.size is not None
    assert disk.free is not None
    assert 0 < disk.free < disk.size


def test_a_disk_without_partitions(tmp_path: Path) -> None:
    computer = MadeComputer(tmp_path)
    computer.card(tmp_path, partition_sectors=1_000, card_sectors=3_000)
    (tmp_path / "sys/devices/mmcblk0/mmcblk0p2/partition").unlink()
    assert computer.disk(tmp_path).written == 1_000 * 512


def test_a_file_system_without_a_device_tells_its_room_only(computer: MadeComputer) -> None:
    disk = computer.disk(computer.root)
    assert disk.size is not None
    assert disk.written is None


def test_a_folder_that_is_gone_has_no_room(computer: MadeComputer) -> None:
    gone = computer.disk(computer.root / "gone")
    assert gone == DiskHealth(size=None, free=None, written=None)


@pytest.mark.parametrize("made", ["no files", "empty files"])
def test_a_computer_that_tells_nothing(tmp_path: Path, made: str) -> None:
    computer = MadeComputer(tmp_path / "root") if made == "empty files" else Computer(tmp_path)
    if isinstance(computer, MadeComputer):
        computer.card(tmp_path, 1, 2)
        computer.empty()
    assert (computer.model, computer.temperature, computer.undervoltage) == ("", None, None)
    assert computer.memory == MemoryHealth(used=None, available=None)
    assert computer.disk(tmp_path).written is None


@given(st.binary(max_size=60))
def test_files_may_hold_anything(tmp_path_factory: pytest.TempPathFactory, told: bytes) -> None:
    computer = MadeComputer(tmp_path_factory.mktemp("root"))
    computer.card(computer.root, 1, 2)
    for file in computer.root.rglob("*"):
        if file.is_file():
            file.write_bytes(told)
    heat, memory = computer.temperature, computer.memory
    assert heat is None or -50 <= heat <= 200.01
    assert (memory.used, memory.available) == (None, None)
    assert computer.undervoltage is None
    assert isinstance(computer.model, str)
    written = computer.disk(computer.root).written
    assert written is None or written >= 0


def test_a_file_that_is_a_folder_tells_nothing(computer: MadeComputer) -> None:
    (computer.root / ZONE).unlink()
    (computer.root / ZONE).mkdir()
    assert computer.temperature is None


def test_this_computer_tells_of_its_memory_and_its_disk(tmp_path: Path) -> None:
    computer = Computer()
    assert computer.memory.used is not None
    assert computer.memory.available is not None
    assert computer.memory.used > 1_000_000
    assert computer.disk(tmp_path).size is not None
