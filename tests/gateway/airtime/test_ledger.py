"""What the ledger tells before something is sent, and what it counts."""

import math
from pathlib import Path
from random import Random

import pytest

from drivers.lorawan.airtime import airtime_ns, uplink_ns
from gateway.airtime import FAIR_USE, UNLIMITED, Budget, Ledger
from gateway.airtime.rules import transmissions_ns
from gateway.errors import NotNow
from tests.gateway.airtime.air import DAY_NS, HOUR_NS, Node
from tests.gateway.simulated_clock import SimulatedClock

PRIVATE = (UNLIMITED, 4)
PUBLIC = (FAIR_USE, 72)


def test_a_new_node_may_send_at_once(tmp_path: Path) -> None:
    ledger = Node(tmp_path, SimulatedClock()).ledger
    assert ledger.wait_s(51, 0) == 0.0
    assert ledger.join_wait_s(0) == 0.0
    assert ledger.confirmed_allowed()
    assert ledger.findings() == []


def test_the_off_time_is_known_before(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    node.send(11, 0)
    wait_s = node.ledger.wait_s(11, 0)
    assert 146.8 <= wait_s <= 146.8 * 1.03
    with pytest.raises(NotNow):
        node.ledger.charge(11, 0)
    node.clock.sleep(wait_s - 0.01)
    assert node.ledger.wait_s(11, 0) > 0
    node.clock.sleep(0.01)
    assert node.ledger.wait_s(11, 0) == 0.0


@pytest.mark.parametrize(("budget", "hours"), [PRIVATE, PUBLIC])
@pytest.mark.parametrize("rate", range(7))
def test_whoever_waits_as_told_gets_nearly_all_and_never_more(
    tmp_path: Path, budget: Budget, hours: int, rate: int
) -> None:
    node = Node(tmp_path, SimulatedClock(drift_ppm=500), budget)
    while node.clock.now_ns() < hours * HOUR_NS:
        node.clock.sleep(node.ledger.wait_s(51, rate))
        node.send(51, rate)
    sent_s = sum(lasts_ns for _, lasts_ns in node.air.sent) / 1e9
    allowed_s = hours * 36 if budget is UNLIMITED else hours / 24 * 30
    assert sent_s >= 0.9 * allowed_s
    assert node.air.most_ns(HOUR_NS) <= 36e9
    assert budget is UNLIMITED or node.air.most_ns(DAY_NS) <= 30e9


@pytest.mark.parametrize("rate", [0, 2, 5])
def test_the_pace_leaves_something_at_any_time_and_wastes_little(tmp_path: Path, rate: int) -> None:
    node = Node(tmp_path, SimulatedClock())
    waited = []
    while node.clock.now_ns() < 4 * DAY_NS:
        waited.append(node.ledger.pace_wait_s(24, rate))
        node.clock.sleep(waited[-1])
        assert node.ledger.pace_wait_s(24, rate) == 0.0
        assert node.ledger.wait_s(24, rate) == 0.0
        node.send(24, rate)
    spacing_s = node.ledger.spacing_s(24, rate)
    assert max(waited) <= spacing_s
    assert sum(lasts_ns for _, lasts_ns in node.air.sent) >= 0.9 * 4 * 30e9
    assert node.air.most_ns(DAY_NS) <= 30e9


def test_what_is_urgent_has_half_of_the_burst_for_itself(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    while node.ledger.pace_wait_s(11, 3) == node.ledger.wait_s(11, 3):
        node.clock.sleep(node.ledger.wait_s(11, 3))
        node.send(11, 3)
    urgent = 0
    while node.ledger.pace_wait_s(11, 3, urgent=True) == node.ledger.wait_s(11, 3):
        node.clock.sleep(node.ledger.wait_s(11, 3))
        node.send(11, 3)
        urgent += 1
    assert urgent * uplink_ns(11, 3) >= 1.4e9


def test_without_a_budget_there_is_no_pace(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    for _ in range(20):
        node.clock.sleep(node.ledger.wait_s(51, 2))
        node.send(51, 2)
    assert node.ledger.pace_wait_s(51, 2) == node.ledger.wait_s(51, 2)


def test_what_is_too_much_for_a_day_never_goes(tmp_path: Path) -> None:
    ledger = Node(tmp_path, SimulatedClock(), Budget(airtime_per_day_s=2.0)).ledger
    assert ledger.wait_s(51, 0) == math.inf
    assert ledger.spacing_s(51, 0) == math.inf
    assert ledger.pace_wait_s(51, 0) == math.inf
    assert ledger.told(51, 0).next_s is None
    assert ledger.wait_s(51, 1) == 0.0


def test_what_is_too_much_for_an_hour_never_goes(tmp_path: Path) -> None:
    ledger = Node(tmp_path, SimulatedClock(), UNLIMITED).ledger
    assert ledger.wait_s(51, 0, transmissions=15) == math.inf
    assert ledger.spacing_s(51, 0, transmissions=15) == math.inf


def test_the_strictest_sub_band_of_the_channels_decides(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED, (868_100_000, 868_800_000))
    node.send(11, 3)
    assert node.ledger.wait_s(11, 3) >= uplink_ns(11, 3) / 1e9 * 999


def test_a_refund_gives_all_back(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    for _ in range(100):
        node.ledger.refund(node.ledger.charge(51, 0))
    assert node.ledger.wait_s(51, 0) == 0.0
    assert node.ledger.pace_wait_s(51, 0) == 0.0
    node.start()
    assert node.ledger.told(51, 0).airtime_day_s == 0


def test_a_modem_that_says_when_is_believed_for_a_day_at_most(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    node.ledger.refund(node.ledger.charge(11, 3), wait_s=11.987)
    assert node.ledger.wait_s(11, 3) == 11.987
    node.clock.sleep(11.987)
    node.ledger.refund(node.ledger.charge(11, 3), wait_s=math.inf)
    assert node.ledger.wait_s(11, 3) == 86_400


def test_silence_of_the_modem_is_no_refund(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    node.ledger.charge(11, 3)
    assert node.ledger.wait_s(11, 3) >= 60 + 20


def test_after_a_clean_end_it_goes_on_as_if_there_were_none(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    node.send(11, 5)
    wait_s = node.ledger.wait_s(11, 5)
    node.start()
    assert node.ledger.wait_s(11, 5) >= 59, "it was killed, and nobody knows"
    node.clock.sleep(120)
    node.send(11, 5)
    node.ledger.close()
    node.start()
    assert 0 < node.ledger.wait_s(11, 5) == wait_s


def test_a_clean_end_settles_nothing_that_is_under_way(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    node.ledger.charge(11, 3)
    node.ledger.close()
    node.start()
    assert node.ledger.wait_s(11, 3) >= 60 + 20


def test_an_end_that_cannot_be_written_is_as_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "card"
    folder.mkdir()
    node = Node(folder, SimulatedClock(), UNLIMITED)
    node.send(11, 5)
    folder.rename(tmp_path / "away")
    node.ledger.close()
    (tmp_path / "away").rename(folder)
    node.start()
    assert node.ledger.findings() == []
    assert node.ledger.wait_s(11, 5) >= 59


def test_a_data_rate_that_has_fallen_is_charged_when_it_is_known(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    charge = node.ledger.charge(11, 3)
    node.ledger.settle(charge, data_rate=2)
    node.start()
    assert node.ledger.told(11, 3).airtime_day_s == uplink_ns(11, 2) / 1e9
    node.ledger.settle(charge._replace(number=99))


def test_later_transmissions_go_at_a_lower_data_rate() -> None:
    told = transmissions_ns(11, 3, 5)
    assert told == [uplink_ns(11, rate) for rate in (3, 3, 2, 2, 1)]
    assert transmissions_ns(11, 0, 3) == [uplink_ns(11, 0)] * 3
    with pytest.raises(ValueError, match="at least once"):
        transmissions_ns(11, 0, 0)


def test_confirmed_uplinks_cost_downlinks(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), Budget(None, 3, 10))
    node.ledger.downlink_heard()
    for _ in range(2):
        assert node.ledger.confirmed_allowed()
        node.clock.sleep(node.ledger.wait_s(11, 5, 8))
        node.ledger.settle(node.ledger.charge(11, 5, 8, confirmed=True))
    node.start()
    assert not node.ledger.confirmed_allowed()
    told = node.ledger.told(11, 5)
    assert (told.confirmed, told.confirmed_left) == (2, 8)
    assert (told.downlinks, told.downlinks_left) == (3, 0)
    assert told.airtime_day_s == 2 * sum(transmissions_ns(11, 5, 8)) / 1e9
    node.clock.sleep(3600)
    with pytest.raises(NotNow, match="confirmed"):
        node.ledger.charge(11, 5, confirmed=True)
    node.clock.sleep(86_400)
    assert node.ledger.confirmed_allowed()


def test_confirmed_uplinks_have_a_budget_of_their_own(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), Budget(None, None, 1))
    node.ledger.settle(node.ledger.charge(11, 5, confirmed=True))
    assert not node.ledger.confirmed_allowed()
    assert Node(tmp_path, node.clock, Budget(None, 1, None)).ledger.confirmed_allowed() is False


def test_nothing_is_told_that_is_not_so(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    node.send(11, 0)
    node.clock.sleep(node.ledger.join_wait_s(5))
    node.join(5)
    told = node.ledger.told(11, 3)
    used_s = (uplink_ns(11, 0) + airtime_ns(23, 5)) / 1e9
    assert (told.uplinks, told.joins) == (1, 1)
    assert told.airtime_hour_s == told.airtime_day_s == pytest.approx(used_s)
    assert told.left_hour_s == pytest.approx(36 - used_s)
    assert told.left_day_s == pytest.approx(30 - used_s)
    assert told.next_s is not None
    assert 0 < told.next_s <= node.ledger.wait_s(11, 3) < told.next_s + 0.001
    node.clock.sleep(3700)
    assert node.ledger.told(11, 3).airtime_hour_s == 0
    assert node.ledger.told(11, 3).airtime_day_s == pytest.approx(used_s)


def test_a_budget_that_is_used_up_for_long_is_a_finding(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock())
    while node.ledger.wait_s(51, 0) < 3600:
        node.clock.sleep(node.ledger.wait_s(51, 0))
        node.send(51, 0)
    (finding,) = node.ledger.findings()
    assert finding.about == "uplink radio"
    assert "used up" in finding.problem
    node.clock.sleep(node.ledger.wait_s(51, 0))
    assert node.ledger.findings() == []


class Channels:
    """A modem that gives each of three channels its share, and takes any that is free."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._free_ns = [0, 0, 0]

    def send(self, at_ns: int, lasts_ns: int) -> None:
        free = [channel for channel in range(3) if self._free_ns[channel] <= at_ns]
        assert free, "no_free_ch"
        self._free_ns[self._chance.choice(free)] = at_ns + lasts_ns + 302 * lasts_ns


@pytest.mark.parametrize("seed", range(5))
def test_no_modem_has_to_refuse(tmp_path: Path, seed: int) -> None:
    node, chance = Node(tmp_path, SimulatedClock(), UNLIMITED), Random(seed)
    channels, band_free_ns = Channels(seed), 0
    for _ in range(500):
        payload, rate = chance.randrange(52), chance.randrange(6)
        node.clock.sleep(node.ledger.wait_s(payload, rate))
        charge = node.ledger.charge(payload, rate)
        node.clock.sleep(chance.random())
        lasts_ns = uplink_ns(payload, rate)
        assert node.clock.now_ns() >= band_free_ns
        channels.send(node.clock.now_ns(), lasts_ns)
        node.clock.sleep(lasts_ns / 1e9)
        band_free_ns = node.clock.now_ns() + 99 * lasts_ns
        node.ledger.settle(charge)


def test_any_number_of_uplinks_needs_little_room(tmp_path: Path) -> None:
    node = Node(tmp_path, SimulatedClock(), UNLIMITED)
    largest = 0
    for _ in range(3000):
        node.clock.sleep(max(60.0, node.ledger.wait_s(0, 5)))
        node.send(0, 5)
        largest = max(largest, node.path.stat().st_size)
    assert largest < 150_000
    node.start()
    assert node.path.stat().st_size < 40_000
    assert node.ledger.told(0, 5).uplinks == pytest.approx(24 * 60, abs=10)
    assert Ledger(node.path, node.clock, "radio").told(0, 5).uplinks > 1400
