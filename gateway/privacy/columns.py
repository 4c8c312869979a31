"""What each column of a reading tells of people."""

from functools import lru_cache
from typing import NamedTuple

from drivers.quantities import QUANTITIES, Kind, Quantity, quantity
from gateway.model import Names


class Column(NamedTuple):
    """A counter about people: its name, where it stands, and where its running total does."""

    name: str
    place: int
    total: int | None = None


class Columns(NamedTuple):
    """Of a reading that tells of people. `counts` count, `times` add up seconds.

    `plain` are the places of what is not about people. All else are states and totals, and what a
    later version of this program has stored: nobody knows what that tells.
    """

    plain: tuple[int, ...]
    counts: tuple[Column, ...]
    times: tuple[Column, ...]

    @property
    def counters(self) -> tuple[Column, ...]:
        """All that can be added up."""
        return self.counts + self.times


@lru_cache(maxsize=1024)
def columns(names: Names) -> Columns | None:
    """None if nothing there is about people."""
    rows = [_row(name) for name in names]
    if not any(row is None or row.about_people for row in rows):
        return None
    told = [(row, place) for place, row in enumerate(rows) if row is not None]
    people = [(row, place) for row, place in told if row.about_people and row.kind is Kind.COUNTER]
    return Columns(
        tuple(place for row, place in told if not row.about_people),
        tuple(_column(row, place, names) for row, place in people if row.resolution >= 1),
        tuple(_column(row, place, names) for row, place in people if row.resolution < 1),
    )


def _column(row: Quantity, place: int, names: Names) -> Column:
    total = names.index(row.total) if row.total in names else None
    return Column(row.name, place, total)


def _row(name: str) -> Quantity | None:
    try:
        return quantity(name)
    except KeyError:
        return None


def packed(name: str, value: float) -> str:
    """A JSON number at the resolution of that quantity."""
    return f"{value:.{QUANTITIES[name].decimals}f}"
