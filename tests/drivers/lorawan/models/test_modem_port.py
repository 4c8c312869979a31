"""A model behind the simulated serial port of a node: its speed, and its lines in their order."""

from pathlib import Path

import pytest

from drivers.bus.sim import SimulatedSerial
from drivers.lorawan.modem_model import ModemModel
from drivers.simulation.scene import View
from tests.drivers.lorawan.models.bench import Bench
from tests.drivers.lorawan.models.families import FAMILIES, Family

STEP_S = 0.02


def _asked(port: SimulatedSerial, bench: Bench, line: str, seconds: float) -> bytes:
    port.write(f"{line}\r\n".encode())
    heard = b""
    for _ in range(round(seconds / STEP_S)):
        port.step(View(0.0))
        heard += port.read()
        bench.time.sleep(STEP_S)
    return heard


def _port(folder: Path, model: ModemModel) -> SimulatedSerial:
    port = SimulatedSerial(folder / "modem", time=model.time)
    port.attach(model)
    return port


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
def test_it_joins_at_its_speed_and_is_noise_at_another(family: Family, tmp_path: Path) -> None:
    bench = Bench(family.model)
    port = _port(tmp_path, bench.model)
    port.open(family.model.baudrate or 0)
    try:
        for line in (*family.setup, *family.unbound):
            _asked(port, bench, line, 1)
        assert family.joined in _asked(port, bench, family.join, 10)
        port.open(19_200)
        assert family.sent not in _asked(port, bench, family.send, 10)
    finally:
        port.close()
        port.unplug()
