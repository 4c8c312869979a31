"""Any sequence of troubles against the truth: after repair nothing is misdated.

Somebody looks at the clocks every second around what happens, and else every five minutes: nothing
is new in between. The clock drifts while it is undisciplined, always alike.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import STEP_NS, Dating
from gateway.model import Quality
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
MAX_OFF_NS = SECOND + STEP_NS
TRUTH = 1_790_000_000 * SECOND
DAY_S = 86_400
_FALSE = tuple(sign * s for s in (700, 3_600, 2 * DAY_S, 3_650 * DAY_S) for sign in (1, -1))


class Event(NamedTuple):
    """What happens after so many seconds."""

    wait_s: int
    what: str
    amount: float = 0.0


_WAITS = st.one_of(st.integers(1, 30), st.integers(1, 14 * 3_600))
_HONEST = st.one_of(
    st.builds(Event, _WAITS, st.sampled_from(("sync", "lose", "leap"))),
    st.builds(Event, _WAITS, st.just("hand"), st.sampled_from((-2.0, 2.0, 3_650.0, -0.00001))),
    st.builds(Event, _WAITS, st.just("suspend"), st.floats(-0.4, 0.4)),
)
_FALSE_SERVERS = st.builds(Event, _WAITS, st.just("false"), st.sampled_from(_FALSE))
_DRIFTS = st.integers(-200, 200)


class Life:
    """One boot; `marks` are the moments that are looked at."""

    def __init__(self, clock: SimulatedClock, dating: Dating) -> None:
        self.clock = clock
        self.dating = dating
        self.marks: list[int] = []
        self._leapt = False
        self._false = False

    def first_sync(self, after_s: int) -> None:
        """Undisciplined for less than an hour."""
        self._pass(after_s)
        self.clock.synchronise()
        self._near()

    def live(self, events: Sequence[Event]) -> None:
        """All that happens, and then it is well."""
        for event in events:
            self._pass(event.wait_s)
            self._near()
            self._happen(event)
            self._near()
        self.clock.synchronise()
        self._near()

    def offs_ns(self) -> list[int]:
        """By how much each moment is misdated."""
        offs = []
        for up_ns in self.marks:
            utc_ns = self.dating.utc_ns(self.clock.boot_id, up_ns)
            assert utc_ns is not None
            offs.append(abs(utc_ns - self.clock.truth_at(up_ns)))
        return offs

    def _happen(self, event: Event) -> None:
        honest = self.clock.source is not None and not self._false
        if event.what == "sync":
            self.clock.synchronise()
            self._false = False
        elif event.what == "lose":
            self.clock.lose()
        elif event.what == "hand":
            self.clock.step_by_hand(round(event.amount * DAY_S * SECOND))
        elif event.what == "leap" and honest and not self._leapt:
            self._pass(600)  # not on top of a small step that still waits to be kept
            self._near()
            self.clock.leap()
            self._leapt = True
        elif event.what == "suspend":
            self.clock.suspend(event.wait_s, round(event.amount * SECOND) if honest else 0)
            self._near()
            if honest:  # the servers are asked again soon
                self.clock.synchronise()
        elif event.what == "false":
            self.clock.believe(round(event.amount) * SECOND)
            self._false = True

    def _pass(self, seconds: float) -> None:
        while seconds > 0:
            self.clock.sleep(min(300.0, seconds))
            seconds -= 300.0
            self._look()

    def _near(self) -> None:
        self.clock.run(6, self._look)

    def _look(self) -> None:
        self.dating.add(self.clock.boot_id, self.clock.anchor())
        self.marks.append(self.clock.now_ns())


def life(drift_ppm: int, first_s: int, events: Sequence[Event]) -> Life:
    one = Life(SimulatedClock(truth_ns=TRUTH, drift_ppm=drift_ppm), Dating())
    one.first_sync(first_s)
    one.live(events)
    return one


@settings(deadline=None)
@given(_DRIFTS, st.integers(0, 3_500), st.lists(_HONEST, max_size=16))
def test_without_a_false_server_nothing_is_misdated_and_the_order_is_kept(
    drift_ppm: int, first_s: int, events: list[Event]
) -> None:
    one = life(drift_ppm, first_s, events)
    assert max(one.offs_ns()) <= MAX_OFF_NS
    utc = [one.dating.utc_ns(one.clock.boot_id, up_ns) or 0 for up_ns in one.marks]
    assert utc == sorted(utc)


@settings(deadline=None)
@given(_DRIFTS, st.integers(0, 3_500), st.lists(_HONEST | _FALSE_SERVERS, max_size=16))
def test_what_a_false_server_said_is_repaired(
    drift_ppm: int, first_s: int, events: list[Event]
) -> None:
    one = life(drift_ppm, first_s, events)
    assert max(one.offs_ns()) <= MAX_OFF_NS


@settings(deadline=None)
@given(_DRIFTS, st.lists(_HONEST | _FALSE_SERVERS, max_size=8))
def test_what_is_synced_without_a_false_server_was_right_at_once(
    drift_ppm: int, events: list[Event]
) -> None:
    """Before any repair."""
    one = Life(SimulatedClock(truth_ns=TRUTH, drift_ppm=drift_ppm), Dating())
    one.first_sync(60)
    for event in events:
        if event.what == "false":
            break
        one._pass(event.wait_s)
        one._happen(event)
        one._near()
        at = one.dating.date(one.clock.boot_id, one.clock.now_ns())
        if at.quality is Quality.SYNCED:
            assert at.utc_ns is not None
            assert abs(at.utc_ns - one.clock.truth_ns) <= MAX_OFF_NS


_BOOTS = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(1, 100_000),
        st.sampled_from((0, 0, 60, 10**7)),
        st.sampled_from((0, 0, 5, 10**4)),
    ),
    min_size=1,
    max_size=8,
)
"""Of each boot: whether it is synchronised; seconds that it runs, is off, and runs unknown."""


@settings(deadline=None)
@given(_DRIFTS, _BOOTS)
def test_bounds_always_contain_the_truth(
    drift_ppm: int, boots: list[tuple[bool, int, int, int]]
) -> None:
    """What the log knows of the operating time may be short of what it was."""
    began_ns: dict[str, int] = {}
    dating, lives, operating_ns = Dating(began_ns), [], 0
    clock = SimulatedClock("b0", truth_ns=TRUTH, drift_ppm=drift_ppm)
    for number, (is_synchronised, run_s, off_s, unknown_s) in enumerate(boots):
        began_ns[clock.boot_id] = operating_ns
        one = Life(clock, dating)
        one._pass(run_s)
        if is_synchronised:
            one.clock.synchronise()
            one._near()
            one._pass(run_s // 2)
            one.clock.lose()
            one._pass(run_s // 2)
        lives.append(one)
        operating_ns += clock.now_ns()
        clock.sleep(unknown_s)
        clock = clock.reboot(f"b{number + 1}", off_s)
        for earlier in lives:
            _assert_bounded(earlier)


def _assert_bounded(one: Life) -> None:
    for up_ns in one.marks[:: max(1, len(one.marks) // 10)]:
        at = one.dating.date(one.clock.boot_id, up_ns)
        if at.bounds is not None:
            low, high = at.bounds
            truth_ns = one.clock.truth_at(up_ns)
            assert low is None or low <= truth_ns
            assert high is None or truth_ns <= high
