"""Whoever is at a serial port is recognised at his speed, and goes on as before."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers import registry
from drivers.contract import SerialModel
from drivers.environment.mhz19.model import Mhz19Model
from drivers.environment.pms.model import PmsModel
from drivers.environment.sds011.model import Sds011Model
from drivers.environment.sps30_uart.model import Sps30UartModel
from drivers.lorawan.families import FAMILIES
from drivers.people.ld2410.model import Ld2410Model
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.tf_luna.model import TfLunaModel
from drivers.probe import SerialProbe, Sureness
from drivers.scanning import known, order, serial
from drivers.scanning.found import Scan
from drivers.simulation.scene import View
from tests.chaos import form
from tests.drivers.environment.serial_rig import Air
from tests.drivers.settled import SceneTime, SettledSerial

PARTS: dict[str, Callable[[], SerialModel]] = {
    "sds011": Sds011Model,
    "pms5003": PmsModel,
    "mh-z19": Mhz19Model,
    "sps30-uart": Sps30UartModel,
    "ld2450": Ld2450Model,
    "tf-luna": TfLunaModel,
    "ld2410": Ld2410Model,
}
SAID: dict[str, tuple[str, ...]] = {name: (name,) for name in PARTS}
SAID["pms5003"] = ("pms5003", "pms7003")


class Port(SettledSerial):
    """Remembers what the host has sent, and at which speed."""

    def __init__(self, path: Path, seed: int = 0) -> None:
        super().__init__(path, seed)
        self.sent: list[tuple[int, bytes]] = []

    def write(self, data: bytes) -> None:
        self.sent.append((self.baudrate, data))
        super().write(data)


@contextmanager
def port_with(folder: Path, model: SerialModel | None, seed: int = 0) -> Iterator[Port]:
    port = Port(folder / "port.tty", seed)
    port.time = SceneTime(port, Air(), step_s=0.05)
    if model is not None:
        port.attach(model)
    try:
        yield port
    finally:
        port.close()
        port.unplug()


def names(scan: Scan) -> list[tuple[str, ...]]:
    assert scan.problem is None
    return [found.names for found in scan.found]


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_part_is_recognised_at_its_speed(tmp_path: Path, name: str) -> None:
    model = PARTS[name]()
    with port_with(tmp_path, model) as port:
        scan = serial.scan(port)
        assert names(scan) == [SAID[name]]
        assert scan.found[0].baudrate == model.baudrate
        assert scan.found[0].sureness is Sureness.CERTAIN
        assert port._tty is None


@pytest.mark.parametrize("name", sorted(PARTS))
def test_whoever_is_expected_is_asked_first(tmp_path: Path, name: str) -> None:
    with port_with(tmp_path, PARTS[name]()) as port:
        assert names(serial.scan(port, expected=[name])) == [SAID[name]]
        speed = port._model.baudrate if port._model else None
        assert {at for at, _ in port.sent} <= {speed}
        assert port.time.now_ns() < 8e9


def test_every_serial_part_has_a_probe_a_speed_and_a_place_in_the_order() -> None:
    for name in registry.BUILT_IN:
        part = registry.part(name)
        if part.bus == "serial":
            assert isinstance(part.probe, SerialProbe)
            assert name in order.SERIAL
            model: Any = part.model(part.config())
            assert model.baudrate == part.probe.baudrate
    there = {name for name, one in known.PROBES.items() if isinstance(one, SerialProbe)}
    there |= {name for name in registry.BUILT_IN if registry.part(name).bus == "serial"}
    assert set(order.SERIAL) == there | FAMILIES.keys()


def test_nobody_is_there(tmp_path: Path) -> None:
    with port_with(tmp_path, None) as port:
        assert serial.scan(port) == Scan([], None)
        assert port.time.now_ns() < 15e9
        assert all(not forbidden(data) for _, data in port.sent)


class Noise(SerialModel):
    def step(self, view: View) -> bytes:
        return bytes(range(40))


def test_noise_is_somebody_whom_nobody_knows(tmp_path: Path) -> None:
    for seed in range(form.rounds(5, 200)):
        with port_with(tmp_path, Noise(), seed) as port:
            port.fault = "noise"
            [found] = serial.scan(port).found
            assert (found.names, found.sureness) == ((), None)
            assert "bytes came that are of no known part" in found.evidence
            assert "at 9600 baud" in found.evidence


def test_a_part_that_is_only_noise_is_not_recognised(tmp_path: Path) -> None:
    with port_with(tmp_path, Ld2450Model()) as port:
        port.fault = "noise"
        assert names(serial.scan(port)) == [()]


def test_a_port_that_disappears_in_mid_scan_is_told(tmp_path: Path) -> None:
    with port_with(tmp_path, Mhz19Model()) as port:
        whole = port.read

        def read() -> bytes:
            if port.time.now_ns() > 1e9:
                port.unplug()
            return whole()

        port.read = read  # type: ignore[method-assign]
        scan = serial.scan(port)
        assert scan.found == []
        assert "went away" in str(scan.problem)
        port.read = whole  # type: ignore[method-assign]


def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    with port_with(tmp_path, None) as port:
        port.unplug()
        scan = serial.scan(port)
        assert scan.problem is not None
        assert "cannot open" in str(scan.problem)
        assert scan.problem.hint


@pytest.mark.parametrize("loses", [0, 1])
def test_a_sleeping_sds011_is_found_and_sleeps_on(tmp_path: Path, loses: int) -> None:
    dust = Sds011Model()
    dust.working, dust.loses, dust._left_to_lose = False, loses, loses
    with port_with(tmp_path, dust) as port:
        scan = serial.scan(port)
        assert names(scan) == [("sds011",)]
        assert "is so again" in scan.found[0].evidence
        port.time.sleep(1.0)
    assert not dust.working


def test_a_sds011_that_is_asked_for_each_value_works_on(tmp_path: Path) -> None:
    dust = Sds011Model()
    dust.reporting = 1
    with port_with(tmp_path, dust) as port:
        assert names(serial.scan(port)) == [("sds011",)]
        port.time.sleep(1.0)
    assert (dust.working, dust.reporting, dust.period) == (True, 1, 0)


def test_a_sds011_with_pauses_of_its_own_is_left_to_them(tmp_path: Path) -> None:
    dust = Sds011Model()
    dust.period, dust.working, dust._left_to_lose = 5, False, 1
    with port_with(tmp_path, dust) as port:
        assert names(serial.scan(port)) == [("sds011",)]
        assert not [data for _, data in port.sent if data[2:5] == b"\x06\x01\x00"]


def test_a_sleeping_pms_is_found_and_sleeps_on(tmp_path: Path) -> None:
    dust = PmsModel()
    dust.awake = False
    with port_with(tmp_path, dust) as port:
        assert names(serial.scan(port)) == [("pms5003", "pms7003")]
        port.time.sleep(1.0)
    assert not dust.awake


def test_a_pms_in_passive_mode_stays_in_it(tmp_path: Path) -> None:
    dust = PmsModel()
    dust.active = False
    with port_with(tmp_path, dust) as port:
        scan = serial.scan(port)
        assert names(scan) == [("pms5003", "pms7003")]
        assert "passive mode" in scan.found[0].evidence
    assert (dust.awake, dust.active) == (True, False)


@pytest.mark.parametrize("mode", ["idle", "measuring"])
def test_a_sps30_goes_on(tmp_path: Path, mode: str) -> None:
    dust = Sps30UartModel()
    dust.mode = mode
    with port_with(tmp_path, dust) as port:
        assert names(serial.scan(port)) == [("sps30-uart",)]
    assert dust.mode == mode


def test_a_mh_z19_is_never_calibrated_nor_set(tmp_path: Path) -> None:
    air = Mhz19Model()
    with port_with(tmp_path, air) as port:
        assert names(serial.scan(port)) == [("mh-z19",)]
    assert (air.calibrated, air.abc, air.abc_writes, air.range) == (False, True, 0, 5000)


def forbidden(data: bytes) -> bool:
    """What is kept over a power cut: by the facts, whatever part would hear it."""
    return (
        (data[:2] == b"\xff\x01" and data[2] != 0x86)
        or (data[:2] == b"\xaa\xb4" and (data[2] == 5 or (data[2] in (2, 8) and data[3] == 1)))
        or (data[:1] == b"\x5a" and data[2:3] in (b"\x03", b"\x10", b"\x11", b"\x06"))
        or data[:4] == b"\xfd\xfc\xfb\xfa"
        or (data[:1] == b"\x7e" and data[2:3] not in (b"\xd0", b"\xd1", b"\xd2"))
    )


@pytest.mark.parametrize("name", sorted(PARTS))
def test_nothing_is_sent_that_a_part_would_keep(tmp_path: Path, name: str) -> None:
    with port_with(tmp_path, PARTS[name]()) as port:
        serial.scan(port)
        assert [data for _, data in port.sent if forbidden(data)] == []


@pytest.mark.parametrize("name", sorted(PARTS))
def test_its_driver_opens_it_afterwards(tmp_path: Path, name: str) -> None:
    part = registry.part(name)
    with port_with(tmp_path, PARTS[name]()) as port:
        serial.scan(port)
        driver = part.driver(port, part.config())
        driver.open()
        driver.close()


SPOKEN = [
    probe.hear for _, probe in order.serial() if isinstance(probe, SerialProbe) and probe.hear
]


def spoken() -> list[bytes]:
    """Half a minute of each part that speaks unasked."""
    said = []
    for make in PARTS.values():
        part = make()
        said.append(b"".join(part.step(View(tenths / 10)) for tenths in range(300)))
    return [stream for stream in said if stream]


def test_bytes_by_chance_are_nobody_and_cut_ones_harm_nobody() -> None:
    chance, streams = random.Random(4), spoken()
    assert len(streams) == 5
    for _ in range(form.rounds(500, 20_000)):
        data = chance.randbytes(chance.randrange(2_000))
        assert [hear(data) for hear in SPOKEN] == [None] * len(SPOKEN)
        stream = chance.choice(streams)
        spoilt = bytearray(stream[chance.randrange(len(stream)) :][:500])
        for _ in range(chance.randrange(20)):
            if spoilt:
                spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        assert sum(hear(bytes(spoilt)) is not None for hear in SPOKEN) <= 1


@pytest.mark.parametrize("number", range(5))
def test_each_is_heard_in_what_it_says_and_nobody_else(number: int) -> None:
    stream = spoken()[number]
    assert sum(hear(stream[3:2_000]) is not None for hear in SPOKEN) == 1
