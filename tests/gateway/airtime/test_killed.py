"""A real process with a real file: what it has sent is charged, wherever it was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.lorawan.airtime import uplink_ns
from gateway.airtime import UNLIMITED, Ledger
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

SENDER = """
import sys
from pathlib import Path
from gateway.airtime import UNLIMITED, Ledger
from tests.gateway.simulated_clock import SimulatedClock

clock = SimulatedClock()
clock.sleep(float(sys.argv[2]))
ledger = Ledger(Path(sys.argv[1]), clock, "radio", UNLIMITED)
while True:
    clock.sleep(ledger.wait_s(11, 5))
    charge = ledger.charge(11, 5)
    print(clock.now_ns(), flush=True)  # on the air
    ledger.settle(charge)
"""
PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("number", range(5))
def test_what_was_sent_is_charged(tmp_path: Path, number: int) -> None:
    path, said = tmp_path / "airtime", tmp_path / "said"
    now_s = 0.0
    for _ in range(2):
        now_s = _life(path, said, now_s, most=7 + 11 * number)
    clock = SimulatedClock()
    clock.sleep(now_s)
    ledger = Ledger(path, clock, "radio", UNLIMITED)
    assert ledger.findings() == []
    told = ledger.told(11, 5)
    sent = len(said.read_text().splitlines())
    assert sent <= told.uplinks <= sent + 2
    assert told.airtime_day_s * 1e9 == pytest.approx(told.uplinks * uplink_ns(11, 5))


def _life(path: Path, said: Path, begin_s: float, most: int) -> float:
    """A process that sends until it is killed; when it sent last."""
    before = _sent(said)
    with said.open("a") as out:
        process = subprocess.Popen(
            (sys.executable, "-c", SENDER, str(path), str(begin_s)),
            stdout=out,
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )
        try:
            until(lambda: _sent(said) > before + most, process.poll)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    return int(said.read_text().split()[-1]) / 1e9


def _sent(said: Path) -> int:
    return said.read_text().count("\n") if said.exists() else 0
