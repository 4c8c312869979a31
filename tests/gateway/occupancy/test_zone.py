"""Zones over a real log: what their readings say through days, restarts, lost files and clocks."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model import Gap, Reading, StoredReading
from tests.gateway.occupancy.site import (
    FOYER,
    HOUR_S,
    NOON,
    QUARTER_S,
    SECOND,
    Site,
)
from tests.gateway.simulated_clock import SimulatedClock

Open = Callable[..., Site]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Open]:
    built: list[Site] = []

    def made(zones: str = FOYER, utc_ns: int | None = NOON) -> Site:
        return Site(tmp_path, SimulatedClock(utc_at_boot_ns=utc_ns), zones, built)

    yield made
    for site in built:
        site.log.let_go()


def problems(site: Site) -> list[str]:
    return [finding.problem for finding in site.zones.findings()]


def balanced(build: Open, zones: str = FOYER) -> Site:
    """Past its first night: 03:15 of 2026-11-21 in Germany."""
    site = build(zones)
    site.pass_hours(14.25)
    assert site.zone.account.balance is not None
    assert not site.zone.account.balance.anew
    site.told.clear()
    return site


def test_who_came_by_one_door_and_left_by_another_is_not_there(build: Open) -> None:
    site = build()
    site.through("main", 3)
    site.pass_boundary()
    assert site.told == [{"occupancy": 3}]
    site.through("side", 1, 2)
    site.pass_boundary()
    site.through("side", 0, 2)
    site.pass_boundary()
    assert [one["occupancy"] for one in site.told] == [3, 2, 0]
    assert problems(site) == []


def test_it_is_a_reading_of_the_log_like_any_other(build: Open) -> None:
    site = build()
    site.through("main", 3)
    site.pass_hours(1)
    stored = list(site.stored())
    assert all(isinstance(one, StoredReading) for one in stored)
    told = [(one.values, one.at.utc_ns) for one in stored if isinstance(one, StoredReading)]
    first_ns = NOON + QUARTER_S * SECOND
    assert told == [({"occupancy": 3}, first_ns + n * QUARTER_S * SECOND) for n in range(4)]
    assert all(one.span_ns is None for one in stored if isinstance(one, StoredReading))


def test_an_inner_door_leads_out_of_one_zone_into_another(build: Open) -> None:
    site = build("[{name: foyer, doors: [main], reversed: [side]}, {name: hall, doors: [side]}]")
    site.through("main", 5)
    site.through("side", 2)
    site.pass_boundary()
    said = {zone.name: zone.latest and zone.latest.values["occupancy"] for zone in site.zones}
    assert said == {"foyer": 3, "hall": 2}


def test_the_night_closes_the_day_and_tells_its_drift_once(build: Open) -> None:
    site = balanced(build)
    site.through("main", 40, 35)
    site.through("side", 0, 2)
    site.pass_hours(23.5)  # 02:45
    assert (site.inside, site.drifts) == (3, [])
    site.pass_boundary()
    assert site.told[-1] == {"occupancy": 0, "occupancy_drift": 3}
    site.through("side", 1)
    site.pass_hours(23.75)
    assert (site.inside, site.drifts) == (1, [3])
    site.pass_boundary()
    assert site.drifts == [3, 1]
    day = site.zone.account.closed
    assert day is not None
    assert (day.left, day.corrected, day.traffic) == (1, 0, 1)


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        ("2026-03-28T12:00:00+00:00", 13),  # clocks go forward in the night that comes
        ("2026-10-24T12:00:00+00:00", 14),  # back
        ("2026-11-20T12:00:00+00:00", 14),
    ],
)
def test_nights_are_those_of_the_clocks_on_the_wall(build: Open, noon: str, hours: int) -> None:
    noon_s = round(datetime.fromisoformat(noon).timestamp())
    site = build(utc_ns=(noon_s - 24 * HOUR_S) * SECOND)
    site.pass_hours(72)
    stored = [one for one in site.stored() if isinstance(one, StoredReading)]
    assert len(stored) == 72 * 4
    at = [one.at.utc_ns for one in stored if "occupancy_drift" in one.names]
    assert at == [(noon_s + (hours + more) * HOUR_S) * SECOND for more in (0, 24)]


def test_it_is_never_negative_and_who_was_missed_is_drift(build: Open) -> None:
    site = balanced(build)
    site.through("main", 0, 4)
    site.pass_boundary()
    site.through("main", 9, 2)
    site.pass_boundary()
    assert [one["occupancy"] for one in site.told] == [0, 7]
    site.pass_hours(24)
    assert site.drifts == [7 - 4]
    [finding] = site.zones.findings()
    assert (finding.about, finding.problem) == ("zone foyer", "has drifted")
    assert finding.evidence.startswith("on its last day 11 of 15 who passed its doors (73%)")
    assert finding.cure.endswith("gateway count-check main")
    site.through("main", 100, 100)
    site.pass_hours(24)
    assert problems(site) == []


def test_drift_is_still_found_after_a_restart(build: Open) -> None:
    site = balanced(build)
    site.through("main", 9)
    site.pass_hours(24)
    assert problems(site) == ["has drifted"]
    assert problems(site.kill()) == ["has drifted"]


def test_without_an_hour_nothing_is_ever_balanced(build: Open) -> None:
    site = build("[{name: foyer, doors: [main], balance_at: null}]")
    site.through("main", 5)
    site.pass_hours(30)
    assert (site.inside, site.drifts) == (5, [])


@pytest.mark.parametrize("how", ["away", "blind"])
def test_while_a_door_is_not_known_nobody_knows(build: Open, how: str) -> None:
    site = build()
    site.through("main", 5)
    site.pass_boundary()
    gate = site.gates["side"]
    gate.is_open, gate.blind_s = how != "away", QUARTER_S
    site.through("main", 2)
    site.pass_boundary()
    assert site.inside is None
    gate.is_open, gate.blind_s = True, QUARTER_S / 2
    site.through("side", 0, 1)
    site.pass_boundary()
    assert site.inside == 6


def test_it_waits_some_seconds_for_a_slow_door(build: Open) -> None:
    site = build()
    boundary_ns = site.grid.next_after(site.zone._last_ns, QUARTER_S * SECOND)
    site.clock.sleep((boundary_ns - site.clock.now_ns()) / SECOND)
    site.gates["main"].read("main", boundary_ns, site.log)
    for _ in range(10):
        site.clock.sleep(site.zones.serve() or 0)
    assert site.zone.latest is None
    site.through("side", 1)
    site.gates["side"].read("side", boundary_ns + 2 * SECOND, site.log)
    site.zones.serve()
    assert site.zone.latest is not None
    assert site.zone.latest.values == {"occupancy": 1}
    assert site.zone.latest.up_ns == boundary_ns


def test_a_reading_of_the_boundary_before_is_none_of_this_one(build: Open) -> None:
    site = build()
    site.pass_boundary()
    site.gates["side"].is_open = False
    site.pass_boundary()
    assert site.told == [{"occupancy": 0}, {"occupancy": None}]


def test_a_kill_loses_nothing(build: Open) -> None:
    site = balanced(build)
    site.through("main", 0, 4)
    site.pass_boundary()
    site.through("main", 9, 2)
    site.pass_boundary()
    site = site.kill()
    assert problems(site) == []
    site.through("main", 1)
    site.pass_boundary()
    assert site.inside == 8
    assert [one for one in site.stored() if isinstance(one, Gap)] == []


def test_a_restart_loses_nothing_and_tells_since_when_nobody_looked(build: Open) -> None:
    site = balanced(build)
    site.through("main", 9, 2)
    site.pass_boundary()
    site = site.off(2 * HOUR_S)
    site.through("main", 1)
    site.pass_boundary()
    assert (site.inside, problems(site)) == (8, [])
    [gap] = [one for one in site.stored() if isinstance(one, Gap)]
    assert gap.since is not None
    assert (gap.since[0], gap.until[0]) == ("b00t0001", "b00t0002")


def test_the_drift_is_told_after_a_kill_between_the_balance_and_its_reading(build: Open) -> None:
    site = balanced(build)
    site.through("main", 4)
    site.pass_hours(23.5)
    before = site.log.append

    def killed(reading: Reading) -> Reading:
        if reading.sensor == "foyer":
            raise KeyboardInterrupt
        return before(reading)

    site.log.append = killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        site.pass_boundary()
    site.log.append = before  # type: ignore[method-assign]
    site = site.kill()
    site.pass_hours(1)
    assert site.drifts == [4]
    assert site.inside == 0
    again = site.kill()
    again.pass_hours(1)
    assert again.drifts == []
    again.log.let_go()


@pytest.mark.parametrize("damage", [b"", b"gateway-occupancy-1 {} 00000000\n", b"\xff" * 200, None])
def test_a_damaged_or_lost_file_begins_anew_until_the_night(
    build: Open, damage: bytes | None
) -> None:
    site = balanced(build)
    site.through("main", 9, 2)
    site.pass_boundary()
    path = site.folder / "occupancy"
    path.unlink() if damage is None else path.write_bytes(damage)
    site.log.let_go()
    site = site.again()
    site.through("main", 1)
    site.pass_boundary()
    assert site.inside == 1
    [finding] = site.zones.findings()
    assert (finding.about, finding.problem) == ("zone foyer", "may be miscounted")
    assert str(path) in finding.evidence
    assert finding.cure == "wait for the balance at 03:00: from then on it is right again"
    assert problems(site.kill()) == ["may be miscounted"]
    site.pass_hours(24)
    assert (problems(site), site.drifts) == ([], [])


def test_other_doors_are_another_zone(build: Open) -> None:
    site = balanced(build, "[{name: foyer, doors: [main]}]")
    site.through("main", 5)
    site.pass_boundary()
    site.log.let_go()
    site = site.again(FOYER)
    site.pass_boundary()
    assert site.inside == 0
    [finding] = site.zones.findings()
    assert "its doors are not those that they were" in finding.evidence


def test_without_an_hour_a_lost_file_is_a_warning_that_nothing_would_end(
    build: Open, caplog: pytest.LogCaptureFixture
) -> None:
    site = build("[{name: foyer, doors: [main], balance_at: null}]")
    site.through("main", 5)
    site.pass_boundary()
    assert not caplog.records
    site.log.let_go()
    (site.folder / "occupancy").unlink()
    site = site.again()
    site.pass_boundary()
    assert (site.inside, problems(site)) == (0, [])
    [warning] = caplog.messages
    assert warning.startswith("zone foyer counts from 0, whoever was inside: there is no ")


def test_a_log_that_was_lost_begins_anew(build: Open) -> None:
    site = balanced(build)
    site.through("main", 9, 9)
    site.pass_hours(24)
    site.log.close()
    for path in site.folder.glob("log.db*"):
        path.unlink()
    site.log.let_go()
    site = site.again()
    site.through("main", 2)
    site.pass_boundary()
    assert site.inside == 0
    assert ["the log has lost counts" in one.evidence for one in site.zones.findings()] == [True]
    site.through("main", 2)
    site.pass_boundary()
    assert site.inside == 2


def test_while_the_log_does_not_know_the_totals_nobody_knows(build: Open) -> None:
    site = balanced(build)
    site.through("main", 5)
    site.pass_boundary()
    site.log.close()
    path = site.folder / "log.db"
    path.rename(path.with_suffix(".well"))
    path.write_bytes(b"no log" * 1000)
    site = site.again()
    assert site.log.state == "in_memory"
    site.through("main", 2)
    site.pass_boundary()
    assert site.told == [{"occupancy": None}]
    path.with_suffix(".well").rename(path)
    site.log.attach()
    site.through("main", 1)
    site.pass_boundary()
    assert (site.inside, problems(site)) == (8, [])


def test_a_night_in_which_the_node_was_off_is_closed_with_what_was_counted_before(
    build: Open,
) -> None:
    site = balanced(build)
    site.through("main", 9, 2)
    site.pass_hours(18)
    site = site.off(12 * HOUR_S)  # 21:15 to 09:15
    site.through("main", 4)
    site.pass_boundary()
    assert site.told == [{"occupancy": 4, "occupancy_drift": 7}]


def test_a_night_without_a_door_is_closed_later_only_if_nobody_came(build: Open) -> None:
    site = balanced(build)
    site.through("main", 9, 2)
    site.pass_hours(23)  # 02:15
    site.gates["side"].is_open = False
    site.pass_hours(4)
    site.gates["side"].is_open = True
    site.pass_boundary()
    assert site.told[-1] == {"occupancy": 0, "occupancy_drift": 7}


def test_a_night_without_a_door_is_left_out_if_somebody_came(build: Open) -> None:
    site = balanced(build)
    site.through("main", 9, 2)
    site.pass_hours(23)
    site.gates["side"].is_open = False
    site.pass_hours(4)
    site.through("main", 3)
    site.gates["side"].is_open = True
    site.pass_boundary()
    assert site.told[-1] == {"occupancy": 10}
    site.pass_hours(24)
    assert (site.inside, site.drifts) == (0, [10])  # of both days


def test_without_utc_there_is_no_night(build: Open) -> None:
    site = build(utc_ns=None)
    site.through("main", 4)
    site.pass_hours(48)
    assert (site.inside, site.drifts) == (4, [])
    balance = site.zone.account.balance
    assert balance is not None
    assert balance.day is None


def test_a_clock_that_is_set_past_the_hour_balances_nothing(build: Open) -> None:
    site = balanced(build)
    site.through("main", 4)
    site.pass_hours(8)
    site.clock.believe(24 * HOUR_S * SECOND)
    site.pass_boundary()
    assert (site.inside, site.drifts) == (4, [])
    site.clock.synchronise()
    site.pass_hours(1)
    assert (site.inside, site.drifts) == (4, [])
    site.pass_hours(18)
    assert (site.inside, site.drifts) == (0, [4])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["main", "side"]),
            st.integers(0, 5),
            st.integers(0, 5),
            st.sampled_from(["", "", "", "kill", "off"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_happens_it_is_what_was_counted_less_what_was_corrected(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, str]]
) -> None:
    clock = SimulatedClock(utc_at_boot_ns=NOON)
    site, net, corrected = Site(tmp_path_factory.mktemp("site"), clock), 0, 0
    try:
        for boot, (door, went_in, went_out, then) in enumerate(steps, 2):
            site.through(door, went_in, went_out)
            site.pass_boundary()
            net += went_in - went_out
            corrected += max(0, -(net + corrected))
            assert site.inside == net + corrected
            if then:
                site = site.kill() if then == "kill" else site.off(60, f"b{boot}")
    finally:
        for run in site.runs:
            run.log.let_go()
