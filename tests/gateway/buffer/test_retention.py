"""Steps of the ladder on a real store: which rows they take, when, and exactly once."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from drivers.quantities import Rank
from gateway.buffer import candidates, retention
from gateway.buffer.gaps import gap_of, gap_row
from gateway.buffer.group import Group
from gateway.buffer.identities import Segment, Span
from gateway.buffer.quota import DROP
from gateway.buffer.rows import Layout, Row, raw_count
from gateway.buffer.store import Store
from gateway.clock import Anchor
from gateway.errors import StoreDamaged
from gateway.model import Gap, Numbers, Reason
from tests.gateway.buffer.node import Node, commit_all, counted, everything, gaps, reading

AIR = Layout("hall", ("temperature",), Rank.GAUGE)
NOTE = Layout("board", ("temperature",), Rank.DIAGNOSTIC)
DOOR = Layout("door", ("count_in",), Rank.COUNT)
FIRE = Layout("fire", ("temperature",), Rank.ALARM)
LOST = Layout("", (), Rank.ALARM, gap=Reason.REFUSED)
EPOCH = 77
SECOND = 10**9
DAY = 86_400


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "log.db")) as opened:
        opened.write(Group([], segments=[Segment(1, EPOCH, 0)], reserved=10**9))
        yield opened


def put(store: Store, layouts: Iterable[Layout], every_s: float = 20, boot: str = "b1") -> None:
    """Rows behind the last one, so far apart."""
    rows, position = [], store.last_position
    for layout in layouts:
        position += 1
        packed = "null,null,null,0,null,null" if layout.gap else "1"
        rows.append(Row(position, layout, boot, round(position * every_s * SECOND), None, packed))
    store.write(Group(rows))


def do(store: Store, gap: Gap | None) -> Gap:
    """Store the record of a step."""
    assert gap is not None
    store.write(Group([gap_row(store.last_position + 1, gap)]))
    return gap


def all_steps(store: Store, fullness: float, under_way: Sequence[Span] = ()) -> list[Gap]:
    """Until there is nothing to be gained; fails if there is no end."""
    found: list[Gap] = []
    while gap := store.plan(fullness, under_way):
        found.append(do(store, gap))
        assert len(found) < 100
    return found


def shape(store: Store) -> list[tuple[str, int, int]]:
    """Sensor, position and how many readings, of all rows that are no gaps."""
    rows = [row for row in store.chunk(0, 10**9) if not row.layout.gap]
    return [(row.layout.sensor, row.position, raw_count(row)) for row in rows]


def test_a_step_merges_what_its_record_says(store: Store) -> None:
    put(store, [AIR, DOOR] * 7)
    assert store.plan(0.85, []) is None
    gap = do(store, store.plan(0.86, []))
    since, until = ("b1", 20 * SECOND), ("b1", 220 * SECOND)
    numbers = Numbers(EPOCH, 1, 11)
    assert gap == Gap(Reason.THINNED, "", numbers, 4, since, until, Rank.GAUGE, 60)
    assert [one for one in shape(store) if one[0] == "hall"] == [
        ("hall", 1, 1),
        ("hall", 5, 2),
        ("hall", 7, 1),
        ("hall", 11, 2),
        ("hall", 13, 1),
    ]
    assert gap_of(store.chunk(14, 15)[0]) == gap


def test_ranks_give_way_in_order_and_only_above_their_marks(store: Store) -> None:
    put(store, [NOTE, AIR, DOOR, FIRE] * 1000, every_s=5)
    untouched = shape(store)
    assert all_steps(store, 0.80) == []
    assert {gap.rank for gap in all_steps(store, 0.81)} == {Rank.DIAGNOSTIC}
    assert {gap.rank for gap in all_steps(store, 0.86)} == {Rank.GAUGE}
    assert {gap.rank for gap in all_steps(store, 0.95)} == set()
    assert [(gap.rank, gap.reason, gap.step_s) for gap in all_steps(store, 0.96)] == [
        (Rank.COUNT, Reason.THINNED, 60),
        (Rank.COUNT, Reason.THINNED, 900),
        (Rank.COUNT, Reason.THINNED, 3600),
        (Rank.DIAGNOSTIC, Reason.DROPPED, DROP),
        (Rank.GAUGE, Reason.DROPPED, DROP),
    ]
    assert sum(n for sensor, _, n in shape(store) if sensor == "door") == 1000
    [gap] = all_steps(store, 1.01)
    assert (gap.rank, gap.step_s, gap.n) == (Rank.COUNT, DROP, 1000)
    assert shape(store) == [one for one in untouched if one[0] == "fire"]


def test_nothing_to_gain_is_no_record(store: Store) -> None:
    put(store, [AIR, DOOR, FIRE, LOST] * 9, every_s=30)  # one a minute of each
    strange = AIR._replace(names=("phase_of_the_moon",))
    put(store, [strange] * 9)
    rows = store.chunk(0, 99)
    assert store.plan(0.86, []) == all_gauges(store, 900)
    store._thinned[Rank.GAUGE, 900] = store._thinned[Rank.GAUGE, 3600] = store.last_position
    assert store.plan(0.86, []) is None
    assert store.chunk(0, 99) == rows


def all_gauges(store: Store, step_s: int) -> Gap:
    """The record of merging all but the last of them."""
    gap = store.plan(0.86, [])
    assert gap is not None
    assert (gap.rank, gap.step_s, gap.reason) == (Rank.GAUGE, step_s, Reason.THINNED)
    return gap


def test_nothing_is_merged_over_a_reading_of_the_sensor_that_another_rung_is_for(
    store: Store,
) -> None:
    """A consumer takes a merged reading for all that lies within it."""
    counting = AIR._replace(names=("count_in",), rank=Rank.COUNT)
    put(store, [AIR, AIR, counting, AIR, AIR, *[DOOR] * 60, AIR], every_s=1)
    assert [(gap.numbers, gap.n) for gap in all_steps(store, 0.86)] == [(Numbers(EPOCH, 1, 5), 4)]
    assert [one for one in shape(store) if one[0] == "hall"] == [
        ("hall", 2, 2),
        ("hall", 3, 1),
        ("hall", 5, 2),
        ("hall", 66, 1),
    ]


def test_a_step_that_is_not_over_waits(store: Store) -> None:
    put(store, [AIR] * 3 + [DOOR] * 2, every_s=9)  # 9 to 45 s
    for fullness in (0.86, 0.95):
        assert store.plan(fullness, []) is None
    put(store, [AIR], every_s=9)  # 54 s
    assert store.plan(0.86, []) is None
    put(store, [AIR] * 2, every_s=9)  # 63 s
    gap = do(store, store.plan(0.86, []))
    assert (gap.numbers, gap.n) == (Numbers(EPOCH, 1, 6), 4)
    assert [one for one in shape(store) if one[0] == "hall"] == [
        ("hall", 6, 4),
        ("hall", 7, 1),
        ("hall", 8, 1),
    ]


def test_the_last_step_of_a_boot_is_over_when_another_has_begun(store: Store) -> None:
    put(store, [AIR] * 3, every_s=9)
    put(store, [AIR], every_s=9, boot="b2")
    assert do(store, store.plan(0.86, [])).numbers == Numbers(EPOCH, 1, 3)


def test_nothing_is_merged_over_a_cursor_what_is_under_way_or_an_epoch(store: Store) -> None:
    put(store, [AIR] * 60, every_s=1)
    store.write(Group([], segments=[Segment(61, 78, 60)]))
    put(store, [AIR] * 61, every_s=0.5)  # seconds 30.5 to 60.5
    found = all_steps(store, 0.86, [Span(11, 10), Span(31, 40)])
    minute = [gap.numbers for gap in found if gap.step_s == 60]
    assert minute == [
        Numbers(EPOCH, 1, 10),
        Numbers(EPOCH, 11, 30),
        Numbers(EPOCH, 41, 59),
        Numbers(78, 1, 59),
    ]
    assert all(("hall", p, 1) in shape(store) for p in range(31, 41))


def test_a_merged_row_that_begins_before_what_is_under_way_is_left_alone(store: Store) -> None:
    """Else its record would tell of readings that may be with an uplink."""
    put(store, [AIR, NOTE] * 60, every_s=1)
    put(store, [DOOR], every_s=1)
    all_steps(store, 0.86)
    before = shape(store)
    merged = [p for sensor, p, n in before if sensor == "hall" and n > 1]
    inside = merged[0] - 5
    for gap in all_steps(store, 0.96, [Span(inside - 2, inside)]):
        assert gap.numbers is not None
        assert not gap.numbers.first <= inside <= gap.numbers.last
    assert [one for one in shape(store) if one[1] == merged[0]] == [
        one for one in before if one[1] == merged[0]
    ]


def test_n_is_what_the_step_takes(store: Store) -> None:
    """Also where two sensors answer a little out of order, and chunks end inside a step."""
    for at in range(0, 400, 2):
        rows = [
            Row(at + 1, AIR, "b1", (at * 3 + 1) * SECOND, None, "1"),
            Row(at + 2, AIR._replace(sensor="yard"), "b1", (at * 3 - 1) * SECOND, None, "1"),
        ]
        store.write(Group(rows))
    for fullness in (0.86, 0.96):
        while gap := store.plan(fullness, [Span(101, 150)]):
            before = shape(store)
            do(store, gap)
            away = {*before} - {*shape(store)}
            assert gap.n == sum(n for *_, n in away)


@pytest.mark.parametrize(("look", "most"), [(7, 5000), (5000, 7), (11, 7)])
def test_however_small_the_portions_the_end_is_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, look: int, most: int
) -> None:
    monkeypatch.setattr(candidates, "LOOK_ROWS", look)
    monkeypatch.setattr(candidates, "CHUNK_ROWS", most)
    put(store, [AIR, DOOR, FIRE] * 40, every_s=10)
    total = 0
    while gap := _next(store, 0.86):
        do(store, gap)
        total += 1
        assert total < 200
    gauges = [n for sensor, _, n in shape(store) if sensor == "hall"]
    assert sum(gauges) == 40
    assert len(gauges) <= 40 / 2
    assert sum(n for sensor, _, n in shape(store) if sensor == "door") == 40


def _next(store: Store, fullness: float) -> Gap | None:
    """The next step, however many calls it takes to find it."""
    for _ in range(100):
        if gap := store.plan(fullness, []):
            return gap
    return None


def test_a_call_is_bounded_and_the_next_goes_on_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "LOOK_ROWS", 10)
    monkeypatch.setattr(retention, "PORTIONS", 3)
    put(store, [AIR, *[DOOR] * 99], every_s=1)  # a gauge that cannot be merged, and 99 counts
    put(store, [AIR] * 4, every_s=1)
    looked: list[int] = []
    portion = candidates.portion

    def counting(store: Store, of: list[int], after: int, upto: int) -> candidates.Portion | None:
        looked.append(after)
        return portion(store, of, after, upto)

    monkeypatch.setattr(retention, "portion", counting)
    assert store.plan(0.96, []) is None
    assert looked == [0, 10, 20]
    assert store.plan(0.96, []) is None
    assert looked[3:] == [30, 40, 50]  # counts must wait: it is still the gauges' turn
    gap = store.plan(0.96, [])
    assert looked[6:] == [0]  # what is left is one minute that may go on: they are through
    assert gap is not None
    assert gap.rank is Rank.COUNT


def test_a_rung_that_is_through_costs_no_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, [AIR, DOOR] * 300, every_s=1)
    all_steps(store, 0.95)
    monkeypatch.setattr(candidates, "LOOK_ROWS", 0)  # a portion would be the end of all
    store.plan(0.86, [])
    assert store.thinned(Rank.GAUGE, 60) >= 530


def test_a_failed_commit_leaves_the_rows_and_no_record(store: Store) -> None:
    put(store, [AIR] * 9)
    rows, gap = store.chunk(0, 99), store.plan(0.86, [])
    assert gap is not None
    with pytest.raises(StoreDamaged):  # position 1 is there
        store.write(Group([gap_row(10, gap), Row(1, AIR, "b1", 5, None, "1")]))
    with closing(Store(store.path)) as again:
        for one in (store, again):
            assert one.chunk(0, 99) == rows
            assert one.last_position == 9
    assert store.plan(0.86, []) == gap


def test_a_failed_commit_moves_no_mark(store: Store) -> None:
    put(store, [AIR, DOOR] * 9)
    store.connection.execute(
        "CREATE TRIGGER refusal BEFORE INSERT ON thinned WHEN new.rank = 3 "
        "BEGIN SELECT raise(ABORT, 'no'); END"
    )
    rows, gap = store.chunk(0, 99), store.plan(0.86, [])
    assert gap is not None
    with pytest.raises(StoreDamaged, match="no"):  # the second step, when the first is done
        store.write(Group([gap_row(19, gap), gap_row(20, gap._replace(rank=Rank.COUNT))]))
    assert store.chunk(0, 99) == rows
    assert store.thinned(Rank.GAUGE, 60) == 0


def test_a_merged_row_that_was_left_alone_is_not_taken_by_a_record_around_it(store: Store) -> None:
    put(store, [AIR] * 12, every_s=3600)
    merged = AIR._replace(sensor="yard", step_s=60)
    store.write(Group([Row(13, merged, "b1", 13 * 3600 * SECOND, None, "12,3,1.0")]))
    put(store, [AIR] * 3, every_s=3600)
    assert store.plan(0.96, [Span(3, 4), Span(7, 6)]) is None  # so many portions are for later
    found = all_steps(store, 0.96, [Span(3, 4), Span(7, 6)])
    assert [(gap.numbers, gap.n) for gap in found] == [
        (Numbers(EPOCH, 1, 2), 2),
        (Numbers(EPOCH, 5, 6), 2),
        (Numbers(EPOCH, 7, 16), 9),
    ]
    assert shape(store) == [("hall", 3, 1), ("hall", 4, 1), ("yard", 13, 3)]


def test_a_step_is_done_once(store: Store) -> None:
    put(store, [AIR, DOOR] * 30)
    for fullness in (0.86, 0.96):
        gap = do(store, store.plan(fullness, []))
        rows = [row for row in store.chunk(0, 10**9) if not row.layout.gap]
        do(store, gap)
        assert [row for row in store.chunk(0, 10**9) if not row.layout.gap] == rows


def test_a_record_of_another_store_does_nothing(store: Store) -> None:
    put(store, [AIR] * 9)
    gap = store.plan(0.86, [])
    assert gap is not None
    do(store, gap._replace(numbers=Numbers(EPOCH + 1, 1, 9)))
    do(store, gap._replace(numbers=None))
    assert shape(store) == [("hall", p, 1) for p in range(1, 10)]


def test_marks_outlive_the_program(store: Store) -> None:
    put(store, [AIR] * 30)
    gap = do(store, store.plan(0.86, []))
    assert gap.numbers is not None
    with closing(Store(store.path)) as again:
        assert again.thinned(Rank.GAUGE, 60) == gap.numbers.last


def test_after_a_kill_the_journal_does_it_once(node: Node) -> None:
    opened = node.start()
    for second in range(200):
        opened.append(reading(20 + second % 2, second * SECOND))
        opened.append(counted(1, second * SECOND))
    commit_all(opened)
    assert opened.store is not None
    gap = opened.store.plan(0.96, [])
    assert gap is not None
    opened.append_gap(gap)
    node.kill()
    again = node.start()
    assert again.store is not None
    merged = again.store.chunk(0, 999)
    assert len(merged) < 250
    node.kill()
    last = node.start()
    commit_all(last)
    assert last.store is not None
    left = last.store.chunk(0, 999)
    assert [row for row in left if row.layout.sensor] == [r for r in merged if r.layout.sensor]
    found = [one for one in gaps(everything(last)) if one.reason is Reason.THINNED]
    assert found == [gap]


def age(store: Store, now_s: float, age_s: float) -> Gap | None:
    return store.too_old(round(now_s * SECOND), round(age_s * SECOND))


def test_age_is_counted_in_operating_time_over_boots(store: Store) -> None:
    put(store, [AIR] * 10, every_s=10)  # until second 100
    rows = [Row(p, AIR, "b2", (p - 10) * 10 * SECOND, None, "1") for p in range(11, 21)]
    wrong = [("b1", Anchor(0, 0)), ("b2", Anchor(0, 2_000_000_000 * SECOND))]
    store.write(Group(rows, wrong))  # the wall clock says that years lie between
    assert store.dictionary.began_ns == {"b1": 0, "b2": 100 * SECOND}
    assert age(store, 200, 190) is None
    gap = do(store, age(store, 200, 160))
    assert (gap.reason, gap.numbers, gap.n) == (Reason.DROPPED, Numbers(EPOCH, 1, 3), 3)
    assert age(store, 200, 160) is None
    gap = do(store, age(store, 200, 45))
    assert (gap.numbers, gap.until) == (Numbers(EPOCH, 4, 15), ("b2", 50 * SECOND))
    assert [p for _, p, _ in shape(store)] == [16, 17, 18, 19, 20]


def test_age_takes_the_lowest_rank_first_and_never_alarms_and_records(store: Store) -> None:
    put(store, [FIRE, LOST, DOOR, AIR] * 5, every_s=1)
    dropped: list[tuple[Rank, int | None]] = []
    while gap := age(store, 100, 50):
        do(store, gap)
        dropped.append((gap.rank, gap.n))
    assert dropped == [(Rank.GAUGE, 5), (Rank.COUNT, 5)]
    assert [sensor for sensor, *_ in shape(store)] == ["fire"] * 5
    assert len([row for row in store.chunk(0, 20) if row.layout == LOST]) == 5


def test_old_alarms_hide_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "LOOK_ROWS", 5)
    monkeypatch.setattr(retention, "PORTIONS", 2)
    put(store, [*[FIRE] * 23, AIR, FIRE], every_s=1)
    assert [age(store, 100, 50) for _ in range(2)] == [None, None]
    gap = age(store, 100, 50)
    assert gap is not None
    assert gap.numbers == Numbers(EPOCH, 24, 24)


def test_where_nothing_is_too_old_one_row_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, [AIR] * 1000, every_s=1)
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    assert age(store, 1000, 1000) is None
    store.connection.set_trace_callback(None)
    assert len(asked) == 1


def test_pruning_goes_on_in_parts(store: Store) -> None:
    put(store, [AIR] * 10)
    left = []
    for _ in range(4):
        more = store.prune(9, 4)
        left.append((more, [p for _, p, _ in shape(store)]))
    assert left == [
        (True, [5, 6, 7, 8, 9, 10]),
        (True, [9, 10]),
        (False, [10]),
        (False, [10]),
    ]
    assert not store.prune(10)
    assert [p for _, p, _ in shape(store)] == [10]  # the newest stays


def test_an_almost_empty_file_gives_its_room_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SHRINK_BYTES", 100_000)
    for _ in range(4):
        put(store, [AIR] * 5000)
    store.prune(9_000)
    assert store.file_bytes() > 500_000  # half full: it stays as it is
    store.prune(19_000)
    assert store.path.stat().st_size < 100_000
    assert [p for _, p, _ in shape(store)] == list(range(19_001, 20_001))
