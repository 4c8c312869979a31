"""The account of all numbers, against one that is made with plain sets."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.account import LIMIT, Account
from gateway.buffer.gaps import gap_row
from gateway.buffer.rows import Layout, Row
from gateway.model import Gap, Numbers, Reason

RAW = Layout("hall", ("temperature",), Rank.GAUGE)
MERGED = Layout("hall", ("temperature",), Rank.GAUGE, 60)
EPOCH = 7


class Line(NamedTuple):
    """One number: not there, raw, merged down to another, or a gap about others."""

    kind: str
    back: int = 0
    length: int = 1


KINDS = ["none", "none", "none", "raw", "raw", "merged", "thinned", "dropped", "not_measured"]
lines = st.lists(
    st.builds(Line, st.sampled_from(KINDS), st.integers(1, 15), st.integers(1, 12)),
    min_size=12,
    max_size=40,
)


@settings(max_examples=300)
@given(lines, st.integers(1, 5))
def test_what_is_missing_is_what_a_consumer_misses(lines: list[Line], begins: int) -> None:
    rows = _rows(lines)
    account = Account()
    for row in reversed(rows):
        if row.position >= begins:
            account.row(row, EPOCH, row.position)
    account.end(EPOCH, begins)
    expected = _missed([row for row in rows if row.position >= begins], begins)
    found = {n for one in account.missing for n in range(one.first, one.last + 1)}
    assert found == expected
    assert account.missing_n == len(expected)
    assert account.twice_n == 0


def test_another_epoch_begins_with_1() -> None:
    account = Account()
    account.row(_row(30, 0), 8, 3)
    account.row(_row(20, 0), EPOCH, 20)
    account.end(EPOCH, 20)
    assert account.missing == [Numbers(8, 1, 2)]


def test_a_gap_of_a_later_epoch_is_about_an_earlier_one() -> None:
    account = Account()
    lost = Gap(Reason.STORE_DAMAGED, "", Numbers(EPOCH, 4, 9), None, None, ("b", 1))
    account.row(gap_row(20, lost), 8, 1)
    account.row(_row(10, 0), EPOCH, 10)
    account.row(_row(2, 0), EPOCH, 2)
    account.end(EPOCH, 2)
    assert account.missing == [Numbers(EPOCH, 3, 3)]


def test_a_number_that_is_there_twice() -> None:
    account = Account()
    for position in (9, 8, 7):
        account.row(_row(position, 0), EPOCH, 5)
    account.end(EPOCH, 5)
    assert account.twice == [Numbers(EPOCH, 5, 5)] * 2
    assert account.twice_n == 2


def test_the_ranges_that_are_told_are_limited() -> None:
    account = Account()
    for number in range(4 * LIMIT, 0, -2):
        account.row(_row(number, 0), EPOCH, number)
        account.row(_row(number, 0), EPOCH, number)
    account.end(EPOCH, 1)
    assert (len(account.missing), account.missing_n) == (LIMIT, 2 * LIMIT)
    assert (len(account.twice), account.twice_n) == (LIMIT, 2 * LIMIT)


def _rows(lines: list[Line]) -> list[Row]:
    rows = []
    for number, line in enumerate(lines, start=1):
        if line.kind in ("raw", "merged"):
            back = min(line.back, number - 1) if line.kind == "merged" else 0
            rows.append(_row(number, back))
        elif line.kind != "none":
            first = max(1, number - line.back)
            last = max(first, min(number - 1, first + line.length))
            numbers = Numbers(EPOCH, first, last)
            gap = Gap(Reason(line.kind), "", numbers, 1, None, ("b", 1), Rank.GAUGE, 60)
            rows.append(gap_row(number, gap))
    return rows


def _row(number: int, back: int) -> Row:
    if back:
        return Row(number, MERGED, "b", number, None, f"{back},{back + 1},21.0")
    return Row(number, RAW, "b", number, None, "21.0")


def _missed(rows: list[Row], begins: int) -> set[int]:
    """Numbers that are not there and that nothing explains."""
    there = {row.position for row in rows}
    merged, thinned, lost = set[int](), set[int](), set[int]()
    for row in rows:
        if row.layout.step_s and not row.layout.gap:
            back = int(row.packed.split(",")[0])
            merged |= set(range(row.position - back, row.position + 1))
        elif row.layout.gap in ("thinned", "dropped"):
            _, first, last, *_ = row.packed.split(",")
            concerned = set(range(int(first), int(last) + 1))
            thinned |= concerned if row.layout.gap == "thinned" else set()
            lost |= concerned if row.layout.gap == "dropped" else set()
    every = set(range(begins, max(there, default=begins - 1) + 1))
    return every - there - lost - (merged & thinned)
