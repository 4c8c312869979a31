"""Direction of a passage: the walks of the facts, what stays uncounted, and any sequence at all."""

import pickle
import random
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.people.direction import (
    ARM_NS,
    BEAMS,
    BLOCKED_AFTER_NS,
    GAP_NS,
    DirectionCounter,
    Timing,
)
from drivers.people.pair_passage import CLEAR, FAST_NS

MS = 1_000_000
STEP_MS = 100


class Walked:
    """A counter that was shown states, each `STEP_MS` long or as long as told."""

    def __init__(self, *states: int | tuple[int, int]) -> None:
        self.counter = DirectionCounter(CLEAR, 0)
        self.now = 1000 * MS
        self.walk(*states)

    def walk(self, *states: int | tuple[int, int]) -> "Walked":
        for item in states:
            state, lasts_ms = item if isinstance(item, tuple) else (item, STEP_MS)
            self.counter.feed(state, self.now)
            self.now += lasts_ms * MS
        self.counter.settle(self.now)
        return self

    @property
    def result(self) -> tuple[int, int, int, int]:
        counter = self.counter
        return (
            counter.counted_in,
            counter.counted_out,
            counter.turned_back,
            counter.incomplete,
        )


IN, OUT, BACK, INCOMPLETE = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("states", "result"),
    [
        ((0, 2, 3, 1, 0), IN),
        ((0, 1, 3, 2, 0), OUT),
        ((0, 2, 0), BACK),
        ((0, 2, 3, 2, 0), BACK),
        ((0, 1, 0), BACK),
        ((0, 1, 3, 1, 0), BACK),
        ((0, 2, 3, 1, 3, 2, 0), BACK),
        ((0, 2, 3, 2, 3, 1, 0), IN),
        ((0, 1, 3, 1, 3, 2, 0), OUT),
        ((0, 3, 0), INCOMPLETE),
        ((0, 3, 1, 0), INCOMPLETE),
        ((0, 2, 3, 0), INCOMPLETE),
    ],
)
def test_walks(states: tuple[int, ...], result: tuple[int, ...]) -> None:
    assert Walked(*states).result == result


def test_nothing_is_counted_before_the_return_to_clear() -> None:
    walked = Walked(0, 2, 3, 1)
    assert walked.result == (0, 0, 0, 0)
    assert walked.walk(0).result == IN


def test_counted_when_clear_for_40_ms() -> None:
    walked = Walked(0, 2, 3, 1, (0, 39))
    assert walked.result == (0, 0, 0, 0)
    walked.counter.settle(walked.now + 1 * MS)
    assert walked.result == IN


@pytest.mark.parametrize(("states", "result"), [((2, 1), IN), ((1, 2), OUT)])
def test_fast_walk_counts_if_both_were_broken_within_300_ms(
    states: tuple[int, int], result: tuple[int, ...]
) -> None:
    first, second = states
    limit = FAST_NS // MS
    assert Walked(0, (first, limit), second, 0).result == result
    assert Walked(0, (first, limit + 1), second, 0).result == INCOMPLETE


def test_fast_walk_with_a_gap_between_the_beams() -> None:
    assert Walked(0, (2, 60), (0, 30), (1, 60), 0).result == IN
    assert Walked(0, (2, 60), (0, 40), (1, 60), 0).result == (0, 0, 2, 0)


def test_an_arm_that_follows_within_40_ms_belongs_to_the_body() -> None:
    assert Walked(0, 2, 3, 1, (0, 39), (1, 30), 0).result == IN
    assert Walked((0, 100), (2, 15), (0, 20), 2, 3, 1, 0).result == IN
    assert Walked(0, 2, 3, (0, 15), 3, 1, 0).result == IN


def test_an_arm_in_the_outer_beam_when_the_body_has_left_the_inner_one_is_no_turning_back() -> None:
    way: list[int | tuple[int, int]] = [0, 2, 3, (1, 38), (3, 12), (2, 4), (0, 39)]
    assert Walked(*way, (1, 16), 0).result == IN
    assert Walked(*way, (0, 1), (1, 16), 0).result == (1, 0, 1, 0)
    assert Walked(0, 2, 3, (1, 49), (3, 12), (2, 37), 0).result == IN
    assert Walked(0, 2, 3, (1, 50), (3, 12), (2, 37), 0).result == BACK
    assert Walked(0, 2, 3, (1, 49), (3, 12), (2, 38), 0).result == BACK


def test_a_late_arm_counts_nobody_more() -> None:
    assert Walked(0, 2, 3, 1, (0, 60), (1, 30), 0).result == (1, 0, 1, 0)


def test_tailgating_with_a_clear_moment_counts_two() -> None:
    assert Walked(0, 2, 3, 1, (0, 160), 2, 3, 1, 0).result == (2, 0, 0, 0)


def test_tailgating_without_a_clear_moment_is_ambiguous_and_counts_one() -> None:
    assert Walked(0, 2, 3, 1, 3, 1, 0).result == IN
    assert Walked(0, 2, 3, 1, 3, 2, 3, 1, 0).result == IN


def test_reversed_pair_swaps_in_and_out() -> None:
    states = [0, 2, 3, 1, 0, 1, 3, 2, 0, 2, 3, 1, 0, 2, 0, 3, 1, 0]
    swapped = [(0, 2, 1, 3)[state] for state in states]
    counted_in, counted_out, *rest = Walked(*states).result
    assert (counted_in, counted_out) == (2, 1)
    assert Walked(*swapped).result == (counted_out, counted_in, *rest)


def test_one_in_and_one_out_after_the_other() -> None:
    assert Walked(0, 2, 3, 1, (0, 50), 1, 3, 2, 0).result == (1, 1, 0, 0)


def test_noise_on_one_beam_is_nobody() -> None:
    walked = Walked(*[(state, 15) for state in (0, 2) * 50], 0)
    assert walked.result == BACK
    walked = Walked(*[(state, 50) for state in (0, 1) * 50], 0)
    assert walked.result == (0, 0, 50, 0)


@pytest.mark.parametrize("states", [(2, 3, 1), (3,), (2,), (1, 3, 2), (2, 3, 2, 3, 1)])
def test_longer_than_5_s_is_blocked_and_nobody(states: tuple[int, ...]) -> None:
    head, last = states[:-1], states[-1]
    rest_ms = BLOCKED_AFTER_NS // MS - STEP_MS * len(head)
    walked = Walked((0, 100), *head, (last, rest_ms))
    began = walked.now - BLOCKED_AFTER_NS
    assert walked.counter.blocked_since_ns is None
    assert walked.counter.blind_ns == 0
    walked.counter.settle(walked.now + 1)
    assert walked.counter.blocked_since_ns == began
    assert walked.counter.blind_ns == BLOCKED_AFTER_NS + 1
    walked.now += 1000 * MS
    walked.walk(0)
    assert walked.result == (0, 0, 0, 0)
    assert walked.counter.blocked_since_ns is None
    assert walked.counter.blind_ns == BLOCKED_AFTER_NS + 1000 * MS
    assert walked.walk(2, 3, 1, 0).result == IN


def test_exactly_5_s_still_counts() -> None:
    assert Walked(0, 2, 3, (1, 4800), 0).result == IN
    assert Walked(0, 2, 3, (1, 4801), 0).result == (0, 0, 0, 0)


def test_flicker_does_not_end_a_block() -> None:
    walked = Walked((0, 100), *[(3, 990), (0, 10)] * 8, 3)
    assert walked.counter.blocked_since_ns == 1100 * MS
    assert walked.counter.blind_ns == 8100 * MS


def test_blind_time_counts_every_block_and_never_falls() -> None:
    walked = Walked()
    seen = [walked.counter.blind_ns]
    for state, lasts in [(2, 6000), (0, 100), (2, 100), (0, 1000), (3, 7000), (0, 20), (3, 50)]:
        for _ in range(10):
            walked.walk((state, lasts // 10))
            seen.append(walked.counter.blind_ns)
    assert seen == sorted(seen)
    assert walked.walk(0).counter.blind_ns == (6000 + 7070) * MS


def test_a_repeated_state_changes_nothing() -> None:
    states = [0, 2, 3, 1, 0]
    assert Walked(*[(state, 10) for state in states for _ in range(10)]).result == IN


def test_restart_keeps_counts_and_drops_the_passage_under_way() -> None:
    walked = Walked(0, 2, 3, 1, 0, 2, 3)
    walked.counter.restart(1, walked.now)
    assert walked.walk(1, 0).result == (1, 0, 0, 1)
    walked.counter.restart(CLEAR, walked.now)
    assert walked.walk(2, 3, 1, 0).result == (2, 0, 0, 1)


@pytest.mark.parametrize("state", [1, 2, 3])
def test_a_passage_found_under_way_has_no_direction(state: int) -> None:
    walked = Walked()
    walked.counter.restart(state, walked.now)
    assert walked.walk(state, 3, 1, 3, 2, 0).result == INCOMPLETE


def test_time_that_was_missed_before_a_restart_is_blind() -> None:
    walked = Walked(0, 2, 3)
    walked.counter.restart(CLEAR, walked.now + 7000 * MS)
    assert walked.counter.blind_ns == 7000 * MS


def test_a_block_across_a_restart_is_blind_throughout() -> None:
    walked = Walked((2, 6000))
    walked.counter.restart(2, walked.now + 60_000 * MS)
    assert walked.counter.blind_ns == 66_000 * MS
    walked.counter.settle(walked.now + 66_000 * MS)
    assert walked.counter.blind_ns == 72_000 * MS


def test_blocked_from_the_beginning() -> None:
    counter = DirectionCounter(3, 0)
    counter.settle(BLOCKED_AFTER_NS + 1)
    assert counter.blocked_since_ns == 0


Timed = list[tuple[int, int]]
"""State and how long it lasts, in ms."""

walks = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.integers(0, 400), st.sampled_from([12, 39, 40, 49, 50, 300, 301, 4999, 5000, 5001])
        ),
    ),
    max_size=60,
)


@given(walks)
def test_every_return_to_clear_counts_one_at_most(walk: Timed) -> None:
    walked = Walked((0, 50), *walk, (0, 50))
    states = [0, *(state for state, _ in walk), 0]
    returns = sum(a != 0 and b == 0 for a, b in pairwise(states))
    assert sum(walked.result) <= returns


@given(walks)
def test_the_result_is_that_of_the_table_over_the_whole_history(walk: Timed) -> None:
    walked = Walked((0, 50), *walk, (0, 50))
    outcomes = [_by_the_table(passage) for passage in _passages([*walk, (0, 50)])]
    assert walked.result == tuple(
        outcomes.count(name) for name in ("in", "out", "turned back", "incomplete")
    )


@given(walks, st.randoms())
def test_how_often_it_is_settled_does_not_matter(walk: Timed, chance: random.Random) -> None:
    plain, settled = Walked((0, 50), *walk, (0, 50)), Walked((0, 50))
    for state, lasts in walk:
        settled.counter.feed(state, settled.now)
        for at in sorted(chance.randrange(lasts + 1) for _ in range(3)):
            settled.counter.settle(settled.now + at * MS)
        settled.now += lasts * MS
    settled.walk((0, 50))
    assert settled.result == plain.result
    assert settled.counter.blind_ns == plain.counter.blind_ns


@given(walks)
def test_memory_stays_bounded(walk: Timed) -> None:
    walked = Walked(*walk)
    walked.walk(*walk * 5)
    assert len(pickle.dumps(walked.counter)) < 1000


def _passages(walk: Timed) -> Iterable[Timed]:
    """The whole history, cut where the pair was clear for `GAP_NS` or more."""
    passage: Timed = []
    clear_ms = GAP_NS // MS
    for state, lasts in walk:
        clear_ms = clear_ms + lasts if state == 0 else 0
        if state or passage:
            passage.append((state, lasts))
        if passage and clear_ms >= GAP_NS // MS:
            yield passage
            passage = []


def _by_the_table(passage: Timed) -> str:
    while passage[-1][0] == 0:
        passage = passage[:-1]
    if sum(lasts for _, lasts in passage) > BLOCKED_AFTER_NS // MS:
        return "blocked"
    path = "".join(str(state) for state, _ in passage if state)
    ends = path[0] + _left_last(passage)
    if ends in ("22", "11"):
        return "turned back"
    for way, name in [("21", "in"), ("12", "out")]:
        if ends == way and ("3" in path or _fast(passage, int(way[1]))):
            return name
    return "incomplete"


def _left_last(passage: Timed) -> str:
    """The beam that was left last, arms left out: "1", "2", or "3" for both."""
    left = {beam: _left(passage, beam) for beam in (1, 2)}
    latest = max(left.values())
    return str(sum(beam for beam, at in left.items() if at == latest))


def _left(passage: Timed, beam: int) -> tuple[int, int]:
    """When that beam was left: number of the change, ms."""
    at_ms, broken_ms, left, before = 0, 0, (-1, -1), 0
    for number, (state, lasts) in enumerate([*passage, (0, 0)]):
        if state & beam and not before & beam:
            broken_ms = at_ms
        if before & beam and not state & beam:
            arm = left != (-1, -1) and max(broken_ms - left[1], at_ms - broken_ms) < ARM_NS // MS
            left = left if arm else (number, at_ms)
        before, at_ms = state, at_ms + lasts
    return left


def _fast(passage: Timed, far: int) -> bool:
    states = [state for state, _ in passage]
    return sum(lasts for _, lasts in passage[: states.index(far)]) <= FAST_NS // MS


ZONES = Timing(gap_ns=60 * MS, blocked_after_ns=30_000 * MS, together_ns=40 * MS)


def divided(*states: tuple[int, int]) -> tuple[bool, DirectionCounter]:
    counter, now = DirectionCounter(CLEAR, 0, ZONES), 0
    for state, lasts_ms in states:
        counter.feed(state, now)
        now += lasts_ms * MS
    return counter.divide(now), counter


def test_dividing_ends_a_complete_passage_and_what_follows_is_the_next() -> None:
    parted, counter = divided((2, 100), (3, 100), (1, 100))
    assert (parted, counter.counted_in) == (True, 1)
    for at_ms, state in ((400, 2), (500, 3), (600, 1), (700, 0), (800, 0)):
        counter.feed(state, at_ms * MS)
    assert counter.counted_in == 2


@pytest.mark.parametrize(
    "states",
    [
        ((2, 100),),
        ((2, 100), (3, 100)),
        ((2, 100), (3, 100), (2, 100)),
        ((3, 100), (1, 100)),
        ((2, 25), (3, 100), (1, 100)),
        ((2, 100), (3, 100), (1, 25)),
        ((2, 100), (3, 30_000), (1, 100)),
    ],
)
def test_dividing_leaves_what_is_not_complete_or_moves_across(
    states: tuple[tuple[int, int], ...],
) -> None:
    parted, counter = divided(*states)
    assert (parted, counter.counted_in, counter.counted_out, counter.turned_back) == (
        False,
        0,
        0,
        0,
    )


def test_dividing_when_nobody_is_there_is_nothing() -> None:
    assert DirectionCounter(CLEAR, 0).divide(1000) is False


def test_zones_have_other_times_than_beams() -> None:
    for timing, counted in ((ZONES, 1), (BEAMS, 0)):
        counter = DirectionCounter(CLEAR, 0, timing)
        for at_ms, state in ((0, 2), (100, 3), (10_000, 1), (10_100, 0), (10_150, 1), (10_200, 0)):
            counter.feed(state, at_ms * MS)
        counter.settle(11_000 * MS)
        assert counter.counted_in == counted
        assert counter.incomplete + counter.turned_back == (0 if counted else 1)
