"""What holds for the modems of all families."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import BadData, BusError, DriverError
from drivers.lorawan.contract import Fate, Identity, Joined, Keys, Settings
from drivers.lorawan.families import FAMILIES, detect
from drivers.lorawan.serial_modem import SerialModem
from tests.chaos import form
from tests.drivers.lorawan.far_end import Answer, FarEnd
from tests.drivers.lorawan.scripts import DEV_EUI, KEYS, SETTINGS, SPEECH, Script, modem_at, opened

NAMES = sorted(FAMILIES)
every = pytest.mark.parametrize("name", NAMES)


@every
def test_it_says_who_it_is(name: str) -> None:
    port = FarEnd(SPEECH[name].script())
    identity = modem_at(port, name).open()
    assert identity._replace(firmware="") == Identity(name, "", DEV_EUI)
    assert any(digit in identity.firmware for digit in "0123456789")
    assert port.baudrate == FAMILIES[name].baudrate


@every
def test_what_is_set_is_not_written_again(name: str) -> None:
    modem, port, script = opened(name)
    assert modem.transmissions == 1
    assert script.written
    script.written.clear()
    modem.close()
    again = modem_at(port, name)
    again.open()
    again.prepare(KEYS, SETTINGS)
    assert script.written == []


@every
def test_nothing_of_abp_is_ever_written(name: str) -> None:
    modem, port, _ = opened(name, {"mac save": ["ok"]})
    modem.join()
    modem.send(10, b"\x01")
    said = " ".join(port.asked).lower()
    assert not any(word in said for word in ("nwkskey", "appskey", "lwabp", "njm=0", "set devaddr"))


@every
def test_a_join(name: str) -> None:
    modem, _, script = opened(name, {"mac save": ["ok"]})
    assert modem.resume(None) is None
    script.settings |= SPEECH[name].joined
    session = modem.join().session
    assert session is not None
    assert session.data_rate == (3 if name != "la66" else 5)
    assert session.dev_addr == ("" if name == "la66" else "26012E43")
    counters = (None, None) if name == "rak3172" else (7, 2)
    assert (session.uplink_counter, session.downlink_counter) == counters
    assert modem.session() == session


@every
def test_a_join_that_nobody_accepts_is_one_request(name: str) -> None:
    speech = SPEECH[name]
    modem, port, _ = opened(name, {speech.join: speech.denied, r"AT\+JOIN=0.*": ["OK"]})
    before = port.time.now_ns()
    assert modem.join() == Joined()
    assert 6e9 < port.time.now_ns() - before < 20e9
    joins = [one for one in port.asked if one.startswith(("mac join", "AT+JOIN"))]
    assert [one for one in joins if not one.startswith("AT+JOIN=0")] == joins[:1]
    assert modem.session() is None


@every
def test_a_running_session_goes_on_beside_a_node_that_restarts(name: str) -> None:
    modem, port, _ = opened(name, {"mac save": ["ok"]}, joined=True)
    session = modem.join().session
    assert session is not None
    modem.close()
    port.asked.clear()
    again = modem_at(port, name)
    again.open()
    again.prepare(KEYS, SETTINGS)
    assert again.resume(session) == session
    assert not any("join" in one.lower() for one in port.asked)


@every
def test_the_session_of_other_keys_does_not_go_on(name: str) -> None:
    modem, _, script = opened(name, {"mac save": ["ok"]}, joined=True)
    known = modem.join().session
    modem.prepare(Keys("70B3D57ED0000002", KEYS.app_key), SETTINGS)
    assert modem.resume(known) is None
    script.fixed[r"AT\+JOIN=FORCE"] = [*SPEECH["lora-e5"].accepted]
    if name == "lora-e5":
        script.fixed[SPEECH[name].join] = ["+JOIN: Joined already"]
    assert modem.join().session is not None
    assert modem.resume(known) is not None


@every
def test_an_uplink(name: str) -> None:
    modem, port, _ = opened(name, joined=True)
    assert modem.send(10, b"\x01\x02\xa0").fate is Fate.SENT
    assert "0102A0" in port.asked[-1].upper()


@every
def test_a_fixed_data_rate_is_written(name: str) -> None:
    modem, _, script = opened(name)
    modem.prepare(KEYS, Settings(adr=False, data_rate=1))
    assert any("dr" in one.lower() and "1" in one for one in script.written)
    if name != "lora-e5":
        assert modem.max_payload() == 51


@every
def test_no_uplink_is_a_fault_of_the_caller(name: str) -> None:
    modem, _, _ = opened(name)
    for port, payload in ((0, b"1"), (224, b"1"), (1, b""), (1, bytes(243))):
        with pytest.raises(ValueError, match="no uplink"):
            modem.send(port, payload)


@every
def test_it_has_to_be_open(name: str) -> None:
    modem, _, _ = opened(name)
    modem.close()
    modem.close()
    with pytest.raises(BusError, match="not open"):
        modem.max_payload()
    modem.open()
    assert modem.session() is None


@pytest.mark.parametrize("name", [name for name in NAMES if SPEECH[name].banner])
def test_a_restart_in_mid_send_is_an_error_and_no_fate(name: str) -> None:
    speech = SPEECH[name]
    sent = [*speech.sent[:-1], *((1.0, line) for line in speech.banner), (20.0, speech.sent[-1][1])]
    modem, port, _ = opened(name, {speech.up: [one for one in sent if one is not None]}, True)
    before = port.time.now_ns()
    with pytest.raises(BusError, match="restarted"):
        modem.send(10, b"\x01")
    assert port.time.now_ns() - before < 6e9
    modem.open()
    assert modem.session() is not None


@pytest.mark.parametrize("name", [name for name in NAMES if SPEECH[name].banner])
def test_a_restart_between_two_calls_is_told(name: str) -> None:
    modem, port, _ = opened(name, joined=True)
    port.say(*SPEECH[name].banner)
    port.time.sleep(1)
    before = len(port.asked)
    with pytest.raises(BusError, match="restarted"):
        modem.send(10, b"\x01")
    assert not any("SEND" in one or "tx" in one for one in port.asked[before:])


@every
def test_an_uplink_that_is_never_answered_ends_in_bounded_time(name: str) -> None:
    for confirmed, most_s in ((False, 30), (True, 65)):
        modem, port, _ = opened(name, {SPEECH[name].up: [], r"AT\+CMSGHEX.*": []}, True)
        before = port.time.now_ns()
        with pytest.raises(DriverError) as raised:
            modem.send(10, b"\x01", confirmed)
        assert raised.value.hint
        assert port.time.now_ns() - before < most_s * 1e9


@every
def test_a_dead_port(name: str) -> None:
    modem, port, _ = opened(name)
    port.gone = True
    for call in (modem.open, modem.join, modem.downlinks, modem.max_payload):
        with pytest.raises(BusError):
            call()


@every
def test_keys_are_in_no_error(name: str) -> None:
    refusals: list[Answer] = [[], ["AT_ERROR"], ["invalid_param"], ["+KEY: ERROR(-1)"], ["?"]]
    for answers in refusals:
        fixed: dict[str, Answer] = {r".*(?i:appkey).*": answers}
        with pytest.raises(DriverError) as raised:
            opened(name, fixed)[0].join()
        told = f"{raised.value} {raised.value.hint}"
        assert "B6B53F4A" not in told
        assert KEYS.app_key not in told


@every
@settings(max_examples=25, deadline=None)
@given(slices=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 999))
def test_bytes_may_be_cut_anywhere_and_lines_come_between(
    name: str, slices: list[int], seed: int
) -> None:
    speech = SPEECH[name]
    script = speech.script()
    script.settings |= speech.joined
    script.fixed = {speech.up: speech.sent, speech.join: speech.accepted, "mac save": ["ok"]}
    noise = random.Random(seed)
    between = {
        "rn2483": ["mac_rx 9 00", "denied", "huh"],
        "lora-e5": ["+MSGHEX: Done", "+JOIN: Done", "huh"],
        "rak3172": ["+EVT:TX_DONE", "+EVT:LINKCHECK:0,21,1,-60,11", "huh"],
        "la66": ["rxDone", "txDone", "JOINED", "Received: ADR Message", "huh"],
    }[name]
    port = FarEnd(lambda command: [*noise.choices(between, k=noise.randrange(3)), *script(command)])
    port._slices = iter(lambda: noise.choice(slices) * 8, 0)
    modem = modem_at(port, name)
    assert modem.open().dev_eui == DEV_EUI
    modem.prepare(KEYS, SETTINGS)
    assert modem.join().session is not None
    assert modem.send(10, b"\x01").fate is Fate.SENT


@every
def test_garbage_at_any_time_raises_nothing_but_driver_errors(name: str) -> None:
    speech = SPEECH[name]
    for seed in range(form.rounds(40, 2000)):
        script = speech.script()
        script.settings |= speech.joined
        script.fixed = {speech.up: speech.sent, speech.join: speech.accepted, "mac save": ["ok"]}
        modem = modem_at(FarEnd(Spoilt(script, seed)), name)
        for call in _calls(modem):
            error = _raised(call)
            assert error is None or error.hint


class Spoilt:
    """Answers of a script with bytes too many, lines missing, and rubbish."""

    def __init__(self, script: Script, seed: int) -> None:
        self._script, self._noise = script, random.Random(seed)

    def __call__(self, command: str) -> Answer:
        said = ((0.03, one) if isinstance(one, str) else one for one in self._script(command))
        return [(after, self._line(line)) for after, line in said if self._noise.random() < 0.9]

    def _line(self, line: str) -> str:
        letters, noise = list(line), self._noise
        if noise.random() < 0.15:
            letters.insert(noise.randrange(len(letters) + 1), chr(noise.randrange(256)))
        if noise.random() < 0.1:
            letters = [chr(noise.randrange(256)) for _ in range(noise.randrange(700))]
        return "".join(letters)


def _calls(modem: SerialModem) -> list[Callable[[], object]]:
    return [
        modem.open,
        lambda: modem.prepare(KEYS, SETTINGS),
        lambda: modem.resume(None),
        modem.join,
        lambda: modem.send(10, b"\x01"),
        lambda: modem.send(10, b"\x01", confirmed=True),
        modem.max_payload,
        modem.downlinks,
        modem.session,
    ]


def _raised(call: Callable[[], object]) -> DriverError | None:
    try:
        call()
    except DriverError as error:
        return error
    return None


@every
def test_it_is_detected_at_its_speed_and_nothing_is_set(name: str) -> None:
    script = SPEECH[name].script()
    port = FarEnd(lambda command: script(command) if port.baudrate == speed else ["\x00\xfe"])
    speed = FAMILIES[name].baudrate
    assert detect(port) == name
    assert script.written == []
    assert port.baudrate == 0


def test_nobody_is_detected() -> None:
    port = FarEnd({})
    assert detect(port) is None
    assert port.time.now_ns() < 8e9


def test_an_old_firmware_need_not_know_all() -> None:
    for name, unknown in (
        ("rn2483", ["class", "ar", "retx", "band"]),
        ("rak3172", ["RETY", "DCS"]),
    ):
        speech = SPEECH[name]
        script = speech.script()
        for one in unknown:
            del script.settings[one]
        modem = modem_at(FarEnd(script), name)
        modem.open()
        modem.prepare(KEYS, SETTINGS)


def test_what_every_modem_must_know_is_told() -> None:
    script = SPEECH["rak3172"].script()
    del script.settings["BAND"]
    modem = modem_at(FarEnd(script), "rak3172")
    modem.open()
    with pytest.raises(BadData, match=r"refuses .*BAND=4.*AT_COMMAND_NOT_FOUND"):
        modem.prepare(KEYS, SETTINGS)
