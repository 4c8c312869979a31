"""A counter beside somebody who counts by hand: how right it is, and what is kept of that."""

from gateway.reference_count.accuracy import FEW, Tally, tally, wilson
from gateway.reference_count.kept import FILE, Check, Compared, Kept, add, newest, ns, read, utc
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
    "neighbours",
    "newest",
    "ns",
    "read",
    "split",
    "tally",
    "utc",
    "wilson",
]
