"""Sums of what was acknowledged."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.buffer.tally import Concerned, Tally
from gateway.model import (
    Entry,
    Gap,
    Instant,
    Names,
    Numbers,
    Quality,
    Reason,
    StoredGap,
    StoredReading,
)

AT = Instant("b1", 1, None, Quality.UNKNOWN)


def reading(
    epoch: int, number: int, sensor: str, names: Names, packed: str, merged: int = 1
) -> StoredReading:
    first = number - merged + 1
    return StoredReading(epoch, first, number, merged, sensor, names, packed, None, AT)


def gap(epoch: int, number: int, reason: Reason, numbers: Numbers | None) -> StoredGap:
    return StoredGap(epoch, number, Gap(reason, "", numbers, 1, None, ("b1", 1)), None, AT)


DOOR: Names = ("count_in", "temperature", "count_out", "total_in")


def test_counters_are_summed_by_sensor_and_nothing_else_is() -> None:
    tally = Tally(
        [
            reading(7, 3, "door", DOOR, "4,21.5,1,10"),
            reading(7, 4, "door", DOOR, "2,21.5,null,12"),
            reading(7, 5, "gate", ("count_in",), "9"),
            reading(7, 6, "air", ("temperature",), "20.5"),
        ]
    )
    assert (tally[7].first, tally[7].last, tally[7].n) == (3, 6, 4)
    assert tally[7].sums == {"door": {"count_in": 6, "count_out": 1}, "gate": {"count_in": 9}}


def test_a_merged_reading_counts_once_at_its_last_number_with_all_its_counts() -> None:
    tally = Tally([reading(7, 9, "door", ("count_in",), "40", merged=5)])
    assert (tally[7].first, tally[7].last, tally[7].n) == (9, 9, 1)
    assert tally[7].sums == {"door": {"count_in": 40}}


def test_gap_records_are_told_as_ranges_by_reason_and_epoch() -> None:
    tally = Tally(
        [
            gap(7, 1, Reason.DROPPED, Numbers(6, 1, 5)),
            gap(7, 2, Reason.DROPPED, Numbers(6, 6, 8)),
            gap(7, 3, Reason.THINNED, Numbers(7, 1, 2)),
            gap(7, 4, Reason.NOT_MEASURED, None),
        ]
    )
    assert {concerned: list(ranges) for concerned, ranges in tally[7].gaps.items()} == {
        Concerned(Reason.DROPPED, 6): [(1, 8)],
        Concerned(Reason.THINNED, 7): [(1, 2)],
    }


ENTRIES = st.lists(
    st.builds(
        lambda epoch, number, amount: reading(epoch, number, "door", ("count_in",), str(amount)),
        st.integers(1, 3),
        st.integers(1, 100),
        st.integers(0, 9),
    )
    | st.builds(
        lambda epoch, number: gap(epoch, number, Reason.DROPPED, Numbers(epoch, number, number)),
        st.integers(1, 3),
        st.integers(1, 100),
    ),
    max_size=30,
)


@given(ENTRIES, st.integers(0, 30))
def test_joined_tallies_are_the_tally_of_all(entries: list[Entry], cut: int) -> None:
    whole, joined = Tally(entries), Tally(entries[:cut])
    joined.join(Tally(entries[cut:]))
    assert set(whole) == set(joined)
    for epoch, one in whole.items():
        other = joined[epoch]
        assert (one.first, one.last, one.n, one.sums) == (
            other.first,
            other.last,
            other.n,
            other.sums,
        )
        assert {k: list(v) for k, v in one.gaps.items()} == {
            k: list(v) for k, v in other.gaps.items()
        }
