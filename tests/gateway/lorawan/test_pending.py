"""What waits to be told goes out in the order of its worth, and no count of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.encoding.compact.rows import Interval, Part
from gateway.lorawan import pending
from gateway.lorawan.folding import Piece
from gateway.lorawan.grid import Place
from gateway.lorawan.pending import Pending, Slip, rows
from tests.gateway.lorawan.entries import EPOCH, T0_S


def counts(number: int, row: int, sensor: int = 0, went_in: int = 1) -> Piece:
    place = Place(T0_S + row * 900, 900)
    part = Part(sensor, {"count_in": went_in}, number, number, 1)
    return Piece(place, part, Rank.COUNT, EPOCH, number - 1)


def means(row: int, position: int = 0) -> Piece:
    return Piece(
        Place(T0_S + row * 900, 900), Part(2, {"temperature": 20.0}), Rank.GAUGE, None, position
    )


def alarm(number: int, at_s: int = 5) -> Piece:
    part = Part(3, {"motion": 1}, number, number, 1)
    return Piece(Place(T0_S + at_s, 0), part, Rank.ALARM, EPOCH, number - 1)


def names(slips: list[Slip]) -> list[tuple[int, int]]:
    return [(int(slip.rank), ((slip.place.ends_s or 0) - T0_S) // 900) for slip in slips]


def test_worth() -> None:
    waiting = Pending(2)
    for piece in (counts(1, 1), means(1), counts(2, 2), means(2), alarm(3), counts(4, 3), means(3)):
        waiting.add(piece)
    count, gauge = int(Rank.COUNT), int(Rank.GAUGE)
    assert names(waiting.by_worth()) == [
        (count, 3),
        (int(Rank.ALARM), 0),
        (gauge, 3),
        (count, 2),
        (gauge, 2),
        (count, 1),
        (gauge, 1),
    ]
    waiting.sent(waiting.by_worth()[:2])
    assert names(waiting.by_worth())[-2:] == [(count, 3), (int(Rank.ALARM), 0)], "repeats go last"


def test_rows_of_one_place_are_one() -> None:
    waiting = Pending(1)
    for piece in (counts(1, 1), counts(2, 1, sensor=1), means(1), counts(3, 2)):
        waiting.add(piece)
    made = [row for row, _ in rows(waiting.by_worth())]
    assert [(row.ends_s, [part.sensor for part in row.parts]) for row in made] == [
        (T0_S + 1800, [0]),
        (T0_S + 900, [2]),
        (T0_S + 900, [0, 1]),
    ] or [(row.ends_s, [part.sensor for part in row.parts]) for row in made] == [
        (T0_S + 1800, [0]),
        (T0_S + 900, [0, 1, 2]),
    ]


def test_sent_often_enough_is_done_and_acknowledged_at_once() -> None:
    waiting = Pending(2)
    waiting.add(counts(1, 1))
    waiting.add(counts(2, 2))
    waiting.sent(waiting.slips)
    assert (waiting.position, len(waiting.slips), waiting.fresh) == (0, 2, [])
    waiting.acknowledged(waiting.by_worth()[:1])
    assert names(waiting.slips) == [(int(Rank.COUNT), 1)]
    waiting.sent(waiting.slips)
    assert waiting.position is None


def test_what_was_told_is_not_told_again_by_the_next_process() -> None:
    waiting = Pending(2)
    for piece in (counts(1, 1), counts(2, 2), means(1)):
        waiting.add(piece)
    waiting.sent(slip for slip in list(waiting.slips) if slip.place.ends_s == T0_S + 900)
    waiting.sent(slip for slip in list(waiting.slips) if slip.place.ends_s == T0_S + 900)
    later = Pending(2, waiting.marks)
    for piece in (counts(1, 1), counts(2, 2), means(1)):
        later.add(piece)
    assert names(later.slips) == [(int(Rank.COUNT), 2)]
    later.add(counts(3, 1, sensor=1))
    assert len(later.slips) == 2, "what came late for a row that was told is told"


def test_what_was_sent_once_is_sent_once_more_by_the_next_process() -> None:
    waiting = Pending(2)
    waiting.add(counts(1, 1))
    waiting.sent(waiting.slips)
    later = Pending(2, waiting.marks)
    later.add(counts(1, 1))
    assert [slip.times for slip in later.slips] == [1]


def test_a_replay_is_told_again() -> None:
    waiting = Pending(1)
    waiting.add(counts(1, 1))
    waiting.add(counts(2, 2))
    waiting.sent(waiting.slips)
    waiting.again(T0_S + 900, T0_S + 1800)
    waiting.add(counts(1, 1))
    waiting.add(counts(2, 2))
    assert names(waiting.slips) == [(int(Rank.COUNT), 2)]


def test_what_the_platform_has_is_done() -> None:
    waiting = Pending(3)
    for piece in (counts(1, 1), counts(2, 2), counts(3, 3), means(3)):
        waiting.add(piece)
    waiting.platform_has(EPOCH + 1, 3)
    assert len(waiting.slips) == 4, "of another epoch"
    waiting.platform_has(EPOCH, 2)
    assert names(waiting.slips) == [(int(Rank.COUNT), 3), (int(Rank.GAUGE), 3)]


def test_carried_counts_are_never_joined() -> None:
    carried = counts(1, 1)
    part = carried.part._replace(span=Interval(T0_S - 900, T0_S))
    waiting = Pending(1)
    waiting.add(carried._replace(part=part))
    waiting.add(counts(2, 1))
    assert len(waiting.slips) == 2


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=80), st.integers(1, 30))
def test_when_there_is_no_room_means_go_and_counts_are_added_up(
    people: list[tuple[int, int]], room: int
) -> None:
    before, pending.MOST_SLIPS = pending.MOST_SLIPS, room
    try:
        waiting = Pending(1)
        for row, both in enumerate(people, 1):
            waiting.add(means(row, 2 * row))
            for sensor, went_in in enumerate(both):
                waiting.add(counts(2 * row + sensor, row, sensor, went_in))
    finally:
        pending.MOST_SLIPS = before
    assert len(waiting.slips) <= room
    parts = [part for slip in waiting.slips for part in slip.parts if part.first is not None]
    for sensor in (0, 1):
        told = [part for part in parts if part.sensor == sensor]
        assert sum(part.values["count_in"] or 0 for part in told) == sum(
            both[sensor] for both in people
        )
        assert sum(part.merged or 0 for part in told) == len(people)
    if people and room > 1:
        assert waiting.by_worth()[0].place.ends_s == T0_S + len(people) * 900
