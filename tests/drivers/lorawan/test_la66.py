"""What is peculiar to the LA66."""

import pytest

from drivers.errors import BadData, BusError, WrongDevice
from drivers.lorawan.contract import Downlink, Fate, Joined
from tests.drivers.lorawan.far_end import Answer, FarEnd
from tests.drivers.lorawan.scripts import KEYS, SETTINGS, SPEECH, modem_at, opened

UP = SPEECH["la66"].up
CAME = "Run AT+RECVB=? to see detail"
RECEIVED: Answer = ["OK", (0.2, "txDone"), (1.3, "rxDone"), (1.4, "Rssi= -61")]


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (["OK", "txDone", (1.0, "rxTimeout"), (2.0, "rxTimeout")], Fate.SENT),
        (["OK", "txDone", (1.0, "rxTimeout")], Fate.SENT),
        (["OK", "[8302]txDone", (1.0, "[9355]rxTimeOut"), (2.0, "[9999] rxDone")], Fate.SENT),
        (["OK", "txDone"], Fate.SENT),
        (["AT_NO_NET_JOINED"], Fate.NOT_JOINED),
        (["AT_BUSY_ERROR"], Fate.BUSY),
        (["AT_PARAM_ERROR"], Fate.TOO_LONG),
        (["uplink payload oversize at current data rate", "OK", "txDone", (1.0, "rxTimeout")],
         Fate.TOO_LONG),
    ],
)  # fmt: skip
def test_what_becomes_of_an_uplink(answer: Answer, fate: Fate) -> None:
    modem, port, _ = opened("la66", {UP: answer}, joined=True)
    assert modem.send(10, b"\x01\x02\xa0") == (fate, None)
    assert port.asked[-1] == "AT+SENDB=0,10,3,0102a0"
    assert port.time.now_ns() < 40e9


def test_what_does_not_fit_is_not_sent_as_an_empty_frame() -> None:
    modem, port, script = opened("la66", joined=True)
    script.settings["DR"] = "0"
    assert modem.send(10, bytes(52)).fate is Fate.TOO_LONG
    assert not any("SENDB" in one for one in port.asked)
    assert modem.send(10, bytes(51)).fate is Fate.SENT


def test_no_time_on_the_air_is_told_as_such() -> None:
    modem, _, _ = opened("la66", {UP: ["OK"]}, joined=True)
    with pytest.raises(BusError, match="does not say that it was sent"):
        modem.send(10, b"\x01")


def test_whatever_the_radio_hears_is_no_acknowledgement() -> None:
    modem, _, _ = opened("la66", {UP: RECEIVED}, joined=True)
    assert modem.send(10, b"\x01", confirmed=True).fate is Fate.UNACKNOWLEDGED


def test_a_downlink_counter_that_moves_is_one() -> None:
    modem, port, script = opened("la66", {UP: RECEIVED}, joined=True)
    told = ["2", "3"]
    port.answers = lambda asked: [told.pop(0), "OK"] if "FCD" in asked else script(asked)
    assert modem.send(10, b"\x01", confirmed=True).fate is Fate.ACKNOWLEDGED


def test_so_is_a_downlink_for_this_modem() -> None:
    said: Answer = ["OK", (0.2, "txDone"), (1.3, CAME), (1.3, "rxDone")]
    fixed: dict[str, Answer] = {UP: said, r"AT\+RECVB=\?": ["10:0a0b", "", "OK"]}
    modem, _, script = opened("la66", fixed, joined=True)
    assert modem.send(10, b"\x01", confirmed=True).fate is Fate.ACKNOWLEDGED
    assert modem.downlinks() == [Downlink(10, b"\x0a\x0b")]
    script.settings |= {"RSSI": "-61", "SNR": "9"}
    script.fixed[r"AT\+RECVB=\?"] = ["7:", "", "OK"]
    modem.send(10, b"\x01")
    assert modem.downlinks() == []


def test_downlinks_between_two_uplinks_with_their_levels() -> None:
    modem, port, script = opened("la66", {r"AT\+RECVB=\?": ["10:0a0b", "", "OK"]}, joined=True)
    script.settings |= {"RSSI": "-61", "SNR": "-9"}
    port.say(CAME)
    port.time.sleep(1)
    assert modem.downlinks() == [Downlink(10, b"\x0a\x0b", -61.0, -9.0)]
    assert modem.downlinks() == []


def test_a_modem_that_joins_by_itself_is_found_joined() -> None:
    _, port, script = opened("la66")
    script.written.clear()
    again = modem_at(port, "la66")
    again.open()
    assert again.resume(None) is None
    port.say((5.0, "JOINED"))
    script.settings |= SPEECH["la66"].joined
    assert again.resume(None) is not None


@pytest.mark.parametrize("answer", ["OK", "AT_BUSY_ERROR"])
def test_a_join_is_believed_only_where_it_was_none_before(answer: str) -> None:
    said: Answer = [answer, (8.0, "rxTimeout")]
    modem, _, script = opened("la66", {r"AT\+JOIN": said}, joined=True)
    assert modem.join() == Joined()
    script.settings["NJS"] = "0"
    assert modem.join() == Joined()
    script.fixed[r"AT\+JOIN"] = [answer, (5.0, "JOINED")]
    assert modem.join().session is not None
    script.fixed[r"AT\+JOIN"] = ["AT_ERROR"]
    with pytest.raises(BadData, match="AT_ERROR"):
        modem.join()


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("answer", ["OK", "AT_BUSY_ERROR"])
def test_a_join_of_which_the_radio_says_nothing_may_have_been_asked(
    answer: str, joined: bool
) -> None:
    """Its own may be under way, or wait for the duty cycle: that is no refusal."""
    modem, port, _ = opened("la66", {r"AT\+JOIN": [answer]}, joined=joined)
    before = port.time.now_ns()
    with pytest.raises(BusError, match="does not say that it has asked"):
        modem.join()
    assert 14e9 < port.time.now_ns() - before < 20e9


def test_one_transmission_where_the_firmware_can_be_told() -> None:
    modem, _, script = opened("la66")
    assert modem.transmissions == 1
    assert "AT+CFM=0,0,0" in script.written


@pytest.mark.parametrize("told", [None, "0", "1"])
def test_old_firmware_cannot_be_told(told: str | None) -> None:
    script = SPEECH["la66"].script()
    script.settings["CFM"] = told or ""
    if told is None:
        del script.settings["CFM"]
    old = modem_at(FarEnd(script), "la66")
    old.open()
    old.prepare(KEYS, SETTINGS)
    assert old.transmissions == 8
    assert not any("CFM" in one for one in script.written)


def test_a_fixed_data_rate_is_told_as_it_was_set() -> None:
    """What it reads is that of the frame before, here of the join."""
    modem, _, script = opened("la66", joined=True)
    modem.prepare(KEYS, SETTINGS._replace(adr=False, data_rate=0))
    script.settings["DR"] = "5"
    assert modem.max_payload() == 51
    assert modem.send(10, bytes(52)).fate is Fate.TOO_LONG
    modem.prepare(KEYS, SETTINGS._replace(adr=False, data_rate=5))
    assert script.written.count("AT+DR=5") == 1


@pytest.mark.parametrize("version", ["EU868 v1.2", "v1.0 EU868", "v1.3"])
def test_versions(version: str) -> None:
    script = SPEECH["la66"].script()
    script.settings["VER"] = version
    assert modem_at(FarEnd(script), "la66").open().firmware == version


def test_one_for_another_region_is_not_ours() -> None:
    script = SPEECH["la66"].script()
    script.settings["VER"] = "US915 v1.2"
    with pytest.raises(WrongDevice, match="US915"):
        modem_at(FarEnd(script), "la66").open()
