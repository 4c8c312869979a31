"""The RAK3172's transcripts in new and old spelling, its mailbox, and its errors."""

import pytest

from drivers.lorawan.rak3172.console_model import OLD
from drivers.lorawan.rak3172.model import Rak3172Model
from tests.drivers.lorawan.models.bench import APP_KEY, JOIN_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, joined, set_up

FAMILY = FAMILIES["rak3172"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("AT", b"OK\r\n"),
        ("AT+VER=?", b"AT+VER=RUI_4.0.6_RAK3172-E\r\nOK\r\n"),
        ("at+nwm=1", b"OK\r\n"),
        ("AT+NJM=1", b"OK\r\n"),
        ("AT+NJM=2", b"AT_PARAM_ERROR\r\n"),
        ("AT+BAND=4", b"OK\r\n"),
        ("AT+CLASS=A", b"OK\r\n"),
        ("AT+ADR=1", b"OK\r\n"),
        ("AT+CFM=0", b"OK\r\n"),
        ("AT+DR=3", b"OK\r\n"),
        ("AT+DR=6", b"AT_PARAM_ERROR\r\n"),
        ("AT+DEVEUI=?", b"AT+DEVEUI=0004A30B001C0530\r\nOK\r\n"),
        (f"AT+APPEUI={JOIN_EUI}", b"OK\r\n"),
        (f"AT+APPEUI={JOIN_EUI}09", b"AT_PARAM_ERROR\r\n"),
        (f"AT+APPKEY={APP_KEY}", b"OK\r\n"),
        ("AT+DCS=?", b"AT+DCS=1\r\nOK\r\n"),
        ("AT+NJS=?", b"AT+NJS=0\r\nOK\r\n"),
        ("AT+CFS=?", b"AT+CFS=0\r\nOK\r\n"),
        ("AT+RETY=?", b"AT+RETY=0\r\nOK\r\n"),
        ("AT+JOIN=?", b"AT+JOIN=1:0:8:0\r\nOK\r\n"),
        ("AT+JOIN=1:0:3:8", b"AT_PARAM_ERROR\r\n"),
        ("AT+RECV=?", b"AT+RECV=0:\r\nOK\r\n"),
        ("AT+SEND=10:0102A0", b"AT_NO_NETWORK_JOINED\r\n"),
        ("AT+SEND=0:0102A0", b"AT_PARAM_ERROR\r\n"),
        ("AT+SEND=10:0102A", b"AT_PARAM_ERROR\r\n"),
        ("AT+SEND=10:", b"AT_PARAM_ERROR\r\n"),
        ("AT+FOO=1", b"AT_COMMAND_NOT_FOUND\r\n"),
        ("hello", b"AT_COMMAND_NOT_FOUND\r\n"),
    ],
)
def test_a_line_and_its_answer(line: str, answer: bytes) -> None:
    bench = Bench(Rak3172Model)
    assert bench.wait(1).endswith(b"Current Work Mode: LoRaWAN.\r\n")
    assert bench.ask(line, end="\r") == answer


def test_the_transcript_of_a_day() -> None:
    bench = set_up(FAMILY)
    assert bench.told("AT+JOIN=1:0:10:8", 10) == ["OK", "+EVT:JOINED"]
    assert bench.told("AT+NJS=?") == ["AT+NJS=1", "OK"]
    bench.network.queue.append((1, bytes.fromhex("1234")))
    assert bench.told("AT+SEND=10:0102A0", 5) == [
        "OK",
        "+EVT:TX_DONE",
        "+EVT:RX_1:-70:8:UNICAST:1:1234",
    ]
    assert bench.told("AT+DEVADDR=?") == ["AT+DEVADDR=26012E43", "OK"]
    assert bench.told("AT+RECV=?") == ["AT+RECV=1:1234", "OK"]
    assert bench.told("AT+RECV=?") == ["AT+RECV=0:", "OK"]
    assert bench.told("AT+RSSI=?") == ["AT+RSSI=-70", "OK"]
    assert bench.told("AT+SNR=?") == ["AT+SNR=8", "OK"]
    bench.ask("AT+CFM=1")
    assert bench.told("AT+SEND=10:0102A0", 5) == ["OK", "+EVT:SEND_CONFIRMED_OK"]
    assert bench.told("AT+CFS=?") == ["AT+CFS=1", "OK"]
    bench.network.acknowledges = False
    assert bench.told("AT+SEND=10:0102A0", 30) == ["OK", "+EVT:SEND_CONFIRMED_FAILED(4)"]
    assert bench.told("AT+CFS=?") == ["AT+CFS=0", "OK"]


def test_the_same_in_the_old_spelling() -> None:
    bench = set_up(FAMILY, firmware=OLD)
    assert bench.ask("AT+NJM=?") == b"AT+NJM=1\r\nOK\r\n"
    bench.network.deaf = True
    assert bench.told("AT+JOIN", 10) == ["OK", "+EVT:JOIN FAILED"]
    bench.network.deaf = False
    assert bench.told("AT+JOIN", 10) == ["OK", "+EVT:JOINED"]
    bench.network.queue.append((1, bytes.fromhex("1234")))
    bench.ask("AT+CFM=1")
    assert bench.told("AT+SEND=10:0102A0", 5) == [
        "OK",
        "+EVT:SEND CONFIRMED OK",
        "+EVT:RX1, RSSI -70, SNR 8",
        "+EVT:1:1234",
    ]


def test_it_tries_again_as_often_as_it_was_told() -> None:
    bench = set_up(FAMILY)
    bench.network.deaf = True
    said = bench.told("AT+JOIN=1:0:10:2", 120)
    assert said == ["OK", *["+EVT:JOIN_FAILED_RX_TIMEOUT"] * 3]
    assert bench.told("AT+JOIN=?") == ["AT+JOIN=1:0:10:2", "OK"]


def test_it_joins_at_power_on_if_it_was_told_to() -> None:
    bench = set_up(FAMILY)
    bench.ask("AT+JOIN=1:1:10:2", 10)
    bench.model.restart()
    assert bench.wait(10).endswith(b"+EVT:JOINED\r\n")
    assert bench.network.nonces == [0, 1]


def test_the_duty_cycle_tells_how_long() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DCS=1")
    bench.ask("AT+SEND=10:" + "00" * 200, 5)
    waiting, error = bench.told("AT+SEND=10:00")
    assert error == "AT_BUSY_ERROR"
    wait_ms = int(waiting.removeprefix("Restricted_Wait_").removesuffix("_ms"))
    bench.wait(wait_ms / 1000 - 0.3)
    assert bench.told("AT+SEND=10:00", 5) == ["OK", "+EVT:TX_DONE"]


def test_too_long_sends_an_empty_frame_in_its_place() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DR=0")
    assert bench.told("AT+SEND=10:" + "00" * 52, 10) == ["AT_PARAM_ERROR", "+EVT:TX_DONE"]
    assert bench.network.heard_up[-1].payload == b""


def test_flash_outlives_a_reset_and_a_session_does_not() -> None:
    bench = joined(FAMILY)
    bench.ask("ATZ", 2)
    assert bench.told(FAMILY.send) == ["AT_NO_NETWORK_JOINED"]
    assert bench.told("AT+APPEUI=?") == [f"AT+APPEUI={JOIN_EUI}", "OK"]
    assert bench.told("AT+DR=?") == ["AT+DR=5", "OK"]
    assert bench.told("ATR") == ["OK"]
    assert bench.told("AT+APPEUI=?") == ["AT+APPEUI=0000000000000000", "OK"]


def test_a_link_check_is_an_event() -> None:
    bench = joined(FAMILY)
    assert bench.told("AT+LINKCHECK=1") == ["OK"]
    bench.network.fopts = bytes((0x02, 21, 1))
    assert bench.told(FAMILY.send, 5)[-1] == "+EVT:LINKCHECK:0,21,1,-70,8"


def test_echo_is_switched() -> None:
    bench = Bench(Rak3172Model)
    bench.wait(1)
    assert bench.told("ATE") == ["OK"]
    assert bench.told("AT") == ["AT", "OK"]
