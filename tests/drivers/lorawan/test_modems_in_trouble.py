"""Loss, restarts and slow answers between a driver and its modem, with a network that judges."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import pytest

from drivers.errors import BusError, DriverError
from drivers.lorawan.contract import Fate, Modem, Session
from drivers.lorawan.radio.air import NETWORK
from tests.drivers.lorawan.on_the_air import DEV_EUI, VARIANTS, Site

T = TypeVar("T")
UPLINKS = 200


@pytest.fixture(params=VARIANTS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    site = Site(request.param)
    yield site
    site.wire.close()


def test_two_hundred_uplinks_while_a_fifth_is_lost(site: Site) -> None:
    """Whether an acknowledgement was told follows from what the air has lost, and nothing else."""
    modem = site.joined()
    first = len(site.air.transmissions)
    site.air.loss_up = site.air.loss_down = 0.2
    told = [modem.send(10, _payload(n), confirmed=n % 5 == 0).fate for n in _paced(site)]
    sent = list(site.air.transmissions)[first:]
    assert len([one for one in sent if one.sender != NETWORK]) == UPLINKS
    lost_up = sum(one.sender != NETWORK for one in site.air.lost)
    assert 20 < lost_up < 60
    assert len(site.payloads) == len(set(site.payloads)) == UPLINKS - lost_up
    answered = {one.counter for one in site.uplinks if one.confirmed}
    claimed = {n for n, fate in enumerate(told) if fate is Fate.ACKNOWLEDGED}
    lost_down = sum(one.sender == NETWORK for one in site.air.lost)
    assert claimed <= answered
    assert len(claimed) >= len(answered) - lost_down - (not site.can.first_ack)
    assert {fate for n, fate in enumerate(told) if n % 5} == {Fate.SENT}
    _in_step(site, modem)


def _paced(site: Site) -> Iterator[int]:
    for number in range(UPLINKS):
        site.time.sleep(60)
        yield number


def _payload(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _in_step(site: Site, modem: Modem) -> None:
    assert not site.server.refused
    session, known = modem.session(), site.server.member(DEV_EUI).session
    assert session is not None
    assert known is not None
    assert known.uplink_counter == site.uplinks[-1].counter + 1 <= UPLINKS
    if site.can.tells_counters:
        assert session.uplink_counter == UPLINKS


def test_a_restart_between_two_uplinks_is_told(site: Site) -> None:
    modem = site.joined()
    assert modem.send(10, b"\x01").fate is Fate.SENT
    known = modem.session()
    site.model.restart()
    site.time.sleep(2)
    if site.can.tells_restart:
        with pytest.raises(BusError, match="restarted"):
            modem.send(10, b"\x02")
    else:
        assert modem.send(10, b"\x02").fate is Fate.NOT_JOINED
    assert site.payloads == [b"\x01"]
    _goes_on(site, known)


@pytest.mark.parametrize("after_s", [0.0, 0.15, 1.2, 1.9])
@pytest.mark.parametrize("confirmed", [False, True])
def test_a_restart_in_mid_send_is_no_fate(site: Site, after_s: float, confirmed: bool) -> None:
    modem = site.joined()
    known = modem.session()
    site.server.running = False
    site.later(0.1 + after_s, site.model.restart)
    with pytest.raises(DriverError):
        modem.send(10, bytes(51), confirmed)
    site.server.running = True
    _goes_on(site, known)


def test_restarts_at_any_time(site: Site) -> None:
    """Nothing that the network refuses comes of it, and no payload is heard twice."""
    modem, fates = site.joined(), []
    for number in range(30):
        known = modem.session()
        site.later(number * 0.37 % 6, site.model.restart)
        call = partial(modem.send, 10, _payload(number), confirmed=number % 3 == 0)
        sent = _tried(call)
        fates.append(None if sent is None else sent.fate)
        site.time.sleep(10)
        modem = _again(site, known)
    heard = site.payloads
    assert heard == sorted(set(heard))
    claimed = [_payload(n) for n, fate in enumerate(fates) if fate is Fate.ACKNOWLEDGED]
    assert set(claimed) <= set(heard)
    assert len(claimed) > 3 or not site.can.first_ack
    assert len(heard) > 15
    assert not site.server.refused


def _goes_on(site: Site, known: Session | None) -> None:
    site.time.sleep(60)
    assert _again(site, known).send(10, b"\x03").fate is Fate.SENT
    assert site.payloads[-1] == b"\x03"
    assert not site.server.refused


def _again(site: Site, known: Session | None) -> Modem:
    """As a node does it: open it again, take up the session, or join; if that fails, all anew."""
    for _ in range(5):
        modem = _tried(lambda: _taken_up(site, known))
        site.time.sleep(60)
        if modem is not None:
            return modem
    raise AssertionError("it does not join")


def _taken_up(site: Site, known: Session | None) -> Modem | None:
    modem = site.modem()
    return modem if modem.resume(known) is not None or modem.join().session is not None else None


@pytest.mark.parametrize("slow_s", [4.5, 6.0, 30.0])
def test_what_comes_too_late_is_taken_for_nothing_else(site: Site, slow_s: float) -> None:
    """What fails says so; what is told is true; and it goes on as soon as the modem is quick."""
    modem = site.joined()
    known = modem.session()
    site.model.faults.slow_s = slow_s
    fates = []
    for number in range(10):
        fates.append(_tried(partial(_confirmed, modem, number)))
        _tried(modem.downlinks)
        site.time.sleep(120)
    for number, fate in enumerate(fates):
        if fate in (Fate.SENT, Fate.ACKNOWLEDGED, Fate.UNACKNOWLEDGED):
            assert _payload(number) in site.payloads
    site.model.faults.slow_s = 0.0
    site.time.sleep(120)
    _goes_on(site, known)


def _confirmed(modem: Modem, number: int) -> Fate:
    return modem.send(10, _payload(number), confirmed=True).fate


def _tried(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except DriverError:
        return None
