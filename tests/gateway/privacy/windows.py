"""Days of people at a door, window by window, and what is made of them."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from gateway.clock import CivilTime
from gateway.privacy.carrying import Amount, Carrying, Counted, Settled, Window

SECOND = 1_000_000_000
QUARTER_NS = 900 * SECOND
DAY_NS = 86_400 * SECOND
BERLIN = CivilTime("Europe/Berlin")

SUMMER_NS = 1_774_648_800 * SECOND
"""2026-03-27T22:00Z: an hour before local midnight; on 29 March clocks are set forward."""
WINTER_NS = 1_792_792_800 * SECOND
"""2026-10-23T22:00Z: local midnight; on 25 October clocks are set back."""


class Counts(NamedTuple):
    """What a window holds; None = null. `steps` quarters were merged into it."""

    count_in: int | None
    count_out: int | None
    blind_time: float | None = 0.0
    steps: int = 1


def window(at_ns: int, counts: Counts, total: int = 0, boot: str = "b") -> Window:
    """That begins at that UTC, in a boot whose time is UTC."""
    until_ns = at_ns + counts.steps * QUARTER_NS
    return Window(
        (boot, at_ns),
        (boot, until_ns),
        ("", BERLIN.day(at_ns)),
        ("", BERLIN.day(until_ns)),
        {"count_in": Counted(counts.count_in, total), "count_out": Counted(counts.count_out)},
        {"blind_time": Counted(counts.blind_time)},
    )


def stream(begin_ns: int, days: Sequence[Counts | None]) -> list[Window]:
    """One window behind the other; None is one that is missing."""
    windows, at_ns, total = [], begin_ns, 0
    for counts in days:
        if counts is not None:
            total += counts.count_in or 0
            windows.append(window(at_ns, counts, total))
        at_ns += (1 if counts is None else counts.steps) * QUARTER_NS
    return windows


def settled(windows: Sequence[Window], small_below: int = 3) -> list[Settled]:
    """What goes out with each."""
    carrying = Carrying(small_below)
    return [carrying.take(one) for one in windows]


def amounts(out: Sequence[Settled], quantity: str) -> list[Amount]:
    """All of one quantity, as they went out."""
    return [one[quantity] for one in out if quantity in one]


def by_day(told: Sequence[Amount]) -> dict[int, float]:
    """Sums of local days."""
    sums: dict[int, float] = {}
    for one in told:
        day = BERLIN.day(one.since[1])
        sums[day] = round(sums.get(day, 0) + one.value, 6)
    return sums


def truth(windows: Sequence[Window], quantity: str) -> dict[int, float]:
    """The same of what was counted."""
    sums: dict[int, float] = {}
    for one in windows:
        value = (one.counts | one.times)[quantity].value  # type: ignore[operator]
        if value is not None:
            day = BERLIN.day(one.since[1])
            sums[day] = round(sums.get(day, 0) + value, 6)
    return sums


def _made(seed: int, windows: int, busy: float, missing: float) -> list[Counts | None]:
    dice = Random(seed)
    return [None if dice.random() < missing else _counts(dice, busy) for _ in range(windows)]


def _counts(dice: Random, busy: float) -> Counts:
    few = [0, 0, 0, 0, 1, 1, 2] if dice.random() > busy else [2, 3, 5, 12]
    return Counts(
        None if dice.random() < 0.05 else dice.choice(few),
        dice.choice(few),
        None if dice.random() < 0.02 else dice.choice([0.0, 0.5, 12.3, 900.0]),
        dice.choice([4, 60, 96]) if dice.random() < 0.02 else 1,
    )


some_days = st.builds(
    _made,
    st.integers(0, 2**32),
    st.integers(0, 450),
    st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    st.sampled_from([0.0, 0.02, 0.6, 0.99]),
)
"""Up to four days and more, also merged windows and missing ones."""
begins = st.sampled_from([SUMMER_NS, WINTER_NS, SUMMER_NS + 30 * DAY_NS + 7 * QUARTER_NS])
