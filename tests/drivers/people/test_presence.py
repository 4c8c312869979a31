"""Presence from many looks a second: each moment counts once, and noise is nobody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.people.presence import Presence, Steady

SECOND = 1_000_000_000
TENTH = SECOND // 10


def seen(*looks: tuple[bool | None, float], stuck_after_ns: int | None = None) -> Presence:
    """Each state in looks 0.1 s apart for so many seconds."""
    presence = Presence(0, SECOND // 2, stuck_after_ns)
    at_ns = 0
    for state, seconds in looks:
        for _ in range(round(seconds * 10)):
            presence.see(state, at_ns)
            at_ns += TENTH
    presence.settle(at_ns)
    return presence


def told(presence: Presence) -> tuple[int, float, float]:
    return presence.activations, presence.occupied_ns / 1e9, presence.blind_ns / 1e9


def test_two_visits() -> None:
    presence = seen((False, 1), (True, 2), (False, 1), (True, 3), (False, 1))
    assert told(presence) == (2, 5.0, 0.0)
    assert presence.state is False


def test_who_is_there_at_the_beginning_is_no_activation() -> None:
    assert told(seen((True, 2))) == (0, 2.0, 0.0)


def test_who_appears_while_nobody_could_see_is_no_activation() -> None:
    assert told(seen((False, 1), (None, 2), (True, 1))) == (0, 1.0, 2.0)


def test_silence_is_blind_after_half_a_second_and_state_is_unknown() -> None:
    presence = seen((False, 1), (True, 1))
    presence.settle(5 * SECOND)
    assert presence.state is None
    assert told(presence) == (1, 1.4, 2.6)
    presence.see(True, 5 * SECOND)
    assert told(presence) == (1, 1.4, 2.6)


def test_what_stays_for_too_long_is_blind_from_then_on() -> None:
    presence = seen((False, 1), (True, 30), stuck_after_ns=10 * SECOND)
    assert presence.state is None
    assert told(presence) == (1, 10.0, 20.0)


def test_time_before_the_first_look_is_blind() -> None:
    presence = Presence(0, SECOND // 2)
    presence.see(False, 3 * SECOND)
    assert presence.blind_ns == 3 * SECOND


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    looks=st.lists(st.tuples(st.sampled_from([True, False, None]), st.integers(0, 3 * SECOND))),
    stuck=st.sampled_from([None, SECOND]),
)
def test_each_moment_is_one_of_the_three(
    looks: list[tuple[bool | None, int]], stuck: int | None
) -> None:
    presence, at_ns = Presence(0, SECOND // 2, stuck), 0
    before = (0, 0)
    for state, later_ns in looks:
        at_ns += later_ns
        presence.see(state, at_ns)
        assert presence.occupied_ns + presence.blind_ns <= at_ns
        assert presence.occupied_ns >= before[0]
        assert presence.blind_ns >= before[1]
        before = presence.occupied_ns, presence.blind_ns
    whole = presence.occupied_ns + presence.blind_ns
    presence.settle(at_ns + 10 * SECOND)
    assert presence.occupied_ns + presence.blind_ns - whole >= 9 * SECOND


AFTER = {True: 2, False: 4, None: 10}


def steady(*states: bool | None) -> list[bool | None]:
    one = Steady(AFTER)
    return [one.see(state, at) for at, state in enumerate(states)]


def test_a_single_look_changes_nothing() -> None:
    clear = [None, None, None, None, False]
    assert steady(*[False] * 5, True, *[False] * 3) == clear + [False] * 4


def test_each_state_needs_its_own_time() -> None:
    assert steady(*[False] * 5, *[True] * 3)[-3:] == [False, False, True]
    assert steady(*[False] * 5, *[None] * 11)[-2:] == [False, None]


def test_of_looks_that_disagree_the_newest_wins() -> None:
    assert steady(*[False] * 5, None, True, True)[-1] is True
