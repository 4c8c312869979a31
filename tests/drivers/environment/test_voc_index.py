"""The VOC index against Sensirion's own package (sensirion-gas-index-algorithm 3.2.2).

That computes in single precision, so where it rounds there may be 1 between the two.
"""

import random
from collections.abc import Iterator

import pytest

from drivers.environment.sgp40.voc_index import VocIndex
from tests.chaos.form import rounds

ROOM = {
    44: 0, 45: 0, 46: 1, 47: 1, 60: 35, 100: 67, 300: 68, 1000: 100, 2000: 100, 3599: 100,
    3700: 484, 7000: 101, 7210: 256, 10810: 257, 14500: 477, 20000: 104, 36010: 263, 39999: 355,
    40010: 415, 40100: 499, 45000: 500, 50000: 500, 52000: 499, 59999: 404, 60010: 265, 60300: 64,
    65000: 143, 72010: 115, 80000: 70, 86399: 72,
}  # fmt: skip
"""Second to index, by the package; 0 = it warms up."""

RESUMED = {45: 0, 46: 114, 47: 114, 100: 114, 500: 114, 2999: 113}
"""After that day, by the package with the states of it set anew."""


def room() -> Iterator[int]:
    """A day: usual air, a smell each hour, a long one, and nonsense."""
    for second in range(86_400):
        raw = 30_000 + second % 7 - second // 400
        if second % 3600 < 600:
            raw -= (600 - second % 3600) * 4
        if 40_000 <= second < 60_000:
            raw -= 6_000
        if second % 5000 == 4999:
            raw = 65_535 if second % 2 else 0
        yield raw


@pytest.fixture(scope="module")
def day() -> tuple[VocIndex, list[int]]:
    voc = VocIndex()
    return voc, [voc.process(raw) or 0 for raw in room()]


@pytest.mark.parametrize(("second", "index"), ROOM.items())
def test_a_day_is_what_the_package_says(
    day: tuple[VocIndex, list[int]], second: int, index: int
) -> None:
    assert day[1][second] == pytest.approx(index, abs=1 if index > 1 else 0)


def test_what_was_learned_outlives_a_short_interruption(day: tuple[VocIndex, list[int]]) -> None:
    voc = day[0]
    voc.interrupted(600)
    found = [voc.process(29_000 - second % 3) or 0 for second in range(3000)]
    assert {second: found[second] for second in RESUMED} == pytest.approx(RESUMED, abs=1)


@pytest.mark.parametrize(("learned_s", "away_s"), [(12_000, 601), (10_000, 30)])
def test_what_is_too_old_or_too_young_is_forgotten(learned_s: int, away_s: float) -> None:
    voc, new = VocIndex(), VocIndex()
    for _ in range(learned_s):
        voc.process(31_000)
    voc.interrupted(away_s)
    signals = [29_000 - second % 3 for second in range(100)]
    assert [voc.process(raw) for raw in signals] == [new.process(raw) for raw in signals]


def test_any_signals_give_an_index_in_its_range() -> None:
    chance = random.Random(3)
    voc = VocIndex()
    for _ in range(rounds(20_000, 1_000_000)):
        if chance.random() < 0.001:
            voc.interrupted(chance.uniform(0, 1000))
        index = voc.process(chance.choice((0, 65_535, 20_000, 52_768, chance.randrange(65_536))))
        assert index is None or 1 <= index <= 500
