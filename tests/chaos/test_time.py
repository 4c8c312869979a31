"""A whole node whatever its clocks do: order kept, nothing lost, twice or misdated, no burst."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers import registry
from gateway.config import MqttUplink
from gateway.uplink import mqtt
from tests.chaos import turnstile
from tests.chaos.form import report, rounds
from tests.chaos.timely import INTERVAL_S, SECOND, FarSide, Judge, Link, TimelyNode
from tests.gateway.simulated_clock import SimulatedClock

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
YEAR_S = 365 * DAY_S
TRUTH = 1_795_176_000 * SECOND
"""2026-11-20T12:00:00Z."""

Build = Callable[..., TimelyNode]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    built: list[TimelyNode] = []

    def made(folder: Path = tmp_path, **clock: Any) -> TimelyNode:
        far = FarSide()

        def link(uplink: MqttUplink, _node: str, wake: Any, *_more: Any, **_other: Any) -> Link:
            return Link(far, uplink, wake)

        monkeypatch.setattr(mqtt, "MqttUplink", link)
        (folder / "run").mkdir(exist_ok=True)
        clock = {"truth_ns": TRUTH, "drift_ppm": 50, **clock}
        built.append(TimelyNode(folder, far, SimulatedClock("b00t0001", **clock)))
        return built[-1]

    monkeypatch.setattr(registry, "BUILT_IN", dict(registry.BUILT_IN))
    turnstile.offer(registry.BUILT_IN)
    yield made
    for node in built:
        node.node.log.let_go()


def judged(node: TimelyNode) -> Judge:
    """All is delivered, and all is as it should be."""
    node.deliver()
    judge = Judge(node)
    assert not list(judge.faults())
    return judge


def ends(node: TimelyNode, boot: str = "b00t0001") -> list[int]:
    """Seconds of true UTC at which the intervals of that boot have ended."""
    return [
        node.clocks[boot].truth_at(message["up"] * 1_000_000) // SECOND
        for message in node.far.platform.of("door")
        if message["boot"] == boot
    ]


def test_a_start_in_1970_is_repaired_three_hours_later(build: Build) -> None:
    node = build()
    node.far.there = False
    node.run(3 * HOUR_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    judge = judged(node)
    assert not list(judge.late_faults())
    clocks = [one["clock"] for one in node.far.platform.of("door")]
    assert clocks == sorted(clocks)  # repaired, then synced
    assert set(clocks) == {"repaired", "synced"}
    aligned = [end % INTERVAL_S for end in ends(node)][-10:]
    assert set(aligned) <= {0, 299}  # 100 ms early is the second before


def test_what_went_out_undated_is_dated_by_the_receiver(build: Build) -> None:
    node = build()
    node.run(2 * HOUR_S)
    assert {one["clock"] for one in node.far.messages} == {"unknown"}
    node.clock.synchronise()
    node.run(HOUR_S)
    judge = judged(node)
    assert {dated.clock for dated in judge.truth.values()} == {"repaired", "synced"}


@pytest.mark.parametrize("step_s", [-2 * DAY_S, 10 * YEAR_S, -40 * YEAR_S])
@pytest.mark.parametrize("by", ["hand", "server"])
def test_a_step_and_back_moves_nothing(build: Build, step_s: int, by: str) -> None:
    node = build()
    node.clock.synchronise()
    node.run(HOUR_S)
    before = len(node.far.platform.of("door"))
    if by == "hand":
        node.clock.step_by_hand(step_s * SECOND)
    else:
        node.clock.believe(step_s * SECOND)
    node.run(2 * HOUR_S)
    during = len(node.far.platform.of("door")) - before
    assert during == pytest.approx(2 * HOUR_S / INTERVAL_S, abs=1)  # neither a burst nor a hole
    node.clock.synchronise()
    node.run(HOUR_S)
    judged(node)


def test_while_the_server_is_false_what_waits_is_repaired_before_it_is_sent(build: Build) -> None:
    node = build()
    node.clock.synchronise()
    node.run(HOUR_S)
    node.far.there = False
    node.clock.believe(10 * YEAR_S * SECOND)
    node.run(2 * HOUR_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    assert not list(judged(node).late_faults())


def test_a_leap_second_is_seen_by_nobody(build: Build) -> None:
    node = build()
    node.clock.synchronise()
    node.run(3 * HOUR_S + 17)
    node.clock.leap()
    node.run(3 * HOUR_S)
    judge = judged(node)
    assert not list(judge.late_faults())
    assert {one["clock"] for one in node.far.messages} <= {"synced", "unknown"}


def test_a_week_of_200_ppm_is_interpolated(build: Build) -> None:
    node = build(drift_ppm=200)
    node.clock.synchronise()
    node.run(HOUR_S)
    node.far.there = False
    node.clock.lose()
    node.run(7 * DAY_S, push_every_s=HOUR_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    judge = judged(node)
    assert not list(judge.late_faults())
    assert {one["clock"] for one in node.far.platform.of("air")} == {"synced", "repaired"}


@pytest.mark.parametrize("delivered", ["as it comes", "at the end"])
def test_three_boots_that_never_synchronise_keep_order_and_bounds(
    build: Build, delivered: str
) -> None:
    node = build()
    node.clock.synchronise()
    node.run(HOUR_S)
    node.far.there = delivered == "as it comes"
    for _ in range(3):
        node.reboot(off_s=HOUR_S)
        node.run(2 * HOUR_S)
    node.reboot(off_s=60)
    node.run(HOUR_S)
    node.clock.synchronise()
    node.run(HOUR_S)
    judge = judged(node)
    unknown = [one for one in judge.truth.values() if one.clock == "unknown"]
    assert len(unknown) > 3 * 2 * HOUR_S / INTERVAL_S
    assert all(one.not_before is not None for one in unknown)
    assert all(one.not_after is not None for one in unknown)
    widest = max((one.not_after or 0) - (one.not_before or 0) for one in unknown)
    # As long as it was off, and drift; the receiver alone does not know how long others have run.
    assert widest < (3 * HOUR_S + 60 + 90 + (delivered == "as it comes") * 4 * HOUR_S) * 1000


def test_a_suspend_is_one_gap(build: Build) -> None:
    node = build()
    node.clock.synchronise()
    node.run(HOUR_S)
    node.clock.suspend(5 * HOUR_S)
    node.run(HOUR_S)
    judged(node)
    longest = max(one["up"] - one["up0"] for one in node.far.platform.of("door"))
    assert longest == pytest.approx(5 * HOUR_S * 1000, abs=INTERVAL_S * 1000)  # it counted on


Event = tuple[str, float]
events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.floats(1, 3 * HOUR_S)),
        st.tuples(st.just("synchronise"), st.just(0.0)),
        st.tuples(st.just("lose"), st.just(0.0)),
        st.tuples(st.just("step"), st.sampled_from((-2 * DAY_S, -90, 90, 10 * YEAR_S))),
        st.tuples(st.just("false server"), st.sampled_from((-2 * DAY_S, HOUR_S, 10 * YEAR_S))),
        st.tuples(st.just("suspend"), st.floats(10, 5 * HOUR_S)),
        st.tuples(st.just("kill"), st.just(0.0)),
        st.tuples(st.just("reboot"), st.floats(5, DAY_S)),
        st.tuples(st.just("power cut"), st.floats(5, DAY_S)),
        st.tuples(st.just("link"), st.just(0.0)),
    ),
    min_size=3,
    max_size=14,
)


class _Life:
    """A node, and what may happen to it: a false server is found out before the boot ends."""

    def __init__(self, node: TimelyNode) -> None:
        self.node = node
        self._has_lied = False

    def take(self, event: Event) -> None:
        what, by = event
        if what in ("reboot", "power cut"):
            self.repair()
        node, clock = self.node, self.node.clock
        happens: dict[str, Callable[[], object]] = {
            "run": lambda: node.run(by),
            "synchronise": self.synchronise,
            "lose": clock.lose,
            "step": lambda: clock.step_by_hand(round(by * SECOND)),
            "false server": lambda: self._lie(by),
            "suspend": lambda: clock.suspend(by),
            "kill": node.kill,
            "reboot": lambda: node.reboot(by),
            "power cut": lambda: node.cut_power(by),
            "link": self._switch_link,
        }
        happens[what]()
        self.node.run(5)

    def _switch_link(self) -> None:
        self.node.far.there = not self.node.far.there

    def synchronise(self) -> None:
        self.node.clock.synchronise()
        self.node.run(600)

    def repair(self) -> None:
        """What was believed wrongly is contradicted."""
        if self._has_lied:
            self.synchronise()
            self._has_lied = False

    def _lie(self, by_s: float) -> None:
        self.synchronise()
        self.node.clock.believe(round(by_s * SECOND))
        self.node.run(60)
        self._has_lied = True


def test_no_sequence_of_steps_and_boots_misdates_loses_or_doubles_anything(build: Build) -> None:
    figures = {"lives": 0, "boots": 0, "readings": 0}

    @settings(
        max_examples=rounds(40, 1000),
        deadline=None,
        derandomize=rounds(40, 1000) == 40,
        suppress_health_check=list(HealthCheck),
    )
    @given(events=events, drift_ppm=st.integers(-100, 100))
    def live(events: list[Event], drift_ppm: int) -> None:
        with TemporaryDirectory() as folder:
            node = build(Path(folder), drift_ppm=drift_ppm)
            life = _Life(node)
            for event in events:
                life.take(event)
            life.repair()
            judge = judged(node)
            node.stop()
        figures["lives"] += 1
        figures["boots"] += len(node.clocks)
        figures["readings"] += len(judge.truth)

    live()
    report(
        f"time: {figures['lives']:,} lives of {figures['boots']:,} boots under wrong clocks, "
        f"{figures['readings']:,} readings: order kept, none lost, twice or more than 1 s off"
    )
