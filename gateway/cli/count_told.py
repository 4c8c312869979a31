"""A check of a counter, as people and programs are told of it."""

from collections.abc import Sequence
from math import ceil, floor

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from gateway.cli.count_times import LocalTimes, span
from gateway.model import rfc3339
from gateway.reference_count import FEW, Check, Compared, Passages, Tally, Window, ns


class Figures(msgspec.Struct, frozen=True):
    """Of one direction or both; the last three null where nobody passed. Shares of 1."""

    reference: int
    counted: int
    errors: int
    error: float | None
    accuracy: float | None
    interval: tuple[float, float] | None


class CheckReport(
    msgspec.Struct, frozen=True, rename={"from_": "from", "inward": "in", "outward": "out"}
):
    """One check; see docs/cli.md."""

    sensor: str
    from_: str
    to: str
    window_s: float
    windows: int
    compared: Compared
    inward: Figures
    outward: Figures
    both: Figures


class Remark(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What is to be said of one window."""

    from_: str
    to: str
    problem: str


class Answer(msgspec.Struct, frozen=True):
    """What `gateway count-check SENSOR` answers."""

    check: CheckReport
    remarks: list[Remark]


class Listing(msgspec.Struct, frozen=True):
    """What `gateway count-check --list` answers."""

    checks: list[CheckReport]


def report(sensor: str, check: Check) -> CheckReport:
    """All figures of a check that is kept."""
    return CheckReport(
        sensor,
        rfc3339(ns(check.from_)),
        rfc3339(ns(check.to)),
        check.window_s,
        check.windows,
        check.compared,
        _figures(check.inward),
        _figures(check.outward),
        _figures(check.both),
    )


def remarks(problems: Sequence[tuple[Window, str]]) -> list[Remark]:
    """For programs."""
    return [
        Remark(rfc3339(window.begin_ns), rfc3339(window.end_ns), problem)
        for window, problem in problems
    ]


def said(problems: Sequence[tuple[Window, str]], times: LocalTimes, now_ns: int) -> list[str]:
    """For people."""
    return [f"{times.from_to(*window, now_ns)}: {problem}" for window, problem in problems]


def show(sensor: str, check: Check, times: LocalTimes, now_ns: int) -> None:
    """A check as a table, and what it means in words."""
    console = Console(markup=False, highlight=False)
    console.print(_heading(sensor, check, times, now_ns), soft_wrap=True)
    table = Table("", "by hand", "counted", "error", "accuracy", "95 % interval", box=SIMPLE)
    for name, one in (("in", check.inward), ("out", check.outward), ("both", check.both)):
        table.add_row(name, str(one.reference), str(one.counted), *_shares(one))
    console.print(table)
    for line in meaning(check):
        console.print(line, soft_wrap=True)


def show_all(kept: Sequence[tuple[str, Check]], times: LocalTimes, now_ns: int) -> None:
    """One line for each check."""
    console = Console(markup=False, highlight=False)
    table = Table("sensor", "when", "by hand", "counted", "accuracy", "95 % interval", box=SIMPLE)
    table.columns[1].no_wrap = True
    for sensor, check in kept:
        both = check.both
        row = (
            sensor,
            times.from_to(ns(check.from_), ns(check.to), now_ns),
            str(both.reference),
            str(both.counted),
        )
        table.add_row(*row, *_shares(both)[1:])
    console.print(table if kept else "no counter was checked yet")


def meaning(check: Check) -> list[str]:
    """The accuracy of both directions in words, and what it leaves out."""
    both = check.both
    if both.interval is None:
        return ["Nobody passed: no accuracy can be told."]
    low, high = (floor(both.interval[0] * 100), ceil(both.interval[1] * 100))
    right = f"of 100 who pass, {low} to {high} are counted right."
    few = f"! {both.reference} people are too few to say more than: {right} Count more of them."
    lines = [few if both.reference < FEW else right.capitalize()]
    if check.compared == "totals":
        lines.append(
            "Only the sums of all windows were compared: who was missed and who was counted twice "
            "may make up for each other, so the accuracy may be lower."
        )
    return lines


def people(count: Passages) -> str:
    """In words."""
    return f"{count.inward} in, {count.outward} out"


def _heading(sensor: str, check: Check, times: LocalTimes, now_ns: int) -> str:
    length = span(round(check.window_s * 1e9))
    windows = "1 window" if check.windows == 1 else f"{check.windows} windows"
    when = times.from_to(ns(check.from_), ns(check.to), now_ns)
    return f"{sensor}, {when} ({windows} of {length})"


def _figures(one: Tally) -> Figures:
    interval = (
        None if one.interval is None else (round(one.interval[0], 4), round(one.interval[1], 4))
    )
    return Figures(
        one.reference,
        one.counted,
        one.errors,
        None if one.error is None else round(one.error, 4),
        None if one.accuracy is None else round(one.accuracy, 4),
        interval,
    )


def _shares(one: Tally) -> tuple[str, str, str]:
    """Error, accuracy and interval in per cent."""
    if one.error is None or one.accuracy is None or one.interval is None:
        return ("-", "-", "-")
    low, high = one.interval
    return (
        f"{one.error * 100:+.1f} %",
        f"{one.accuracy * 100:.1f} %",
        f"{low * 100:.1f} to {high * 100:.1f} %",
    )
