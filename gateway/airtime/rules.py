"""All rules together, over an account. Pure; moments are in ledger time, NEVER_NS is never."""

from collections.abc import Iterable
from random import Random

from drivers.lorawan.airtime import uplink_ns
from gateway.airtime.account import Account
from gateway.airtime.duty_cycle import DutyCycle
from gateway.airtime.fair_use import Budget, FairUse, confirmed_used, downlinks_used
from gateway.airtime.joining import join_free_ns, joining
from gateway.airtime.records import Exchange, Joining
from gateway.airtime.told import Told
from gateway.airtime.windows import DAY_NS, HOUR_NS, NEVER_NS, SECOND_NS, used_ns

_LATE_NS = 60 * SECOND_NS
"""An uplink is over so long after its charge, if nobody says when it was; retries come on top."""


class Rules:
    """Those of the law on these channels (Hz), and of that budget."""

    def __init__(self, budget: Budget, channels_hz: Iterable[int]) -> None:
        self.fair_use = FairUse(budget)
        self._duty_cycle = DutyCycle(channels_hz)

    def exchange(self, number: int, at_ns: int, each_ns: list[int]) -> Exchange:
        """What is charged for transmissions of that airtime, from that moment on."""
        airtime_ns, longest_ns, times = sum(each_ns), max(each_ns), len(each_ns)
        late_ns = _LATE_NS + self._duty_cycle.retries_ns(longest_ns, times)
        return Exchange(number, at_ns, at_ns + late_ns, airtime_ns, longest_ns, times)

    def free_ns(self, account: Account, airtime_ns: int) -> int:
        """From when on so much may be sent."""
        return max(
            account.silence.until_ns,
            self._duty_cycle.free_ns(account.exchanges, airtime_ns),
            self.granted_ns(account, airtime_ns),
        )

    def granted_ns(self, account: Account, airtime_ns: int) -> int:
        """From when on the network grants so much."""
        return self.fair_use.free_ns(account.exchanges, airtime_ns)

    def paced_ns(self, account: Account, airtime_ns: int, now_ns: int, *, urgent: bool) -> int:
        """From when on so much should be sent."""
        level = self.fair_use.level(account.level, max(now_ns, account.level.at_ns))
        return max(
            self.free_ns(account, airtime_ns),
            self.fair_use.paced_ns(level, airtime_ns, urgent=urgent),
        )

    def join_ns(self, account: Account, airtime_ns: int, now_ns: int) -> int:
        """From when on a JoinRequest of so much airtime may be sent."""
        free_ns = max(now_ns, self.free_ns(account, airtime_ns))
        return max(free_ns, join_free_ns(account.joining, account.exchanges, airtime_ns, free_ns))

    def joining(self, account: Account, asked: Exchange, chance: Random) -> Joining:
        """What is to be remembered of that JoinRequest."""
        return joining(account.joining, account.exchanges, asked, chance)

    def spacing_ns(self, each_ns: list[int]) -> int:
        """From one such uplink to the next, while there is no end to them."""
        airtime_ns = sum(each_ns)
        if airtime_ns > self._duty_cycle.hour_ns:
            return NEVER_NS
        return max(self._duty_cycle.spacing_ns(each_ns), self.fair_use.spacing_ns(airtime_ns))

    def confirmed_allowed(self, account: Account, now_ns: int) -> bool:
        """Whether the network grants one more confirmed uplink, and its acknowledgement."""
        budget, exchanges = self.fair_use.budget, account.exchanges
        confirmed, downlinks = budget.confirmed_per_day, budget.downlinks_per_day
        return (confirmed is None or confirmed_used(exchanges, now_ns) < confirmed) and (
            downlinks is None or downlinks_used(exchanges, account.heard, now_ns) < downlinks
        )

    def told(self, account: Account, now_ns: int, like_ns: int, join_ns: int) -> Told:
        """For people, and of uplinks and JoinRequests of that airtime."""
        held = account.exchanges
        budget, day = self.fair_use.budget, [one for one in held if one.ends_ns + DAY_NS > now_ns]
        day_left_ns = self.fair_use.left_ns(held, now_ns)
        confirmed = confirmed_used(held, now_ns)
        downlinks = downlinks_used(held, account.heard, now_ns)
        return Told(
            airtime_hour_s=used_ns(held, HOUR_NS, now_ns) / SECOND_NS,
            left_hour_s=self._duty_cycle.left_ns(held, now_ns) / SECOND_NS,
            airtime_day_s=used_ns(day, DAY_NS, now_ns) / SECOND_NS,
            left_day_s=None if day_left_ns is None else day_left_ns / SECOND_NS,
            uplinks=sum(one.uplinks for one in day),
            confirmed=confirmed,
            confirmed_left=_left(budget.confirmed_per_day, confirmed),
            downlinks=downlinks,
            downlinks_left=_left(budget.downlinks_per_day, downlinks),
            joins=sum(one.joins for one in day),
            next_s=_wait_s(self.free_ns(account, like_ns), now_ns),
            paced_s=_wait_s(self.paced_ns(account, like_ns, now_ns, urgent=False), now_ns),
            join_s=_wait_s(self.join_ns(account, join_ns, now_ns), now_ns),
        )


def transmissions_ns(payload_bytes: int, data_rate: int, transmissions: int) -> list[int]:
    """Airtime of each transmission of one uplink.

    The data rate falls by one with every second of them: so LoRaWAN lets a device be heard at last
    (1.0.2 section 18.4), and modems do it. Raises ValueError if there is no such uplink.
    """
    if transmissions < 1:
        raise ValueError(f"an uplink is sent at least once, not {transmissions} times")
    rates = (max(0, data_rate - time // 2) for time in range(transmissions))
    return [uplink_ns(payload_bytes, rate) for rate in rates]


def _left(most: int | None, used: int) -> int | None:
    return None if most is None else max(0, most - used)


def _wait_s(at_ns: int, now_ns: int) -> float | None:
    return None if at_ns >= NEVER_NS else max(0, at_ns - now_ns) / SECOND_NS
