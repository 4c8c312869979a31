"""Ranges are a set of whole numbers."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.ranges import Range, Ranges, count

ranges = st.tuples(st.integers(1, 60), st.integers(0, 8)).map(lambda r: (r[0], r[0] + r[1] - 1))


@given(st.lists(ranges, max_size=20), ranges, st.integers(0, 70))
def test_they_are_what_a_set_is(
    added: list[tuple[int, int]], asked: tuple[int, int], above: int
) -> None:
    found, expected = Ranges(), set[int]()
    for first, last in added:
        found.add(first, last)
        expected |= set(range(first, last + 1))
        assert _numbers(found) == expected
        assert _are_few(found)
    wanted = set(range(asked[0], asked[1] + 1))
    assert _numbers(found.without(*asked)) == wanted - expected
    assert _numbers(found.within(*asked)) == wanted & expected
    assert all(first <= last for first, last in found.within(*asked))
    assert {number for number in wanted if number in found} == wanted & expected
    assert count(found) == len(expected)
    assert len(found) == len(list(found))
    found.forget_above(above)
    assert {n for n in _numbers(found) if n <= above} == {n for n in expected if n <= above}
    assert all(first <= above for first, _ in found)


def _numbers(found: Iterable[Range]) -> set[int]:
    return {n for first, last in found for n in range(first, last + 1)}


def _are_few(found: Iterable[Range]) -> bool:
    """In order, and no two of them could be one."""
    return all(one[1] + 1 < two[0] for one, two in pairwise(found))
