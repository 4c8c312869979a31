"""What counts of two ways (docs/messages.md): never more than there was, and at last all of it."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.lorawan_merging import Amount, Told, completed, that_count

READINGS = 24


def told(first: int, last: int) -> Told:
    """Readings of one sensor have every third number; that of number n has counted n."""
    numbers = [number for number in range(3, 3 * READINGS + 1, 3) if first <= number <= last]
    amounts = {"count_in": Amount(sum(numbers), None, None)}
    return Told(numbers[0], numbers[-1], len(numbers), amounts)


def counted(some: list[Told]) -> int:
    return round(sum(one.amounts["count_in"].value or 0 for one in some))


SINGLES = [told(number, number) for number in range(3, 3 * READINGS + 1, 3)]
TRUTH = counted(SINGLES)
indices = st.integers(0, READINGS - 1)
summaries = st.tuples(indices, indices).map(lambda ends: told(3 * min(ends) + 3, 3 * max(ends) + 3))


@given(st.sets(indices), st.lists(summaries, max_size=8), st.lists(summaries, max_size=2))
def test_no_reading_is_counted_twice_and_what_is_known_is_never_given_up(
    came: set[int], radio: list[Told], merged: list[Told]
) -> None:
    mqtt = [SINGLES[index] for index in sorted(came)] + merged[:1]
    found = that_count(mqtt, radio)
    numbers = [n for one in found for n in range(3, 3 * READINGS + 1, 3) if one.holds(told(n, n))]
    assert sum(one.n for one in found) <= READINGS
    assert counted(found) <= TRUTH
    assert len(numbers) == len(set(numbers)), found


@given(st.lists(summaries, max_size=8), st.randoms())
def test_with_all_of_mqtt_it_alone_counts(radio: list[Told], dice: random.Random) -> None:
    mqtt = list(SINGLES)
    dice.shuffle(mqtt)
    assert sorted(that_count(mqtt, radio)) == sorted(SINGLES)


def test_a_summary_holds_until_all_of_it_has_come() -> None:
    row = told(3, 12)
    assert that_count(SINGLES[:3], [row]) == [row]
    assert that_count(SINGLES[:4], [row]) == SINGLES[:4]
    assert that_count([SINGLES[5]], [row]) == [SINGLES[5], row]


def test_the_larger_of_two_counts_and_what_does_not_count_displaces_nothing() -> None:
    assert that_count([], [told(3, 12), told(3, 24)]) == [told(3, 24)]
    across = told(6, 30)
    assert that_count([across], [told(3, 12), told(33, 36)]) == [across, told(33, 36)]


def test_numbers_are_those_next_to_what_is_known() -> None:
    uplink = {"rows": [{"sensors": [{"last": 5}, {"values": {}}, {"last": 20}]}]}
    assert completed(uplink, 30) == 0
    assert completed(uplink, 524_288 + 30) == 524_288
    assert completed(uplink, 524_288 - 30) == 524_288
    assert completed({"rows": []}, 10**6) == 0
