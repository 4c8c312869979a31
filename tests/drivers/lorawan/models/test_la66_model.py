"""The LA66's transcripts byte for byte, its log, its mailbox, and how it joins by itself."""

import pytest

from drivers.lorawan.la66.model import La66Model
from tests.drivers.lorawan.models.bench import APP_KEY, JOIN_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, joined, set_up

FAMILY = FAMILIES["la66"]
BANNER = (
    b"\n\rDragino LA66 Device\n\rImage Version: v1.3\n\rLoRaWan Stack: DR-LWS-007\n\r"
    b"Frequency Band: EU868\n\rDevEui= 00 04 A3 0B 00 1C 05 30\n\r"
)
JOINED = (
    b"JoinRequest NbTrials= 199\n\r\n\r***** UpLinkCounter= 0 *****\n\rtxDone\n\rrxDone\n\r"
    b"JOINED\n\r\n\rJoin Accept:\n\rRx1DrOffset:0\n\rRx2Datarate:3\n\rReceiveDelay1:1000 ms\n\r"
    b"ReceiveDelay2:2000 ms\n\r"
)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("AT", b""),
        ("AT+DEUI=?", b"00 04 A3 0B 00 1C 05 30\r\n\r\nOK\r\n"),
        ("AT+DEUI=0004A30B001C0531", b"\r\nOK\r\n"),
        ("AT+DEUI=00 04 A3 0B 00 1C 05 31", b"\r\nOK\r\n"),
        ("AT+DEUI=00", b"\r\nAT_PARAM_ERROR\r\n"),
        (f"AT+APPEUI={JOIN_EUI}", b"\r\nOK\r\n"),
        (f"AT+APPKEY={APP_KEY}", b"\r\nOK\r\n"),
        ("AT+NJM=1", b"\r\nOK\r\n"),
        ("AT+ADR=1", b"\r\nOK\r\n"),
        ("AT+DR=3", b"Attention:Take effect after AT+ADR=0\r\n\r\nOK\r\n"),
        ("AT+DR=8", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+CLASS=A", b"\r\nOK\r\n"),
        ("AT+DCS=?", b"0\r\n\r\nOK\r\n"),
        ("AT+DCS=1", b"\r\nOK\r\n"),
        ("AT+CFM=?", b"0,7,0\r\n\r\nOK\r\n"),
        ("AT+CFM=1,3,1", b"\r\nOK\r\n"),
        ("AT+CFM=1,8,1", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+VER=?", b"EU868 v1.3\r\n\r\nOK\r\n"),
        ("AT+NJS=?", b"0\r\n\r\nOK\r\n"),
        ("AT+FCU=?", b"0\r\n\r\nOK\r\n"),
        ("AT+FCU=0", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+RECVB=?", b"0:\r\n\r\nOK\r\n"),
        ("AT+SENDB=0,10,3,0102A0", b"\r\nAT_NO_NET_JOINED\r\n"),
        ("AT+SENDB=0,10,2,0102A0", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SENDB=0,10", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+JOIN=1", b"\r\nAT_PARAM_ERROR\r\n"),
        ("AT+FOO", b"\r\nAT_ERROR\r\n"),
        ("at+njs=?", b"\r\nAT_ERROR\r\n"),
        ("hello", b"\r\nAT_ERROR\r\n"),
        ("(AT+NJS=?)", b"0\r\n\r\nOK\r\n"),
    ],
)
def test_a_line_and_its_answer(line: str, answer: bytes) -> None:
    bench = Bench(La66Model)
    assert bench.wait(1) == (
        BANNER + b"Please set the parameters or reset Device to apply change\n\r"
    )
    assert bench.ask(line) == answer


def test_the_transcript_of_a_day() -> None:
    bench = set_up(FAMILY)
    assert bench.ask("AT+JOIN", 10) == b"\r\nOK\r\n" + JOINED
    bench.network.queue.append((10, bytes.fromhex("0A0B")))
    assert bench.ask("AT+SENDB=0,10,3,0102A0", 5) == (
        b"\n\r***** UpLinkCounter= 0 *****\n\r\r\nOK\r\ntxDone\n\rrxDone\n\rRssi= -70\n\r"
        b"Run AT+RECVB=? to see detail\r\n"
    )
    assert bench.ask("AT+RECVB=?") == b"10:0a0b\r\n\r\nOK\r\n"
    assert bench.ask("AT+RECVB=?") == b"10:\r\n\r\nOK\r\n"
    assert bench.ask("AT+SENDB=0,10,3,0102A0", 5).endswith(b"txDone\n\rrxTimeout\n\r")
    assert bench.ask("AT+FCU=?") == b"2\r\n\r\nOK\r\n"
    assert bench.ask("AT+FCD=?") == b"0\r\n\r\nOK\r\n"
    bench.ask("AT+SENDB=1,10,3,0102A0", 5)
    assert bench.ask("AT+FCD=?") == b"1\r\n\r\nOK\r\n"
    assert bench.ask("AT+RSSI=?") == b"-70\r\n\r\nOK\r\n"


def test_dev_nonces_are_random() -> None:
    assert joined(FAMILY).network.nonces != [0]
    assert joined(FAMILIES["rn2483"]).network.nonces != [0]
    assert joined(FAMILIES["rak3172"]).network.nonces == [0]


def test_numbers_are_c_s() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+SENDB=0,010,0x2,0102", 5)
    assert bench.network.heard_up[-1].port == 8
    bench.ask("AT+SEND=1,10,2,Hi", 5)
    assert bench.network.heard_up[-1].payload == b"Hi"
    assert bench.network.heard_up[-1].confirmed


def test_only_rx_done_tells_of_an_acknowledgement() -> None:
    bench = joined(FAMILY)
    assert bench.ask("AT+SENDB=1,10,1,00", 5).endswith(b"txDone\n\rrxDone\n\rRssi= -70\n\r")
    bench.network.acknowledges = False
    bench.ask("AT+CFM=0,0,0")
    assert bench.ask("AT+SENDB=1,10,1,00", 5).endswith(b"txDone\n\rrxTimeout\n\r")


@pytest.mark.parametrize(
    ("setting", "transmissions"), [("0", 8), ("1", 8), ("1,2,0", 3), ("0,2,0", 3), ("0,0,0", 1)]
)
def test_the_second_number_of_cfm_counts_whatever_the_first_is(
    setting: str, transmissions: int
) -> None:
    bench = joined(FAMILY)
    bench.network.acknowledges = False
    bench.ask(f"AT+CFM={setting}")
    assert bench.ask("AT+SENDB=1,10,1,00", 60).count(b"txDone") == transmissions


def test_what_the_duty_cycle_forbids_waits_in_the_modem() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DCS=1")
    bench.ask("AT+SENDB=0,10,200," + "00" * 200, 5)
    assert bench.ask("AT+SENDB=0,10,1,07") == b"\r\nOK\r\n"
    assert bench.ask("AT+SENDB=0,10,1,08") == b"\r\nAT_BUSY_ERROR\r\n"
    assert bench.wait(40) == b"\n\r***** UpLinkCounter= 1 *****\n\rtxDone\n\rrxTimeout\n\r"
    assert [up.payload for up in bench.network.heard_up] == [bytes(200), b"\x07"]


def test_in_place_of_what_is_too_long_an_empty_frame_is_sent() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DR=0")
    bench.ask(FAMILY.send, 5)
    said = bench.ask("AT+SENDB=0,10,52," + "00" * 52, 10)
    assert said.startswith(b"uplink payload oversize at current data rate\n\r")
    assert b"\r\nOK\r\n" in said
    assert bench.network.heard_up[-1].payload == b""


def test_a_data_rate_counts_from_the_next_uplink_on() -> None:
    bench = set_up(FAMILY)
    bench.ask("AT+DR=2")
    bench.ask("AT+JOIN", 10)
    assert bench.ask("AT+DR=?") == b"5\r\n\r\nOK\r\n"
    bench.ask(FAMILY.send, 5)
    assert bench.ask("AT+DR=?") == b"2\r\n\r\nOK\r\n"


def test_each_third_request_to_join_is_slower() -> None:
    bench = set_up(FAMILY)
    bench.network.deaf = True
    bench.ask("AT+JOIN", 600)
    rates = [sent.data_rate for sent in bench.air.transmissions]
    assert rates[:20] == [5] * 3 + [4] * 3 + [3] * 3 + [2] * 3 + [1] * 3 + [0] * 5


def test_it_joins_by_itself_at_each_boot_and_goes_on_trying() -> None:
    bench = joined(FAMILY)
    bench.network.deaf = True
    bench.model.restart()
    said = bench.wait(60)
    assert said.startswith(BANNER + b"JoinRequest NbTrials= 199")
    assert said.count(b"JoinRequest") >= 3
    assert bench.ask("AT+JOIN", 4).count(b"JoinRequest") == 1
    bench.network.deaf = False
    assert bench.wait(60).count(b"JOINED\n\r") == 1
    assert bench.ask("AT+NJS=?") == b"1\r\n\r\nOK\r\n"


def test_a_factory_reset_keeps_the_keys_and_does_not_join() -> None:
    bench = joined(FAMILY)
    assert bench.ask("AT+FDR", 30) == (
        BANNER + b"Please set the parameters or reset Device to apply change\n\r"
    )
    assert bench.ask("AT+APPEUI=?").startswith(b"70 B3 D5 7E D0 00 00 01\r\n")
    assert bench.ask("AT+ADR=?") == b"1\r\n\r\nOK\r\n"


def test_debug_stamps_its_log() -> None:
    bench = joined(FAMILY)
    assert bench.ask("AT+DEBUG") == b"Enter Debug mode\r\n\r\nOK\r\n"
    lines = bench.ask(FAMILY.send, 5).split(b"\n\r")
    assert any(line.endswith(b"]txDone") for line in lines)


def test_counters_are_set() -> None:
    bench = joined(FAMILY)
    assert bench.ask("AT+FCU=500") == b"\r\nOK\r\n"
    bench.ask(FAMILY.send, 5)
    assert bench.network.heard_up[-1].counter == 500
