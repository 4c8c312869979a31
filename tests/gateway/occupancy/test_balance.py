"""The balance of a zone: never negative, true to the totals, and a drift that proves itself."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.occupancy.balance import Balance, Counted, Day, Totals

SIGNS = {"main": 1, "side": 1, "inner": -1}
NOTHING = dict.fromkeys(SIGNS, Counted(0, 0))

amounts = st.dictionaries(
    st.sampled_from(sorted(SIGNS)), st.tuples(st.integers(0, 9), st.integers(0, 9))
)
days = st.lists(st.lists(amounts, max_size=8), min_size=1, max_size=4)


def after(totals: Totals, more: dict[str, tuple[int, int]]) -> dict[str, Counted]:
    added = {name: more.get(name, (0, 0)) for name in totals}
    return {
        name: Counted(was.went_in + added[name][0], was.went_out + added[name][1])
        for name, was in totals.items()
    }


def net(more: dict[str, tuple[int, int]]) -> int:
    return sum(SIGNS[name] * (went_in - went_out) for name, (went_in, went_out) in more.items())


@given(days)
def test_days_of_any_counts(days: list[list[dict[str, tuple[int, int]]]]) -> None:
    balance, totals = Balance(SIGNS, dict(NOTHING)), dict(NOTHING)
    for number, day in enumerate(days):
        for more in day:
            totals = after(totals, more)
            before = balance
            balance = balance.corrected_by(totals)
            assert balance.occupancy(totals) >= 0
            assert balance.occupancy(totals) == balance.raw(totals) + balance.corrected
            assert balance.corrected >= before.corrected
            assert balance.corrected == before.corrected or balance.occupancy(totals) == 0
        raw = sum(net(more) for more in day)
        left, corrected = balance.occupancy(totals), balance.corrected
        assert raw == balance.raw(totals)
        balance = balance.ended(totals, number)
        traffic = sum(sum(both) for more in day for both in more.values())
        assert balance.closed == Day(number, left, corrected, traffic)
        assert balance.closed.drift == left - corrected == raw
        assert balance.occupancy(totals) == 0
        assert balance.untold
        assert not balance.told().untold


steps = st.lists(st.tuples(st.booleans(), st.integers(0, 2)), max_size=60)


@given(steps, st.integers(1, 7))
def test_what_is_said_to_be_miscounted_was(steps: list[tuple[bool, int]], every: int) -> None:
    """People come and go, each counted so often (0: missed, 2: twice); all have left at the end."""
    walks = list(_whole(steps))
    wrong = sum(abs(times - 1) for _, times in walks)
    counted, inside = Counted(0, 0), 0
    balance = Balance({"door": 1}, {"door": counted})
    for number, (comes, times) in enumerate(walks):
        inside += 1 if comes else -1
        counted = Counted(counted[0] + times * comes, counted[1] + times * (not comes))
        if number % every == 0:
            balance = balance.corrected_by({"door": counted})
    assert inside == 0
    closed = balance.ended({"door": counted}, 1).closed
    assert closed is not None
    assert closed.miscounted <= wrong
    assert abs(closed.drift) <= closed.miscounted


def _whole(steps: Sequence[tuple[bool, int]]) -> list[tuple[bool, int]]:
    """The same without those who leave while nobody is there; in the end all leave, counted."""
    inside, walks = 0, []
    for comes, times in steps:
        if comes or inside:
            inside += 1 if comes else -1
            walks.append((comes, times))
    return walks + [(False, 1)] * inside


def test_one_who_leaves_without_having_come_is_corrected_and_remembered() -> None:
    balance = Balance({"door": 1}, {"door": Counted(10, 10)})
    gone = {"door": Counted(12, 15)}
    balance = balance.corrected_by(gone)
    assert (balance.occupancy(gone), balance.corrected) == (0, 3)
    later = {"door": Counted(20, 16)}
    assert balance.corrected_by(later).occupancy(later) == 7
    closed = balance.ended(later, 5).closed
    assert closed == Day(5, left=7, corrected=3, traffic=16)
    assert (closed.drift, closed.miscounted) == (4, 10)


def test_how_one_that_began_anew_ends_says_nothing_of_the_counters() -> None:
    balance = Balance({"door": 1}, {"door": Counted(0, 0)}, anew="a file was lost")
    balance = balance.ended({"door": Counted(0, 8)}, 5)
    assert (balance.closed, balance.untold, balance.anew) == (None, False, "")
    assert balance.ended({"door": Counted(2, 9)}, 6).closed == Day(6, 1, 0, 3)


@pytest.mark.parametrize(
    ("totals", "fits"), [((10, 10), True), ((11, 12), True), ((9, 10), False), ((12, 9), False)]
)
def test_totals_below_the_base_are_of_another_log(totals: tuple[int, int], fits: bool) -> None:
    balance = Balance({"door": 1}, {"door": Counted(10, 10)})
    assert balance.fits({"door": Counted(*totals)}) is fits


@pytest.mark.parametrize(
    ("left", "corrected", "traffic", "off"),
    [
        (5, 0, 20, False),
        (6, 0, 119, True),
        (6, 0, 120, False),
        (3, 3, 20, True),
        (0, 6, 20, True),
        (0, 0, 0, False),
    ],
)
def test_a_day_is_off_by_more_than_five_persons_and_five_per_cent(
    left: int, corrected: int, traffic: int, off: bool
) -> None:
    assert Day(1, left, corrected, traffic).is_off is off
