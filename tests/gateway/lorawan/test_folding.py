"""Entries of the log become what a row says of one sensor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.civil import CivilTime
from gateway.encoding.compact.rows import Interval, Part
from gateway.lorawan.folding import Folding, Layout, Piece
from gateway.lorawan.grid import Place
from gateway.model import Entry, Gap, Reason, Span, StoredGap
from tests.gateway.lorawan.entries import BOOT, EPOCH, T0_S, instant, reading, window

SENSORS = {"north": 0, "south": 1, "air": 2, "smoke": 3}


def folding(interval_s: int = 900, window_s: int = 900) -> Folding:
    day = CivilTime("Europe/Berlin").day
    made = Folding(Layout(SENSORS, frozenset({"smoke"}), window_s, day))
    made.grid.interval_s = interval_s
    return made


def folded(made: Folding, *entries: Entry) -> list[Piece]:
    return [piece for at, entry in enumerate(entries) for piece in made.take(entry, at)]


def test_a_window_of_counts_keeps_its_number_and_is_told_at_once() -> None:
    [piece] = folded(folding(), window(22, "south", 900, 4, 3))
    assert piece == Piece(
        Place(T0_S + 900, 900),
        Part(1, {"count_in": 4, "count_out": 3}, 22, 22, 1),
        Rank.COUNT,
        EPOCH,
        0,
    )


@pytest.mark.parametrize("off_s", [-2, -1, 1, 2])
def test_a_window_dated_by_a_network_is_of_the_row_that_gauges_are_in(off_s: int) -> None:
    """Told times are wrong by a second, and those of two days differ."""
    [piece] = folded(folding(), window(22, "south", 900 + off_s, 4, 3))
    assert piece.place == Place(T0_S + 900, 900)


@pytest.mark.parametrize(("ends_s", "length_s"), [(903, 900), (900, 600), (600, 900), (900, 1)])
def test_other_windows_are_told_as_they_are(ends_s: int, length_s: int) -> None:
    counts = reading(22, "south", ends_s, {"count_in": 1, "count_out": 0}, length_s)
    [piece] = folded(folding(), counts)
    assert piece.place == Place(T0_S + ends_s, length_s)


@pytest.mark.parametrize("window_s", [1, 2, 5, 60])
def test_a_row_of_short_windows_has_all_of_them(window_s: int) -> None:
    ends = [(number, number * window_s) for number in range(1, 9)]
    counts = {"count_in": 1, "count_out": 0}
    entries = [reading(number, "south", ends_s, counts, window_s) for number, ends_s in ends]
    [piece] = folded(folding(8 * window_s, window_s), *entries)
    assert (piece.part.first, piece.part.last) == (1, 8)
    assert piece.part.values == {"count_in": 8, "count_out": 0}


def test_blind_time_is_coverage_never_a_value() -> None:
    [piece] = folded(folding(), window(22, "south", 900, 4, 3, blind=450))
    assert piece.part.coverage == pytest.approx(0.5)
    [piece] = folded(folding(), window(22, "south", 900, 0, 0, blind=900))
    assert piece.part.coverage == 0.0


def test_gauges_are_the_mean_of_their_row_and_states_the_newest() -> None:
    made = folding()
    found = folded(
        made,
        *(
            reading(n, "air", n * 300, {"temperature": 20 + n, "motion": n % 2, "humidity": None})
            for n in (1, 2, 3)
        ),
    )
    [piece] = found
    assert piece.place == Place(T0_S + 900, 900)
    assert piece.part == Part(2, {"temperature": 22.0, "motion": 1.0, "humidity": None})


def test_a_row_without_its_last_gauge_is_closed_by_time_or_by_the_next() -> None:
    made = folding()
    assert not folded(made, reading(1, "air", 300, {"temperature": 20}))
    assert made.position == 0
    assert not list(made.close(T0_S + 899))
    [piece] = made.close(T0_S + 900)
    assert (piece.place, piece.part.values) == (Place(T0_S + 900, 900), {"temperature": 20.0})
    assert made.position is None
    later = folded(
        made,
        reading(2, "air", 1000, {"temperature": 20}),
        reading(3, "air", 1900, {"temperature": 30}),
    )
    assert [piece.place for piece in later] == [Place(T0_S + 1800, 900)]
    assert made.position == 1


def test_a_suspect_value_has_no_part_in_a_mean() -> None:
    [piece] = folded(
        folding(),
        reading(1, "air", 300, {"temperature": 90, "temperature_flags": 1}),
        reading(2, "air", 900, {"temperature": 20}),
    )
    assert piece.part.values == {"temperature": 20.0}
    [piece] = folded(folding(), reading(1, "air", 900, {"co2": 9, "co2_flags": 4}))
    assert piece.part.values == {"co2": None}


def test_means_of_means_count_by_their_number() -> None:
    [piece] = folded(
        folding(),
        reading(1, "air", 600, {"temperature": 10, "temperature_n": 9}, 600),
        reading(2, "air", 900, {"temperature": 20, "temperature_n": 1}, 300),
    )
    assert piece.part.values == {"temperature": 11.0}


def test_longer_rows_add_windows_up_and_say_which() -> None:
    [piece] = folded(
        folding(2700), *(window(20 + n, "north", n * 900, n, 1, 90) for n in (1, 2, 3))
    )
    assert piece.place == Place(T0_S + 2700, 2700)
    assert piece.part._replace(coverage=None) == Part(0, {"count_in": 6, "count_out": 3}, 21, 23, 3)
    assert piece.part.coverage == pytest.approx(0.9)


def test_a_long_row_that_lacks_a_window_has_less_coverage() -> None:
    made = folding(2700)
    [piece] = folded(made, window(21, "north", 900, 1, 1), window(23, "north", 2700, 1, 1))
    assert piece.place == Place(T0_S + 2700, 2700)
    assert piece.part.merged == 2
    assert piece.part.coverage == pytest.approx(2 / 3)


def test_what_was_carried_is_told_with_its_span_and_never_added_up() -> None:
    spans = (Span("count_in", instant(-1800), instant(0), 1_800_000_000_000),)
    entry = reading(30, "north", 2700, {"count_in": 5}, 900, spans, "carry")
    [piece] = folded(folding(2700), entry)
    assert piece.part == Part(0, {"count_in": 5}, 30, 30, 1, None, Interval(T0_S - 1800, T0_S))
    assert piece.place == Place(T0_S + 2700, 900)
    [piece] = folded(folding(), reading(31, "north", 2700, {}, 900, (), "carry"))
    assert piece.part.values == {}, "that the sensor works is told"


def test_an_alarm_is_told_by_itself_with_its_number() -> None:
    [piece] = folded(folding(), reading(7, "smoke", 12, {"motion": 1}))
    assert (piece.rank, piece.place) == (Rank.ALARM, Place(T0_S + 12, 0))
    assert piece.part == Part(3, {"motion": 1}, 7, 7, 1)


def test_counts_of_an_unknown_time_are_told_without_one() -> None:
    [piece] = folded(folding(2700), window(9, "north", None, 3, 2))
    assert piece.place == Place(None, 900)
    assert piece.part.values == {"count_in": 3, "count_out": 2}


def test_gap_records_and_strangers_have_no_place_in_a_row() -> None:
    gap = Gap(Reason.NOT_MEASURED, "north", None, None, None, (BOOT, 0))
    stored = StoredGap(EPOCH, 5, gap, None, instant(0))
    assert not folded(folding(), stored, window(6, "gone", 900, 1, 1))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), max_size=60),
    st.sampled_from([900, 1800, 2700, 3600, 86_400]),
)
def test_no_count_is_lost_or_told_twice(
    windows: list[tuple[int, int, bool]], interval_s: int
) -> None:
    """Whatever rows are, and whichever windows are missing."""
    made = folding(interval_s)
    entries = [
        window(n, "north", n * 900, went_in, out)
        for n, (went_in, out, there) in enumerate(windows, 1)
        if there
    ]
    pieces = [*folded(made, *entries), *made.close(float("inf"))]
    assert sum(int(piece.part.values["count_in"] or 0) for piece in pieces) == sum(
        int(entry.values["count_in"] or 0) for entry in entries
    )
    told = [
        n
        for piece in pieces
        for n in range(piece.part.first or 0, (piece.part.last or 0) + 1)
        if any(entry.number == n for entry in entries)
    ]
    assert told == [entry.number for entry in entries]
    assert sum(piece.part.merged or 0 for piece in pieces) == len(entries)


def test_a_row_of_which_a_part_is_known_says_which_part() -> None:
    made = folding(interval_s=3600)
    [piece] = folded(made, *(window(n, "north", n * 900, n, 0) for n in (3, 4)))
    assert piece.place == Place(T0_S + 3600, 1800)
    assert piece.part == Part(0, {"count_in": 7.0, "count_out": 0.0}, 3, 4, 2)
    assert not folded(made, window(5, "north", 5 * 900, 1, 0), window(6, "north", 6 * 900, 1, 0))
    [piece] = made.close(T0_S + 7200)
    assert piece.place == Place(T0_S + 5400, 1800)


@pytest.mark.parametrize("off_s", [-1, 1])
def test_windows_that_a_network_has_dated_lie_in_the_row_in_which_they_were(off_s: int) -> None:
    made = folding(interval_s=1800)
    entries = [window(n, "north", n * 900 + off_s, n, 0) for n in (1, 2, 3, 4)]
    found = [*folded(made, *entries), *made.close(T0_S + 3600)]
    assert [piece.place for piece in found] == [Place(T0_S + 1800, 1800), Place(T0_S + 3600, 1800)]
    assert [piece.part.values["count_in"] for piece in found] == [3, 7]


def test_no_row_reaches_over_local_midnight() -> None:
    """T0_S is 01:00 in Berlin, so midnight is 82,800 s later, in a row of 3 h from 21:00 UTC on."""
    made = folding(interval_s=3 * 3600)
    found = folded(made, *(window(n, "north", n * 900, 1, 0) for n in range(85, 97)))
    assert [piece.place for piece in found] == [
        Place(T0_S + 82_800, 2 * 3600),
        Place(T0_S + 86_400, 3600),
    ]
    air = [reading(n, "air", n * 3600, {"temperature": 20}) for n in (23, 24)]
    assert [piece.place for piece in folded(made, *air)] == [piece.place for piece in found]


def test_nor_does_a_row_of_a_day() -> None:
    made = folding(interval_s=86_400)
    found = folded(made, *(window(n, "north", n * 900, 1, 0) for n in range(1, 97)))
    assert [piece.place.ends_s for piece in found] == [T0_S + 82_800, T0_S + 86_400]
    assert [piece.part.values["count_in"] for piece in found] == [92, 4]
