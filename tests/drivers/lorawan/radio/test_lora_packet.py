"""All that is on the simulated air is read by an independent library: joins, MIC, ciphers, keys."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from drivers.lorawan.radio import commands, frames
from drivers.lorawan.radio.frames import Kind
from drivers.lorawan.radio.membership import Queued
from drivers.lorawan.radio.session import Session
from tests.drivers.lorawan.radio.network import APP_KEY, DEV_EUI, JOIN_EUI, Network
from tests.lora_packet import LoraPacket

TYPES = {
    Kind.UNCONFIRMED_UP: "Unconfirmed Data Up",
    Kind.CONFIRMED_UP: "Confirmed Data Up",
    Kind.UNCONFIRMED_DOWN: "Unconfirmed Data Down",
    Kind.CONFIRMED_DOWN: "Confirmed Data Down",
}


class Traffic:
    """Everything that a network can say, in several sessions, and what should be read of it."""

    def __init__(self) -> None:
        self.network = Network(loss_up=0.1, loss_down=0.1, seed=4)
        self.network.mac.duty_cycle = False
        self.network.mac.retries = 3
        self.asked: list[dict[str, Any]] = []
        self.expected: list[dict[str, Any]] = []
        self._random = Random(4)
        self._told = 0

    def session(self, first_counter: int, uplinks: int) -> None:
        """A join, and data frames from that counter on."""
        mac = self.network.mac
        while not mac.joined:
            self.network.join()
        session = mac.session
        assert session is not None
        self._tell_joins(session)
        session.uplink_counter = first_counter
        mac.restore(session)
        member = self.network.server.member(DEV_EUI)
        assert member.joining
        member.joining.uplink_counter = first_counter
        for _ in range(uplinks):
            self._talk()
        self._tell_data(session, first_counter)
        mac.power_cycle(self.network.now_ns)
        mac.set_keys(JOIN_EUI, APP_KEY)
        mac.duty_cycle, mac.retries = False, 3

    def _talk(self) -> None:
        network, random = self.network, self._random
        network.mac.data_rate = random.randrange(6)
        if random.random() < 0.3:
            item = Queued(random.randint(1, 223), random.randbytes(20), random.random() < 0.5)
            network.server.push(DEV_EUI, item, network.now_ns)
        if random.random() < 0.3:
            network.server.request(DEV_EUI, commands.DevStatusReq())
            network.mac.ask_time()
        size = random.randint(0, network.mac.max_payload())
        port = random.randint(1, 223)
        network.send(random.randbytes(size), port, confirmed=random.random() < 0.5)

    def _fresh(self) -> list[bytes]:
        fresh = list(self.network.air.transmissions)[self._told :]
        self._told += len(fresh)
        return [it.phy for it in fresh]

    def _tell_joins(self, session: Session) -> None:
        for phy in self._fresh():
            if frames.kind(phy) is Kind.JOIN_REQUEST:
                nonce = f"{self.network.memory.dev_nonce - 1:04x}"
                self.asked.append({"read": "join_request", "phy": phy.hex(), "app_key": APP_KEY})
                told = frames.read_join_request(phy)
                self.expected.append(
                    {
                        "mic": True,
                        "join_eui": JOIN_EUI.lower(),
                        "dev_eui": DEV_EUI.lower(),
                        "dev_nonce": f"{told.dev_nonce:04x}",
                    }
                )
            else:
                self.asked.append(
                    {"read": "join_accept", "phy": phy.hex(), "app_key": APP_KEY}
                    | {"dev_nonce": nonce}
                )
                self.expected.append({})
        self.expected[-1] = {
            "mic": True,
            "dev_addr": f"{session.dev_addr:08x}",
            "net_id": "000013",
            "rx1_offset": 0,
            "rx2_data_rate": 0,
            "rx_delay_s": 1,
            "nwk_skey": session.nwk_skey.hex(),
            "app_skey": session.app_skey.hex(),
        }

    def _tell_data(self, session: Session, first_counter: int) -> None:
        nearest = {True: first_counter, False: 0}
        for phy in self._fresh():
            header = frames.header(phy)
            counter = frames.full_counter(nearest[header.uplink], header.counter)
            assert counter is not None
            nearest[header.uplink] = counter
            frame = frames.read(phy, counter, session.nwk_skey, session.app_skey)
            self.asked.append(
                {"read": "data", "phy": phy.hex(), "counter": counter}
                | {"nwk_skey": session.nwk_skey.hex(), "app_skey": session.app_skey.hex()}
            )
            self.expected.append(
                {
                    "mic": True,
                    "type": TYPES[frames.kind(phy)],
                    "direction": "up" if frame.uplink else "down",
                    "dev_addr": f"{session.dev_addr:08x}",
                    "counter": counter & 0xFFFF,
                    "port": frame.port,
                    "fopts": frame.fopts.hex(),
                    "ack": frame.ack,
                    "adr": frame.adr,
                    "payload": frame.payload.hex(),
                }
            )


def test_an_independent_library_reads_all_that_is_on_the_air(lora_packet: LoraPacket) -> None:
    traffic = Traffic()
    for first_counter in (0, 65_500, 0x7FFF0000):
        traffic.session(first_counter, uplinks=120)
    asked = [
        (question, expected)
        for question, expected in zip(traffic.asked, traffic.expected, strict=True)
        if expected
    ]
    answers = lora_packet.read(question for question, _ in asked)
    assert answers == [expected for _, expected in asked]
    kinds = {answer.get("type") for answer in answers}
    assert kinds == {None, *TYPES.values()}
    assert len(answers) > 500


def test_mac_commands_on_port_0_have_the_key_of_the_network(lora_packet: LoraPacket) -> None:
    frame = frames.Data(False, False, 1, 70_000, port=0, payload=b"\6")
    phy = frames.build(frame, b"\1" * 16, b"\2" * 16)
    asked = {"read": "data", "phy": phy.hex(), "counter": 70_000}
    [read] = lora_packet.read([asked | {"nwk_skey": "01" * 16, "app_skey": "02" * 16}])
    assert (read["mic"], read["payload"]) == (True, "06")


def test_it_notices_a_frame_that_is_wrong(lora_packet: LoraPacket) -> None:
    data = {"read": "data", "counter": 0, "nwk_skey": "01" * 16, "app_skey": "02" * 16}
    frame = frames.Data(True, False, 1, 0, port=2, payload=b"hello")
    phy = frames.build(frame, b"\1" * 16, b"\2" * 16)
    spoilt = phy[:-1] + bytes([phy[-1] ^ 1])
    right, wrong = lora_packet.read(data | {"phy": it.hex()} for it in (phy, spoilt))
    assert (right["mic"], wrong["mic"]) == (True, False)


def test_without_the_library_nothing_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_SKIP_PEERS", raising=False)
    with pytest.raises(pytest.fail.Exception, match=r"lora-packet is missing: \.ci/prepare peers"):
        LoraPacket(tmp_path)
