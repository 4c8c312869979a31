"""Alarms over the radio: at once, behind the newest counts, within the law and the budget."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.encoding.compact.frames import decode
from gateway.encoding.compact.rows import Frame
from gateway.model import Reading
from tests.gateway.lorawan.airtime import busiest
from tests.gateway.lorawan.site import Site

AIR, CELLAR = 2, 3
"""Their places."""
AT_ONCE_S = 10.0
"""It looks each 5 s."""
MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    sites: list[Site] = []

    def make(data_rate: int, airtime_s: object = 30) -> Site:
        budget = f"{{confirmed_per_day: 0, airtime_per_day: {airtime_s}}}"
        options = f", data_rate: {data_rate}, adr: false, budget: {budget}"
        sites.append(Site(tmp_path, options, alarm=True, lazy=True))
        return sites[-1]

    yield make
    for site in sites:
        site.end()


def raise_alarm(site: Site) -> float:
    """It is hot in the cellar; when that was measured."""
    value = {"temperature": 60.0 + len(site.uplinks) % 20}
    site.log.append(Reading("cellar", value, site.clock.now_ns()))
    return site.now_s


def frames_of(site: Site) -> list[tuple[float, Frame]]:
    """Each with the moment at which the network had it."""
    told = [
        (one.utc_ns / 1e9, decode(one.payload, one.utc_ns // 10**9))
        for one in site.uplinks
        if one.port == site.uplink.port
    ]
    return [(at_s, frame) for at_s, frame in told if isinstance(frame, Frame)]


def alarms(site: Site) -> dict[int, float]:
    """By their numbers, when the platform first had them."""
    found: dict[int, float] = {}
    for at_s, frame in frames_of(site):
        for part in (part for row in frame.rows for part in row.parts):
            if part.sensor == CELLAR and part.first is not None:
                found.setdefault(part.first, at_s)
    return found


def until_paced(site: Site, data_rate: int) -> None:
    """Up to a moment at which a row would have to wait, though the law lets it go."""
    ledger = site.carrier.link.ledger
    site.run(3_600)
    for _ in range(24 * 60):
        site.run(60)
        if ledger.pace_wait_s(12, data_rate) > 60 and ledger.wait_s(51, data_rate) == 0:
            return
    raise AssertionError("the pace holds nothing back: the test sees nothing")


@pytest.mark.parametrize(("data_rate", "airtime_s"), [(1, 30), (2, 15), (5, 4)])
def test_an_alarm_does_not_wait_for_the_pace(
    make_site: MakeSite, data_rate: int, airtime_s: int
) -> None:
    site = make_site(data_rate, airtime_s)
    until_paced(site, data_rate)
    before = alarms(site)
    raised_s = raise_alarm(site)
    site.run(60)
    [told_s] = [at_s for number, at_s in alarms(site).items() if number not in before]
    assert told_s - raised_s < AT_ONCE_S
    _, frame = frames_of(site)[-1]
    told = {part.sensor for row in frame.rows for part in row.parts}
    assert CELLAR in told
    assert AIR not in told, "nothing that can wait is sent from what is for alarms"


def test_counts_are_not_late_because_of_an_alarm_just_before_them(make_site: MakeSite) -> None:
    site = make_site(5)
    site.run(3_600 + 10 - site.now_s % 900)
    end_s = round(site.now_s - site.now_s % 900)
    raise_alarm(site)
    assert end_s not in site.counted()["north"]
    site.run(60)
    assert len(alarms(site)) == 1
    assert end_s in site.counted()["north"]


def test_the_newest_counts_go_before_an_alarm(make_site: MakeSite) -> None:
    """The second waits for the law until there are counts, too."""
    site = make_site(1, "null")
    site.run(3_600 + 900 - 30 - site.now_s % 900)
    raise_alarm(site)
    site.run(20)
    raise_alarm(site)
    site.run(300)
    told = [
        [part.sensor for part in row.parts]
        for _, frame in frames_of(site)
        for row in frame.rows
        if CELLAR in {part.sensor for one in frame.rows for part in one.parts}
    ]
    assert told[:3] == [[CELLAR], [0, 1], [CELLAR]]


def test_a_hundred_alarms_stay_in_the_law_and_in_the_budget(make_site: MakeSite) -> None:
    site = make_site(2)
    site.run(6 * 3_600)
    for _ in range(100):
        raise_alarm(site)
        site.run(60)
    site.run(18 * 3_600)
    assert len(alarms(site)) == 100
    assert busiest(site.sent, 86_400) <= 30.0
    assert busiest(site.sent, 3_600) <= 36.0
    for one, following in pairwise(site.sent):
        assert following.at_ns - one.ends_ns >= 99 * one.airtime_ns
    assert site.carrier.findings() == []
    ends = [row.ends_s or 0 for _, row in site.rows() if row.length_s]
    assert site.now_s - max(ends) < site.carrier.interval_s + 1_800, "counts went on"
