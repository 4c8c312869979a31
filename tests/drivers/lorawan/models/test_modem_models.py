"""What all models do alike: lines in any pieces, joins, uplinks, downlinks, faults and restarts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.simulation.scene import View
from tests.drivers.lorawan.models.bench import DEV_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, Family, joined, set_up

ALL = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())


@ALL
def test_it_joins_sends_and_hears(family: Family) -> None:
    bench = set_up(family)
    assert family.not_joined in bench.ask(family.send, 1)
    assert family.joined in bench.ask(family.join, 10)
    bench.network.queue.append((10, bytes.fromhex("0A0B")))
    said = bench.ask(family.send, 5) + (bench.ask(family.fetch) if family.fetch else b"")
    assert family.down in said
    assert [(frame.port, frame.payload) for frame in bench.network.heard_up] == [
        (10, bytes.fromhex("0102A0"))
    ]
    assert family.sent in bench.ask(family.send, 5)


@ALL
@pytest.mark.parametrize("window", [1, 2])
def test_a_downlink_comes_in_either_window(family: Family, window: int) -> None:
    bench = joined(family, window)
    bench.network.queue.append((10, bytes.fromhex("0A0B")))
    said = bench.ask(family.send, 6) + (bench.ask(family.fetch) if family.fetch else b"")
    assert family.down in said


@ALL
def test_nothing_is_told_before_it_happened(family: Family) -> None:
    bench = joined(family)
    begun_ns = bench.time.now_ns()
    assert family.sent not in bench.ask(family.send, 1.0)
    up = bench.air.transmissions[-1]
    assert up.at_ns >= begun_ns
    assert family.sent in bench.wait(3)


@ALL
def test_it_is_busy_while_it_sends_and_while_it_is_kept_so(family: Family) -> None:
    bench = joined(family)
    bench.ask(family.send, 0.2)
    assert family.busy in bench.ask(family.send, 0.5)
    bench.wait(10)
    bench.model.keep_busy(3600)
    assert family.busy in bench.ask(family.send, 3500)
    bench.wait(200)
    assert family.sent in bench.ask(family.send, 10)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FAMILIES)))
def test_it_does_not_matter_how_lines_are_cut(data: st.DataObject, name: str) -> None:
    family = FAMILIES[name]
    whole, cut = Bench(family.model), Bench(family.model)
    text = "".join(f"{line}\r\n" for line in (*family.setup, family.send, family.join)).encode()
    at = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=20)))
    for bench, places in ((whole, []), (cut, at)):
        bench.wait(2)
        for begin, end in zip([0, *places], [*places, len(text)], strict=True):
            bench.model.receive(text[begin:end])
        bench.wait(20)
    assert family.joined in whole.heard
    assert cut.heard == whole.heard


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=3000), name=st.sampled_from(sorted(FAMILIES)))
def test_no_bytes_break_it(data: bytes, name: str) -> None:
    bench = Bench(FAMILIES[name].model)
    bench.model.receive(data + b"\r\n" + data[::-1] + b"\r\n")
    bench.wait(30)


SPOKEN = """
AT + = ? , : 0 7 255 -1 00 0A0B 0102A0 1:0:10:8 300 mac sys radio set get join tx ch otaa cnf freq
nvm rx2 sleep save upctr drrange status SENDB SEND JOIN MSGHEX LW ULDL DC ID DevEui KEY DR CFM FCU
RXWIN2 CH NUM LOWPOWER RECV Z FDR
"""
WORDS = (*re.split(r"\s+", SPOKEN), '"', " ", "\xe9")


@settings(max_examples=150, deadline=None)
@given(
    lines=st.lists(st.lists(st.sampled_from(WORDS), max_size=8), max_size=6),
    gap=st.sampled_from(["", " ", ","]),
    name=st.sampled_from(sorted(FAMILIES)),
)
def test_no_words_break_it(lines: list[list[str]], gap: str, name: str) -> None:
    bench = joined(FAMILIES[name])
    for line in lines:
        bench.ask(gap.join(line), 1)
    bench.wait(60)


@ALL
def test_a_line_without_an_end_takes_no_room(family: Family) -> None:
    bench = Bench(family.model)
    bench.wait(1)
    for _ in range(100):
        bench.model.receive(b"A" * 1000)
    assert len(bench.model._heard) <= family.model.longest
    bench.ask("", 2)
    for line in family.setup:
        assert bench.ask(line, 1)


@ALL
def test_slow_mute_garbage_and_echo(family: Family) -> None:
    bench = set_up(family)
    faults = bench.model.faults
    good = bench.ask(family.setup[0], 1)
    faults.slow_s = 7.0
    assert bench.ask(family.setup[0], 6.9) == b""
    assert bench.wait(1) == good
    faults.slow_s, faults.mute = 0.0, True
    assert bench.ask(family.setup[0], 60) == b""
    faults.mute, faults.garbage = False, True
    spoilt = bench.ask(family.setup[0], 1)
    assert len(spoilt) == len(good)
    assert spoilt != good
    faults.garbage, faults.echo = False, True
    assert bench.ask(family.setup[0], 1) == family.setup[0].encode() + b"\r\n" + good


@ALL
def test_a_restart_in_mid_send_loses_the_frame_and_the_session(family: Family) -> None:
    bench = joined(family)
    bench.ask(family.send, 0.03)
    assert bench.model.mac.busy
    bench.model.restart()
    said = bench.wait(2)
    assert family.sent not in said
    assert bench.network.heard_up == []
    assert not bench.model.mac.joined
    assert family.not_joined in bench.ask(family.send, 1)


@ALL
def test_a_restart_forgets_the_half_of_a_line(family: Family) -> None:
    bench = set_up(family)
    good = bench.ask(family.setup[0])
    bench.model.receive(b"rubbish that has no en")
    bench.model.restart()
    bench.wait(20)
    assert bench.ask(family.setup[0]) == good


@ALL
def test_no_dev_nonce_comes_twice_over_many_restarts(family: Family) -> None:
    bench = set_up(family)
    if family.model.__name__ == "Rn2483Model":
        bench.ask("mac save", 4)
    for _ in range(8):
        bench.ask(family.join, 30)
        bench.model.restart()
        bench.wait(2)
    assert len(bench.network.nonces) >= 8
    assert len(set(bench.network.nonces)) == len(bench.network.nonces)


@ALL
def test_same_seed_same_bytes(family: Family) -> None:
    one, other = joined(family), joined(family)
    for bench in (one, other):
        bench.ask(family.send, 10)
    assert one.heard == other.heard
    assert one.air.transmissions == other.air.transmissions


@ALL
def test_it_knows_when_it_speaks_next(family: Family) -> None:
    bench = set_up(family)
    bench.wait(10)
    assert bench.model.next_ns() is None
    bench.model.receive(family.join.encode() + b"\r\n")
    at_ns = bench.model.next_ns()
    assert at_ns is not None
    assert at_ns - bench.time.now_ns() < 100_000_000
    assert bench.model.step(View(0.0)) == b""


@ALL
def test_whoever_looks_seldom_hears_the_same(family: Family) -> None:
    often, seldom = set_up(family), set_up(family)
    for bench in (often, seldom):
        bench.network.deaf = True
        bench.model.receive(family.join.replace(":0", ":2").encode() + b"\r\n")
    often.wait(100)
    seldom.time.sleep(99.9)
    seldom.wait(0.1)
    assert seldom.heard == often.heard
    assert seldom.air.transmissions == often.air.transmissions


def test_another_dev_eui_is_another_device() -> None:
    bench = set_up(FAMILIES["rak3172"])
    bench.ask("AT+DEVEUI=0004A30B001C0531")
    assert FAMILIES["rak3172"].joined in bench.ask("AT+JOIN", 10)
    senders = {sent.sender for sent in bench.air.transmissions}
    assert senders - {"network"} == {"0004A30B001C0531"}
    assert DEV_EUI not in bench.told("AT+DEVEUI=?")[0]
