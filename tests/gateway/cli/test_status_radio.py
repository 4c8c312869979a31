"""`gateway status` of a node with a LoRaWAN modem, for people."""

import msgspec

from gateway.airtime.told import Told
from gateway.cli import status
from gateway.radio_status import LinkStatus, RadioStatus

AIRTIME = Told(
    airtime_hour_s=0.4,
    left_hour_s=35.6,
    airtime_day_s=1.25,
    left_day_s=28.75,
    uplinks=6,
    confirmed=1,
    confirmed_left=3,
    downlinks=2,
    downlinks_left=8,
    joins=1,
    next_s=4.0,
    paced_s=130.0,
    join_s=9.0,
)
LINK = LinkStatus("rak3172", "RUI_4.0.6", "0004A30B001C0530", "26012E43", 3, 115, AIRTIME)
RADIO = RadioStatus(wanted=True, interval_s=900, rows=7, link=LINK)


def test_a_modem_that_carries() -> None:
    assert status._radio(RADIO) == {
        "carries": "yes",
        "modem": "rak3172 RUI_4.0.6",
        "joined": "as 26012E43 at DR3",
        "airtime of 24 h": "1.2 s, 28.8 s left",
        "next uplink": "in 2 min",
        "rows": "7 wait, each of 15 min",
    }


def test_a_modem_that_stands_by() -> None:
    link = msgspec.structs.replace(LINK, airtime=msgspec.structs.replace(AIRTIME, paced_s=0.0))
    told = status._radio(RadioStatus(wanted=False, interval_s=7200, rows=0, link=link))
    assert (told["carries"], told["next uplink"]) == ("stands by", "now")
    assert told["rows"] == "0 wait, each of 2 h"


def test_a_modem_that_has_not_joined_tells_when_it_may_ask() -> None:
    link = msgspec.structs.replace(LINK, dev_addr=None, data_rate=None)
    told = status._radio(msgspec.structs.replace(RADIO, link=link))
    assert (told["joined"], told["may join"]) == ("no", "in 9 s")
    assert "next uplink" not in told


def test_nobody_has_answered_and_the_budget_has_no_end() -> None:
    airtime = msgspec.structs.replace(AIRTIME, left_day_s=None, join_s=None)
    link = LinkStatus(None, None, None, None, None, 11, airtime)
    told = status._radio(msgspec.structs.replace(RADIO, link=link))
    assert (told["modem"], told["airtime of 24 h"]) == ("none has answered", "1.2 s")
    assert told["may join"] == "never with this budget"
