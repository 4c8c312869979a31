"""Each family's driver with its model, on the air with a network: virtual time, byte for byte."""

from collections.abc import Iterator

import pytest

from drivers.lorawan.contract import Fate, Keys, Modem, Settings
from drivers.lorawan.families import FAMILIES, detect
from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.membership import Queued, Registration
from drivers.lorawan.radio.network_events import UplinkHeard
from drivers.lorawan.radio.server import NetworkServer
from drivers.lorawan.simulated import MODELS
from drivers.timebase import VirtualTimebase
from tests.drivers.lorawan.wire import VirtualWire

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
KEYS = Keys(JOIN_EUI, APP_KEY)


class Site:
    """A modem of one family, its port, and a network that knows it."""

    def __init__(self, family: str) -> None:
        self.time = VirtualTimebase()
        self.air = Air(seed=1)
        self.server = NetworkServer(utc_ns=1_800_000_000_000_000_000)
        self.server.register(Registration("rathaus-01", DEV_EUI, JOIN_EUI, APP_KEY))
        self.uplinks: list[UplinkHeard] = []
        self.server.listeners.append(self._note)
        self.air.attach(self.server)
        self.model: ModemModel = MODELS[family](self.air, self.time, DEV_EUI, seed=1)
        self.wire = VirtualWire(self.model, self.time)
        self.time.sleep(5)

    def _note(self, event: object) -> None:
        if isinstance(event, UplinkHeard):
            self.uplinks.append(event)

    def modem(self, family: str) -> Modem:
        """Its driver, open and prepared."""
        modem = FAMILIES[family].modem(self.wire)
        modem.open()
        modem.prepare(KEYS, Settings(adr=True, data_rate=5))
        return modem


@pytest.fixture(params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def site(family: str) -> Iterator[Site]:
    site = Site(family)
    yield site
    site.wire.close()


def test_it_is_detected(site: Site, family: str) -> None:
    assert detect(site.wire) == family


def test_join_and_send(site: Site, family: str) -> None:
    modem = site.modem(family)
    assert modem.resume(None) is None
    session = modem.join()
    assert session is not None
    assert session.data_rate == 5
    assert modem.send(10, b"\x01\x02\xa0").fate is Fate.SENT
    site.time.sleep(60)
    fate = modem.send(10, bytes(range(51)), confirmed=True).fate
    assert fate is (Fate.ACKNOWLEDGED if family != "la66" else fate)
    assert [(each.port, each.payload, each.confirmed) for each in site.uplinks] == [
        (10, b"\x01\x02\xa0", False),
        (10, bytes(range(51)), True),
    ]
    now = modem.session()
    assert now is not None
    assert now.dev_addr == session.dev_addr


def test_identity_and_downlinks(site: Site, family: str) -> None:
    modem = FAMILIES[family].modem(site.wire)
    assert modem.open().dev_eui == DEV_EUI
    modem.prepare(KEYS, Settings(data_rate=5))
    assert modem.join() is not None
    site.server.push(DEV_EUI, Queued(11, b"\x0a\x0b"), site.time.now_ns())
    site.time.sleep(10)
    assert modem.send(10, b"\x01").fate is Fate.SENT
    [down] = modem.downlinks()
    assert (down.port, down.payload) == (11, b"\x0a\x0b")


def test_a_network_that_does_not_know_it(site: Site, family: str) -> None:
    modem = FAMILIES[family].modem(site.wire)
    modem.open()
    modem.prepare(KEYS._replace(app_key="0" * 32), Settings(data_rate=5))
    assert modem.join() is None
    assert modem.session() is None
    assert modem.send(10, b"\x01").fate is Fate.NOT_JOINED


def test_the_duty_cycle_of_the_modem(site: Site, family: str) -> None:
    modem = site.modem(family)
    assert modem.join() is not None
    fates = [modem.send(10, bytes(200)).fate for _ in range(12)]
    assert set(fates) <= {Fate.SENT, Fate.NO_CHANNEL, Fate.BUSY}
    assert fates[0] is Fate.SENT or family == "rn2483"


def test_too_long(site: Site, family: str) -> None:
    modem = FAMILIES[family].modem(site.wire)
    modem.open()
    modem.prepare(KEYS, Settings(adr=False, data_rate=0))
    assert modem.join() is not None
    assert modem.max_payload() == 51
    site.time.sleep(400)
    assert modem.send(10, bytes(52)).fate is Fate.TOO_LONG


def test_a_session_goes_on_where_the_modem_has_kept_it(site: Site, family: str) -> None:
    """Also with a driver that has lost its own memory; after a power cut where flash has it."""
    modem = site.modem(family)
    session = modem.join()
    assert session is not None
    assert modem.send(10, b"\x01").fate is Fate.SENT
    known = modem.session()
    again = site.modem(family)
    resumed = again.resume(known)
    assert resumed is not None
    assert resumed.dev_addr == session.dev_addr
    site.time.sleep(60)
    assert again.send(10, b"\x02").fate is Fate.SENT
    site.model.restart()
    site.time.sleep(5)
    last = site.modem(family)
    resumed = last.resume(again.session())
    if resumed is None:
        site.time.sleep(60)
        assert last.join() is not None
    site.time.sleep(60)
    assert last.send(10, b"\x03").fate is Fate.SENT
    assert [each.payload for each in site.uplinks] == [b"\x01", b"\x02", b"\x03"]
    assert site.server.refused["dev_nonce"] == 0
