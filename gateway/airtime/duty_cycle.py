"""The law: ETSI EN 300 220 as LoRaWAN keeps it, and stricter, so that no modem has to refuse. Pure.

Modems with AT commands do not tell on which channel they have sent, so everything counts in each
sub-band that one of the channels lies in; the strictest of them decides. Three rules hold at once:

- in any hour at most the duty cycle of airtime;
- after each exchange the off-time T * (1/dc - 1), as modems keep it that count by sub-band;
- of n channels in the sub-band fewer than n are within T * (n/dc - 1) of their last transmission,
  as modems keep it that give each channel its share (RN2483: 0.33 % for each of three). Which ones
  those are is then the modem's affair.

Off-times are 2 % longer than that: the modem's clock is not ours.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from drivers.lorawan.eu868 import sub_band
from gateway.airtime.records import Exchange
from gateway.airtime.windows import HOUR_NS, SECOND_NS, room_at_ns, used_ns

_MARGIN_PERCENT = 102


class DutyCycle:
    """Of the sub-bands in which these channels (Hz) lie."""

    def __init__(self, channels_hz: Iterable[int]) -> None:
        bands = Counter(sub_band(frequency_hz) for frequency_hz in channels_hz)
        self._permille = min(band.duty_permille for band in bands)
        self._channels = min(bands.values())
        self.hour_ns = 3600 * SECOND_NS * self._permille // 1000

    def free_ns(self, exchanges: Sequence[Exchange], airtime_ns: int) -> int:
        """From when on so much more may be sent; NEVER_NS if it is too much for any hour."""
        return max(
            room_at_ns(exchanges, HOUR_NS, self.hour_ns - airtime_ns),
            max(map(self._silent_until_ns, exchanges), default=0),
            self._channel_at_ns(exchanges),
        )

    def left_ns(self, exchanges: Sequence[Exchange], now_ns: int) -> int:
        """Of this hour."""
        return max(0, self.hour_ns - used_ns(exchanges, HOUR_NS, now_ns))

    def spacing_ns(self, each_ns: Sequence[int]) -> int:
        """From one exchange of these transmissions to the next, while there is no end to them."""
        airtime_ns, longest_ns = sum(each_ns), max(each_ns)
        slots = min(len(each_ns), self._channels)
        share_ns = (longest_ns + self._off_ns(longest_ns, self._channels)) * slots
        return max(airtime_ns + self._off_ns(airtime_ns, 1), -(-share_ns // self._channels))

    def retries_ns(self, airtime_ns: int, transmissions: int) -> int:
        """How long a modem may put off all but the first transmission."""
        return (transmissions - 1) * (self._off_ns(airtime_ns, 1) + 10 * SECOND_NS)

    def _silent_until_ns(self, one: Exchange) -> int:
        if not one.transmissions:  # assumed, not sent
            return 0
        return max(
            one.ends_ns + self._off_ns(one.longest_ns, 1),
            one.begins_ns + one.airtime_ns + self._off_ns(one.airtime_ns, 1),
        )

    def _channel_at_ns(self, exchanges: Sequence[Exchange]) -> int:
        free = [
            one.ends_ns + self._off_ns(one.longest_ns, self._channels)
            for one in exchanges
            for _ in range(min(one.transmissions, self._channels))
        ]
        return sorted(free)[-self._channels] if len(free) >= self._channels else 0

    def _off_ns(self, airtime_ns: int, shares: int) -> int:
        return (
            airtime_ns * (1000 * shares - self._permille) * _MARGIN_PERCENT // self._permille // 100
        )
