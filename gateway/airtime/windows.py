"""What was sent in a sliding window, and when there will be room in it again. Pure.

An exchange is in a window from its begin until it has ended for as long as the window is: wherever
its transmissions lie between its two ends, no window of that length holds more than is counted.
"""

from collections.abc import Iterable, Sequence

from gateway.airtime.records import Exchange

SECOND_NS = 1_000_000_000
_FAST = 2000
"""The time since boot may be fast by one part of so many, 500 ppm, while nobody disciplines it."""
HOUR_NS = 3600 * (SECOND_NS + SECOND_NS // _FAST)
DAY_NS = 24 * HOUR_NS
NEVER_NS = 1 << 80
"""A moment that does not come."""

_APART_NS = 2 * HOUR_NS
"""What ended before is of interest to nothing but the window of a day."""
_TOGETHER_NS = 300 * SECOND_NS


def used_ns(exchanges: Iterable[Exchange], window_ns: int, now_ns: int) -> int:
    """Airtime in the window that ends at that moment."""
    return sum(one.airtime_ns for one in exchanges if one.ends_ns + window_ns > now_ns)


def room_at_ns(exchanges: Iterable[Exchange], window_ns: int, room_ns: int) -> int:
    """From when on the window holds at most that much; 0: it always does."""
    if room_ns < 0:
        return NEVER_NS
    held = list(exchanges)
    total_ns = sum(one.airtime_ns for one in held)
    at_ns = 0
    for one in sorted(held, key=lambda exchange: exchange.ends_ns):
        if total_ns <= room_ns:
            break
        total_ns -= one.airtime_ns
        at_ns = one.ends_ns + window_ns
    return at_ns


def kept(exchanges: Sequence[Exchange], now_ns: int, apart_ns: int) -> list[Exchange]:
    """Without those that are in no window; those of long ago are put together by five minutes.

    Joins stay apart, and so do those before `apart_ns` from those after it.
    """
    held: list[Exchange] = []
    for one in exchanges:
        if one.ends_ns + DAY_NS <= now_ns:
            continue
        last = held[-1] if held else None
        if last is not None and _belong(last, one, apart_ns) and one.ends_ns + _APART_NS <= now_ns:
            held[-1] = _together(last, one)
        else:
            held.append(one)
    return held


def _belong(first: Exchange, second: Exchange, apart_ns: int) -> bool:
    near = abs(second.ends_ns - first.begins_ns) < _TOGETHER_NS
    together = (first.begins_ns > apart_ns) == (second.begins_ns > apart_ns)
    return near and together and not first.joins and not second.joins


def _together(first: Exchange, second: Exchange) -> Exchange:
    return Exchange(
        number=0,
        begins_ns=min(first.begins_ns, second.begins_ns),
        ends_ns=max(first.ends_ns, second.ends_ns),
        airtime_ns=first.airtime_ns + second.airtime_ns,
        longest_ns=max(first.longest_ns, second.longest_ns),
        transmissions=first.transmissions + second.transmissions,
        uplinks=first.uplinks + second.uplinks,
        confirmed=first.confirmed + second.confirmed,
    )
