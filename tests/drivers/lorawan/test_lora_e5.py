"""What is peculiar to the LoRa-E5."""

from unittest.mock import patch

import pytest

from drivers.errors import BadData, BusError
from drivers.lorawan.contract import Downlink, Fate, Joined, Sent, Session
from tests.drivers.lorawan.far_end import Answer, FarEnd
from tests.drivers.lorawan.scripts import SPEECH, modem_at, opened

UP = SPEECH["lora-e5"].up
CUP = r"AT\+CMSGHEX=.*"
LEVELS = "RXWIN1, RSSI -43, SNR 8.0"


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (["+MSGHEX: Start", (2.0, "+MSGHEX: Done")], (Fate.SENT, None)),
        (["+MSGHEX: Starting", (2.0, "+MSGHEX: Done")], (Fate.SENT, None)),
        (["+MSGHEX: Start", "+MSGHEX: FPENDING", "+MSGHEX: Link 20, 1", (3.0, "+MSGHEX: Done")],
         (Fate.SENT, None)),
        (["+MSGHEX: Please join network first"], (Fate.NOT_JOINED, None)),
        (["+MSGHEX: LoRaWAN modem is busy"], (Fate.BUSY, None)),
        (["+MSGHEX: No free channel"], (Fate.NO_CHANNEL, None)),
        (["+MSGHEX: No band in 11987ms"], (Fate.NO_CHANNEL, 11.987)),
        (["+MSGHEX: No band in 500 ms"], (Fate.NO_CHANNEL, 0.5)),
        (["+MSGHEX: DR error"], (Fate.TOO_LONG, None)),
        (["+MSGHEX: Length error 51"], (Fate.TOO_LONG, None)),
        (["+MSGHEX: ERROR(-21)"], (Fate.TOO_LONG, None)),
        (["+MSGHEX: Start", "+MSGHEX: No free channel", "+MSGHEX: Done"], (Fate.NO_CHANNEL, None)),
    ],
)  # fmt: skip
def test_what_becomes_of_an_uplink(answer: Answer, sent: tuple[Fate, float | None]) -> None:
    modem, port, _ = opened("lora-e5", {UP: answer}, joined=True)
    assert modem.send(8, b"\x01\x02\xa0") == sent
    assert port.asked[-1] == 'AT+MSGHEX="0102A0"'


@pytest.mark.parametrize("code", [-1, -10, -11, -12, -20, -22, -23, -24])
def test_other_errors_are_faults(code: int) -> None:
    modem, _, _ = opened("lora-e5", {UP: [f"+MSGHEX: ERROR({code})"]}, joined=True)
    with pytest.raises(BadData, match="ERROR"):
        modem.send(8, b"\x01")


@pytest.mark.parametrize(
    ("lines", "fate"),
    [
        (["Wait ACK", "ACK Received", LEVELS], Fate.ACKNOWLEDGED),
        (["Wait ACK"], Fate.UNACKNOWLEDGED),
        (["Wait ACK", 'PORT: 10; RX: "0A0B"', LEVELS], Fate.UNACKNOWLEDGED),
    ],
)
def test_only_what_is_called_so_is_an_acknowledgement(lines: list[str], fate: Fate) -> None:
    said: Answer = [f"+CMSGHEX: {line}" for line in ("Start", *lines, "Done")]
    modem, _, _ = opened("lora-e5", {CUP: said}, joined=True)
    assert modem.send(8, b"\x01", confirmed=True).fate is fate
    assert len(modem.downlinks()) == ("PORT" in str(lines))


def test_downlinks_with_their_levels() -> None:
    said: Answer = [
        "+MSGHEX: Start",
        "+MSGHEX: FPENDING",
        '+MSGHEX: PORT: 10; RX: "0A0B"',
        "+MSGHEX: RXWIN1, RSSI -43, SNR 10.0",
        '+MSGHEX: PORT: 11; RX: "FF 00"',
        "+MSGHEX: RXWIN2, RSSI -110, SNR -7.5",
        '+MSGHEX: PORT: 0; RX: "FF"',
        '+MSGHEX: PORT: 12; RX: ""',
        (3.0, "+MSGHEX: Done"),
    ]
    modem, _, _ = opened("lora-e5", {UP: said}, joined=True)
    modem.send(8, b"\x01")
    assert modem.downlinks() == [
        Downlink(10, b"\x0a\x0b", -43.0, 10.0),
        Downlink(11, b"\xff\x00", -110.0, -7.5),
        Downlink(12, b""),
    ]


def test_the_port_is_written_when_it_changes() -> None:
    modem, port, _ = opened("lora-e5", joined=True)
    for number in (8, 10, 10, 8):
        modem.send(number, b"\x01")
    assert [one for one in port.asked if "PORT" in one] == [
        "AT+PORT", "AT+PORT", "AT+PORT=10", "AT+PORT", "AT+PORT=8",
    ]  # fmt: skip


def test_a_node_that_restarts_knows_the_session_by_its_counters() -> None:
    modem, _, script = opened("lora-e5", joined=True)
    modem.join()
    for counters, known, goes_on in (
        ("ULDL, 7, 2", Session("26012E43", 3, 7, 2), True),
        ("ULDL, 9, 2", Session("26012E43", 3, 7, 2), True),
        ("ULDL, 9, 2", None, True),
        ("ULDL, 6, 2", Session("26012E43", 3, 7, 2), False),
        ("ULDL, 0, 0", Session("26012E43", 3, 7, 2), False),
        ("ULDL, 0, 0", None, False),
        ("ULDL, 9, 2", Session("26012E44", 3, 7, 2), False),
    ):
        script.settings["LW=ULDL"] = counters
        assert (modem.resume(known) is not None) is goes_on
        assert (modem.session() is not None) is goes_on


def test_a_modem_that_has_joined_already_is_not_joined_again() -> None:
    modem, port, script = opened("lora-e5", joined=True)
    modem._rekeyed = False
    script.fixed[r"AT\+JOIN"] = ["+JOIN: Joined already"]
    script.fixed[r"AT\+JOIN=FORCE"] = [*SPEECH["lora-e5"].accepted]
    script.settings["LW=ULDL"] = "ULDL, 0, 0"
    assert modem.resume(None) is None
    assert modem.join().session is not None
    assert "AT+JOIN=FORCE" not in port.asked
    assert modem.join().session is not None
    assert port.asked.count("AT+JOIN=FORCE") == 1


def test_a_session_that_nobody_asked_for_is_not_taken_for_the_new_one() -> None:
    modem, port, script = opened("lora-e5", joined=True)
    modem._rekeyed = False
    script.fixed[r"AT\+JOIN"] = ["+JOIN: Joined already"]
    script.fixed[r"AT\+JOIN=FORCE"] = ["+JOIN: Start", "+JOIN: Join failed", "+JOIN: Done"]
    assert modem.join() == Joined()
    assert modem.resume(Session("00C0FFEE", 3, 7, 0)) is None
    assert modem.join() == Joined()
    assert port.asked.count("AT+JOIN=FORCE") == 2


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("LoRaWAN modem is busy", Sent(Fate.BUSY)),
        ("No band in 7000ms", Sent(Fate.NO_CHANNEL, 7.0)),
        ("No free channel", Sent(Fate.NO_CHANNEL)),
    ],
)
def test_a_join_that_has_to_wait(said: str, refusal: Sent) -> None:
    modem, _, script = opened("lora-e5", {r"AT\+JOIN": [f"+JOIN: {said}"]})
    assert modem.join() == Joined(refusal=refusal)
    script.fixed[r"AT\+JOIN"] = ["+JOIN: Joined already"]
    script.fixed[r"AT\+JOIN=FORCE"] = [f"+JOIN: {said}"]
    assert modem.join() == Joined(refusal=refusal)
    script.fixed[r"AT\+JOIN"] = ["+JOIN: Start", f"+JOIN: {said}", "+JOIN: Done"]
    assert modem.join() == Joined(), "it had begun"


def test_a_join_that_cannot_be_is_told() -> None:
    modem, _, _ = opened("lora-e5", {r"AT\+JOIN": ["+JOIN: Not in OTAA mode"]})
    with pytest.raises(BadData, match="Not in OTAA mode"):
        modem.join()


def test_the_key_is_written_once_and_only_to_join() -> None:
    modem, _, script = opened("lora-e5")
    assert "AT+KEY" not in script.written
    modem.join()
    modem.join()
    assert script.written.count("AT+KEY") == 1


def test_an_uplink_that_finds_no_session_ends_it() -> None:
    modem, _, script = opened("lora-e5", joined=True)
    modem.join()
    script.fixed[UP] = ["+MSGHEX: Please join network first"]
    assert modem.send(8, b"\x01").fate is Fate.NOT_JOINED
    assert modem.session() is None


@pytest.mark.parametrize(
    ("answers", "writes"),
    [
        ({r"AT\+DR": ["+DR: EU868 DR0  SF12  BW125K "]}, False),
        ({r"AT\+DR": ["+DR: US915 DR0  SF10  BW125K "]}, True),
        ({r"AT\+DR=SCHEME": ["+DR: EU868"]}, False),
        ({r"AT\+DR=SCHEME": ["+DR: US915"]}, True),
        ({r"AT\+DR": ["+DR: DR0"], r"AT\+DR=SCHEME": ["+DR: ERROR(-1)"]}, True),
    ],
)
def test_the_band_is_written_only_where_it_is_another(
    answers: dict[str, Answer], writes: bool
) -> None:
    _, port, _ = opened("lora-e5", answers)
    assert ("AT+DR=EU868" in port.asked) is writes


@pytest.mark.parametrize(
    ("told", "data_rate"),
    [
        (["+DR: DR3", "+DR: EU868 DR3  SF9  BW125K "], 3),
        (["+DR: EU868 DR3  SF9  BW125K "], 3),
        (["+DR: DR0 (ADR DR5)", "+DR: EU868 DR5  SF7  BW125K ", "+DR: EU868 DR0  SF12 BW125K "], 5),
    ],
)
def test_the_data_rate_that_counts(told: list[str], data_rate: int) -> None:
    modem, _, _ = opened("lora-e5", {r"AT\+DR": told}, joined=True)
    session = modem.join().session
    assert session is not None
    assert session.data_rate == data_rate


def test_one_transmission_and_its_room() -> None:
    modem, _, script = opened("lora-e5")
    assert "AT+RETRY=1" in script.written
    assert "AT+MODE=LWOTAA" in script.written
    assert modem.max_payload() == 51
    script.settings["LW=LEN"] = "LEN, 11"
    assert modem.max_payload() == 11


def test_one_that_sleeps_is_woken() -> None:
    port = FarEnd({})
    written: list[bytes] = []
    with patch.object(port, "write", written.append), pytest.raises(BusError):
        modem_at(port, "lora-e5").open()
    assert written[0].startswith(b"\xff\xff\xff\xff\r\n")
