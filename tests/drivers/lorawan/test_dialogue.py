"""Questions and answers over a line on which anything may come at any time."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.lorawan.dialogue import LATEST_NS, MOST_EVENTS, Dialect, Dialogue, End, Question
from drivers.lorawan.exchange import Exchange
from drivers.lorawan.la66.codec import DIALECT as LA66
from drivers.lorawan.lora_e5.codec import DIALECT as LORA_E5
from drivers.lorawan.rak3172.codec import DIALECT as RAK3172
from drivers.lorawan.rn2483 import codec as rn2483
from drivers.lorawan.rn2483.codec import DIALECT as RN2483
from tests.drivers.lorawan.far_end import Answer, FarEnd

VERSION = "RN2483 1.0.5 Oct 31 2018 15:06:52"
DR = rn2483.get("dr", rn2483.NUMBER)
HARMLESS = {"sys get ver": [VERSION], "sys get hweui": ["0004A30B001C0530"]}
UPLINK = rn2483.uplink(10, b"\x01", confirmed=True, within_s=25)
UP = "mac tx cnf 10 01"


def exchange(port: FarEnd, dialect: Dialect = RN2483, family: str = "rn2483") -> Exchange:
    opened = Exchange(port, dialect, family, 57_600)
    opened.open()
    return opened


def test_an_answer() -> None:
    port = FarEnd({**HARMLESS, "mac get dr": ["3"]})
    outcome = exchange(port).ask(DR)
    assert outcome == (End.ANSWERED, ("3",))
    assert port.asked == ["sys get ver", "mac get dr"]


def test_what_comes_between_two_answers_is_kept_and_not_taken_for_one() -> None:
    port = FarEnd({**HARMLESS, "mac get dr": ["mac_rx 10 0102", "xyz", "3"]})
    talk = exchange(port)
    assert talk.ask(DR).lines == ("3",)
    port.say("mac_rx 11 FF", "denied")
    port.time.sleep(1)
    assert talk.ask(DR).lines == ("3",)
    assert talk.events() == ["mac_rx 10 0102", "mac_rx 11 FF", "denied", "mac_rx 10 0102"]
    assert talk.events() == []


def test_an_echo_is_no_answer() -> None:
    port = FarEnd(lambda command: [command, *HARMLESS.get(command, ["3"])])
    assert exchange(port).ask(DR).lines == ("3",)


def test_whoever_hears_only_himself_is_told_no_answer_of_his_own() -> None:
    """TX and RX are connected to each other."""
    talk = exchange(FarEnd(lambda command: [command]))
    with pytest.raises(BadData, match=r"'mac get dr', but .* bytes: no whole line") as raised:
        talk.ask(DR)
    assert "wires" in raised.value.hint


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\n\r", b"\r\n\r\n"])
def test_any_end_of_line(end: bytes) -> None:
    port = FarEnd({**HARMLESS, "mac get dr": ["3"]})
    port.end = end
    assert exchange(port).ask(DR).lines == ("3",)


def test_silence_is_told_with_what_to_look_at() -> None:
    port = FarEnd({})
    talk = exchange(port)
    with pytest.raises(BusError, match="nothing arrives from the rn2483") as raised:
        talk.ask(DR)
    assert "crossed" in raised.value.hint
    assert port.time.now_ns() < 10e9


def test_garbage_is_told_with_evidence() -> None:
    port = FarEnd(lambda _: ["\x80\x81huh", "what"])
    with pytest.raises(BadData, match="what") as raised:
        exchange(port).ask(DR)
    assert "gateway scan" in raised.value.hint


def test_endless_noise_ends() -> None:
    port = FarEnd({})
    talk = exchange(port)
    for second in range(2000):
        port.say_bytes(bytes(range(256)), second / 20)
    with pytest.raises(BadData, match="bytes"):
        talk.ask(DR)
    assert port.time.now_ns() < 10e9


@pytest.mark.parametrize(
    ("says", "family"),
    [
        ("+AT: ERROR(-10)", "lora-e5"),
        ("AT_COMMAND_NOT_FOUND", "rak3172"),
        ("EU868 v1.2", "la66"),
        ("RN2903 1.0.5 Nov 06 2018 10:45:27", None),
    ],
)
def test_another_family_is_known_by_its_speech(says: str, family: str | None) -> None:
    port = FarEnd(lambda _: [says])
    kind, said = (WrongDevice, family) if family else (BadData, "RN2903")
    with pytest.raises(kind, match=said or ""):
        exchange(port).ask(DR)


def test_a_restart_in_mid_exchange_ends_it_at_once() -> None:
    up: Answer = ["ok", (2.0, VERSION), (3.0, "mac_tx_ok")]
    port = FarEnd({**HARMLESS, "mac get dr": ["3"], UP: up})
    talk = exchange(port)
    talk.ask(DR)
    with pytest.raises(BusError, match="restarted") as raised:
        talk.ask(UPLINK)
    assert "3.3 V" in raised.value.hint
    assert port.time.now_ns() < 5e9


def test_a_restart_while_nobody_asks_is_told_before_anything_is_written() -> None:
    port = FarEnd({**HARMLESS, "mac get dr": ["3"]})
    talk = exchange(port)
    talk.ask(DR)
    port.say(VERSION)
    port.time.sleep(1)
    asked = list(port.asked)
    with pytest.raises(BusError, match="restarted"):
        talk.ask(UPLINK)
    assert port.asked == asked
    talk.open()
    assert talk.ask(DR).lines == ("3",)


def test_a_banner_after_opening_is_nothing_special() -> None:
    port = FarEnd({**HARMLESS, "mac get dr": ["3"]})
    port.say(VERSION)
    talk = exchange(port)
    port.say((0.01, VERSION))
    assert talk.ask(DR).lines == ("3",)


def test_an_answer_like_the_banner_is_no_restart_before_any_other_kind_has_come() -> None:
    """Whoever opens the port while the modem boots hears the banner beside two such answers."""
    port = FarEnd({**HARMLESS, "mac get dr": ["3"]})
    talk = exchange(port)
    port.say((0.04, VERSION))
    assert talk.ask(rn2483.VERSION).lines == (VERSION,)
    assert talk.ask(DR).lines == ("3",)
    port.say(VERSION)
    port.time.sleep(1)
    with pytest.raises(BusError, match="restarted"):
        talk.ask(DR)


def test_what_becomes_of_an_old_uplink_never_counts_for_a_new_one() -> None:
    """Its result comes after the time-out, even after the harmless question."""
    replies: list[Answer] = [["ok", (27.5, "mac_tx_ok")], ["ok", (3.0, "mac_err")]]
    port = FarEnd(lambda command: HARMLESS.get(command) or replies.pop(0))
    talk = exchange(port)
    with pytest.raises(DriverError):
        talk.ask(UPLINK)
    port.time.sleep(3)
    assert talk.ask(UPLINK).lines == ("ok", "mac_err")


def test_a_late_ok_never_counts_for_the_next_question() -> None:
    replies: dict[str, list[Answer]] = {
        "mac set adr on": [[(5.0, "ok")]],
        "mac set dr 5": [["invalid_param"]],
    }
    port = FarEnd(lambda command: HARMLESS.get(command) or replies[command].pop(0))
    talk = exchange(port)
    with pytest.raises(DriverError):
        talk.ask(rn2483.put("adr", "on"))
    assert talk.ask(rn2483.put("dr", "5")).end is End.REFUSED


class Slow:
    """Answers in order, each so and so long after the one before; some never."""

    def __init__(self, port: FarEnd, delays: Sequence[float | None]) -> None:
        self._port, self._delays, self._free_ns = port, list(delays), 0

    def __call__(self, command: str) -> Answer:
        delay = self._delays.pop(0) if self._delays else 0.05
        if delay is None:
            return []
        now = self._port.time.now_ns()
        self._free_ns = max(self._free_ns, now) + round(delay * 1e9)
        value = command.removeprefix("mac get x")
        answer = [*HARMLESS.get(command, [value])]
        return [((self._free_ns - now) / 1e9, line) for line in answer]


@settings(max_examples=300, deadline=None)
@given(
    delays=st.lists(
        st.one_of(st.none(), st.sampled_from([0.02, 0.5, 1.6, 4.0, 6.0, 9.0])), max_size=40
    ),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 3.0, 70.0]), min_size=12, max_size=12),
    reopens=st.lists(st.booleans(), min_size=12, max_size=12),
    slices=st.lists(st.integers(1, 30), max_size=4),
)
def test_no_answer_is_ever_taken_for_that_of_another_question(
    delays: list[float | None], pauses: list[float], reopens: list[bool], slices: list[int]
) -> None:
    port = FarEnd({}, slices)
    port.answers = Slow(port, delays)
    talk = exchange(port)
    for number, (pause, reopen) in enumerate(zip(pauses, reopens, strict=True)):
        question = Question(f"mac get x{number}", rn2483.NUMBER, within_s=1.0)
        try:
            if reopen:
                talk.open()
            assert talk.ask(question).lines == (str(number),)
        except DriverError:
            pass
        port.time.sleep(pause)


def test_a_modem_that_is_back_after_a_long_silence_is_asked_again() -> None:
    port = FarEnd({})
    talk = exchange(port)
    calls = 0
    while port.time.now_ns() < 200e9:
        calls += 1
        before = port.time.now_ns()
        if before > 90e9:
            port.answers = {**HARMLESS, "mac get dr": ["3"]}
        try:
            assert talk.ask(DR).lines == ("3",)
            break
        except BusError:
            assert port.time.now_ns() - before <= 11e9
        port.time.sleep(5)
    assert port.time.now_ns() < 90e9 + LATEST_NS + 12e9
    assert calls < 30


@given(st.lists(st.sampled_from(["denied", "zzz", "mac_rx 1 00", ""]), max_size=300))
def test_nothing_that_is_kept_grows(lines: list[str]) -> None:
    dialogue = Dialogue(RN2483)
    for line in lines:
        dialogue.step(line.encode() + b"\r\n", 0)
    assert len(dialogue.take_events()) <= MOST_EVENTS
    assert len(dialogue.strays) <= 3


@pytest.mark.parametrize("dialect", [RN2483, LORA_E5, RAK3172, LA66])
def test_harmless_questions_can_be_told_apart(dialect: Dialect) -> None:
    firsts = [question.first.pattern for question in dialect.harmless]
    assert len(set(firsts)) == len(firsts) >= 2


@settings(max_examples=200, deadline=None)
@given(
    name=st.sampled_from(["rn2483", "lora-e5", "rak3172", "la66"]),
    chunks=st.lists(st.binary(max_size=80), max_size=60),
)
def test_random_bytes_are_no_answers(name: str, chunks: list[bytes]) -> None:
    dialect = {"rn2483": RN2483, "lora-e5": LORA_E5, "rak3172": RAK3172, "la66": LA66}[name]
    dialogue = Dialogue(dialect)
    dialogue.ask(Question("AT+X", re.compile("never so")), 0)
    for number, chunk in enumerate(chunks):
        dialogue.step(chunk, number * 100_000_000)
    assert dialogue.outcome is None or dialogue.outcome.end is not End.ANSWERED
