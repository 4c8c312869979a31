"""Whatever happens to a node that sends all it may: no window of true time holds too much.

Restarts, kills between charge and send, reboots that nobody knows the length of, steps of the wall
clock, time servers that come, go and lie, refunds, modems that send late.
"""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.airtime import UNLIMITED, Budget
from tests.gateway.airtime.air import DAY_NS, HOUR_NS, NOW_NS, Node
from tests.gateway.simulated_clock import SimulatedClock

_1970 = -NOW_NS
_2040 = 420_000_000 * 10**9
SMALL = Budget(airtime_per_day_s=8.0)

uplinks = st.tuples(st.integers(0, 51), st.integers(0, 5))
STEPS = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 12), uplinks, st.floats(0, 20)),
    st.tuples(st.just("kill"), st.booleans(), uplinks, st.floats(0, 40)),
    st.tuples(st.just("refund"), st.integers(1, 5), uplinks),
    st.tuples(st.just("silent"), uplinks, st.floats(0, 30)),
    st.tuples(st.just("join"), st.integers(0, 5)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("reboot"), st.floats(0, 40 * 3600)),
    st.tuples(st.just("sleep"), st.floats(0, 30 * 3600)),
    st.tuples(st.just("step"), st.sampled_from((_1970, _2040, 3600 * 10**9))),
    st.tuples(st.just("synchronise")),
    st.tuples(st.just("lose")),
    st.tuples(st.just("lie"), st.sampled_from((_1970, _2040, 86_400 * 10**9))),
)


class Walk:
    """One node, and what can happen to it."""

    def __init__(self, folder: Path, budget: Budget, drift_ppm: int) -> None:
        clock = SimulatedClock(truth_ns=NOW_NS, drift_ppm=drift_ppm)
        self.node = Node(folder, clock, budget)
        self._heard = False
        """Whether this boot has heard the true time before any lie."""

    def send(self, times: int, uplink: tuple[int, int], later_s: float) -> None:
        for _ in range(times):
            self._wait(uplink)
            self.node.send(*uplink, later_s)

    def kill(self, sent: bool, uplink: tuple[int, int], later_s: float) -> None:
        """Between the charge and its answer; the modem may send it all the same."""
        self._wait(uplink)
        self.node.ledger.charge(*uplink)
        self.node.start()
        if sent:
            self.node.transmit(*uplink, later_s)

    def refund(self, times: int, uplink: tuple[int, int]) -> None:
        for _ in range(times):
            self._wait(uplink)
            self.node.ledger.refund(self.node.ledger.charge(*uplink))

    def silent(self, uplink: tuple[int, int], later_s: float) -> None:
        """It was sent, and nobody says so."""
        self._wait(uplink)
        self.node.ledger.charge(*uplink)
        self.node.transmit(*uplink, later_s)

    def join(self, rate: int) -> None:
        self.node.clock.sleep(self.node.ledger.join_wait_s(rate))
        assert self.node.ledger.join_wait_s(rate) == 0.0
        self.node.join(rate)

    def restart(self) -> None:
        self.node.start()

    def reboot(self, off_s: float) -> None:
        self.node.reboot(off_s)
        self._heard = False

    def sleep(self, seconds: float) -> None:
        self.node.clock.sleep(seconds)

    def step(self, step_ns: int) -> None:
        self.node.clock.step_by_hand(step_ns)

    def synchronise(self) -> None:
        self.node.clock.synchronise()
        self.node.ledger.wait_s(0, 0)
        self._heard = True

    def lose(self) -> None:
        self.node.clock.lose()

    def lie(self, off_ns: int) -> None:
        """A time server that is wrong, but not the first that is heard in this boot."""
        if self._heard:
            self.node.clock.believe(off_ns)
            self.node.ledger.wait_s(0, 0)

    def _wait(self, uplink: tuple[int, int]) -> None:
        """As told, which is enough."""
        self.node.clock.sleep(self.node.ledger.wait_s(*uplink))
        assert self.node.ledger.wait_s(*uplink) == 0.0


@settings(max_examples=120, deadline=None)
@given(
    steps=st.lists(STEPS, max_size=25),
    budget=st.sampled_from((UNLIMITED, SMALL, Budget())),
    drift_ppm=st.sampled_from((0, 100, 490)),
)
def test_no_window_of_true_time_holds_too_much(
    steps: list[tuple[str, *tuple[object, ...]]], budget: Budget, drift_ppm: int
) -> None:
    with TemporaryDirectory() as folder:
        walk = Walk(Path(folder), budget, drift_ppm)
        for name, *how in steps:
            getattr(walk, name)(*how)
            _knows(walk.node)
        _keeps(walk.node, budget)


def test_a_long_walk(tmp_path: Path) -> None:
    chance = Random(7)
    for number, budget in enumerate((UNLIMITED, SMALL, Budget())):
        folder = tmp_path / str(number)
        folder.mkdir()
        walk = Walk(folder, budget, 100)
        for _ in range(600):
            _random_step(walk, chance)
            _knows(walk.node)
        _keeps(walk.node, budget)


def _random_step(walk: Walk, chance: Random) -> None:
    uplink = chance.randrange(52), chance.randrange(6)
    match chance.randrange(8):
        case 0:
            walk.kill(chance.random() < 0.7, uplink, chance.uniform(0, 40))
        case 1:
            walk.reboot(chance.choice((0.0, 60.0, 7200.0, 100_000.0)))
        case 2:
            walk.synchronise()
        case 3:
            walk.silent(uplink, chance.uniform(0, 30))
        case 4:
            walk.step(chance.choice((_1970, _2040)))
        case _:
            walk.send(chance.randrange(1, 20), uplink, chance.uniform(0, 10))


def _knows(node: Node) -> None:
    """What the ledger tells of the last day is never less than the truth."""
    since_ns = node.clock.truth_ns - DAY_NS
    sent_s = sum(lasts_ns for at_ns, lasts_ns in node.air.sent if at_ns > since_ns) / 1e9
    assert node.ledger.told(0, 0).airtime_day_s >= sent_s - 1e-6


def _keeps(node: Node, budget: Budget) -> None:
    assert node.air.most_ns(HOUR_NS) <= 36e9
    day_s = budget.airtime_per_day_s
    assert day_s is None or node.air.most_ns(DAY_NS) <= day_s * 1e9
