"""An uplink is charged before, and put right by what the modem says afterwards."""

from pathlib import Path

import pytest

from drivers.lorawan.contract import Fate, Sent, Session
from gateway.airtime import FAIR_USE, Ledger
from gateway.lorawan.charged import Charged, Uplink
from tests.gateway.simulated_clock import SimulatedClock

SESSION = Session("26012E43", 5, 3, 0)


@pytest.mark.parametrize(
    ("fate", "costs"),
    [
        (Fate.SENT, True),
        (Fate.UNACKNOWLEDGED, True),
        (Fate.TOO_LONG, True),  # an LA66 and a RAK3172 send an empty frame in its place
        (Fate.NOT_JOINED, False),
        (Fate.BUSY, False),
        (Fate.NO_CHANNEL, False),
    ],
)
def test_what_may_have_been_on_the_air_stays_charged(
    tmp_path: Path, fate: Fate, costs: bool
) -> None:
    clock = SimulatedClock(utc_at_boot_ns=1_800_000_000 * 10**9)
    ledger = Ledger(tmp_path / "airtime", clock, "radio", FAIR_USE)
    charged = Charged(ledger)
    charge = charged.begin(Uplink(bytes(20), confirmed=False, transmissions=1), SESSION)
    charged.end(charge, Sent(fate), SESSION, SESSION)
    assert (ledger.told(20, 5).airtime_day_s > 0) is costs
