"""A log goes over the radio: joined, within the airtime, newest first, never told untruly."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.lorawan.radio import frames
from drivers.lorawan.radio.membership import Queued
from gateway.encoding.compact import downlinks
from gateway.lorawan.carrier import LOOK_S
from gateway.lorawan.gathering import PORTIONS
from gateway.lorawan.scroll import PORTION
from gateway.model import Reading
from tests.gateway.lorawan.airtime import busiest
from tests.gateway.lorawan.site import DEV_EUI, Site, Truth

MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    sites: list[Site] = []

    def make(**options: object) -> Site:
        sites.append(Site(tmp_path, **options))  # type: ignore[arg-type]
        return sites[-1]

    yield make
    for site in sites:
        site.end()


def test_a_day_of_two_doors_and_air(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5")
    site.run(86_400 + 120)
    assert site.counted() == site.truth
    assert site.carrier.findings() == []
    assert site.server.refused.total() == 0
    assert sum(one.airtime_ns for one in site.sent) / 1e9 < 30


def test_the_newest_counts_are_there_within_a_minute(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5")
    ages: list[float] = []
    site.run(4 * 3600, lambda: ages.append(site.now_s - site.newest_s))
    assert 900 < max(ages) < 900 + 60


def test_a_row_goes_out_whole_though_the_log_holds_counts_back(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5, repeats: 1", lazy=True)
    site.run(4 * 3600 + 60)
    told = [[part.sensor for part in row.parts] for _, row in site.rows()]
    assert told == [[0, 1, 2]] * 17


def test_a_node_that_nobody_tells_the_time_tells_its_counts_all_the_same(
    make_site: MakeSite,
) -> None:
    site = make_site(options=", data_rate: 5, repeats: 1")
    site.run(1800)
    site.end()
    site.clock.boot_id = "b00t0002"
    site.clock.lose()
    site.air.loss_down = 1.0
    site.begin()
    site.run(3 * 3600)
    numbers = [part.first for _, row in site.rows() if row.ends_s is None for part in row.parts]
    assert len(numbers) == 2 * 8, "the last hour waits to be dated"
    assert len(set(numbers)) == len(numbers)


def sums(site: Site, told: Truth) -> dict[str, tuple[int, int]]:
    return {
        door: (sum(n for n, _ in windows.values()), sum(n for _, n in windows.values()))
        for door, windows in told.items()
    }


def test_the_slowest_data_rate_stretches_rows_and_loses_no_count(make_site: MakeSite) -> None:
    """30 s a day at DR0 are ten full frames."""
    site = make_site(options=", data_rate: 0, adr: false")
    site.run(2 * 86_400)
    assert site.carrier.interval_s > 900
    truth, told = sums(site, site.truth), sums(site, site.counted())
    waiting = 4 * site.carrier.interval_s // 900 * 20 * 2
    for door in truth:
        for real, heard in zip(truth[door], told[door], strict=True):
            assert 0 <= real - heard <= waiting
    assert busiest(site.sent, 86_400) <= 30.0
    assert busiest(site.sent, 3_600) <= 36.0


def test_a_replay_brings_what_the_air_has_lost(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5, repeats: 1", loss=0.2)
    site.run(86_400)
    missing = set(site.truth["north"]) - set(site.counted()["north"])
    assert missing, "nothing was lost: the test has not seen what it is about"
    begins = min(missing) - 900
    payload = downlinks.encode([downlinks.Replay(begins, max(missing))])
    for _ in range(4):  # a downlink may be lost, too
        site.server.push(DEV_EUI, Queued(downlinks.PORT, payload), site.clock.now_ns())
        site.run(6 * 3600)
        missing &= set(site.truth["north"]) - set(site.counted()["north"])
    assert not missing


def test_replays_of_one_downlink_are_read_one_after_the_other(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5, repeats: 1")
    site.run(8 * 3600)
    site.uplinks.clear()
    ends = sorted(site.truth["north"])
    wanted = [ends[4], ends[12]]
    order = downlinks.encode([downlinks.Replay(end - 900, end) for end in wanted])
    site.server.push(DEV_EUI, Queued(downlinks.PORT, order), site.clock.now_ns())
    site.run(2 * 3600)
    assert set(wanted) <= set(site.counted()["north"])
    assert ends[8] not in site.counted()["north"]


def test_a_replay_waits_while_another_is_still_being_read(make_site: MakeSite) -> None:
    """So it is in a log that is longer than one step may read."""
    site = make_site(options=", data_rate: 5, repeats: 1")
    site.run(4 * 3600)
    ends = sorted(site.truth["north"])
    for _ in range(PORTION * PORTIONS + PORTION):
        site.log.append(Reading("attic", {"pressure": 1e5}, site.clock.now_ns()))
    site.run(4 * 3600)
    site.uplinks.clear()
    wanted = sorted(site.truth["north"])[-2], ends[4]
    order = downlinks.encode([downlinks.Replay(end - 900, end) for end in wanted])
    site.server.push(DEV_EUI, Queued(downlinks.PORT, order), site.clock.now_ns())
    site.run(2 * 3600)
    assert set(wanted) <= set(site.counted()["north"])


def test_restarts_of_the_program_neither_join_nor_repeat(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5, repeats: 1")
    for _ in range(12):
        site.run(2 * 3600)
        site.restart()
    site.run(600)
    assert site.counted() == site.truth
    assert len(joins(site)) == 1
    told = [
        (row.ends_s, part.sensor) for _, row in site.rows() for part in row.parts if part.sensor < 2
    ]
    assert len(told) == len(set(told))


def test_a_restart_makes_nobody_wait(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5")
    sent = len(site.sent)
    while len(site.sent) == sent or site.carrier.link.session is None:
        site.run(60)
    until_s = site.now_s + site.carrier.link.ledger.wait_s(12, 5)
    site.restart()
    assert site.now_s + site.carrier.link.ledger.wait_s(12, 5) <= until_s + 1


def joins(site: Site) -> list[frames.JoinRequest]:
    sent = [one.phy for one in site.sent]
    return [
        frames.read_join_request(phy)
        for phy in sent
        if frames.kind(phy) is frames.Kind.JOIN_REQUEST
    ]


def test_resets_of_the_modem_reuse_no_nonce_and_lose_no_count(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5")
    for _ in range(5):
        site.run(3 * 3600)
        site.model.restart()
    site.run(4 * 3600)
    nonces = [one.dev_nonce for one in joins(site)]
    assert len(nonces) == len(set(nonces))
    assert site.counted() == site.truth
    assert site.server.refused["dev_nonce"] == 0


class Broker:
    """The uplink that is preferred; `reader` is its way through the same log."""

    def __init__(self) -> None:
        self.reader = Backlog()
        self.taken_ns = 0


class Backlog:
    backlog = 0
    acknowledged = 0


def test_while_the_broker_delivers_the_radio_is_silent_and_follows(make_site: MakeSite) -> None:
    broker = Broker()
    site = make_site(options=", data_rate: 5", preferred=broker)

    def deliver() -> None:
        broker.reader.acknowledged = site.log.window.last_position
        broker.taken_ns = site.clock.now_ns()

    site.run(6 * 3600, deliver)
    assert site.carrier.state == "standby", "it has joined, to be ready"
    assert [one for one in site.uplinks if one.port == 10] == []
    assert site.log.reader("radio").position >= site.log.window.last_position - 4
    broker.reader.backlog = 1
    outage_s = site.now_s
    site.run(6 * 3600)
    told = site.counted()["north"]
    assert set(told) == {end for end in site.truth["north"] if end > outage_s}
    broker.reader.backlog = 0
    site.run(600)
    before = len(site.uplinks)
    site.run(6 * 3600, deliver)
    assert len(site.uplinks) == before, "MQTT is back, and is preferred"
    assert site.log.reader("radio").position >= site.log.window.last_position - 4


def test_a_node_that_nobody_hears_looks_whether_the_broker_is_back(make_site: MakeSite) -> None:
    broker = Broker()
    broker.reader.backlog = 1
    site = make_site(preferred=broker, loss=1.0)
    site.run(6 * 3600)
    assert site.carrier.state == "disconnected"
    assert site.carrier.carry_once() <= LOOK_S, "the next JoinRequest is far away"


def test_what_the_platform_orders(make_site: MakeSite) -> None:
    site = make_site(options=", data_rate: 5")
    site.run(3600)
    order = downlinks.encode([downlinks.SetInterval(3600)])
    site.server.push(DEV_EUI, Queued(downlinks.PORT, order), site.clock.now_ns())
    site.run(7200)
    assert site.carrier.interval_s == 3600
    site.restart()
    site.run(4 * 3600 + 60)
    assert site.carrier.interval_s == 3600, "it is kept"
    longest = max(part.merged or 0 for _, row in site.rows() for part in row.parts)
    assert longest == 4
    assert sums(site, site.counted()) == sums(site, site.truth)
    site.server.push(DEV_EUI, Queued(downlinks.PORT, b"\xff\xff"), site.clock.now_ns())
    site.server.push(DEV_EUI, Queued(77, b"\x01"), site.clock.now_ns())
    site.run(3 * 3600)
    assert site.carrier.interval_s == 3600, "what makes no sense changes nothing"


@pytest.mark.parametrize("off_s", [-1.0, 0.0, 1.0])
def test_the_network_tells_the_time_to_a_node_that_has_none(
    make_site: MakeSite, off_s: float
) -> None:
    """Its time is wrong by up to a second, and rows are those of the true time."""
    site = make_site(options=", data_rate: 5, repeats: 1", network_off_s=off_s)
    site.clock.lose()
    site.restart()
    site.run(2 * 3600)
    assert set(site.counted()["north"]) == set(site.truth["north"])
    told = [[part.sensor for part in row.parts] for _, row in site.rows()][2:]
    assert told == [[0, 1, 2]] * len(told), "doors and air are in one row"
