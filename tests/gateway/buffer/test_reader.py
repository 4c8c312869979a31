"""An uplink's way: everything is taken, and done is only what was settled (promise 13)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import RLock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.buffer.identities import Span
from gateway.buffer.passage import Batch, Taken
from gateway.buffer.reader import Reader
from gateway.model import Instant, Quality, StoredReading


def entry(number: int) -> StoredReading:
    at = Instant("b1", number, None, Quality.UNKNOWN)
    return StoredReading(7, number, number, 1, "hall", ("temperature",), "1.00", None, at)


class Positions:
    """A log whose entries are known by their positions, some of which are not there any more."""

    def __init__(self, there: set[int], last: int) -> None:
        self.there, self.last_position = there, last
        self.lock: AbstractContextManager[bool] = RLock()
        self.meanwhile: Callable[[], None] = lambda: None

    def grow(self, by: int) -> None:
        self.there |= set(range(self.last_position + 1, self.last_position + by + 1))
        self.last_position += by

    @property
    def available_position(self) -> int:
        return self.last_position

    def entries(self, after: int, limit: int, last: int | None = None) -> Taken:
        end = self.last_position if last is None else last
        found = [n for n in range(after + 1, end + 1) if n in self.there][:limit]
        self.meanwhile()
        upto = found[-1] if len(found) == limit else end
        return Taken([entry(n) for n in found], upto)


class Way:
    """A reader over ten positions, and where it was said to be."""

    def __init__(self, there: set[int] | None = None, last: int = 10) -> None:
        self.stream = Positions(set(range(1, last + 1)) if there is None else there, last)
        self.moves: list[int] = []
        self.reader = Reader(self.stream, 0, self.moves.append)

    def take(self, limit: int) -> Batch:
        batch = self.reader.take(limit)
        assert batch is not None
        return batch


@pytest.fixture
def way() -> Way:
    return Way()


def taken(batch: Batch) -> list[int]:
    return [one.number for one in batch.entries]


def test_batches_follow_each_other_until_there_is_nothing_left(way: Way) -> None:
    assert [taken(way.take(4)) for _ in range(3)] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert way.reader.take(4) is None
    assert (way.reader.position, way.reader.sent, way.moves) == (0, 10, [])
    assert (way.reader.backlog, way.reader.waiting) == (10, 0)


def test_what_is_settled_moves_the_position(way: Way) -> None:
    way.reader.settle(way.take(4))
    assert (way.reader.position, way.reader.backlog, way.moves) == (4, 6, [4])


def test_settled_out_of_order_it_waits_for_those_before(way: Way) -> None:
    one, two, three = way.take(2), way.take(3), way.take(2)
    way.reader.settle(three)
    way.reader.settle(two)
    assert way.reader.position == 0
    way.reader.settle(one)
    assert (way.reader.position, way.moves) == (7, [7])


def test_settling_twice_is_settling_once(way: Way) -> None:
    one, two = way.take(2), way.take(2)
    way.reader.settle(one)
    way.reader.settle(one)
    assert way.reader.position == 2
    way.reader.settle(two)
    way.reader.settle(one)
    assert (way.reader.position, way.moves) == (4, [2, 4])


def test_after_a_rewind_only_what_was_not_settled_is_taken_again(way: Way) -> None:
    one, two, three = way.take(2), way.take(2), way.take(2)
    way.reader.settle(one)
    way.reader.settle(three)
    way.reader.rewind()
    assert (way.reader.position, way.reader.backlog) == (2, 6)
    assert way.reader.may_be_there == [Span(5, 6)]
    assert taken(way.take(9)) == [3, 4]
    assert taken(way.take(9)) == [7, 8, 9, 10]
    assert not two.settled


def test_news_go_out_while_the_backlog_waits(way: Way) -> None:
    way.reader.rewind()
    assert (way.reader.take_news(9), way.reader.has_backlog) == (None, True)
    way.stream.grow(3)
    news = way.reader.take_news(9)
    assert news is not None
    assert taken(news) == [11, 12, 13]
    way.reader.settle(news)
    assert (way.reader.position, way.reader.backlog, way.moves) == (0, 10, [])
    while (batch := way.reader.take_backlog(4)) is not None:
        way.reader.settle(batch)
    assert (way.reader.position, way.moves) == (13, [4, 8, 13])


def test_news_beside_a_backlog_are_remembered_as_one_piece_however_many_they_are(
    way: Way,
) -> None:
    way.reader.rewind()
    for _ in range(50):
        way.stream.grow(2)
        news = way.reader.take_news(9)
        assert news is not None
        way.reader.settle(news)
    assert way.reader.may_be_there == [Span(11, 110)]
    while (batch := way.reader.take_backlog(4)) is not None:
        way.reader.settle(batch)
    assert (way.reader.position, way.reader.tally[7].n) == (110, 110)


def test_more_pieces_of_backlog_than_are_told_apart_are_one_again(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.buffer.reader.SPANS", 2)
    batches = [way.take(1) for _ in range(7)]
    for batch in batches[1::2]:
        way.reader.settle(batch)
    way.reader.rewind()
    assert taken(way.take(20)) == list(range(1, 11))


def test_what_the_platform_has_not_confirmed_is_kept_and_sent_again(way: Way) -> None:
    way.reader.waits_for_platform = True
    way.reader.settle(way.take(6))
    assert (way.reader.position, way.reader.acknowledged, way.moves) == (0, 6, [])
    way.reader.confirm(9)  # more than it can have
    assert (way.reader.position, way.moves) == (6, [6])
    way.reader.confirm(4)
    assert (way.reader.position, way.moves) == (6, [6])
    way.reader.settle(way.take(2))
    way.reader.again()
    assert taken(way.take(9)) == [7, 8, 9, 10]


def test_a_batch_of_before_a_rewind_settles_nothing(way: Way) -> None:
    old = way.take(5)
    way.reader.rewind()
    way.reader.settle(old)
    assert (way.reader.position, way.moves) == (0, [])
    again = way.take(3)
    way.reader.settle(old)
    assert way.reader.position == 0
    way.reader.settle(again)
    assert way.reader.position == 3


def test_what_is_not_there_any_more_is_passed_over() -> None:
    way = Way({3, 4, 8})
    assert taken(way.take(2)) == [3, 4]
    assert taken(way.take(2)) == [8]
    assert way.reader.take(2) is None


def test_where_nothing_is_left_the_position_goes_to_the_end() -> None:
    way = Way(set())
    assert way.reader.take(2) is None
    assert (way.reader.position, way.reader.backlog, way.moves) == (10, 0, [10])


def test_nothing_left_behind_what_is_under_way_settles_nothing_before() -> None:
    way = Way({1, 2})
    batch = way.take(2)
    assert way.reader.take(2) is None
    assert way.reader.position == 0
    way.reader.settle(batch)
    assert way.reader.position == 10


def test_what_was_read_while_the_reader_was_moved_is_not_taken(way: Way) -> None:
    way.stream.meanwhile = lambda: way.reader.move(6)
    assert way.reader.take(3) is None
    way.stream.meanwhile = lambda: None
    assert taken(way.take(3)) == [7, 8, 9]


def test_it_calls_once_when_as_much_waits_as_was_asked_for(way: Way) -> None:
    way.take(8)
    way.reader.call(3)
    assert not way.reader.wake.is_set()
    way.reader.told(10)
    assert not way.reader.wake.is_set()
    way.reader.told(11)
    assert way.reader.wake.is_set()
    way.reader.wake.clear()
    way.reader.told(12)
    assert not way.reader.wake.is_set()


def test_it_calls_at_once_when_that_much_waits_already(way: Way) -> None:
    way.reader.call(10)
    assert way.reader.wake.is_set()


@given(st.sets(st.integers(1, 30)), st.lists(st.integers(1, 7), min_size=30, max_size=30))
def test_everything_that_is_there_is_taken_once_and_in_order(
    there: set[int], limits: list[int]
) -> None:
    way, found = Way(there, 30), []
    for limit in limits:
        batch = way.reader.take(limit)
        if batch is not None:
            assert len(batch.entries) <= limit
            found += taken(batch)
    assert found == sorted(there)


class AnyOrder(RuleBasedStateMachine):
    """Takes of news and backlog, settlements in any order, rewinds, and a log that grows."""

    @initialize(there=st.sets(st.integers(1, 200)))
    def begin(self, there: set[int]) -> None:
        self.way = Way(there, 20)
        self.there = there
        self.batches: list[Batch] = []
        self.settled: set[int] = set()
        self.forgotten: list[Batch] = []

    @rule(limit=st.integers(1, 6), news=st.booleans())
    def take(self, limit: int, news: bool) -> None:
        reader = self.way.reader
        batch = reader.take_news(limit) if news else reader.take_backlog(limit)
        if batch is not None:
            assert not self.settled & set(taken(batch))
            self.batches.append(batch)

    @rule(which=st.integers(0, 1_000))
    def settle(self, which: int) -> None:
        if self.batches:
            batch = self.batches[which % len(self.batches)]
            self.settled |= set() if batch in self.forgotten else set(taken(batch))
            self.way.reader.settle(batch)

    @rule()
    def rewind(self) -> None:
        self.forgotten += [batch for batch in self.batches if not batch.settled]
        self.way.reader.rewind()

    @rule(more=st.integers(1, 30))
    def grow(self, more: int) -> None:
        self.way.stream.last_position += more

    @invariant()
    def the_position_never_passes_what_was_not_settled(self) -> None:
        passed = {n for n in self.there if n <= self.way.reader.position}
        assert passed <= self.settled

    @rule()
    def drain(self) -> None:
        """Whatever happened before, all that is there has been there once."""
        for batch in self.batches:
            if batch not in self.forgotten:
                self.way.reader.settle(batch)
                self.settled |= set(taken(batch))
        while (more := self.way.reader.take(7)) is not None:
            self.settled |= set(taken(more))
            self.way.reader.settle(more)
        assert self.way.reader.backlog == 0
        assert self.settled == {n for n in self.there if n <= self.way.stream.last_position}

    @invariant()
    def positions_only_rise_and_stay_behind_what_was_sent(self) -> None:
        assert self.way.moves == sorted(set(self.way.moves))
        assert self.way.reader.position <= self.way.reader.sent <= self.way.stream.last_position


TestAnyOrder = AnyOrder.TestCase
