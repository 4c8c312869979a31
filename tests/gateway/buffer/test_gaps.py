"""A gap record comes back from its row as it was."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.quantities import Rank
from gateway.buffer.gaps import gap_of, gap_row
from gateway.buffer.rows import Layout
from gateway.model import Gap, Numbers, Reason

counts = st.integers(0, 2**53)
moments = st.tuples(st.text(max_size=8), st.integers(0, 2**63 - 1))
gaps = st.builds(
    Gap,
    st.sampled_from(Reason),
    st.text(max_size=20),
    st.none() | st.builds(Numbers, counts, counts, counts),
    st.none() | counts,
    st.none() | moments,
    moments,
    st.sampled_from(Rank),
    st.sampled_from([0, 60, 900, 3600]),
)


@given(gaps, st.integers(1, 2**53))
def test_a_gap_comes_back_as_it_was(gap: Gap, position: int) -> None:
    row = gap_row(position, gap)
    assert gap_of(row) == gap
    assert row.position == position
    assert (row.boot, row.up_ns) == gap.until
    assert "\n" not in row.packed


def test_a_gap_has_no_values_and_the_rank_of_its_readings() -> None:
    numbers = Numbers(7, 3, 9)
    row = gap_row(4, Gap(Reason.DROPPED, "hall", numbers, 7, ("b1", 2), ("b1", 5), Rank.GAUGE))
    assert row.layout == Layout("hall", (), Rank.GAUGE, 0, "dropped")
    assert row.packed == '7,3,9,7,"b1",2'
    assert row.span_ns is None
