"""Wrong clocks by name: what the node sees, against the truth that the test knows."""

from typing import NamedTuple

import pytest

from gateway.clock import Dating
from gateway.model import Quality
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
HOUR_S = 3_600
DAY_S = 24 * HOUR_S
TEN_YEARS_S = 3_650 * DAY_S
TRUTH = 1_790_000_000 * SECOND


class Moment(NamedTuple):
    """When somebody measured, and the quality that it had at once."""

    up_ns: int
    live: Quality


class Boot:
    """A node that looks at its clock every two seconds and measures once a minute."""

    def __init__(self, clock: SimulatedClock, dating: Dating | None = None) -> None:
        self.clock = clock
        self.dating = Dating() if dating is None else dating
        self.moments: list[Moment] = []

    def run(self, seconds: float) -> None:
        self.clock.run(seconds, self._look, 2.0)

    def off_ns(self, moment: Moment) -> int:
        """By how much it is misdated now."""
        utc_ns = self.dating.utc_ns(self.clock.boot_id, moment.up_ns)
        assert utc_ns is not None
        return utc_ns - self.clock.truth_at(moment.up_ns)

    def qualities(self) -> list[Quality]:
        """Of all moments, as they are known now, each once in a row."""
        found = [self.dating.date(self.clock.boot_id, one.up_ns).quality for one in self.moments]
        return [one for one, before in zip(found, [None, *found], strict=False) if one != before]

    def is_in_order(self) -> bool:
        """Whether UTC never runs back."""
        utc = [self.dating.utc_ns(self.clock.boot_id, one.up_ns) or 0 for one in self.moments]
        return utc == sorted(utc)

    def _look(self) -> None:
        boot = self.clock.boot_id
        self.dating.add(boot, self.clock.anchor())
        now_ns = self.clock.now_ns()
        if not self.moments or now_ns - self.moments[-1].up_ns >= 60 * SECOND:
            self.moments.append(Moment(now_ns, self.dating.date(boot, now_ns).quality))


def boot(drift_ppm: int = 0, rtc: bool = False) -> Boot:
    """A boot whose wall clock begins in 1970."""
    return Boot(SimulatedClock(truth_ns=TRUTH, drift_ppm=drift_ppm, rtc=rtc))


def assert_true(node: Boot, within_s: float = 0.02) -> None:
    """Nothing is misdated."""
    assert node.is_in_order()
    assert max(abs(node.off_ns(one)) for one in node.moments) <= within_s * SECOND


def test_1970_and_synchronised_after_three_hours() -> None:
    node = boot(drift_ppm=90)
    node.run(3 * HOUR_S)
    assert node.qualities() == [Quality.UNKNOWN]
    node.clock.synchronise()
    node.run(HOUR_S)
    assert node.qualities() == [Quality.REPAIRED, Quality.SYNCED]
    assert_true(node, within_s=1.0)


def test_set_back_two_days_by_hand() -> None:
    node = boot(drift_ppm=100)
    node.clock.synchronise()
    node.run(5 * HOUR_S)
    node.clock.step_by_hand(-2 * DAY_S * SECOND)
    node.run(5 * HOUR_S)
    assert node.qualities() == [Quality.SYNCED, Quality.ESTIMATED]
    node.clock.synchronise()
    node.run(HOUR_S)
    assert node.qualities() == [Quality.SYNCED, Quality.REPAIRED, Quality.SYNCED]
    assert_true(node)


def test_set_forward_ten_years_and_back_by_hand() -> None:
    node = boot(drift_ppm=-100)
    node.clock.synchronise()
    node.run(HOUR_S)
    for step_s in (TEN_YEARS_S, -TEN_YEARS_S):
        node.clock.step_by_hand(step_s * SECOND)
        node.run(2 * HOUR_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    assert_true(node)


def test_a_false_time_server_ten_years_ahead_and_back() -> None:
    node = boot()
    node.clock.synchronise()
    node.run(HOUR_S)
    before = list(node.moments)
    node.clock.believe(TEN_YEARS_S * SECOND)
    node.run(2 * HOUR_S)
    assert all(node.off_ns(one) == 0 for one in before)
    assert node.off_ns(node.moments[-1]) == TEN_YEARS_S * SECOND
    assert node.moments[-1].live is Quality.SYNCED
    node.clock.synchronise()
    node.run(HOUR_S)
    assert node.qualities() == [Quality.SYNCED, Quality.REPAIRED, Quality.SYNCED]
    assert_true(node)


def test_a_leap_second_is_inserted() -> None:
    node = boot()
    node.clock.synchronise()
    node.run(10 * DAY_S)
    node.clock.leap()
    node.run(DAY_S)
    assert node.qualities() == [Quality.SYNCED]
    assert_true(node, within_s=1.0)
    exact = [one for one in node.moments if abs(node.off_ns(one)) < 20_000_000]
    assert len(exact) >= len(node.moments) - 1


@pytest.mark.parametrize("drift_ppm", [200, -200])
def test_200_ppm_over_a_week_between_two_anchors(drift_ppm: int) -> None:
    node = boot(drift_ppm)
    node.clock.synchronise()
    node.run(HOUR_S)
    node.clock.lose()
    node.run(7 * DAY_S)
    assert abs(node.off_ns(node.moments[-1])) > 100 * SECOND
    node.clock.synchronise()
    node.run(HOUR_S)
    assert node.qualities() == [Quality.SYNCED, Quality.REPAIRED, Quality.SYNCED]
    assert_true(node)


def test_never_synchronised_over_three_boots() -> None:
    """Between a boot that was and one that will be."""
    first = boot(drift_ppm=200)
    first.clock.synchronise()
    first.run(HOUR_S)
    first.clock.lose()
    began_ns: dict[str, int] = {"b00t0001": 0}
    dating, boots, operating_ns = Dating(began_ns), [first], 0
    dating.learn(first.dating)
    dating.began_ns = began_ns
    for number in range(2, 6):
        operating_ns += boots[-1].clock.now_ns()
        clock = boots[-1].clock.reboot(f"b00t000{number}", off_s=500 * number)
        began_ns[clock.boot_id] = operating_ns
        boots.append(Boot(clock, dating))
        if number == 5:
            clock.synchronise()
        boots[-1].run(5 * HOUR_S)
    for node in boots[1:4]:
        assert node.qualities() == [Quality.UNKNOWN]
        found = [dating.date(node.clock.boot_id, one.up_ns).bounds for one in node.moments]
        for one, bounds in zip(node.moments, found, strict=True):
            truth_ns = node.clock.truth_at(one.up_ns)
            assert bounds is not None
            assert bounds.not_before_ns
            assert bounds.not_after_ns
            assert bounds.not_before_ns <= truth_ns <= bounds.not_after_ns
            assert bounds.not_after_ns - bounds.not_before_ns < 10_000 * SECOND
    assert_true(boots[4])


@pytest.mark.parametrize("off_ns", [0, 400_000_000, -400_000_000])
def test_suspend(off_ns: int) -> None:
    node = boot()
    node.clock.synchronise()
    node.run(HOUR_S)
    node.clock.suspend(8 * HOUR_S, off_ns)
    node.run(600)
    node.clock.synchronise()
    node.run(HOUR_S)
    assert_true(node, within_s=0.5)


def test_a_battery_clock_that_is_a_minute_wrong() -> None:
    earlier = boot(rtc=True)
    earlier.clock.synchronise()
    node = Boot(earlier.clock.reboot("b00t0002", off_s=DAY_S))
    node.clock.step_by_hand(60 * SECOND)
    node.run(HOUR_S)
    assert node.qualities() == [Quality.ESTIMATED]
    assert {node.off_ns(one) for one in node.moments} == {60 * SECOND}
    node.clock.synchronise()
    node.run(HOUR_S)
    assert node.qualities() == [Quality.REPAIRED, Quality.SYNCED]
    assert_true(node)


def _restart(node: Boot) -> None:
    """The gateway ends well and is started again: it knows only what it has stored."""
    stored = Dating()
    node.dating.confirm(node.clock.boot_id)
    stored.learn(node.dating)
    node.dating = stored


def test_a_gateway_that_is_restarted_while_the_clock_was_stepped() -> None:
    """The moment at which it ended was kept, so the step is not smeared over what it measured."""
    node = boot(drift_ppm=200)
    node.clock.synchronise()
    node.run(20 * HOUR_S)
    _restart(node)
    node.clock.lose()
    node.clock.sleep(2 * DAY_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    assert_true(node)
