"""How much of its interval a sensor could see, from its blind time."""

from collections.abc import Mapping

from drivers.quantities import BLIND_TIME
from gateway.model import Span, StoredReading

_SECOND = 1_000_000_000


def coverage(entry: StoredReading) -> float | None:
    """The share of its interval in which it could see; None = all of it, or it does not say."""
    blind = entry.values.get(BLIND_TIME.name)
    return _seen(blind, entry.span_ns) if BLIND_TIME.name not in _spans(entry) else None


def carried_coverage(entry: StoredReading, spans: Mapping[str, Span]) -> float | None:
    """The same of what the carried counts belong to."""
    blind = spans.get(BLIND_TIME.name)
    return None if blind is None else _seen(entry.values.get(BLIND_TIME.name), blind.measured_ns)


def _seen(blind_s: float | None, span_ns: int | None) -> float | None:
    if not blind_s or not span_ns:
        return None
    return min(1.0, max(0.0, 1 - blind_s * _SECOND / span_ns))


def _spans(entry: StoredReading) -> set[str]:
    return {span.quantity for span in entry.spans}
