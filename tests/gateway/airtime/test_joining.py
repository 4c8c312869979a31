"""How often a node may ask to join."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from gateway.airtime import UNLIMITED, Ledger
from tests.gateway.airtime.air import DAY_NS, HOUR_NS, Node, OnAir
from tests.gateway.simulated_clock import SimulatedClock


def _aggregated_s(air: OnAir, since_ns: int, until_ns: int) -> float:
    return sum(lasts for at, lasts in air.sent if since_ns <= at < until_ns) / 1e9


def _ask(node: Node, rate: int, hours: float, restart: bool = False) -> None:
    end_ns = node.clock.now_ns() + hours * HOUR_NS
    while node.clock.now_ns() < end_ns:
        wait_s = node.ledger.join_wait_s(rate)
        node.clock.sleep(wait_s)
        assert node.ledger.join_wait_s(rate) == 0.0
        node.join(rate)
        if restart:
            node.start()


def _keeps_the_back_off(joins: OnAir) -> None:
    first_ns = joins.sent[0][0]
    assert _aggregated_s(joins, first_ns, first_ns + HOUR_NS) < 36
    assert _aggregated_s(joins, first_ns + HOUR_NS, first_ns + 11 * HOUR_NS) < 36
    late = OnAir()
    late.sent = [one for one in joins.sent if one[0] >= first_ns + 11 * HOUR_NS]
    assert late.most_ns(DAY_NS) < 8_700_000_000


@pytest.mark.parametrize("rate", [0, 3, 5])
@pytest.mark.parametrize("restart", [False, True])
def test_back_off_of_the_specification(tmp_path: Path, rate: int, restart: bool) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    _ask(node, rate, 80, restart)
    _keeps_the_back_off(node.joins)
    assert len(node.joins.sent) > 24  # it does not give up either


def test_fair_use_counts_joins_too(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    _ask(node, 0, 80)
    _keeps_the_back_off(node.joins)
    assert node.air.most_ns(DAY_NS) <= 30e9


def test_a_reboot_does_not_begin_anew(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    _ask(node, 0, 12)
    node.reboot(off_s=20)
    assert node.ledger.join_wait_s(0) > 3600
    _ask(node, 0, 30)
    _keeps_the_back_off(node.joins)


def test_spacing_is_random_and_of_each_node_its_own(tmp_path: Path) -> None:
    waits = [_spacings(tmp_path / str(seed), seed) for seed in range(3)]
    assert len({tuple(one) for one in waits}) == 3
    for one in waits:
        assert len(set(one)) == len(one)
        assert min(one) >= 15
        assert max(one) >= 1.1 * min(one)


def _spacings(folder: Path, seed: int) -> Sequence[float]:
    folder.mkdir()
    clock = SimulatedClock()
    ledger = Ledger(folder / "airtime", clock, "radio", UNLIMITED, chance=Random(seed))
    waits = []
    for _ in range(10):
        ledger.settle(ledger.charge_join(3))
        waits.append(ledger.join_wait_s(3))
        clock.sleep(waits[-1])
    return waits


def test_after_a_day_without_asking_it_begins_anew(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    _ask(node, 0, 12)
    node.clock.sleep(25 * 3600)
    node.join(0)
    assert node.ledger.join_wait_s(0) < 300


def test_a_request_that_was_not_sent_costs_nothing(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    for _ in range(100):
        node.ledger.refund(node.ledger.charge_join(0))
        node.start()
    assert node.ledger.join_wait_s(0) == 0.0
    assert node.ledger.told(0, 0).joins == 0
