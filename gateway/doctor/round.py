"""All checks in their order."""

from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.clock import Clock
from gateway.config import Config, ConfigError
from gateway.doctor import buses, captures, computer, daemon, log, time, uplinks
from gateway.doctor.check import Check, Node, ill, judged, well
from gateway.model import Finding

CHECKS: dict[str, Callable[[Node], Iterator[Check]]] = {
    "computer": computer.checks,
    "clock": time.checks,
    "log": log.checks,
    "captures": captures.checks,
    "buses": buses.checks,
    "uplinks": uplinks.checks,
}
"""By what they are about, in their order."""


def diagnose(config: Config, file: str, clock: Clock) -> Iterator[Check]:
    """Each check as soon as it is done. A finding is told once, by the first that sees it."""
    told: set[tuple[str, str]] = set()
    for check in _all(config, file, clock):
        yield _once(check, told)


def faulty_configuration(file: str, error: ConfigError) -> Check:
    """What is said instead of a diagnosis: without a configuration nothing can be looked at."""
    findings = [
        Finding(fault.path or file, fault.problem, 0, f"line {fault.line} of {file}", fault.cure)
        for fault in error.faults
    ]
    return judged("configuration", f"{file} is faulty", findings)


def _all(config: Config, file: str, clock: Clock) -> Iterator[Check]:
    yield well("configuration", _told(config, file))
    status, check = daemon.check(Path(config.node.runtime_dir), clock)
    yield check
    node = Node(config, clock, status)
    for name, checks in CHECKS.items():
        try:
            yield from checks(node)
        except OSError as error:  # a card that dies answers anything with EIO
            cure = "see what the kernel says: dmesg | tail"
            yield ill(name, node.finding(name, "cannot be looked at", str(error), cure))


def _told(config: Config, file: str) -> str:
    node = f"{config.node.municipality}/{config.node.name}"
    return f"{file}: {node}, {len(config.sensors)} sensors, {len(config.uplinks)} uplinks"


def _once(check: Check, told: set[tuple[str, str]]) -> Check:
    fresh = [one for one in check.findings if (one.about, one.problem) not in told]
    told.update((one.about, one.problem) for one in fresh)
    return Check(check.name, check.verdict, check.evidence, fresh)
