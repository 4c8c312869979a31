"""Each family's driver with its model, on the air with a network: virtual time, byte for byte."""

from collections.abc import Iterator

import pytest

from drivers.errors import BusError
from drivers.lorawan.contract import Fate, Joined, Modem, Sent, Settings
from drivers.lorawan.families import detect
from drivers.lorawan.radio.commands import DevStatusReq
from drivers.lorawan.radio.membership import Queued
from tests.drivers.lorawan.on_the_air import DEV_EUI, KEYS, VARIANTS, Site


@pytest.fixture(params=VARIANTS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    site = Site(request.param)
    yield site
    site.wire.close()


def test_it_is_detected(site: Site) -> None:
    assert detect(site.wire) == site.family


def test_join_and_send(site: Site) -> None:
    _join_and_send(site)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3])
def test_one_that_boots_meanwhile(variant: str, seconds: float) -> None:
    site = Site(variant, booting=True)
    site.time.sleep(seconds)
    _join_and_send(site)


def test_one_that_echoes(site: Site) -> None:
    site.model.faults.echo = True
    _join_and_send(site)


@pytest.mark.parametrize("slow_s", [1.0, 3.0])
def test_one_that_answers_late(site: Site, slow_s: float) -> None:
    site.model.faults.slow_s = slow_s
    _join_and_send(site)


def _join_and_send(site: Site) -> None:
    modem = site.modem()
    assert modem.resume(None) is None
    session = modem.join().session
    assert session is not None
    assert session.data_rate == site.can.begins_at
    address = site.server.member(DEV_EUI).sessions()[0].dev_addr
    assert session.dev_addr == (f"{address:08X}" if site.can.tells_address else "")
    assert modem.send(10, b"\x01\x02\xa0").fate is Fate.SENT
    site.time.sleep(60)
    first = modem.send(10, bytes(range(51)), confirmed=True).fate
    assert first is (Fate.ACKNOWLEDGED if site.can.first_ack else Fate.UNACKNOWLEDGED)
    site.time.sleep(60)
    assert modem.send(11, b"\x03", confirmed=True).fate is Fate.ACKNOWLEDGED
    assert [(each.port, each.payload, each.confirmed) for each in site.uplinks] == [
        (10, b"\x01\x02\xa0", False),
        (10, bytes(range(51)), True),
        (11, b"\x03", True),
    ]
    now = modem.session()
    assert now is not None
    assert now.dev_addr == session.dev_addr
    assert now.uplink_counter == (3 if site.can.tells_counters else None)


def test_identity_and_downlinks(site: Site) -> None:
    modem = site.joined()
    assert modem.open().dev_eui == DEV_EUI
    site.server.push(DEV_EUI, Queued(11, b"\x0a\x0b"), site.time.now_ns())
    assert modem.send(10, b"\x01").fate is Fate.SENT
    [down] = modem.downlinks()
    assert (down.port, down.payload) == (11, b"\x0a\x0b")
    assert down.snr is not None
    assert modem.downlinks() == []


def test_two_downlinks_that_wait_come_with_two_uplinks(site: Site) -> None:
    """The second one although nobody has fetched the first."""
    modem = site.joined()
    for payload in (b"\x0a", b"\x0b"):
        site.server.push(DEV_EUI, Queued(11, payload), site.time.now_ns())
    for _ in range(2):
        assert modem.send(10, b"\x01").fate is Fate.SENT
        site.time.sleep(60)
    assert [down.payload for down in modem.downlinks()] == [b"\x0a", b"\x0b"]


def test_a_downlink_beside_an_acknowledgement(site: Site) -> None:
    modem = site.joined()
    site.server.push(DEV_EUI, Queued(11, b"\x0a"), site.time.now_ns())
    assert modem.send(10, b"\x01", confirmed=True).fate is Fate.ACKNOWLEDGED
    assert [down.payload for down in modem.downlinks()] == [b"\x0a"]


def test_a_network_that_does_not_know_it(site: Site) -> None:
    modem = site.modem(keys=KEYS._replace(app_key="0" * 32))
    assert modem.join() == Joined()
    assert modem.session() is None
    assert modem.send(10, b"\x01").fate is Fate.NOT_JOINED
    assert site.server.refused["mic"] >= 1


def test_a_busy_modem_has_not_asked_to_join(site: Site) -> None:
    """Or nobody knows, with a family that may join by itself."""
    modem = site.modem()
    site.model.keep_busy(3600)
    for _ in range(3):
        if site.can.refuses_joins:
            assert modem.join() == Joined(refusal=Sent(Fate.BUSY))
        else:
            with pytest.raises(BusError, match="does not say that it has asked"):
                modem.join()
        site.time.sleep(60)
    assert not site.air.transmissions
    site.time.sleep(3600)
    assert modem.join().session is not None
    assert len(site.server.member(DEV_EUI).sessions()) == 1


def test_a_modem_without_a_channel_has_not_asked_to_join(site: Site) -> None:
    """The request before has used it up. A family that keeps the next one sends it in the end."""
    modem = site.modem()
    site.server.running = False
    assert modem.join() == Joined()
    refusal = modem.join().refusal
    if not site.can.refuses_joins:
        assert refusal is None
        return
    assert refusal is not None
    assert refusal.fate is Fate.NO_CHANNEL
    assert (refusal.wait_s is not None) is site.can.tells_wait
    assert len(site.air.transmissions) == 1
    site.server.running = True
    site.time.sleep(refusal.wait_s or 90)
    assert modem.join().session is not None


def test_a_confirmed_uplink_is_on_the_air_once(site: Site) -> None:
    modem = site.joined()
    site.server.running = False
    before = len(site.air.transmissions)
    assert modem.send(10, b"\x01", confirmed=True).fate is Fate.UNACKNOWLEDGED
    site.time.sleep(60)
    modem.downlinks()
    assert len(site.air.transmissions) - before == modem.transmissions == 1


def test_the_duty_cycle_of_the_modem(site: Site) -> None:
    """Two sub-bands of 1 %: the third uplink at once finds neither free."""
    modem = site.joined()
    site.move(modem, 3)
    for _ in range(2):
        assert modem.send(10, bytes(115)).fate is Fate.SENT
    if site.can.full is None:
        with pytest.raises(BusError, match="does not say that it was sent"):
            modem.send(10, b"\x03")
        assert modem.send(10, b"\x04").fate is Fate.BUSY
        site.time.sleep(60)
        modem.downlinks()
        assert site.payloads[-1] == b"\x03"
        return
    fate, wait_s = modem.send(10, b"\x03")
    assert fate is site.can.full
    assert (wait_s is not None) is site.can.tells_wait
    site.time.sleep(90 if wait_s is None else wait_s)
    assert modem.send(10, b"\x04").fate is Fate.SENT
    assert site.payloads[-3:] == [bytes(115), bytes(115), b"\x04"]


def test_a_fixed_data_rate(site: Site) -> None:
    modem = site.joined(Settings(adr=False, data_rate=0))
    assert modem.max_payload() == 51
    site.time.sleep(400)
    assert modem.send(10, bytes(52)).fate is Fate.TOO_LONG
    site.time.sleep(400)
    assert modem.send(10, bytes(51)).fate is Fate.SENT
    assert site.payloads == [bytes(51)]
    assert {(each.data_rate, each.adr) for each in site.uplinks} == {(0, False)}


def test_the_network_moves_the_data_rate(site: Site) -> None:
    modem = site.joined()
    for data_rate, room in ((5, 222), (3, 115), (0, 51), (4, 222)):
        site.move(modem, data_rate)
        session = modem.session()
        assert session is not None
        assert session.data_rate == data_rate
        assert modem.max_payload() == room
        assert modem.send(10, bytes(room)).fate is Fate.SENT
        assert site.uplinks[-1].data_rate == data_rate
        site.time.sleep(600)
        if room < 222:
            assert modem.send(10, bytes(room + 1)).fate is Fate.TOO_LONG
            site.time.sleep(600)


def test_answers_of_the_mac_take_room(site: Site) -> None:
    modem = site.joined()
    site.move(modem, 0)
    site.server.request(DEV_EUI, DevStatusReq())
    assert modem.send(10, b"\x01").fate is Fate.SENT
    assert modem.max_payload() == (48 if site.family == "lora-e5" else 51)
    site.time.sleep(600)
    heard = len(site.uplinks)
    assert modem.send(10, bytes(51)).fate is Fate.TOO_LONG
    site.time.sleep(600)
    modem.downlinks()
    assert len(site.uplinks) - heard == site.can.flushes
    assert modem.send(10, bytes(48)).fate is Fate.SENT
    site.time.sleep(600)
    assert modem.send(10, bytes(51)).fate is Fate.SENT
    assert site.server.member(DEV_EUI).requests == []


def test_a_session_goes_on_beside_a_node_that_restarts(site: Site) -> None:
    """Also if the node has lost its own memory."""
    modem = site.joined()
    assert modem.send(10, b"\x01").fate is Fate.SENT
    for known in (modem.session(), None):
        again = site.modem()
        resumed = again.resume(known)
        assert resumed is not None
        assert resumed == modem.session()
        site.time.sleep(60)
        assert again.send(10, b"\x02").fate is Fate.SENT
    assert site.payloads == [b"\x01", b"\x02", b"\x02"]
    assert not site.server.refused


def test_a_session_after_a_power_cut(site: Site) -> None:
    modem = site.joined()
    assert modem.send(10, b"\x01").fate is Fate.SENT
    known = modem.session()
    site.model.restart()
    site.time.sleep(30)
    again = site.modem()
    _takes_up(site, again, again.resume(known) is not None)
    assert again.send(10, b"\x02").fate is Fate.SENT
    assert site.payloads == [b"\x01", b"\x02"]
    assert not site.server.refused


def test_one_that_joins_by_itself_is_found_as_soon_as_it_has(site: Site) -> None:
    modem = site.joined()
    known = modem.session()
    site.server.running = False
    site.model.restart()
    site.time.sleep(30)
    again = site.modem()
    if not site.can.kept:
        assert again.resume(known) is None
    site.server.running = True
    site.time.sleep(60)
    assert (again.resume(known) is not None) is (site.can.kept or site.can.rejoins)
    assert again.downlinks() == []


def _takes_up(site: Site, modem: Modem, resumed: bool) -> None:
    assert resumed is (site.can.kept or site.can.rejoins)
    if not resumed:
        assert modem.join().session is not None
    site.time.sleep(60)
