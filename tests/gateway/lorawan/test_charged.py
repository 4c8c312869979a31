"""An uplink is charged before, and put right by what the modem says afterwards."""

from pathlib import Path

import pytest

from drivers.lorawan.airtime import uplink_ns
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


@pytest.mark.parametrize(
    ("fate", "now", "heard", "extra"),
    [
        (Fate.SENT, SESSION, 0, 0),
        (Fate.SENT, SESSION, 1, 15),
        (Fate.ACKNOWLEDGED, SESSION, 0, 15),
        (Fate.UNACKNOWLEDGED, SESSION, 0, 0),
        (Fate.SENT, SESSION._replace(downlink_counter=1), 0, 15),
        (Fate.SENT, SESSION._replace(data_rate=4, downlink_counter=None), 0, 15),
        (Fate.SENT, None, 0, 0),
    ],
)
def test_what_has_come_down_may_be_answered_by_the_mac(
    tmp_path: Path, fate: Fate, now: Session | None, heard: int, extra: int
) -> None:
    clock = SimulatedClock(utc_at_boot_ns=1_800_000_000 * 10**9)
    charged = Charged(Ledger(tmp_path / "airtime", clock, "radio", FAIR_USE))
    charge = charged.begin(Uplink(bytes(20), confirmed=False, transmissions=1), SESSION)
    charged.end(charge, Sent(fate), SESSION, now)
    charged.heard(heard)
    assert charged.size(20, 0) == 20 + extra
    assert charged.size(50, 0) == 50 + (1 if extra else 0)  # of 51
    again = SESSION._replace(data_rate=0)
    clock.sleep(3600)
    second = charged.begin(Uplink(bytes(20), confirmed=False, transmissions=1), again)
    assert second.airtime_ns() == [uplink_ns(20 + extra, 0)]
    charged.end(second, Sent(Fate.SENT), again, again)
    assert charged.size(20, 0) == 20  # it was answered once
