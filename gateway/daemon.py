"""The main thread of the daemon: signals, watchdog, and the status file.

Signals are blocked and waited for, so no handler ever interrupts anything. systemd's watchdog is
fed only while every worker beats: a node that hangs is restarted rather than pitied.
"""

import logging
import signal
from pathlib import Path

from gateway import status
from gateway.app import Node
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.notify import notify
from gateway.status import Status
from gateway.trouble import Trouble

logger = logging.getLogger(__name__)

TICK_S = 1.0
STATUS_EVERY = 5
"""Ticks between two status files."""

_END = {signal.SIGTERM, signal.SIGINT}


def run(config: Config, simulate: bool = False) -> None:
    """Run the node until SIGTERM or SIGINT. Raises StoreError, or a worker's bug."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _END)
    clock = SystemClock.with_rtc(config.clock.rtc)
    node = Node(config, clock, simulate)
    trouble = Trouble("status file", "cannot be written", clock, logger)
    node.start()
    _tell(node, trouble)
    notify(READY="1")
    logger.info("node %s measures with %d sensors", node.id, len(node.sensors))
    try:
        _watch(node, trouble)
    finally:
        notify(STOPPING="1")
        node.stop()
        _tell(node, trouble, "stopped")


def _watch(node: Node, trouble: Trouble) -> None:
    ticks = 0
    hanging: list[str] = []
    while signal.sigtimedwait(_END, TICK_S) is None:
        ticks += 1
        before, hanging = hanging, node.check()
        if not hanging:
            notify(WATCHDOG="1")
        elif hanging != before:
            logger.critical("hangs: %s; the watchdog is not fed", ", ".join(hanging))
        if ticks % STATUS_EVERY == 0:
            _tell(node, trouble)


def _tell(node: Node, trouble: Trouble, state: str = "") -> None:
    """Say how the node is; that nobody can read it is no reason to stop measuring."""
    told, folder = status.status(node, state), node.config.node.runtime_dir
    try:
        status.write(told, Path(folder))
        trouble.went()
    except OSError as error:
        trouble.came(error, f"is there room? df -h {folder}")
    notify(STATUS=_summary(told))


def _summary(told: Status) -> str:
    """One line for `systemctl status`."""
    for finding in told.findings:
        return f"{finding.about} {finding.problem}: {finding.evidence}"
    backlog = max((uplink.backlog for uplink in told.uplinks), default=0)
    return f"{len(told.sensors)} sensors, {backlog} readings to deliver"
