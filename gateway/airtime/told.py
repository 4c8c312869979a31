"""What `gateway status` tells of the airtime of a radio uplink."""

import msgspec


class Told(msgspec.Struct, frozen=True):
    """Seconds of airtime, in the last hour and the last 24 h; what is left is null without a limit.

    `next_s` is in how long an uplink like the last one may go, `paced_s` in how long it should if
    the day's budget is to last; null: never under this budget. `join_s`: when the node may ask to
    join. Confirmed uplinks are in `downlinks`, too.
    """

    airtime_hour_s: float
    left_hour_s: float
    airtime_day_s: float
    left_day_s: float | None
    uplinks: int
    confirmed: int
    confirmed_left: int | None
    downlinks: int
    downlinks_left: int | None
    joins: int
    next_s: float | None
    paced_s: float | None
    join_s: float | None
