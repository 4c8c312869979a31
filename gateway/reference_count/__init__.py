"""A counter beside somebody who counts by hand: how right it is, and what is kept of that."""

from gateway.reference_count.accuracy import FEW, Tally, tally, wilson
from gateway.reference_count.kept import (
    FILE,
    LEAST_TOLD,
    Check,
    Compared,
    Kept,
    add,
    is_told,
    newest_told,
    ns,
    read,
    utc,
)
from gateway.reference_count.windows import (
    Found,
    Passages,
    Problem,
    Window,
    found,
    neighbours,
    split,
)

__all__ = [
    "FEW",
    "FILE",
    "LEAST_TOLD",
    "Check",
    "Compared",
    "Found",
    "Kept",
    "Passages",
    "Problem",
    "Tally",
    "Window",
    "add",
    "found",
    "is_told",
    "neighbours",
    "newest_told",
    "ns",
    "read",
    "split",
    "tally",
    "utc",
    "wilson",
]
