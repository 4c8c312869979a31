"""In which step of time a row ends."""

import pytest

from drivers.quantities import Rank
from gateway.buffer.entries import buckets
from gateway.buffer.rows import Layout, Row
from gateway.buffer.thinning import thin
from gateway.clock import Anchor, Dating

SECOND = 1_000_000_000
QUARTER = 900 * SECOND
UTC = 1_700_002_800 * SECOND
"""A full hour."""

AIR = Layout("hall", ("temperature",), Rank.GAUGE)
DOOR = Layout("door", ("count_in", "total_in"), Rank.COUNT)


@pytest.mark.parametrize("dated_off_ns", [-3_000_000, 0, 3_000_000])
def test_quarters_of_an_hour_become_that_hour(dated_off_ns: int) -> None:
    """Also if they are dated again by an anchor that differs a little."""
    dating = Dating()
    dating.keep([("b1", Anchor(QUARTER, UTC + dated_off_ns))])
    rows = [
        Row(n, DOOR, "b1", (n + 1) * QUARTER, QUARTER, f"{n},{10 * n}") for n in range(1, 9)
    ]  # the first one begins at the full hour
    merged = thin(rows, 3600, buckets(dating, 3600))
    assert [(row.up_ns, row.span_ns, row.packed) for row in merged] == [
        (5 * QUARTER, 4 * QUARTER, "3,4,10,40"),
        (9 * QUARTER, 4 * QUARTER, "3,4,26,80"),
    ]


def test_a_moment_on_a_full_hour_is_of_the_hour_that_begins() -> None:
    number = buckets(Dating(), 3600)
    at = [Row(n, AIR, "b1", n * 3600 * SECOND, None, "20.00") for n in (1, 2)]
    assert [number(row) for row in at] == [1, 2]
    assert number(Row(3, AIR, "b1", 2 * 3600 * SECOND - 1, None, "20.00")) == 1
