"""`gateway doctor`: what is wrong with this node, and the one thing to do about it."""

import argparse

import msgspec
from rich.console import Console
from rich.text import Text

from gateway import __version__, config
from gateway.cli.verb import CONFIGURATION, FINDING, WELL, add_config_option, print_json
from gateway.clock import SystemClock
from gateway.doctor import Check, Verdict, diagnose, faulty_configuration

EXAMPLE = "gateway doctor --config config/gateway.sim.yaml"

_STYLES = {Verdict.WELL: "green", Verdict.FINDING: "red", Verdict.NOT_LOOKED_AT: "yellow"}


class Diagnosis(msgspec.Struct, frozen=True):
    """The whole document; see docs/cli.md. `verdict` is the worst of its checks."""

    version: str
    verdict: Verdict
    checks: list[Check]


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)


def run(arguments: argparse.Namespace) -> int:
    try:
        loaded = config.load(arguments.config)
    except config.ConfigError as error:
        if not arguments.json:
            raise
        _print([faulty_configuration(arguments.config, error)])
        return CONFIGURATION
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    console = Console(quiet=arguments.json)
    checks = []
    for check in diagnose(loaded, arguments.config, clock):
        _show(console, check)
        checks.append(check)
    if arguments.json:
        _print(checks)
    else:
        console.print(_summary(checks), soft_wrap=True)
    return FINDING if _verdict(checks) is Verdict.FINDING else WELL


def _verdict(checks: list[Check]) -> Verdict:
    given = {check.verdict for check in checks}
    worst_first = (Verdict.FINDING, Verdict.NOT_LOOKED_AT, Verdict.WELL)
    return next(verdict for verdict in worst_first if verdict in given)


def _print(checks: list[Check]) -> None:
    print_json(Diagnosis(__version__, _verdict(checks), checks))


def _show(console: Console, check: Check) -> None:
    """One line, and each finding with its cure, unless the line has said it."""
    verdict = check.verdict.replace("_", " ")
    line = Text(f"{verdict:<13}  ", _STYLES[check.verdict])
    console.print(line.append(f"{check.name}: {check.evidence}", "default"), soft_wrap=True)
    for finding in check.findings:
        if check.evidence != f"{finding.problem}: {finding.evidence}":
            told = f"! {finding.about} {finding.problem}: {finding.evidence}"
            console.print(Text(told, "red"), soft_wrap=True)
        if finding.cure:
            console.print(Text(f"  -> {finding.cure}"), soft_wrap=True)


def _summary(checks: list[Check]) -> str:
    findings = sum(len(check.findings) for check in checks)
    unseen = sum(check.verdict is Verdict.NOT_LOOKED_AT for check in checks)
    told = f"findings: {findings}" if findings else "nothing is wrong"
    return f"{told}; not looked at: {unseen} of {len(checks)}" if unseen else told
