"""A thousand nodes that lose their broker together (promise 16).

The waits are those of the program; time, the broker and the nodes around them are the test's.
"""

import heapq
import random
from collections import Counter

import pytest

from gateway.backoff import Backoff
from gateway.config import Reconnect
from gateway.delivery.forwarder import GOOD_AFTER_S
from tests.chaos import form

NODES = 1_000
SECOND = 1_000_000_000
LIMIT = 0.05


def reconnects(down_s: float, seed: int, good_s: float = 3_600.0) -> Counter[int]:
    """By the second after the broker's return; all had been connected for `good_s` before."""
    random.seed(seed)
    usual = Reconnect()
    begin_ns = round(good_s * SECOND)
    tries: list[tuple[int, int]] = []
    nodes = [Backoff(usual.first, usual.longest, GOOD_AFTER_S) for _ in range(NODES)]
    for index, node in enumerate(nodes):
        node.succeeded(0)
        heapq.heappush(tries, (begin_ns + round(node.failed(begin_ns) * SECOND), index))
    back_ns = begin_ns + round(down_s * SECOND)
    found: Counter[int] = Counter()
    while tries:
        now_ns, index = heapq.heappop(tries)
        if now_ns >= back_ns:
            found[(now_ns - back_ns) // SECOND] += 1
        else:
            heapq.heappush(tries, (now_ns + round(nodes[index].failed(now_ns) * SECOND), index))
    return found


@pytest.mark.parametrize("down_s", [0.2, 2, 20, 60, 600, 6 * 3_600])
def test_they_do_not_come_back_together(down_s: float) -> None:
    worst = 0
    for seed in range(form.rounds(5, 200)):
        found = reconnects(down_s, seed)
        assert sum(found.values()) == NODES
        worst = max(worst, *found.values())
    form.report(f"fleet: after {down_s:g} s at most {worst / NODES:.1%} reconnect in one second")
    assert worst < NODES * LIMIT
    assert max(found) <= Reconnect().longest  # and nobody stays away for longer


def test_one_that_keeps_dying_is_not_met_with_ever_fresh_attempts() -> None:
    """What was good for a few seconds resets nothing."""
    random.seed(7)
    usual = Reconnect()
    node = Backoff(usual.first, usual.longest, GOOD_AFTER_S)
    waits = []
    now_ns = 0
    for _ in range(200):
        waits.append(node.failed(now_ns))
        now_ns += round(waits[-1] * SECOND)
        node.succeeded(now_ns)
        now_ns += 10 * SECOND
    assert sum(waits[20:]) / len(waits[20:]) > usual.longest / 3
