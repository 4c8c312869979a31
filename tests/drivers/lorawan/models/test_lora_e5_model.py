"""The LoRa-E5's transcripts, its errors by number and in words, and its flash."""

import pytest

from drivers.lorawan.lora_e5.model import LoraE5Model
from tests.drivers.lorawan.models.bench import APP_KEY, JOIN_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, joined, set_up

FAMILY = FAMILIES["lora_e5"]
ALL_IDS = (
    b"+ID: DevAddr, 00:00:00:00\r\n+ID: DevEui, 00:04:A3:0B:00:1C:05:30\r\n"
    b"+ID: AppEui, 80:00:00:00:00:00:00:06\r\n"
)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("AT", b"+AT: OK\r\n"),
        ("AT+VER", b"+VER: 4.0.11\r\n"),
        ("at+ver=?", b"+VER: 4.0.11\r\n"),
        ("AT+ID=DevEui", b"+ID: DevEui, 00:04:A3:0B:00:1C:05:30\r\n"),
        ("AT+ID", ALL_IDS),
        (f'AT+ID=AppEui,"{JOIN_EUI}"', b"+ID: AppEui, 70:B3:D5:7E:D0:00:00:01\r\n"),
        ("AT+ID=AppEui, 70 B3 D5 7E D0 00 00 01", b"+ID: AppEui, 70:B3:D5:7E:D0:00:00:01\r\n"),
        ('AT+ID=AppEui,"70B3"', b"+ID: ERROR(-1)\r\n"),
        (f'AT+KEY=APPKEY,"{APP_KEY}"', f"+KEY: APPKEY {APP_KEY}\r\n".encode()),
        ("AT+KEY", b"+KEY: ERROR(-1)\r\n"),
        ("AT+MODE=LWOTAA", b"+MODE: LWOTAA\r\n"),
        ("AT+MODE=SOMETHING", b"+MODE: ERROR(-1)\r\n"),
        ("AT+DR=EU868", b"+DR: EU868\r\n"),
        ("AT+DR=SCHEME", b"+DR: EU868\r\n"),
        ("AT+DR=DR3", b"+DR: DR3\r\n+DR: EU868 DR3  SF9  BW125K \r\n"),
        ("AT+DR", b"+DR: DR0\r\n+DR: EU868 DR0  SF12 BW125K \r\n"),
        ("AT+DR=9", b"+DR: ERROR(-1)\r\n"),
        ("AT+CLASS=A", b"+CLASS: A\r\n"),
        ("AT+PORT=8", b"+PORT: 8\r\n"),
        ("AT+PORT=0", b"+PORT: ERROR(-1)\r\n"),
        ("AT+ADR=ON", b"+ADR: ON\r\n"),
        ("AT+CH=NUM,0-2", b"+CH: NUM, 0-2\r\n"),
        ("AT+RXWIN2=869.525,DR3", b"+RXWIN2: 869525000,DR3\r\n"),
        ("AT+REPT=1", b"+REPT: 1\r\n"),
        ("AT+RETRY=3", b"+RETRY: 3\r\n"),
        ("AT+LW=LEN", b"+LW: LEN, 51\r\n"),
        ("AT+LW=ULDL", b"+LW: ULDL, 0, 0\r\n"),
        ("AT+LW=DC,OFF", b"+LW: DC, OFF, 0\r\n"),
        ("AT+LW=JDC,OFF", b"+LW: JDC, OFF\r\n"),
        ("AT+LW", b"+LW: ERROR(-1)\r\n"),
        ("AT+FOO", b"+FOO: ERROR(-10)\r\n"),
        ("AT+JOIN", b"+JOIN: Not in OTAA mode\r\n"),
        ('AT+MSGHEX="0102A0"', b"+MSGHEX: Please join network first\r\n"),
        ('AT+MSGHEX="01Z"', b"+MSGHEX: ERROR(-1)\r\n"),
        ("hello", b""),
        ("AT+MSGHEX=" + "0" * 600, b"+AT: ERROR(-21)\r\n"),
    ],
)
def test_a_line_and_its_answer(line: str, answer: bytes) -> None:
    bench = Bench(LoraE5Model)
    assert bench.wait(1) == b""
    assert bench.ask(line, end="\n") == answer


def test_a_line_begins_when_the_one_before_is_out() -> None:
    bench = Bench(LoraE5Model)
    assert bench.ask("AT+ID", 0.06).count(b"\r\n") == 1
    assert bench.wait(0.07).count(b"\r\n") == 2


def test_the_transcript_of_a_join() -> None:
    bench = set_up(FAMILY)
    assert bench.told("AT+JOIN", 1) == ["+JOIN: Start", "+JOIN: NORMAL"]
    assert bench.told("AT+JOIN", 0.5) == ["+JOIN: LoRaWAN modem is busy"]
    assert bench.wait(10) == (
        b"+JOIN: Network joined\r\n+JOIN: NetID 000013 DevAddr 26:01:2E:43\r\n+JOIN: Done\r\n"
    )
    assert bench.told("AT+JOIN") == ["+JOIN: Joined already"]
    assert bench.told("AT+JOIN=FORCE", 10)[:2] == ["+JOIN: Start", "+JOIN: FORCE"]


def test_a_join_that_fails_is_done_too() -> None:
    bench = set_up(FAMILY)
    bench.network.deaf = True
    assert bench.told("AT+JOIN", 10)[-2:] == ["+JOIN: Join failed", "+JOIN: Done"]


def test_the_transcript_of_an_uplink() -> None:
    bench = joined(FAMILY)
    bench.network.queue += [(10, bytes.fromhex("0A0B")), (10, b"")]
    assert bench.told('AT+MSGHEX="0102A0"', 5) == [
        "+MSGHEX: Start",
        "+MSGHEX: FPENDING",
        '+MSGHEX: PORT: 10; RX: "0A0B"',
        "+MSGHEX: RXWIN1, RSSI -70, SNR 8.0",
        "+MSGHEX: Done",
    ]
    bench.network.queue.clear()
    assert bench.told('AT+CMSGHEX="0102A0"', 5) == [
        "+CMSGHEX: Start",
        "+CMSGHEX: Wait ACK",
        "+CMSGHEX: ACK Received",
        "+CMSGHEX: RXWIN1, RSSI -70, SNR 8.0",
        "+CMSGHEX: Done",
    ]
    assert bench.told('AT+MSG="Hi"', 5) == ["+MSG: Start", "+MSG: Done"]
    assert bench.network.heard_up[-1].payload == b"Hi"
    assert bench.told("AT+LW=ULDL") == ["+LW: ULDL, 3, 2"]


def test_no_acknowledgement_is_done_without_one() -> None:
    bench = joined(FAMILY)
    bench.network.acknowledges = False
    for retry, transmissions in ((0, 1), (1, 1), (2, 2), (3, 3)):
        bench.ask(f"AT+RETRY={retry}")
        bench.network.heard_up.clear()
        assert bench.told('AT+CMSGHEX="00"', 20) == [
            "+CMSGHEX: Start",
            "+CMSGHEX: Wait ACK",
            "+CMSGHEX: Done",
        ]
        assert len(bench.network.heard_up) == transmissions


def test_a_data_rate_that_the_network_has_moved() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DR=0")
    bench.network.fopts = bytes.fromhex("0352070001")
    bench.ask('AT+MSGHEX="00"', 5)
    assert bench.ask("AT+DR") == (
        b"+DR: DR0 (ADR DR5)\r\n+DR: EU868 DR5  SF7  BW125K \r\n+DR: EU868 DR0  SF12 BW125K \r\n"
    )


def test_the_wait_that_it_tells_is_the_wait() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+LW=DC,ON")
    bench.ask('AT+MSGHEX="' + "00" * 200 + '"', 5)
    (refused,) = bench.told('AT+MSGHEX="0102A0"', 0.1)
    assert refused.startswith("+MSGHEX: No band in ")
    wait_ms = int(refused.removeprefix("+MSGHEX: No band in ").removesuffix("ms"))
    bench.wait(wait_ms / 1000 - 0.2)
    assert bench.told('AT+MSGHEX="0102A0"', 0.1)[0].startswith("+MSGHEX: No band in ")
    bench.wait(0.1)
    assert bench.told('AT+MSGHEX="0102A0"', 5) == ["+MSGHEX: Start", "+MSGHEX: Done"]


def test_too_long_tells_how_long_it_may_be() -> None:
    bench = joined(FAMILY)
    bench.ask("AT+DR=0")
    assert bench.told('AT+MSGHEX="' + "00" * 52 + '"') == ["+MSGHEX: Length error 51"]


def test_flash_outlives_a_reset_and_a_session_does_not() -> None:
    bench = joined(FAMILY)
    assert bench.ask("AT+RESET", 1) == b"+RESET: OK\r\n"
    assert bench.told("AT+MODE") == ["+MODE: LWOTAA"]
    assert bench.told("AT+ID=AppEui") == ["+ID: AppEui, 70:B3:D5:7E:D0:00:00:01"]
    assert bench.told(FAMILY.send) == ["+MSGHEX: Please join network first"]
    assert FAMILY.joined in bench.ask("AT+JOIN", 10)
    assert bench.network.nonces == [0, 1]
    assert bench.ask("AT+FDEFAULT", 1) == b"+FDEFAULT: OK\r\n"
    assert bench.told("AT+MODE") == ["+MODE: LWABP"]


def test_old_firmware_says_starting() -> None:
    bench = set_up(FAMILY, firmware="2.0.10")
    assert bench.told("AT+JOIN", 1) == ["+JOIN: Starting", "+JOIN: NORMAL"]


def test_it_sleeps_until_it_is_woken() -> None:
    bench = Bench(LoraE5Model)
    assert bench.told("AT+LOWPOWER") == ["+LOWPOWER: SLEEP"]
    assert bench.told("AT") == ["+LOWPOWER: WAKEUP"]
    assert bench.told("AT") == ["+AT: OK"]
    assert bench.told("AT+LOWPOWER=AUTOON") == ["+LOWPOWER: AUTOON"]
    assert bench.told("AT") == []
    assert bench.told("\xff\xff\xff\xffAT") == ["+AT: OK"]


def test_link_check_is_asked_for_once() -> None:
    bench = joined(FAMILY)
    assert bench.told("AT+LW=LCR") == ["+LW: LCR"]
    bench.network.fopts = bytes((0x02, 20, 1))
    assert "+MSGHEX: Link 20, 1" in bench.told('AT+MSGHEX="00"', 5)
    assert bench.network.heard_up[-1].fopts == b"\x02"


def test_counters_are_set() -> None:
    bench = joined(FAMILY)
    assert bench.told("AT+LW=ULDL, 867, 265") == ["+LW: ULDL, 867, 265"]
    bench.ask(FAMILY.send, 5)
    assert bench.network.heard_up[-1].counter == 867
    assert bench.told("AT+LW=ULDL, many") == ["+LW: ERROR(-1)"]
