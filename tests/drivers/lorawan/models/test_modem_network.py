"""All models in the simulated network, with loss: what a modem says came true, and nothing else."""

import pytest

from drivers.lorawan.modem_model import NS
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.membership import Queued, Registration
from drivers.lorawan.radio.network_events import NetworkEvent, UplinkHeard
from drivers.lorawan.radio.server import DEFAULT, TTN, NetworkServer
from drivers.lorawan.radio.serving import Settings
from tests.drivers.lorawan.models.bench import APP_KEY, DEV_EUI, JOIN_EUI, Bench
from tests.drivers.lorawan.models.families import FAMILIES, Family

ALL = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES.keys())
CONFIRMED = {
    "Rn2483Model": ("mac tx cnf 7 {}", b"mac_tx_ok\r\n", "mac set retx 1"),
    "LoraE5Model": ("AT+CMSGHEX={}", b"ACK Received\r\n", "AT+RETRY=2"),
    "Rak3172Model": ("AT+SEND=7:{}", b"+EVT:SEND_CONFIRMED_OK\r\n", "AT+CFM=1\r\nAT+RETY=1"),
    "La66Model": ("AT+SENDB=1,7,2,{}", b"rxDone\n\r", "AT+CFM=1,1,0"),
}
"""How a confirmed uplink is sent, what tells of its acknowledgement, and one retransmission."""


class Town:
    """One modem in a network that loses `loss` of all frames, both ways."""

    def __init__(self, family: Family, loss: float, settings: Settings = DEFAULT) -> None:
        self.bench = Bench(family.model)
        self.bench.model.air.servers.clear()
        self.air: Air = self.bench.model.air
        self.server = NetworkServer(0, settings)
        self.server.register(Registration("town-hall", DEV_EUI, JOIN_EUI, APP_KEY))
        self.told: list[NetworkEvent] = []
        self.server.listeners.append(self.told.append)
        self.air.attach(self.server)
        self.bench.wait(1)
        for line in (*family.setup, *family.unbound):
            self.bench.ask(line)
        while family.joined not in self.bench.ask(family.join, 30):
            pass
        self.air.loss_up = self.air.loss_down = loss

    @property
    def payloads(self) -> list[bytes]:
        return [event.payload for event in self.told if isinstance(event, UplinkHeard)]


@ALL
def test_no_acknowledgement_that_the_network_did_not_give(family: Family) -> None:
    town = Town(family, 0.3)
    line, acknowledged, retries = CONFIRMED[family.model.__name__]
    town.bench.ask(retries, 1)
    claimed = []
    for number in range(200):
        payload = number.to_bytes(2, "big")
        if acknowledged in town.bench.ask(line.format(payload.hex()), 30):
            claimed.append(payload)
    heard = town.payloads
    assert set(claimed) <= set(heard)
    assert len(set(heard)) == len(heard)
    assert 100 < len(claimed) < len(heard) < 200


@ALL
@pytest.mark.parametrize("settings", [DEFAULT, TTN, Settings(prefers=2)])
def test_downlinks_come_in_each_network(family: Family, settings: Settings) -> None:
    town = Town(family, 0.0, settings)
    town.bench.ask(family.send, 10)
    town.server.push(DEV_EUI, Queued(10, bytes.fromhex("0A0B")), town.bench.time.now_ns())
    said = town.bench.ask(family.send, 10)
    said += town.bench.ask(family.fetch) if family.fetch else b""
    assert family.down in said


@ALL
def test_within_the_duty_cycle_whatever_is_asked_for(family: Family) -> None:
    town = Town(family, 0.0)
    bound = {"Rn2483Model": "mac set ch dcycle 0 302", "LoraE5Model": "AT+LW=DC,ON"}
    town.bench.ask(bound.get(family.model.__name__, "AT+DCS=1"))
    begun_ns = town.bench.time.now_ns()
    for _ in range(1200):
        town.bench.ask(family.send, 3)
    up = [sent for sent in town.air.transmissions if sent.sender == DEV_EUI]
    hour = [sent for sent in up if sent.at_ns >= begun_ns]
    band = [sent.airtime_ns for sent in hour if 868_000_000 <= sent.frequency_hz <= 868_600_000]
    assert len(hour) > 100
    assert sum(band) <= (town.bench.time.now_ns() - begun_ns) * 0.01 + NS
