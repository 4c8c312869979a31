"""A node to be looked at, without its daemon unless a status is given."""

from collections.abc import Iterator
from pathlib import Path

from gateway import config
from gateway.clock import Clock, SystemClock
from gateway.doctor.check import Check, Node, Verdict
from gateway.status import Status

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db, {buffer}}}
buses: {{main: {bus}}}
sensors: [{{name: air, driver: {driver}, bus: main}}]
uplinks: [{uplink}]
"""


def node(
    folder: Path,
    *,
    buffer: str = "reserve: 0",
    bus: str = "{type: i2c, simulated: true}",
    driver: str = "bme280",
    uplink: str = "",
    clock: Clock | None = None,
    status: Status | None = None,
) -> Node:
    """One bus with one sensor, in YAML what differs."""
    text = CONFIG.format(folder=folder, buffer=buffer, bus=bus, driver=driver, uplink=uplink)
    return Node(config.parse(text), clock or SystemClock(), status)


def by_name(checks: Iterator[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def cure(check: Check) -> str:
    """Of the one finding that there must be."""
    assert check.verdict is Verdict.FINDING
    [finding] = check.findings
    return finding.cure
