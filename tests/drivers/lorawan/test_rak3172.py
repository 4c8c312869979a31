"""What is peculiar to the RAK3172."""

import pytest

from drivers.errors import BadData
from drivers.lorawan.contract import Downlink, Fate, Joined, Sent
from tests.drivers.lorawan.far_end import Answer
from tests.drivers.lorawan.scripts import SPEECH, opened

UP = SPEECH["rak3172"].up


@pytest.mark.parametrize(
    ("answer", "confirmed", "sent"),
    [
        (["OK", (2.0, "+EVT:TX_DONE")], False, (Fate.SENT, None)),
        (["OK", (2.0, "+EVT:TX DONE")], False, (Fate.SENT, None)),
        (["OK", (3.0, "+EVT:SEND_CONFIRMED_OK")], True, (Fate.ACKNOWLEDGED, None)),
        (["OK", (3.0, "+EVT:SEND CONFIRMED OK")], True, (Fate.ACKNOWLEDGED, None)),
        (["OK", (9.0, "+EVT:SEND_CONFIRMED_FAILED(4)")], True, (Fate.UNACKNOWLEDGED, None)),
        (["OK", (9.0, "+EVT:SEND CONFIRMED FAILED(4)")], True, (Fate.UNACKNOWLEDGED, None)),
        (["OK", (1.0, "+EVT:TX_DONE"), (3.0, "+EVT:SEND_CONFIRMED_OK")], True,
         (Fate.ACKNOWLEDGED, None)),
        (["AT_NO_NETWORK_JOINED"], False, (Fate.NOT_JOINED, None)),
        (["AT_BUSY_ERROR"], False, (Fate.BUSY, None)),
        (["Restricted_Wait_3343_ms", "AT_BUSY_ERROR"], False, (Fate.NO_CHANNEL, 3.343)),
        (["AT_DUTYCYCLE_RESTRICTED"], False, (Fate.NO_CHANNEL, None)),
        (["AT_TEST_PARAM_OVERFLOW"], False, (Fate.TOO_LONG, None)),
        (["AT_PARAM_ERROR"], False, (Fate.TOO_LONG, None)),
    ],
)  # fmt: skip
def test_what_becomes_of_an_uplink(
    answer: Answer, confirmed: bool, sent: tuple[Fate, float | None]
) -> None:
    modem, port, _ = opened("rak3172", {UP: answer}, joined=True)
    assert modem.send(10, b"\x01\x02\xa0", confirmed) == sent
    assert port.asked[-1] == "AT+SEND=10:0102A0"


def test_a_wait_of_before_is_none_of_now() -> None:
    modem, port, _ = opened("rak3172", {UP: ["AT_BUSY_ERROR"]}, joined=True)
    port.say("Restricted_Wait_99999_ms")
    port.time.sleep(1)
    assert modem.send(10, b"\x01") == (Fate.BUSY, None)


@pytest.mark.parametrize("said", ["AT_ERROR", "AT_NO_CLASSB_ENABLE", "AT_RX_ERROR"])
def test_other_errors_are_faults(said: str) -> None:
    modem, _, _ = opened("rak3172", {UP: [said]}, joined=True)
    with pytest.raises(BadData, match=said):
        modem.send(10, b"\x01")


def test_downlinks_in_all_spellings() -> None:
    modem, port, _ = opened("rak3172", joined=True)
    port.say(
        "+EVT:RX_1:-70:8:UNICAST:1:1234",
        "+EVT:RX1, RSSI -110, SNR 5",
        "+EVT:UNICAST",
        "+EVT:2:1234",
        "+EVT:3:FF",
        "+EVT:RX_2:-120:-12:UNICAST:200:",
        "+EVT:RX_1:-70:8:UNICAST:0:12",
        "+EVT:RX_1:-70:8:UNICAST:1:123",
    )
    port.time.sleep(1)
    assert modem.downlinks() == [
        Downlink(1, b"\x12\x34", -70.0, 8.0),
        Downlink(2, b"\x12\x34", -110.0, 5.0),
        Downlink(3, b"\xff"),
        Downlink(200, b"", -120.0, -12.0),
    ]


def test_a_downlink_that_comes_with_an_uplink() -> None:
    said: Answer = ["OK", (2.0, "+EVT:RX_1:-70:8:UNICAST:1:1234"), (2.1, "+EVT:TX_DONE")]
    modem, _, _ = opened("rak3172", {UP: said}, joined=True)
    modem.send(10, b"\x01")
    assert [one.port for one in modem.downlinks()] == [1]


def test_confirmed_is_a_setting_that_is_written_when_it_changes() -> None:
    done: Answer = ["OK", (2.0, "+EVT:TX_DONE"), (2.1, "+EVT:SEND_CONFIRMED_OK")]
    modem, _, script = opened("rak3172", {UP: done}, joined=True)
    for confirmed in (False, False, True, True, False):
        modem.send(10, b"\x01", confirmed)
    assert [one for one in script.written if "CFM" in one] == ["AT+CFM=1", "AT+CFM=0"]


@pytest.mark.parametrize(
    "said",
    ["+EVT:JOIN_FAILED_RX_TIMEOUT", "+EVT:JOIN_FAILED_TX_TIMEOUT", "+EVT:JOIN FAILED"],
)
def test_a_join_that_failed_is_stopped(said: str) -> None:
    fixed: dict[str, Answer] = {
        r"AT\+JOIN=1:.*": ["OK", (7.0, said)],
        r"AT\+JOIN=0:.*": ["AT_ERROR"],
    }
    modem, port, _ = opened("rak3172", fixed)
    assert modem.join() == Joined()
    assert port.asked[-2:] == ["AT+JOIN=1:0:10:0", "AT+JOIN=0:0:10:0"]


def test_a_join_that_has_to_wait_or_cannot_be() -> None:
    modem, port, script = opened("rak3172")
    for answer, refusal in (
        (["Restricted_Wait_3343_ms", "AT_BUSY_ERROR"], Sent(Fate.NO_CHANNEL, 3.343)),
        (["AT_BUSY_ERROR"], Sent(Fate.BUSY)),
        (["AT_DUTYCYCLE_RESTRICTED"], Sent(Fate.NO_CHANNEL)),
    ):
        script.fixed[r"AT\+JOIN=1:.*"] = answer
        port.say("Restricted_Wait_99999_ms", "+EVT:RX_1:-70:8:UNICAST:1:1234")
        port.time.sleep(1)
        assert modem.join() == Joined(refusal=refusal)
        assert len(modem.downlinks()) == 1
    for said in ("AT_ERROR", "AT_PARAM_ERROR", "AT_NO_NETWORK_JOINED"):
        script.fixed[r"AT\+JOIN=1:.*"] = [said]
        with pytest.raises(BadData, match=said):
            modem.join()


def test_a_refusal_after_it_has_begun_to_join_is_none() -> None:
    modem, _, _ = opened("rak3172", {r"AT\+JOIN=1:.*": ["OK", (1.0, "AT_BUSY_ERROR")]})
    with pytest.raises(BadData, match="AT_BUSY_ERROR"):
        modem.join()


def test_one_transmission() -> None:
    modem, _, script = opened("rak3172")
    assert modem.transmissions == 1
    assert "AT+RETY=0" in script.written
    assert "AT+BAND=4" in script.written
