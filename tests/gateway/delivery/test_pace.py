"""How fast the backlog goes."""

import random
from typing import Any

import pytest

from gateway.config import Backlog
from gateway.delivery.pace import FAST_S, FIRST_ENTRIES, LEAST_ENTRIES, SLOW_S, Pace

SECOND = 1_000_000_000
NOW = 1_000 * SECOND
WINDOW = 20


def pace(**options: float) -> Pace:
    usual: dict[str, Any] = {"share": 0.5, "messages": 1_000, "bytes": 10**9, "spread": 300}
    return Pace(Backlog(**(usual | options)), 200)


def at_once(one: Pace) -> int:
    """How many may be under way."""
    return next(n for n in range(WINDOW + 1) if one.wait_s(NOW * 2, n, WINDOW) is None)


def test_it_begins_at_a_random_moment_within_the_spread() -> None:
    random.seed(3)
    waits = []
    for _ in range(500):
        one = pace()
        one.begin(NOW, 10_000)
        wait_s = one.wait_s(NOW, 0, WINDOW)
        assert wait_s is not None
        waits.append(wait_s)
    assert 0 <= min(waits) < 10
    assert 290 < max(waits) <= 300


def test_after_a_short_outage_it_begins_soon() -> None:
    random.seed(3)
    one = pace()
    one.begin(NOW, 2.0)
    assert 0 < (one.wait_s(NOW, 0, WINDOW) or 0) <= 2


@pytest.mark.parametrize(
    ("options", "size", "expected"),
    [({"messages": 5}, 100, 0.2), ({"bytes": 1_000}, 500, 0.5), ({"bytes": 1_000}, 5_000, 5.0)],
)
def test_so_many_messages_and_bytes_a_second(
    options: dict[str, float], size: int, expected: float
) -> None:
    one = pace(**options)
    one.sent(size, NOW)
    assert one.wait_s(NOW, 0, WINDOW) == pytest.approx(expected)
    one.sent(size, NOW)
    assert one.wait_s(NOW, 0, WINDOW) == pytest.approx(2 * expected)
    assert one.wait_s(NOW + 60 * SECOND, 0, WINDOW) == 0


def test_time_that_was_not_used_is_not_made_up_for() -> None:
    one = pace(messages=1)
    one.sent(1, NOW)
    one.sent(1, NOW + 100 * SECOND)
    assert one.wait_s(NOW + 100 * SECOND, 0, WINDOW) == pytest.approx(1)


def test_it_takes_its_share_of_the_window_step_by_step_and_no_more() -> None:
    one = pace()
    assert at_once(one) == 1
    seen = []
    for _ in range(30):
        one.settled(FAST_S / 2)
        seen.append(at_once(one))
    assert seen[:5] == [2, 3, 4, 5, 6]
    assert seen[-1] == WINDOW * 0.5
    assert at_once(pace(share=0.01)) == 1


def test_on_a_slow_line_it_takes_less_and_then_smaller_ones() -> None:
    one = pace()
    for _ in range(20):
        one.settled(FAST_S / 2)
    seen = []
    for _ in range(20):
        one.settled(SLOW_S * 2)
        seen.append((at_once(one), one.entries))
    counts = [n for n, _ in seen]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1
    assert seen[-1][1] == LEAST_ENTRIES
    assert all(entries == 200 for n, entries in seen if n > 1)
    for _ in range(10):
        one.settled(FAST_S / 2)
    assert one.entries == 200


def test_between_fast_and_slow_it_stays_as_it_is() -> None:
    one = pace()
    one.settled(FAST_S / 2)
    before = (at_once(one), one.entries)
    one.settled((FAST_S + SLOW_S) / 2)
    assert (at_once(one), one.entries) == before


def test_after_an_outage_it_begins_slowly_again() -> None:
    one = pace()
    for _ in range(20):
        one.settled(FAST_S / 2)
    assert one.entries == 200
    one.begin(NOW, 0)
    assert (at_once(one), one.entries) == (1, FIRST_ENTRIES)
