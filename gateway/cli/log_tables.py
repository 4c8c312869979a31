"""The log in tables, for people."""

from collections.abc import Iterable, Iterator
from itertools import islice

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from gateway.buffer.audit import Audit
from gateway.buffer.overview import Overview, RowTime
from gateway.model import Gap, Instant, Reason, StoredGap, rfc3339

PAGE = 500
"""Gap records in one table, so that any number of them needs little memory."""

EPOCHS = 10
"""The newest epochs are shown; each power cut or change of the card makes one."""

_MEANINGS = {
    Reason.UNCLEAN_STOP: "the power was cut; what was not on the card yet is lost",
    Reason.NOT_MEASURED: "the sensor did not answer, or the gateway did not run",
    Reason.THINNED: "merged to save room",
    Reason.DROPPED: "deleted to save room",
    Reason.REFUSED: "the far side of an uplink does not take it",
    Reason.STORE_DAMAGED: "the log was damaged, and this could not be read any more",
}


def show(told: Overview) -> None:
    """Everything of `gateway buffer show`."""
    console = Console(markup=False)
    used = f"{told.used_bytes / 1e6:.1f} MB of {told.limit_bytes / 1e6:.1f} MB used"
    waiting = "nothing" if told.journal is None else f"{told.journal.rows} rows"
    console.print(
        f"{told.path}: {told.rows} rows, {used} ({_share(told)})",
        f"oldest: {_row(told.oldest)}",
        f"newest: {_row(told.newest)}",
        f"in the journal, not in the log yet: {waiting}",
        sep="\n",
        soft_wrap=True,
    )
    console.print(_kinds(told), _uplinks(told), _epochs(told))
    for line in _remarks(told):
        console.print(f"! {line}", style="yellow", soft_wrap=True)


def gaps(found: Iterable[StoredGap]) -> None:
    """Tables of gap records, in order."""
    console, records = Console(markup=False), iter(found)
    page = list(islice(records, PAGE))
    if not page:
        console.print("the log has no gap record")
    while page:
        table = Table("from, to", "sensor", "readings", "numbers", "what happened", box=SIMPLE)
        table.columns[0].no_wrap = True
        for one in page:
            table.add_row(*_gap(one))
        console.print(table)
        page = list(islice(records, PAGE))


def verdict(found: Audit) -> None:
    """What `gateway buffer verify` has found."""
    console = Console(markup=False)
    for flaw in found.flaws:
        console.print(f"! {flaw.problem}: {flaw.evidence}", style="red", soft_wrap=True)
        console.print(f"  -> {flaw.cure}", soft_wrap=True)
    if not found.flaws:
        told = f"{found.path} is well: {found.rows} rows{_begins(found)}"
        console.print(told, soft_wrap=True)


def _begins(found: Audit) -> str:
    if found.begins is None:
        return ""
    epoch, number = found.begins
    return f", and every number from {epoch}:{number} on is there or accounted for"


def _share(told: Overview) -> str:
    return f"{told.used_bytes / told.limit_bytes:.0%}" if told.limit_bytes else "full"


def _row(row: RowTime | None) -> str:
    if row is None:
        return "none"
    age = "" if row.age_s is None else f", {_duration(row.age_s)} ago"
    when = row.utc or f"{row.up_s:.0f} s after boot {row.boot}, UTC not known"
    return f"{when}{age} ({row.epoch}:{row.number}, position {row.position})"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _kinds(told: Overview) -> Table:
    table = Table("rank", "step", "rows")
    for kind in told.kinds:
        table.add_row(kind.rank, _step(kind.step_s), str(kind.rows))
    for reason, rows in told.gaps.items():
        table.add_row("gap record", reason.replace("_", " "), str(rows))
    return table


def _step(step_s: int) -> str:
    return "as measured" if step_s == 0 else _duration(step_s)


def _uplinks(told: Overview) -> Table:
    table = Table("uplink", "has up to position", "still to deliver", "oldest of it")
    for uplink in told.uplinks:
        cursor = "nothing yet" if uplink.cursor is None else str(uplink.cursor)
        table.add_row(uplink.name, cursor, str(uplink.backlog), _row(uplink.oldest))
    return table


def _epochs(told: Overview) -> Table:
    table = Table("epoch", "numbers")
    if len(told.epochs) > EPOCHS:
        table.add_row("...", f"{len(told.epochs) - EPOCHS} older ones")
    for one in told.epochs[-EPOCHS:]:
        table.add_row(str(one.epoch), f"{one.first} to {one.last}")
    return table


def _remarks(told: Overview) -> Iterator[str]:
    if told.journal is not None and told.journal.bad:
        yield f"{told.journal.bad} records of {told.journal.path} cannot be read"
    if told.unreadable:
        yield f"{told.unreadable} rows are of no known kind; see gateway buffer verify"
    if told.damaged:
        yield f"the log was damaged once and healed; the old one is in {told.damaged}"
    for folder in told.healing:
        yield f"the log was damaged and is being healed; the old one is in {folder}"


def _gap(stored: StoredGap) -> tuple[str, ...]:
    gap, numbers = stored.gap, stored.gap.numbers
    since = "not known" if stored.since is None else _moment(stored.since)
    return (
        f"{since}\n{_moment(stored.at)}",
        gap.sensor or "all",
        "not known" if gap.n is None else str(gap.n),
        "" if numbers is None else f"{numbers.epoch}:\n{numbers.first}-{numbers.last}",
        f"{gap.reason.replace('_', ' ')}: {_meaning(gap)}",
    )


def _moment(at: Instant) -> str:
    try:
        return rfc3339(at.utc_ns) if at.utc_ns is not None else _undated(at)
    except (ValueError, OverflowError):  # a time that no calendar has
        return _undated(at)


def _undated(at: Instant) -> str:
    return f"{at.up_ns / 1e9:.0f} s after boot {at.boot}"


def _meaning(gap: Gap) -> str:
    means = _MEANINGS[gap.reason]
    if gap.reason is Reason.THINNED:
        return f"{gap.rank.name.lower()}s {means}: one for each {_step(gap.step_s)}"
    if gap.reason is Reason.DROPPED:
        return f"{gap.rank.name.lower()}s {means}"
    if gap.reason is Reason.UNCLEAN_STOP and gap.n == 0:
        return "the gateway was killed and started again; nothing is lost"
    return means
