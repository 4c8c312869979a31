"""What an uplink costs: charged before, and put right by what the modem says afterwards."""

from typing import NamedTuple

from drivers.lorawan.contract import Fate, Sent, Session
from gateway.airtime import Charge, Ledger

ON_AIR = (Fate.SENT, Fate.ACKNOWLEDGED, Fate.UNACKNOWLEDGED)


class Uplink(NamedTuple):
    """`transmissions`: how often the modem may send it."""

    payload: bytes
    confirmed: bool
    transmissions: int


class Charged:
    """On that ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._answers = 0
        """Downlinks that came with the last uplink and were not charged with it."""

    def begin(self, uplink: Uplink, session: Session) -> Charge:
        """Raises NotNow if it may not go yet, UplinkUnavailable if it cannot be written down."""
        size, confirmed = len(uplink.payload), uplink.confirmed
        return self._ledger.charge(
            size, session.data_rate, uplink.transmissions, confirmed=confirmed
        )

    def end(self, charge: Charge, sent: Sent, before: Session | None, now: Session | None) -> None:
        """The modem has said what became of it; a session tells of downlinks by its counter."""
        if sent.fate not in (*ON_AIR, Fate.TOO_LONG):  # some send an empty frame in its place
            self._ledger.refund(charge, sent.wait_s or 0.0)
            return
        self._ledger.settle(charge, None if now is None else now.data_rate)
        own = int(sent.fate is Fate.ACKNOWLEDGED)
        self._answers = max(0, min(charge.transmissions, _came(before, now)) - own)

    def heard(self, downlinks: int) -> bool:
        """So many came; whether any did, those included that only the MAC hears of."""
        answers, self._answers = max(self._answers, downlinks), 0
        if answers:
            self._ledger.downlink_heard(answers)
        return answers > 0


def _came(before: Session | None, now: Session | None) -> int:
    """How many downlinks lie between; 0 = it does not tell."""
    if before is None or now is None or before.dev_addr != now.dev_addr:
        return 0
    if before.downlink_counter is None or now.downlink_counter is None:
        return 0
    return now.downlink_counter - before.downlink_counter
