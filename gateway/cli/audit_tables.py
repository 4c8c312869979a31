"""How an account of what has come is shown."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from gateway.auditing.verdict import Account, Difference, EpochVerdict, Judgement, Told

SHOWN = 10
"""Ranges of each kind that a person is shown."""

_STYLES = {Judgement.COMPLETE: "green", Judgement.FINDING: "red", Judgement.OPEN: "yellow"}


def show(console: Console, account: Account) -> None:
    """All epochs in a table, and below it what is not well in each."""
    if account.epochs:
        console.print(epoch_table(account))
    for epoch in account.epochs:
        for line in _lines(epoch):
            console.print(line, soft_wrap=True)
    for line in _closing(account):
        console.print(line, soft_wrap=True)


def epoch_table(account: Account) -> Table:
    """A row for each epoch."""
    names = ("node", "epoch", "verdict", "complete to", "audited to", "missing", "on the way")
    table = Table(*(Column(name, overflow="fold") for name in names))
    for one in account.epochs:
        table.add_row(
            one.node,
            str(one.epoch),
            Text(one.judgement, _STYLES[one.judgement]),
            str(one.complete_to),
            "no audit" if one.audited_to is None else str(one.audited_to),
            str(one.missing.n),
            str(one.on_the_way.n),
        )
    return table


def _lines(epoch: EpochVerdict) -> Iterator[Text]:
    who = f"{epoch.node}:{epoch.epoch}"
    wrong = {
        "missing": epoch.missing,
        "lost for good, no replay can bring": epoch.lost_for_good,
        "came twice, and nothing explains it:": epoch.doubled,
        "said to be something else the second time:": epoch.contradicted,
    }
    for what, told in wrong.items():
        if told.n:
            yield Text(f"! {who} {what} {_ranges(told)}", "red")
    for difference in epoch.audits.differ[:SHOWN]:
        yield Text(f"! {who} {_difference(difference)}", "red")
    for reason, told in epoch.explained.items():
        yield Text(f"  {who} {reason.replace('_', ' ')} {_ranges(told)}")
    if epoch.on_the_way.n:
        yield Text(f"  {who} on the way {_ranges(epoch.on_the_way)}")
    if epoch.audits.agree or epoch.audits.not_compared:
        told_of = f"{epoch.audits.agree} agree, {epoch.audits.not_compared} not compared"
        yield Text(f"  {who} audits: {told_of}")


def _difference(one: Difference) -> str:
    return (
        f"an audit of {one.from_}-{one.to} differs: it says {one.n} with {_sums(one.sums)}, there "
        f"are {one.arrived_n} with {_sums(one.arrived_sums)}"
    )


def _sums(sums: object) -> str:
    return str(sums).replace("'", "")


def _closing(account: Account) -> Iterator[Text]:
    if account.unread.n:
        yield Text(f"could not be read: {account.unread.n}, the first {account.unread.first}")
    if account.repair is not None:
        yield Text(f"replays: {account.repair.asked} asked for, {account.repair.done} done")
        for problem in account.repair.problems:
            yield Text(f"! {problem}", "red")
    yield Text(_summary(account), _STYLES[account.judgement])


def _summary(account: Account) -> str:
    if not account.messages:
        told = f"; {account.elsewhere} messages had other topics: --prefix?"
        return f"no node was heard{told if account.elsewhere else ''}"
    return {
        Judgement.COMPLETE: "complete",
        Judgement.FINDING: "not complete",
        Judgement.OPEN: "no audit was heard that tells; a node sends one hourly",
    }[account.judgement]


def _ranges(told: Told) -> str:
    shown = ", ".join(
        str(first) if first == last else f"{first}-{last}" for first, last in told.ranges[:SHOWN]
    )
    more = ", ..." if len(told.ranges) > SHOWN else ""
    return f"{shown}{more} ({told.n})"
