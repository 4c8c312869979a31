"""Rows as what they are: dated at both ends, bounded where nobody can date them."""

import itertools
from itertools import pairwise

from gateway.buffer.entries import buckets, entry
from gateway.buffer.gaps import gap_row
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.layouts import layout_of, row_of
from gateway.buffer.rows import Row
from gateway.clock import Anchor, Dating
from gateway.model import Bounds, Gap, Quality, Reading, Reason, StoredGap, StoredReading

SECOND = 10**9
UTC = 1_700_000_000 * SECOND
IDENTITIES = Identities([Segment(1, 7, 0)])
DOOR = layout_of("door", ("count_in",), None)


def row(position: int, up_s: int, span_s: int | None = None, boot: str = "b1") -> Row:
    span_ns = None if span_s is None else span_s * SECOND
    return Row(position, DOOR, boot, up_s * SECOND, span_ns, "1")


def readings(rows: list[Row], dating: Dating) -> list[StoredReading]:
    entries = [entry(one, IDENTITIES, dating) for one in rows]
    return [one for one in entries if isinstance(one, StoredReading)]


def test_a_moment_has_no_beginning() -> None:
    [one] = readings([row(1, 5)], Dating())
    assert (one.since, one.span_ns) == (None, None)


def test_a_reading_names_the_calibrations_of_its_values() -> None:
    calibrations = (("temperature", "tsi-2026-10"),)
    taken, _ = row_of(
        1, Reading("hall", {"temperature": 1.0}, 5, None, calibrations), "b1", {}, None
    )
    [one] = readings([taken], Dating())
    assert one.calibrations == calibrations


def test_an_interval_ends_exactly_where_the_next_one_begins_also_across_steps() -> None:
    """Drift from 100 s on, a leap second at 1000 s, a false server at 2000 s."""
    dating = Dating()
    ups = ((0, 0), (100, 0), (900, 0.3), (997, 0.3), (1_000, -0.7), (1_997, -0.7), (2_000, 9_999))
    dating.keep(
        [("b1", Anchor(up * SECOND, UTC + up * SECOND + round(off * SECOND))) for up, off in ups]
    )
    found = readings([row(number, 7 * number, 7) for number in range(1, 400)], dating)
    for one, after in itertools.pairwise(found):
        assert after.since == one.at
    assert {one.span_ns for one in found} == {7 * SECOND}
    utc = [one.at.utc_ns or 0 for one in found]
    assert len({after - before for before, after in pairwise(utc)}) > 3


def test_a_reading_and_a_gap_that_nobody_can_date_are_bounded() -> None:
    dating = Dating({"b1": 0, "b2": 100 * SECOND})
    dating.keep([("b2", Anchor(0, UTC))])
    [one] = readings([row(1, 5, 2)], dating)
    assert one.since is not None
    for at in (one.since, one.at):
        assert at.quality is Quality.UNKNOWN
        assert at.bounds is not None
        assert at.bounds.not_before_ns is None
    gap = Gap(Reason.NOT_MEASURED, "door", None, None, ("b1", 1), ("b2", 5 * SECOND))
    told = entry(gap_row(2, gap), IDENTITIES, dating)
    assert isinstance(told, StoredGap)
    assert told.at.utc_ns == UTC + 5 * SECOND
    assert told.since is not None
    assert isinstance(told.since.bounds, Bounds)


def test_steps_of_thinning_are_those_of_utc_where_it_is_known() -> None:
    dating = Dating()
    minute = 28_333_334
    dating.keep([("b1", Anchor(0, (60 * minute - 30) * SECOND))])
    bucket = buckets(dating, 60)
    assert bucket(row(1, 29)) + 1 == bucket(row(2, 31)) == minute
    assert buckets(Dating(), 60)(row(1, 61)) == 1
