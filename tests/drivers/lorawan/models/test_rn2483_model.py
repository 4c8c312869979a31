"""The RN2483's transcript, its immediate errors, and what `mac save` saves."""

import pytest

from drivers.lorawan.rn2483.model import Rn2483Model
from tests.drivers.lorawan.models.bench import APP_KEY, DEV_EUI, JOIN_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, joined, set_up

FAMILY = FAMILIES["rn2483"]
VERSION = b"RN2483 1.0.5 Oct 31 2018 15:06:52\r\n"


@pytest.fixture
def bench() -> Bench:
    return Bench(Rn2483Model)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("sys get ver", VERSION),
        ("sys get hweui", b"0004A30B001C0530\r\n"),
        ("sys get vdd", b"3281\r\n"),
        ("sys set nvm 300 A5", b"ok\r\n"),
        ("sys get nvm 300", b"FF\r\n"),
        ("sys get nvm 2FF", b"invalid_param\r\n"),
        ("mac reset 868", b"ok\r\n"),
        ("mac reset 433", b"invalid_param\r\n"),
        (f"mac set deveui {DEV_EUI}", b"ok\r\n"),
        (f"mac set deveui {DEV_EUI}0", b"invalid_param\r\n"),
        (f"mac set appeui {JOIN_EUI}", b"ok\r\n"),
        (f"mac set appkey {APP_KEY}", b"ok\r\n"),
        ("mac set dr 3", b"ok\r\n"),
        ("mac set dr 8", b"invalid_param\r\n"),
        ("mac set adr on", b"ok\r\n"),
        ("mac set rx2 3 869525000", b"ok\r\n"),
        ("mac set pwridx 1", b"ok\r\n"),
        ("mac set retx 3", b"ok\r\n"),
        ("mac set class a", b"ok\r\n"),
        ("mac set linkchk 600", b"ok\r\n"),
        ("mac set ch freq 3 867100000", b"ok\r\n"),
        ("mac set ch freq 0 867100000", b"invalid_param\r\n"),
        ("mac set ch drrange 3 0 5", b"ok\r\n"),
        ("mac set ch status 3 on", b"ok\r\n"),
        ("mac get ch dcycle 0", b"302\r\n"),
        ("mac get ch freq 2", b"868500000\r\n"),
        ("mac get ch status 16", b"invalid_param\r\n"),
        ("mac get rxdelay1", b"1000\r\n"),
        ("mac get rx2 868", b"0 869525000\r\n"),
        ("mac get appkey", b"invalid_param\r\n"),
        ("mac get status", b"00000000\r\n"),
        ("mac tx uncnf 1 00", b"not_joined\r\n"),
        ("mac tx uncnf 0 00", b"invalid_param\r\n"),
        ("mac tx uncnf 1 0", b"invalid_param\r\n"),
        ("mac tx maybe 1 00", b"invalid_param\r\n"),
        ("mac join otaa", b"keys_not_init\r\n"),
        ("mac join abp", b"keys_not_init\r\n"),
        ("mac pause", b"4294967245\r\n"),
        ("radio get sf", b"sf12\r\n"),
        ("radio set sf sf7", b"busy\r\n"),
        ("MAC GET DR", b"invalid_param\r\n"),
        ("mac", b"invalid_param\r\n"),
    ],
)
def test_a_line_and_its_answer(bench: Bench, line: str, answer: bytes) -> None:
    assert bench.wait(1) == VERSION
    assert bench.ask(line) == answer


def test_the_transcript_of_a_day(bench: Bench) -> None:
    bench.wait(1)
    for line in FAMILY.setup:
        assert bench.ask(line) == b"ok\r\n"
    assert bench.ask("mac save", 2.9) == b""
    assert bench.wait(0.2) == b"ok\r\n"
    assert bench.ask("mac join otaa", 1) == b"ok\r\n"
    assert bench.ask("mac join otaa", 0.5) == b"busy\r\n"
    assert bench.wait(6) == b"accepted\r\n"
    bench.wait(60)
    bench.network.queue.append((10, b"Hello"))
    assert bench.ask("mac tx uncnf 10 0102A0", 0.2) == b"ok\r\n"
    assert bench.wait(3) == b"mac_rx 10 48656C6C6F\r\n"
    assert bench.ask("mac get upctr") == b"1\r\n"
    assert bench.ask("mac get dnctr") == b"1\r\n"
    assert bench.ask("mac get devaddr") == b"26012E43\r\n"
    assert bench.ask("radio get snr") == b"8\r\n"
    assert bench.ask("mac get status") == b"00000001\r\n"


def test_answers_keep_their_order(bench: Bench) -> None:
    bench.wait(1)
    bench.ask("mac save", 0.1)
    assert bench.ask("sys get ver", 3.5) == b"ok\r\n" + VERSION


def test_a_network_that_is_silent_denies(bench: Bench) -> None:
    bench = set_up(FAMILY)
    bench.network.deaf = True
    assert bench.ask("mac join otaa", 10) == b"ok\r\ndenied\r\n"


def test_confirmed_uplinks_end_as_they_were_answered() -> None:
    bench = joined(FAMILY)
    assert bench.ask("mac tx cnf 1 00", 10) == b"ok\r\nmac_tx_ok\r\n"
    bench.network.acknowledges = False
    bench.ask("mac set retx 2")
    before = len(bench.network.heard_up)
    assert bench.ask("mac tx cnf 1 00", 3) == b"ok\r\n"
    assert bench.wait(30) == b"mac_err\r\n"
    assert len(bench.network.heard_up) - before == 3


def test_too_long_and_no_free_channel() -> None:
    bench = joined(FAMILY)
    assert bench.ask("mac tx uncnf 1 " + "00" * 223) == b"invalid_data_len\r\n"
    bench.ask("mac set ch dcycle 0 302")
    bench.ask("mac tx uncnf 1 " + "00" * 200, 5)
    assert bench.ask("mac tx uncnf 1 00") == b"no_free_ch\r\n"


def test_a_session_goes_on_after_a_reset_if_it_was_saved() -> None:
    bench = joined(FAMILY)
    bench.ask("mac tx uncnf 1 00", 5)
    bench.ask("mac save", 4)
    bench.ask("mac tx uncnf 1 01", 5)
    bench.model.restart()
    assert bench.wait(1) == VERSION
    assert bench.ask(FAMILY.send) == b"not_joined\r\n"
    assert bench.ask("mac get upctr") == b"1\r\n"
    assert bench.ask("mac join abp") == b"ok\r\naccepted\r\n"
    assert bench.ask("mac get upctr") == b"1\r\n"
    assert bench.ask("mac set upctr 2") == b"ok\r\n"
    assert bench.ask("mac tx uncnf 1 02", 5) == b"ok\r\nmac_tx_ok\r\n"
    assert [frame.counter for frame in bench.network.heard_up] == [0, 1, 2]
    assert len(bench.network.nonces) == 1


def test_what_was_not_saved_is_gone() -> None:
    bench = joined(FAMILY)
    bench.model.restart()
    bench.wait(1)
    assert bench.ask("mac join abp") == b"keys_not_init\r\n"
    assert bench.ask("mac get dr") == b"5\r\n"
    assert bench.ask("mac get deveui") == b"0000000000000000\r\n"


def test_a_reset_begins_with_the_version(bench: Bench) -> None:
    bench.wait(1)
    bench.ask("sys set nvm 300 A5")
    assert bench.ask("sys reset", 1) == VERSION
    assert bench.ask("sys get nvm 300") == b"A5\r\n"
    assert bench.ask("sys factoryRESET", 1) == VERSION
    assert bench.ask("sys get nvm 300") == b"FF\r\n"


def test_autobaud_is_heard_as_nothing(bench: Bench) -> None:
    bench.wait(1)
    bench.model.receive(b"\x00\x55")
    assert bench.ask("sys get ver") == VERSION
    assert bench.ask("sys sleep 1000", 0.9) == b""
    assert bench.wait(0.2) == b"ok\r\n"


def test_the_last_counter_asks_for_a_join() -> None:
    bench = joined(FAMILY)
    bench.ask("mac set upctr 4294967295")
    assert bench.ask(FAMILY.send) == b"frame_counter_err_rejoin_needed\r\n"
