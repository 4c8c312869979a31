"""The import contracts hold, and each of them breaks when it is violated."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
VIOLATIONS = [
    ("drivers-apart", "drivers/registry.py", "import gateway.errors"),
    ("layers", "gateway/buffer/store.py", "import gateway.delivery"),
    ("layers", "gateway/uplink/mqtt.py", "import gateway.encoding.native"),
    ("layers", "gateway/model.py", "import gateway.config.values"),
    ("layers", "gateway/health.py", "import gateway.announcements"),
    ("layers", "gateway/airtime/rules.py", "import gateway.config.values"),
    ("layers", "gateway/unplaced.py", ""),
    ("layers", "gateway/capture/capture.py", "import gateway.sampling.sensor"),
    ("layers", "gateway/status.py", "import gateway.scanning"),
    ("pure-drivers", "drivers/environment/bme280/codec.py", "import datetime"),
    ("pure-drivers", "drivers/people/direction.py", "import os"),
    ("pure-drivers", "drivers/environment/framing.py", "import select"),
    ("pure-drivers", "drivers/environment/sensirion.py", "import random"),
    ("pure-drivers", "drivers/environment/sgp40/voc_index.py", "import random"),
    ("pure-drivers", "drivers/lorawan/airtime.py", "import random"),
    ("pure-drivers", "drivers/lorawan/radio/frames.py", "import random"),
    ("pure-drivers", "drivers/lorawan/dialogue.py", "import threading"),
    ("pure-drivers", "drivers/lorawan/lora_e5/codec.py", "import random"),
    ("pure-encodings", "gateway/encoding/native.py", "import logging"),
    ("pure-encodings", "gateway/encoding/schemas.py", "import pathlib"),
    ("pure-encodings", "gateway/encoding/compact/frames.py", "import sys"),
    ("pure-conditioning", "gateway/conditioning/plausibility.py", "import threading"),
    ("pure-conditioning", "gateway/conditioning/averaging.py", "import logging"),
    ("layers", "gateway/conditioning/conditioner.py", "import gateway.encoding.native"),
    ("pure-occupancy", "gateway/occupancy/balance.py", "import datetime"),
    ("layers", "gateway/sampling/grid.py", "import gateway.occupancy.balance"),
    ("layers", "gateway/fleet/rights.py", "import gateway.uplink.contract"),
    ("pure-fleet", "gateway/fleet/acl.py", "from pathlib import Path"),
    ("pure-airtime", "gateway/airtime/joining.py", "import datetime"),
    ("pure-airtime", "gateway/airtime/rules.py", "import os"),
    ("pure-notice", "gateway/notice/page.py", "import os"),
    ("pure-reference-count", "gateway/reference_count/windows.py", "import datetime"),
    ("layers", "gateway/reference_count/kept.py", "import gateway.buffer.view"),
    ("pure-privacy", "gateway/privacy/carrying.py", "import random"),
    ("pure-privacy", "gateway/privacy/walking.py", "import threading"),
    ("layers", "gateway/privacy/protection.py", "import gateway.delivery.live"),
    ("layers", "gateway/buffer/protected.py", "import gateway.privacy.carrying"),
    ("layers", "gateway/notice/facts.py", "import gateway.encoding.native"),
    ("cryptography", "gateway/cli/fleet.py", "from cryptography import x509"),
    ("pure-accounts", "gateway/auditing/repair.py", "import threading"),
    ("models-apart", "drivers/people/ld2450/model.py", "import drivers.people.ld2450.codec"),
    (
        "models-apart",
        "drivers/environment/sensirion_model.py",
        "from drivers.environment import sensirion",
    ),
    ("models-apart", "drivers/environment/sht4x/model.py", "import drivers.environment.sensirion"),
    (
        "models-apart",
        "drivers/lorawan/la66/console_model.py",
        "import drivers.people.ld2450.codec",
    ),
    ("ports-only", "drivers/people/pir/driver.py", "import drivers.bus.linux_gpio"),
    ("ports-only", "drivers/environment/ds18b20/driver.py", "import drivers.bus.linux_onewire"),
    ("ports-only", "drivers/environment/pms/probe.py", "import drivers.bus.linux_serial"),
    ("ports-only", "drivers/scanning/i2c.py", "import drivers.bus.linux_i2c"),
    ("ports-only", "drivers/people/tf_luna/driver.py", "import drivers.bus.recorder"),
    ("ports-only", "drivers/lorawan/exchange.py", "import drivers.bus.linux_serial"),
    ("ports-only", "drivers/lorawan/rn2483/driver.py", "import drivers.bus.sim"),
    ("smbus2", "drivers/bus/sim.py", "import smbus2"),
    ("serial", "drivers/people/ld2450/driver.py", "from serial.tools import list_ports"),
    ("gpiozero", "drivers/people/pir/driver.py", "import gpiozero"),
    ("sqlite3", "gateway/cli/status.py", "def later() -> None:\n    import sqlite3"),
    ("paho", "gateway/delivery/forwarder.py", "from paho.mqtt import client"),
    ("paho", "gateway/uplink/mqtt.py", "import paho.mqtt.client"),
    ("cryptography", "gateway/uplink/tls.py", "from cryptography import x509"),
    (
        "cryptography",
        "drivers/lorawan/radio/mac.py",
        "from cryptography.hazmat.primitives.cmac import CMAC",
    ),
    ("greenlet", "gateway/worker.py", "from greenlet import getcurrent"),
    ("yaml", "gateway/config/check.py", "import yaml"),
    ("time", "gateway/delivery/forwarder.py", "import time"),
    ("time", "drivers/environment/bme280/driver.py", "from time import sleep"),
]


def _broken(tree: Path) -> set[str]:
    """Names of the contracts that the tree breaks."""
    done = subprocess.run(
        (Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"),
        check=False,
        capture_output=True,
        text=True,
        cwd=tree,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", done.stdout, re.MULTILINE))
    assert set(verdicts) == set(CONTRACTS.values()), done.stdout + done.stderr
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code and of its contracts."""
    for package in ("drivers", "gateway"):
        shutil.copytree(PROJECT / package, tmp_path / package)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_are_kept(tree: Path) -> None:
    assert _broken(tree) == set()


@pytest.mark.parametrize(("contract", "module", "violation"), VIOLATIONS)
def test_one_wrong_import_breaks_its_contract(
    tree: Path, contract: str, module: str, violation: str
) -> None:
    with (tree / module).open("a") as source:
        source.write(f"\n{violation}\n")
    assert _broken(tree) == {CONTRACTS[contract]}


def test_every_contract_is_seen_to_break() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)
