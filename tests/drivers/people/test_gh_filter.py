"""Where a track is and how fast: the line of least squares through what was seen."""

from statistics import linear_regression

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.people.crossings import Point
from drivers.people.gh_filter import GhFilter

FRAME_NS = 100_000_000

places = st.lists(
    st.builds(Point, st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=2, max_size=40
)


def followed(seen: list[Point]) -> GhFilter:
    """One position per frame, the first at 0, with all of them in memory."""
    motion = GhFilter(seen[0], 0)
    for index, position in enumerate(seen[1:], 1):
        predicted = motion.predicted(index * FRAME_NS)
        residual = Point(position.x - predicted.x, position.y - predicted.y)
        motion.correct(predicted, residual, index + 1, index * FRAME_NS)
    return motion


@given(places)
def test_it_is_where_the_line_of_least_squares_ends_and_as_fast(seen: list[Point]) -> None:
    motion = followed(seen)
    times = [index * FRAME_NS / 1e9 for index in range(len(seen))]
    for axis in (0, 1):
        slope, intercept = linear_regression(times, [position[axis] for position in seen])
        end = intercept + slope * times[-1]
        assert motion.position[axis] == pytest.approx(end, abs=1e-6)
        assert motion.velocity[axis] == pytest.approx(slope, abs=1e-5)


def test_it_is_predicted_at_constant_velocity_from_the_second_position_on() -> None:
    motion = followed([Point(0, 1000), Point(10, 900)])
    assert motion.moved_ns == FRAME_NS
    assert motion.predicted(3 * FRAME_NS) == pytest.approx((30, 700))
