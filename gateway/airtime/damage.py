"""What is assumed of a ledger of which something was lost. Pure."""

from gateway.airtime.account import Account
from gateway.airtime.fair_use import FairUse, downlinks_used
from gateway.airtime.joining import LATE_NS, LATE_STAGE_NS
from gateway.airtime.records import Exchange, Heard, Joining, Level, Record, Silence
from gateway.airtime.windows import DAY_NS, HOUR_NS, used_ns


def assumed(account: Account, fair_use: FairUse, now_ns: int) -> list[Record]:
    """Beside what is known of it: an hour of silence, and half of all that a day grants is gone.

    The node has wanted to join for so long that it is in the last stage of the back-off.
    """
    used = used_ns(account.exchanges, DAY_NS, now_ns)
    joins = used_ns([one for one in account.exchanges if one.joins], DAY_NS, now_ns)
    join_ns = max(0, LATE_STAGE_NS // 2 - joins)
    rest_ns = max(0, (fair_use.day_ns or 0) // 2 - used - join_ns)
    records: list[Record] = [
        Silence(now_ns, now_ns + HOUR_NS),
        Joining(now_ns, now_ns - LATE_NS, now_ns + HOUR_NS),
        _gone(account.number + 1, now_ns, join_ns, joins=1),
        _gone(account.number + 2, now_ns, rest_ns, joins=0),
    ]
    most = fair_use.budget.downlinks_per_day
    if most is not None:
        lost = max(0, -(-most // 2) - downlinks_used(account.exchanges, account.heard, now_ns))
        records.append(Heard(now_ns, lost))
    return [*records, Level(now_ns, 0)]


def _gone(number: int, now_ns: int, airtime_ns: int, joins: int) -> Exchange:
    return Exchange(number, now_ns, now_ns, airtime_ns, 0, 0, uplinks=0, joins=joins)
