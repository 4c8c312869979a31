"""What the network grants of any 24 h: airtime, downlinks, confirmed uplinks; and the pace. Pure.

The pace spreads the airtime of a day, so that it is not burnt by noon: a bucket is filled at a rate
of 90 % of the budget in a day, and holds at most the other 10 %. Rate and burst together keep any
24 h within the budget; the sliding sum, which is looked at too, keeps it also where one uplink is
more than the whole burst. What is urgent may empty the bucket; all else leaves half of it there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from gateway.airtime.records import Exchange, Heard, Level
from gateway.airtime.windows import DAY_NS, NEVER_NS, SECOND_NS, room_at_ns, used_ns

AIRTIME_PER_DAY_S = 30.0
DOWNLINKS_PER_DAY = 10
"""The fair use of The Things Network."""
CONFIRMED_PER_DAY = 4
"""What a node makes of it: its acknowledgements leave downlinks for whoever wants to say more."""
_BURST = 10
"""One part of so many."""


class Budget(NamedTuple):
    """Of any 24 h, None = no limit; by default as on The Things Network.

    A confirmed uplink costs one of the downlinks, too.
    """

    airtime_per_day_s: float | None = AIRTIME_PER_DAY_S
    downlinks_per_day: int | None = DOWNLINKS_PER_DAY
    confirmed_per_day: int | None = CONFIRMED_PER_DAY


FAIR_USE = Budget()
UNLIMITED = Budget(None, None, None)
"""A private network: the law alone."""


class FairUse:
    """What a budget leaves."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        day_s = budget.airtime_per_day_s
        self.day_ns = None if day_s is None else round(day_s * SECOND_NS)
        self.burst_ns = (self.day_ns or 0) // _BURST
        self.rate_ns = (self.day_ns or 0) - self.burst_ns
        """A day."""

    def free_ns(self, exchanges: Sequence[Exchange], airtime_ns: int) -> int:
        """From when on so much more may be sent; NEVER_NS if it is too much for any day."""
        if self.day_ns is None:
            return 0
        return room_at_ns(exchanges, DAY_NS, self.day_ns - airtime_ns)

    def left_ns(self, exchanges: Sequence[Exchange], now_ns: int) -> int | None:
        """Of this day; None: no limit."""
        if self.day_ns is None:
            return None
        return max(0, self.day_ns - used_ns(exchanges, DAY_NS, now_ns))

    def spacing_ns(self, airtime_ns: int) -> int:
        """From one such uplink to the next at this pace."""
        if self.day_ns is None:
            return 0
        return NEVER_NS if airtime_ns > self.day_ns else -(-airtime_ns * DAY_NS // self.rate_ns)

    def full(self, now_ns: int) -> Level:
        """The bucket as it begins."""
        return Level(now_ns, self.burst_ns)

    def level(self, known: Level, at_ns: int) -> Level:
        """The bucket at that later moment."""
        filled_ns = known.airtime_ns + self.rate_ns * (at_ns - known.at_ns) // DAY_NS
        return Level(at_ns, min(self.burst_ns, filled_ns))

    def paced_ns(self, known: Level, airtime_ns: int, *, urgent: bool) -> int:
        """From when on the bucket has enough for it."""
        if self.day_ns is None:
            return 0
        kept_ns = 0 if urgent else self.burst_ns // 2
        lacking_ns = min(self.burst_ns, airtime_ns + kept_ns) - known.airtime_ns
        if lacking_ns <= 0:
            return 0
        return known.at_ns - (-lacking_ns * DAY_NS // self.rate_ns) if self.rate_ns else NEVER_NS


def downlinks_used(exchanges: Sequence[Exchange], heard: Sequence[Heard], now_ns: int) -> int:
    """In the last day, acknowledgements included, whether they came or not."""
    told = sum(one.downlinks for one in heard if one.at_ns + DAY_NS > now_ns)
    return told + confirmed_used(exchanges, now_ns)


def confirmed_used(exchanges: Sequence[Exchange], now_ns: int) -> int:
    """Confirmed uplinks in the last day."""
    return sum(one.confirmed for one in exchanges if one.ends_ns + DAY_NS > now_ns)
