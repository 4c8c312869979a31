"""What an uplink costs: charged before, and put right by what the modem says afterwards.

Theory: with an uplink the MAC sends what it has to answer (FOpts, LoRaWAN 1.0.3 section 4.3.1.6),
up to 15 bytes of which no modem tells. It answers what has come down, so the uplink behind a
downlink, or behind a data rate that has changed, is charged as if it had all of them.
"""

from typing import NamedTuple

from drivers.lorawan.contract import Fate, Sent, Session
from drivers.lorawan.eu868 import data_rate
from gateway.airtime import Charge, Ledger

MOST_OPTIONS = 15
"""Bytes of FOpts; they take their room from the payload."""
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
        self._has_to_answer = False

    def size(self, payload_bytes: int, number: int) -> int:
        """As how many bytes of payload so many are charged now, at that data rate."""
        if not self._has_to_answer:
            return payload_bytes
        most = data_rate(number).max_payload
        return max(payload_bytes, min(most, payload_bytes + MOST_OPTIONS))

    def begin(self, uplink: Uplink, session: Session) -> Charge:
        """Raises NotNow if it may not go yet, UplinkUnavailable if it cannot be written down."""
        size = self.size(len(uplink.payload), session.data_rate)
        return self._ledger.charge(
            size, session.data_rate, uplink.transmissions, confirmed=uplink.confirmed
        )

    def end(self, charge: Charge, sent: Sent, before: Session | None, now: Session | None) -> None:
        """The modem has said what became of it; a session tells of downlinks by its counter."""
        if sent.fate not in (*ON_AIR, Fate.TOO_LONG):  # some send an empty frame in its place
            self._ledger.refund(charge, sent.wait_s or 0.0)
            return
        self._ledger.settle(charge, None if now is None else now.data_rate)
        own = int(sent.fate is Fate.ACKNOWLEDGED)
        came = _came(before, now)
        self._answers = max(0, min(charge.transmissions, came) - own)
        self._has_to_answer = own + came > 0 or _moved(before, now)

    def heard(self, downlinks: int) -> bool:
        """So many came; whether any did, those included that only the MAC hears of."""
        answers, self._answers = max(self._answers, downlinks), 0
        if answers:
            self._has_to_answer = True
            self._ledger.downlink_heard(answers)
        return answers > 0


def _came(before: Session | None, now: Session | None) -> int:
    """How many downlinks lie between; 0 = it does not tell."""
    if before is None or now is None or before.dev_addr != now.dev_addr:
        return 0
    if before.downlink_counter is None or now.downlink_counter is None:
        return 0
    return now.downlink_counter - before.downlink_counter


def _moved(before: Session | None, now: Session | None) -> bool:
    """Whether the network has set another data rate."""
    return before is not None and now is not None and before.data_rate != now.data_rate
