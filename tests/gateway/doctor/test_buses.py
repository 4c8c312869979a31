"""Devices that are there, that are not, and that somebody may not use."""

import grp
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.doctor import Verdict, buses, rights
from gateway.doctor.check import Check
from gateway.doctor.rights import Account
from tests.gateway.doctor.patient import cure, node

STRANGER = Account("gateway", 64_999, frozenset({64_998}))


@pytest.fixture
def tty() -> Iterator[str]:
    """A real terminal of our own."""
    ours, theirs = os.openpty()
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def serial(folder: Path, device: str) -> Check:
    text = f"{{type: serial, device: {device}}}"
    [check] = buses.checks(node(folder, bus=text, driver="ld2450"))
    return check


def starts_as(account: Account | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What systemd of another computer would say."""
    monkeypatch.setattr(rights, "of_service", lambda: account)


def test_a_simulated_bus_is_named_as_such(tmp_path: Path) -> None:
    [check] = buses.checks(node(tmp_path))
    assert (check.verdict, check.evidence) == (Verdict.WELL, "i2c, simulated")


def test_a_channel_has_the_device_of_its_wire(tmp_path: Path) -> None:
    bus = "{type: i2c, device: /dev/i2c-77}, door: {type: i2c-mux, parent: main, channel: 0}"
    main, door = buses.checks(node(tmp_path, bus=bus))
    assert (main.name, door.name) == ("bus main", "bus door")
    assert main.evidence == door.evidence
    assert door.evidence.startswith("is not there: /dev/i2c-77")


@pytest.mark.parametrize(
    ("bus", "driver", "told"),
    [
        ("{type: i2c, device: /dev/i2c-77}", "bme280", "raspi-config nonint do_i2c 0"),
        ("{type: serial, device: /dev/ttyUSB77}", "ld2450", "ls -l /dev/serial/by-id"),
        ("{type: gpio, chip: 77}", "pir, options: {line: 22}", "ls /dev/gpiochip*"),
        ("{type: onewire, device: /dev/w1}", "ds18b20", "dtoverlay=w1-gpio"),
    ],
)
def test_a_device_that_is_not_there(tmp_path: Path, bus: str, driver: str, told: str) -> None:
    [check] = buses.checks(node(tmp_path, bus=bus, driver=driver))
    assert check.evidence.startswith("is not there: /dev/")
    assert told in cure(check)


def test_a_file_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "radar").write_text("")
    assert serial(tmp_path, f"{tmp_path}/radar").evidence.startswith("is no device: ")


def test_a_device_that_this_user_may_use(tmp_path: Path, tty: str, monkeypatch: Any) -> None:
    starts_as(None, monkeypatch)
    check = serial(tmp_path, tty)
    assert check.verdict is Verdict.WELL
    assert check.evidence.endswith("as whom the service runs is not known")


def test_a_group_to_join(tmp_path: Path, tty: str, monkeypatch: Any) -> None:
    starts_as(STRANGER, monkeypatch)
    Path(tty).chmod(0o660)
    if os.geteuid() == 0:  # of others it has the group tty already, where devpts is mounted so
        os.chown(tty, -1, grp.getgrnam("tty").gr_gid)
    group = grp.getgrgid(Path(tty).stat().st_gid).gr_name
    check = serial(tmp_path, tty)
    assert "gateway may not read and write it" in check.evidence
    assert f"crw-rw---- {rights.name_of(os.geteuid())}:{group}" in check.evidence
    assert cure(check).startswith(f"sudo usermod -aG {group} gateway; ")


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_a_device_that_no_group_may_use(
    tmp_path: Path, tty: str, mode: int, monkeypatch: Any
) -> None:
    starts_as(STRANGER, monkeypatch)
    Path(tty).chmod(mode)
    if os.geteuid() == 0:
        os.chown(tty, -1, grp.getgrnam("tty").gr_gid)
    assert "no login shell" in cure(serial(tmp_path, tty))


def test_who_is_in_the_group_may(tmp_path: Path, tty: str, monkeypatch: Any) -> None:
    group = Path(tty).stat().st_gid
    Path(tty).chmod(0o660)
    starts_as(STRANGER._replace(groups=frozenset({group})), monkeypatch)
    check = serial(tmp_path, tty)
    assert check.verdict is Verdict.WELL
    assert check.evidence.startswith(f"{tty} is there and gateway may use it")


def one_wire(folder: Path) -> Check:
    bus = f"{{type: onewire, device: {folder}}}"
    [check] = buses.checks(node(folder, bus=bus, driver="ds18b20"))
    return check


def test_a_one_wire_bus_without_a_pin(tmp_path: Path) -> None:
    check = one_wire(tmp_path)
    assert check.evidence.startswith("has no pin: no w1_bus_master in")
    assert "dtoverlay=w1-gpio" in cure(check)


def test_a_one_wire_bus_with_its_devices(tmp_path: Path) -> None:
    for name in ("w1_bus_master1", "28-0123456789ab", "28-0123456789ac"):
        (tmp_path / name).mkdir()
    check = one_wire(tmp_path)
    assert (check.verdict, check.evidence) == (
        Verdict.WELL,
        f"{tmp_path} is there, with 2 devices",
    )
