"""Counts of two rows as one."""

from collections.abc import Sequence

from gateway.encoding.compact.rows import Part
from gateway.lorawan.grid import Place


def added(
    place: Place, parts: Sequence[Part], later: Place, others: Sequence[Part]
) -> tuple[Place, list[Part]] | None:
    """The row from the beginning of the first to the end of the later; None: they do not add up.

    A sensor that is in one of them only was seen for that part of the time.
    """
    if place.ends_s is None or later.ends_s is None:
        return None
    if any(part.span is not None or part.first is None for part in (*parts, *others)):
        return None
    begins_s = min(place.ends_s - place.length_s, later.ends_s - later.length_s)
    joined = Place(later.ends_s, later.ends_s - begins_s)
    of_both: dict[int, list[tuple[Part, int]]] = {}
    for some, length_s in ((parts, place.length_s), (others, later.length_s)):
        for part in some:
            of_both.setdefault(part.sensor, []).append((part, length_s))
    return joined, [_sum(told, joined.length_s) for _, told in sorted(of_both.items())]


def _sum(told: Sequence[tuple[Part, int]], length_s: int) -> Part:
    parts = [part for part, _ in told]
    names = dict.fromkeys(name for part in parts for name in part.values)
    seen_s = sum((1.0 if part.coverage is None else part.coverage) * of_s for part, of_s in told)
    return Part(
        parts[0].sensor,
        {name: _total([part.values.get(name) for part in parts]) for name in names},
        min(part.first or 0 for part in parts),
        max(part.last or 0 for part in parts),
        sum(part.merged or 1 for part in parts),
        None if seen_s >= length_s else seen_s / length_s,
    )


def _total(amounts: Sequence[float | None]) -> float | None:
    """Unknown where one of them is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
