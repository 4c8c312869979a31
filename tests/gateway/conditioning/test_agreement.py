"""Agreement with a sensor beside it, and the conditions around."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import TEMPERATURE, WIND_DIRECTION
from gateway.conditioning.agreement import NEAR_AGAIN, Agrees, Around
from gateway.conditioning.value import Value
from gateway.config.conditioning import Agreement, Conditions
from gateway.model import Flag

SECOND = 1_000_000_000


class Pair:
    """A sensor at `mine` beside one at `other`, asked each 10 s."""

    def __init__(self, for_s: float = 0.0) -> None:
        self.other: float | None = 20.0
        self.asked: set[tuple[str, str, Flag]] = set()
        limits = Agreement(sensor="hall", within=1.5, for_=for_s)
        self.judge = Agrees(TEMPERATURE, limits, self._others)
        self._at_ns = 0

    def disagrees(self, mine: float) -> bool:
        self._at_ns += 10 * SECOND
        return self.judge.suspicion(Value(0.0, mine, self._at_ns)) is not None

    def _others(self, sensor: str, quantity: str, despite: Flag) -> float | None:
        self.asked.add((sensor, quantity, despite))
        return self.other


def test_a_difference_beyond_the_limit_disagrees_until_it_is_clearly_smaller() -> None:
    pair = Pair()
    assert [pair.disagrees(20 + apart) for apart in (1.5, 1.51, 1.4, 1.21, 1.2, 1.5)] == [
        *(False, True, True, True),
        *(False, False),
    ]


def test_one_that_must_last_counts_anew_after_each_agreement() -> None:
    pair = Pair(for_s=30)
    course = [18.0, 18.0, 20.0, 18.0, 18.0, 18.0, 18.0, 17.0, 19.0]
    assert [pair.disagrees(mine) for mine in course] == [*[False] * 6, True, True, False]


def test_without_the_other_nothing_is_said_and_it_begins_anew() -> None:
    pair = Pair(for_s=10)
    assert [pair.disagrees(18) for _ in range(2)] == [False, True]
    pair.other = None
    assert not pair.disagrees(18)
    pair.other = 20.0
    assert [pair.disagrees(18) for _ in range(2)] == [False, True]


def test_that_the_other_disagrees_too_does_not_silence_it() -> None:
    pair = Pair()
    found = pair.judge.suspicion(Value(0.0, 25.0, SECOND))
    assert found is not None
    assert found.evidence == "it says 25.00 Cel, hall says 20.00 Cel"
    assert pair.asked == {("hall", "temperature", Flag.DISAGREES)}


def test_directions_agree_the_shorter_way_round() -> None:
    limits = Agreement(sensor="mast", within=20)
    judge = Agrees(WIND_DIRECTION, limits, lambda *_: 355.0)
    assert judge.suspicion(Value(0.0, 10.0, 1)) is None
    assert judge.suspicion(Value(0.0, 30.0, 2)) is not None


@given(st.lists(st.one_of(st.none(), st.floats(15, 25)), max_size=30), st.sampled_from([0, 10, 40]))
def test_it_disagrees_only_after_a_time_in_which_it_did(
    course: list[float | None], for_s: float
) -> None:
    """Against a reading of the whole course backwards from each value."""
    pair = Pair(for_s)
    for index, other in enumerate(course):
        pair.other = other
        found = pair.disagrees(20.0)
        apart = [abs(20.0 - (20.0 if one is None else one)) for one in course[: index + 1]]
        lasts = 0
        while lasts < len(apart) and apart[-1 - lasts] > 1.5:
            lasts += 1
        if lasts and (lasts - 1) * 10 >= for_s:
            assert found
        if apart[-1] <= 1.5 * NEAR_AGAIN:
            assert not found
        if found:
            nearest = next((n for n, one in enumerate(reversed(apart)) if one <= 1.2), len(apart))
            assert nearest * 10 > for_s


@pytest.mark.parametrize(
    ("above", "below", "humidity", "suspect"),
    [
        (70, None, 70.0, False),
        (70, None, 70.1, True),
        (None, 5, 5.0, False),
        (None, 5, 4.9, True),
        (70, 5, 40.0, False),
        (70, 5, 99.0, True),
        (70, None, None, False),
    ],
)
def test_conditions(
    above: float | None, below: float | None, humidity: float | None, suspect: bool
) -> None:
    limits = Conditions(sensor="air", quantity="humidity", above=above, below=below)
    found = Around(limits, lambda *_: humidity).suspicion(Value(1.0, 1.0, 1))
    assert (found is not None) is suspect
    assert found is None or found.evidence == f"humidity of air is {humidity:.2f} %"
