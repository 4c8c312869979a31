"""What is peculiar to the RN2483."""

import pytest

from drivers.errors import BadData, BusError, DriverError, WrongDevice
from drivers.lorawan.contract import Downlink, Fate, Joined, Sent, Session
from drivers.lorawan.rn2483.driver import COUNTER_MARGIN
from tests.drivers.lorawan.far_end import Answer, FarEnd
from tests.drivers.lorawan.scripts import KEYS, SETTINGS, SPEECH, modem_at, opened

TX = SPEECH["rn2483"].up
KNOWN = Session("26012E43", 3, 900, 41)
SAVED = {"devaddr": "26012E43", "upctr": "7", "dnctr": "2"}


@pytest.mark.parametrize(
    ("answer", "confirmed", "fate"),
    [
        (["ok", (3.0, "mac_tx_ok")], False, Fate.SENT),
        (["ok", (3.0, "mac_tx_ok")], True, Fate.ACKNOWLEDGED),
        (["ok", (3.0, "mac_rx 10 48656C6C6F")], False, Fate.SENT),
        (["ok", (3.0, "mac_rx 10 48656C6C6F")], True, Fate.ACKNOWLEDGED),
        (["ok", (9.0, "mac_err")], True, Fate.UNACKNOWLEDGED),
        (["ok", (0.1, "invalid_data_len")], True, Fate.TOO_LONG),
        (["invalid_data_len"], False, Fate.TOO_LONG),
        (["not_joined"], False, Fate.NOT_JOINED),
        (["keys_not_init"], False, Fate.NOT_JOINED),
        (["frame_counter_err_rejoin_needed"], False, Fate.NOT_JOINED),
        (["fram_counter_err_rejoin_needed"], False, Fate.NOT_JOINED),
        (["no_free_ch"], True, Fate.NO_CHANNEL),
        (["silent"], False, Fate.NO_CHANNEL),
        (["busy"], False, Fate.BUSY),
        (["mac_paused"], False, Fate.BUSY),
    ],
)
def test_what_becomes_of_an_uplink(answer: Answer, confirmed: bool, fate: Fate) -> None:
    modem, port, _ = opened("rn2483", {TX: answer}, joined=True)
    assert modem.send(10, b"\x01\x02\xa0", confirmed) == (fate, None)
    sent = [one for one in port.asked if one.startswith("mac tx")]
    assert sent == [f"mac tx {'cnf' if confirmed else 'uncnf'} 10 0102A0"]


@pytest.mark.parametrize("answer", [["invalid_param"], ["ok", (1.0, "mac_err")]])
def test_nobody_knows_what_became_of_it(answer: Answer) -> None:
    modem, _, _ = opened("rn2483", {TX: answer}, joined=True)
    with pytest.raises(BusError, match="nobody knows"):
        modem.send(10, b"\x01")


def test_downlinks_with_and_without_snr() -> None:
    modem, port, script = opened("rn2483", {TX: ["ok", (3.0, "mac_rx 10 0A0B")]}, joined=True)
    modem.send(10, b"\x01")
    script.fixed["radio get snr"] = ["-7"]
    modem.send(10, b"\x01")
    port.say("mac_rx 11", "mac_rx 0 FF", "mac_rx 224 FF")
    port.time.sleep(1)
    assert modem.downlinks() == [
        Downlink(10, b"\x0a\x0b"),
        Downlink(10, b"\x0a\x0b", None, -7.0),
        Downlink(11, b""),
    ]
    assert modem.downlinks() == []


def test_after_a_power_cut_the_saved_session_goes_on_behind_its_counters() -> None:
    fixed: dict[str, Answer] = {"mac join abp": ["ok", "accepted"], "mac save": ["ok"]}
    modem, port, script = opened("rn2483", fixed)
    modem.join()
    script.settings |= SAVED
    modem = modem_at(port, "rn2483")
    modem.open()
    modem.prepare(KEYS, SETTINGS)
    session = modem.resume(KNOWN)
    assert session == Session("26012E43", 3, 900 + COUNTER_MARGIN, 41)
    assert not any(one == "mac join otaa" for one in port.asked[-12:])


@pytest.mark.parametrize(
    "known",
    [
        None,
        Session("26012E44", 3, 900, 41),
        Session("26012E43", 3, None, None),
        Session("26012E43", 3, 0xFFFF_FFFF, 1),
    ],
)
def test_no_session_is_restored_without_its_counters(known: Session | None) -> None:
    modem, port, script = opened("rn2483")
    modem._rekeyed = False
    script.settings |= SAVED
    assert modem.resume(known) is None
    assert "mac join abp" not in port.asked


def test_a_saved_counter_that_is_ahead_stays() -> None:
    modem, _, script = opened("rn2483", {"mac join abp": ["ok", "accepted"]})
    modem._rekeyed = False
    script.settings |= SAVED | {"upctr": "5000"}
    session = modem.resume(KNOWN)
    assert session is not None
    assert session.uplink_counter == 5000


@pytest.mark.parametrize("answer", [["keys_not_init"], ["ok", "denied"]])
def test_a_session_that_was_not_saved_is_joined_anew(answer: Answer) -> None:
    modem, _, script = opened("rn2483", {"mac join abp": answer})
    modem._rekeyed = False
    script.settings |= SAVED
    assert modem.resume(KNOWN) is None


def test_a_join_is_saved_once_and_not_when_it_failed() -> None:
    modem, port, script = opened("rn2483", {"mac save": [(3.2, "ok")]})
    modem.join()
    assert port.asked.count("mac save") == 1
    outcomes: list[tuple[Answer, Joined]] = [
        (["ok", (6.6, "denied")], Joined()),
        (["no_free_ch"], Joined(refusal=Sent(Fate.NO_CHANNEL))),
        (["silent"], Joined(refusal=Sent(Fate.NO_CHANNEL))),
        (["busy"], Joined(refusal=Sent(Fate.BUSY))),
        (["mac_paused"], Joined(refusal=Sent(Fate.BUSY))),
    ]
    for said, joined in outcomes:
        script.fixed["mac join otaa"] = said
        assert modem.join() == joined
    assert port.asked.count("mac save") == 1


@pytest.mark.parametrize("said", ["keys_not_init", "invalid_param"])
def test_a_join_that_cannot_be_is_told(said: str) -> None:
    modem, _, _ = opened("rn2483", {"mac join otaa": [said]})
    with pytest.raises(BadData, match=said) as raised:
        modem.join()
    assert raised.value.hint == "check the keys"


def test_the_band_433_is_left_and_an_unknown_one_is_not_ours() -> None:
    for band, error in (("433", None), ("915", WrongDevice)):
        script = SPEECH["rn2483"].script()
        script.settings["band"] = band
        script.fixed = {"mac reset 868": ["ok"]}
        port = FarEnd(script)
        modem = modem_at(port, "rn2483")
        modem.open()
        if error is None:
            modem.prepare(KEYS, SETTINGS)
        else:
            with pytest.raises(error):
                modem.prepare(KEYS, SETTINGS)
        assert ("mac reset 868" in port.asked) is (error is None)


def test_settings_of_one_transmission_without_its_own_replies() -> None:
    modem, _, script = opened("rn2483")
    assert modem.transmissions == 1
    for one in ("mac set retx 0", "mac set adr on"):
        assert one in script.written
    assert "mac set ar off" not in script.written
    assert not any("class" in one for one in script.written)


@pytest.mark.parametrize("value", ["8", "-1", "x", "99999999999999"])
def test_a_data_rate_that_is_none(value: str) -> None:
    modem, _, script = opened("rn2483", joined=True)
    script.settings["dr"] = value
    with pytest.raises(DriverError):
        modem.max_payload()


@pytest.mark.parametrize(("data_rate", "most"), [(0, 51), (2, 51), (3, 115), (4, 222), (5, 222)])
def test_room(data_rate: int, most: int) -> None:
    modem, _, script = opened("rn2483", joined=True)
    script.settings["dr"] = str(data_rate)
    assert modem.max_payload() == most
