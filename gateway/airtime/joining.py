"""When a node may ask to join: LoRaWAN 1.0.3 section 7, 1.0.4 and TR007 section 4.8. Pure.

A thousand nodes that have lost their network must not keep it from coming back. So JoinRequests
are on the air for less than 36 s in the first hour, 36 s in the ten hours after it, and 8.7 s in
any 24 h after those. The first hour begins with the first request for 24 h, which outlives restarts
of the node and of its modem: by "since power-up" a modem that resets itself would begin anew.

Between two requests lies a random time: what spreads the airtime of the stage, or half as much
again.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from gateway.airtime.records import Exchange, Joining
from gateway.airtime.windows import DAY_NS, HOUR_NS, SECOND_NS, room_at_ns

WINDOWS_NS = 7 * SECOND_NS
"""Both receive windows of a JoinRequest have passed after that."""
_HALF_AGAIN = 1.5


class _Stage(NamedTuple):
    """Up to `ends_ns` after the first request; `spread` is 1 / duty cycle."""

    ends_ns: int
    most_ns: int
    spread: int
    least_ns: int


_FIRST = _Stage(HOUR_NS, 36 * SECOND_NS - 1, 100, 15 * SECOND_NS)
_SECOND = _Stage(11 * HOUR_NS, 36 * SECOND_NS - 1, 1000, 120 * SECOND_NS)
_LAST = _Stage(0, 8_700_000_000 - 1, 10_000, 3600 * SECOND_NS)

LATE_NS = _SECOND.ends_ns
"""So long after the first request the last stage begins."""
LATE_STAGE_NS = _LAST.most_ns
"""What it allows in a day."""


def join_free_ns(
    known: Joining | None, exchanges: Sequence[Exchange], airtime_ns: int, now_ns: int
) -> int:
    """From when on a JoinRequest of so much airtime may be sent."""
    joins = [one for one in exchanges if one.joins]
    if known is None or _is_over(joins, now_ns):
        return 0 if known is None else known.next_ns
    begins_ns = known.began_ns
    at_ns = max(now_ns, known.next_ns)
    for stage in (_FIRST, _SECOND):
        ends_ns = known.began_ns + stage.ends_ns
        asked_ns = sum(one.airtime_ns for one in joins if one.begins_ns >= begins_ns)
        if at_ns < ends_ns and asked_ns + airtime_ns <= stage.most_ns:
            return at_ns
        begins_ns = ends_ns
        at_ns = max(at_ns, ends_ns)
    late = [one for one in joins if one.begins_ns >= begins_ns]
    return max(at_ns, room_at_ns(late, DAY_NS, _LAST.most_ns - airtime_ns))


def joining(
    known: Joining | None, exchanges: Sequence[Exchange], asked: Exchange, chance: Random
) -> Joining:
    """What is to be remembered of a request, before it is sent."""
    at_ns = asked.begins_ns
    over = known is None or _is_over([one for one in exchanges if one.joins], at_ns)
    began_ns = at_ns if known is None or (over and at_ns >= known.next_ns) else known.began_ns
    stage = _stage(at_ns - began_ns)
    spread_ns = max(stage.least_ns, asked.airtime_ns * stage.spread)
    return Joining(
        at_ns, began_ns, at_ns + WINDOWS_NS + round(spread_ns * chance.uniform(1, _HALF_AGAIN))
    )


def _is_over(joins: Sequence[Exchange], now_ns: int) -> bool:
    """Whether nobody has asked for a day."""
    return all(one.ends_ns + DAY_NS <= now_ns for one in joins)


def _stage(elapsed_ns: int) -> _Stage:
    return next((one for one in (_FIRST, _SECOND) if elapsed_ns < one.ends_ns), _LAST)
