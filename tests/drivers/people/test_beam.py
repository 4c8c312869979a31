"""A beam at a wall: what is in it, what the wall is, and when nobody can tell."""

import pytest

from drivers.people.beam import Beam

TENTH = 100_000_000


def looks(beam: Beam, *stretches: tuple[float | None, float]) -> list[bool | None]:
    """What is said at the end of each stretch: a distance in mm, for so many seconds."""
    said, at_ns = [], 0
    for distance, seconds in stretches:
        last: bool | None = None
        for _ in range(round(seconds * 10)):
            at_ns += TENTH
            last = beam.see(distance, at_ns)
        said.append(last)
    return said


def test_nearer_than_the_wall_by_the_margin() -> None:
    beam = Beam(900, 200)
    assert looks(beam, (900, 1), (701, 1), (699, 1), (None, 1), (1500, 1)) == [
        False,
        False,
        True,
        None,
        False,
    ]


def test_a_wall_is_learned_in_two_seconds() -> None:
    beam = Beam(None, 200)
    assert looks(beam, (905, 1.9), (905, 0.5), (600, 1)) == [None, False, True]
    assert beam.far_mm == 905


def test_somebody_in_the_beam_at_the_start_is_put_right() -> None:
    beam = Beam(None, 200)
    assert looks(beam, (450, 10), (900, 1), (900, 2), (450, 1)) == [False, False, False, True]
    assert beam.far_mm == 900


def test_whoever_passes_farther_away_than_the_wall_for_a_moment_is_no_wall() -> None:
    beam = Beam(None, 200)
    looks(beam, (900, 3), (3000, 1), (900, 1), (3000, 1.5), (900, 1))
    assert beam.far_mm == 900


def test_a_configured_wall_stays() -> None:
    beam = Beam(900, 200)
    looks(beam, (3000, 10))
    assert beam.far_mm == 900


def test_what_is_put_before_the_wall_is_in_the_beam_for_ever() -> None:
    beam = Beam(None, 200)
    assert looks(beam, (900, 3), (500, 600)) == [False, True]


@pytest.mark.parametrize("far_mm", [900, None])
def test_a_cover_is_told_after_five_seconds(far_mm: int | None) -> None:
    said = looks(Beam(far_mm, 200), (900, 3), (30, 5), (30, 1), (900, 0.1))
    assert said == [False, True, None, False]


def test_who_brushes_past_the_lens_again_and_again_is_no_cover() -> None:
    said = looks(Beam(900, 200), (30, 4), (900, 0.2), (30, 4))
    assert said == [True, False, True]


def test_an_outlier_is_no_wall() -> None:
    beam = Beam(None, 200)
    looks(beam, (905, 0.5), (7000, 0.1), (905, 3))
    assert beam.far_mm == 905


def test_a_wall_that_is_too_near_is_none() -> None:
    assert looks(Beam(None, 200), (350, 60)) == [None]
