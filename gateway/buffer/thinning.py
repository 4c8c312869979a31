"""Merges readings of a time step into one, so that a log without room keeps the coarse picture.

Theory: the rows of a sensor, in the order of their positions, fall into runs of the same boot, rank
and bucket (the number of the time step in which a row ends). Each run of two or more becomes one
row, at the position of its last:

    a gauge `q`     q = mean by the rule of q (gateway/means.py), each value weighted by its q_n;
                    q_min, q_max of all; q_n = values that the mean is of
    a direction     the same without q_min and q_max: a circle has no smallest
    a state `q`     q = last known; q_min, q_max, q_n likewise
    a counter `q`   q = sum
    a total `q`     q = last known

and null where nothing was known. Before the values stand two whole numbers: how many positions
before its own the first reading stood, and how many readings were merged. A reading of one value
counts as a merged one of itself alone (q = q_min = q_max, q_n = 1 or 0); one that is a mean itself
has its q_min, q_max and q_n. So raw and merged rows mix freely.

**Suspect values.** One spike must not spoil an hour. q_flags are OR-ed, and a row is *sound* if it
has a value and no flags, or PARTLY, which says that its mean leaves the suspect values out. Where a
run has sound rows only they are in q (and q_raw, q_n), and of flags there is PARTLY too; where it
has none all are. q_min and q_max are over all in any case.

**Corrected values.** q_raw is the mean of what the part has said, over the values that q is of:
without q_raw (or with null) beside it a value is what the part has said. It is there if one of the
readings had it. Calibrations of a quantity are all that were used, `id1+id2`, in the order of their
first use; readings that none was used on may be among them.

**Any way leads to the same.** Runs are unbroken and in order, and each of these is a fold that does
not depend on where it is cut: sums, extremes, OR, the last, and choosing the sound if there are
any. So all but q and q_raw of gauges is the same, to the digit, whichever way it went: 60, 900 and
then 3600 s, or 3600 s at once, cut anywhere in between. The means differ by their rounding to the
resolution r each time they are packed, after k mergings on top of each other, from what they would
be at once, by

    arithmetic, energetic   k/2 r: a merging averages the errors of its members and adds r/2
    geometric               a factor of (1 + r/2m)^k, m the smallest value; a 0 makes it 0 any way
    circular                more than rounding: a mean direction does not keep its length, so it
                            weighs as if its members had all pointed its way. Both lie within the
                            shortest arc that holds all values, if that is below 180 degrees: within
                            90 degrees they are about 4 apart. Of wind from all around there is no
                            bound

1.5 r after all STEPS, if no step is merged piece by piece.

A consumer takes a merged reading for all readings of its sensor between its first and its last.
So a run never reaches over a reading of that sensor that is not in it; gaps are no readings.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from drivers.quantities import Rank
from gateway.buffer.merging import can_merge, merged
from gateway.buffer.rows import Layout, Row

STEPS = (60, 900, 3600)
"""The steps of thinning in seconds, each a multiple of the one before."""


def thin(
    rows: Sequence[Row],
    step_s: int,
    bucket: Callable[[Row], int],
    concerns: Callable[[Layout], bool] = lambda _: True,
) -> list[Row]:
    """Rows in the order of their positions, each run merged into one row.

    `rows` leave out no reading of their sensors between the first and the last; those that it does
    not concern stay as they are. `bucket` numbers the step in which a row ends; it must tell epochs
    apart, because identities do not reach over them. Single rows, gaps, alarms and readings with a
    quantity that is not in the table stay as they are. Raises ValueError if the values of a row
    that is merged do not fit its layout.
    """
    thinned: list[Row | None] = list(rows)
    for run in runs(rows, bucket, concerns):
        if len(run) > 1:
            for index in run:
                thinned[index] = None
            thinned[run[-1]] = merged([rows[index] for index in run], step_s)
    return [row for row in thinned if row is not None]


class _Run(NamedTuple):
    key: tuple[str, Rank, int] | None
    indexes: list[int]


def runs(
    rows: Sequence[Row], bucket: Callable[[Row], int], concerns: Callable[[Layout], bool]
) -> list[list[int]]:
    """Indexes of the rows of each run; those of one row, too. See `thin`."""
    runs: list[list[int]] = []
    latest: dict[str, _Run] = {}
    for index, row in enumerate(rows):
        layout = row.layout
        if layout.gap:
            continue
        mergeable = can_merge(layout) and concerns(layout)
        key = (row.boot, layout.rank, bucket(row)) if mergeable else None
        run = latest.get(layout.sensor)
        if key is None or run is None or run.key != key:
            run = latest[layout.sensor] = _Run(key, [])
            runs.append(run.indexes)
        run.indexes.append(index)
    return runs
