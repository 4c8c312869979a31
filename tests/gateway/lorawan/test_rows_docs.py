"""How long rows get and counts wait, as docs/lorawan.md tells it, is what comes of a simulation."""

import re
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.chaos.form import rounds
from tests.gateway.lorawan.site import Site

DOC = (Path(__file__).parents[3] / "docs" / "lorawan.md").read_text()
LINE = r"^\| (\d)(?: to (\d))? \| (?:(\d+) to )?(\d+) min \| ([\d.]+) (min|h)"
DAYS = rounds(1, 6)
LEAST = {1: 0.5, 6: 0.95}[DAYS]
"""So much of what the page tells is seen in so many days."""
LATE_S = 30
"""GRACE_S, and what a step and an uplink take."""


class Line(NamedTuple):
    """In seconds."""

    shortest: int
    longest: int
    newest: float


def _lines(first: str, last: str, shortest: str, longest: str, age: str, unit: str) -> list[Line]:
    told = Line(
        60 * int(shortest or longest), 60 * int(longest), float(age) * {"min": 60, "h": 3600}[unit]
    )
    return [told] * (int(last or first) - int(first) + 1)


LINES = [
    line
    for lines in reversed(list(starmap(_lines, re.findall(LINE, DOC, re.MULTILINE))))
    for line in lines
]


def test_the_page_tells_of_all_data_rates() -> None:
    assert len(LINES) == 6


@pytest.mark.parametrize("data_rate", range(6))
def test_how_long_rows_get_and_how_old_counts(tmp_path: Path, data_rate: int) -> None:
    told = LINES[data_rate]
    site = Site(tmp_path, f", data_rate: {data_rate}, adr: false")
    rows: set[int] = set()
    ages: list[float] = []

    def look() -> None:
        ages.append(site.now_s - site.newest_s)
        if site.uplinks:
            rows.add(site.carrier.interval_s)

    site.run(3 * 3600)  # until it knows how long its rows are
    site.run(DAYS * 86_400 - 3 * 3600, look)
    site.end()
    assert min(rows) == told.shortest
    assert LEAST * told.longest <= max(rows) <= told.longest
    assert LEAST * told.newest <= max(ages) <= told.newest + LATE_S
