"""The full check of a log: SQLite's, each row's, the account of all numbers, and the legend."""

from collections.abc import Iterable

import msgspec

from gateway.buffer import legend
from gateway.buffer.account import LIMIT, Account
from gateway.buffer.identities import Segment
from gateway.buffer.legend import Legend
from gateway.buffer.rows import Row
from gateway.buffer.view import LogView, Progress
from gateway.clock import Clock
from gateway.errors import StoreDamaged
from gateway.model import Numbers

LEGEND_S = 1.0
"""A gateway that is running writes the legend just after the commit that it belongs to."""

DAMAGED = "the file is damaged"
HEAL = "restart the gateway, it heals the log: systemctl restart gateway; then see dmesg | tail"
REPORT = "keep a copy of the log with its -wal and .legend, and report it: no uplink is told of it"


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong, the evidence, and the one thing to do."""

    problem: str
    evidence: str
    cure: str


class Audit(msgspec.Struct):
    """What was looked at, and what is wrong with it.

    The account `begins` with that epoch and number; null in an empty log. `missing` and `twice`
    are ranges [epoch, first, last], and `broken` positions of rows that are not what was written:
    at most LIMIT of each, the newest.
    """

    path: str
    rows: int = 0
    begins: tuple[int, int] | None = None
    broken: list[int] = msgspec.field(default_factory=list)
    broken_n: int = 0
    missing: list[Numbers] = msgspec.field(default_factory=list)
    missing_n: int = 0
    twice: list[Numbers] = msgspec.field(default_factory=list)
    twice_n: int = 0
    flaws: list[Flaw] = msgspec.field(default_factory=list)


def audit(view: LogView, clock: Clock, progress: Progress) -> Audit:
    """Check everything, in one state of the log. Raises StoreError but for damage."""
    found = Audit(str(view.path))
    try:
        with view.still():
            progress("the file", 0, 0)
            found.flaws += [Flaw(DAMAGED, told, HEAL) for told in view.integrity()]
            _check_rows(view, found, progress)
            found.flaws += _cursor_flaws(view)
            progress("the legend", 0, 0)
            found.flaws += _legend_flaws(view, clock)
    except StoreDamaged as damage:
        found.flaws.append(Flaw(DAMAGED, str(damage), HEAL))
    found.flaws += _row_flaws(found)
    return found


def beyond_reading(path: str, damage: StoreDamaged) -> Audit:
    """What is said of a log that cannot even be opened."""
    return Audit(path, flaws=[Flaw(DAMAGED, str(damage), HEAL)])


def _check_rows(view: LogView, found: Audit, progress: Progress) -> None:
    """From the newest to where every uplink is."""
    account, last = Account(), view.last_position
    delivered = min(view.cursors.values(), default=0)
    oldest = 0
    for span in view.spans_back(delivered + 1, last):
        rows = view.rows(span)
        found.rows += len(rows.rows) + len(rows.broken)
        broken = [*rows.broken, *_take(account, view, reversed(rows.rows))]
        found.broken_n += len(broken)
        found.broken += sorted(broken, reverse=True)[: LIMIT - len(found.broken)]
        oldest = min([*(row.position for row in rows.rows), *rows.broken])
        progress("the rows", last - span.first, last - delivered)
    # An uplink that is new has everything before it from nowhere: what was there went to others.
    if oldest:
        found.begins = view.identities.of(delivered + 1 if delivered else oldest)
        account.end(*found.begins)
    _check_delivered(view, found, delivered, progress)
    found.missing, found.missing_n = account.missing, account.missing_n
    found.twice, found.twice_n = account.twice, account.twice_n


def _take(account: Account, view: LogView, rows: Iterable[Row]) -> list[int]:
    """Account for the rows; returns the positions of those that make no sense."""
    broken = []
    for row in rows:
        try:
            account.row(row, *view.identities.of(row.position))
        except (ValueError, TypeError):  # rows of schema 1 carry no check
            broken.append(row.position)
    return broken


def _check_delivered(view: LogView, found: Audit, upto: int, progress: Progress) -> None:
    """What every uplink has may be gone already, but what is there is genuine."""
    for span in view.spans(1, upto):
        rows = view.rows(span)
        found.rows += len(rows.rows) + len(rows.broken)
        found.broken_n += len(rows.broken)
        found.broken += rows.broken[: LIMIT - len(found.broken)]
        progress("the delivered rows", span.last, upto)


def _row_flaws(found: Audit) -> list[Flaw]:
    flaws = []
    if found.broken_n:
        told = f"{found.broken_n} rows, at the positions {_some(map(str, found.broken))}"
        flaws.append(Flaw("rows are not what was written", told, HEAL))
    if found.missing_n:
        told = f"{found.missing_n} numbers: {_some(map(_plain, found.missing))}"
        flaws.append(Flaw("numbers are missing, and no record says why", told, REPORT))
    if found.twice_n:
        told = f"{found.twice_n} numbers: {_some(map(_plain, found.twice))}"
        flaws.append(Flaw("numbers are there twice", told, REPORT))
    return flaws


def _cursor_flaws(view: LogView) -> list[Flaw]:
    last = view.last_position
    return [
        Flaw(
            f"uplink {name} is said to have more than there is",
            f"its cursor is at {position}, the newest row at {last}",
            "restart the gateway, it puts it right: systemctl restart gateway",
        )
        for name, position in view.cursors.items()
        if position > last
    ]


def _legend_flaws(view: LogView, clock: Clock) -> list[Flaw]:
    told = _disagreement(view, legend.read(view.path))
    if told:
        clock.sleep(LEGEND_S)
        told = _disagreement(view, legend.read(view.path))
    cure = "restart the gateway, it writes the legend anew: systemctl restart gateway"
    return [Flaw("the legend does not explain the log", told, cure)] if told else []


def _disagreement(view: LogView, known: Legend | None) -> str:
    """What the legend does not know, or knows differently; "" if it explains everything."""
    if known is None:
        return f"{legend.path_of(view.path)} is missing or damaged"
    if view.session not in known.sessions:
        return "the log is not the one that was written last, or has lost its write-ahead log"
    layouts = {(one.number, one.layout) for one in known.layouts}
    boots = {(number, boot) for number, boot, _ in known.boots}
    segments = {Segment(*one) for one in known.segments}
    unknown = {
        "layouts": sorted(map(str, view.dictionary.layouts.items() - layouts)),
        "boots": sorted(map(str, view.dictionary.boots.items() - boots)),
        "epochs": sorted(map(str, set(view.identities.segments) - segments)),
    }
    return "; ".join(f"other {what}: {_some(ones)}" for what, ones in unknown.items() if ones)


def _plain(numbers: Numbers) -> str:
    epoch, first, last = numbers
    return f"{epoch}:{first}" if first == last else f"{epoch}:{first}-{last}"


def _some(told: Iterable[str], most: int = 10) -> str:
    ones = list(told)
    return ", ".join(ones[:most]) + (", ..." if len(ones) > most else "")
