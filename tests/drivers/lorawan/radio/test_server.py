"""The network server: whom it believes, what it queues, what it forgets."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.lorawan.radio import events, frames
from drivers.lorawan.radio.air import Air, Levels, Transmission
from drivers.lorawan.radio.mac import Mac
from drivers.lorawan.radio.membership import Queued, Registration
from drivers.lorawan.radio.network_events import DeviceJoined, DownlinkFate, Fate, UplinkHeard
from drivers.lorawan.radio.server import NetworkServer
from drivers.lorawan.radio.session import Memory
from gateway.clock.lorawan import ClockSync
from tests.drivers.lorawan.radio.network import (
    APP_KEY,
    DEV_EUI,
    DEVICE,
    JOIN_EUI,
    SECOND,
    UTC_NS,
    Network,
    of,
)

LEVELS = Levels(-100.0, 5.0)


def _replay(network: Network, uplink: Transmission) -> list[Transmission]:
    return network.server.heard(uplink, LEVELS)


def test_an_uplink_is_told_as_it_was_sent() -> None:
    network = Network().joined()
    network.send(b"\1\2\3", port=7)
    uplink = network.sent()[-1]
    heard = network.heard()[-1]
    assert (heard.port, heard.payload, heard.counter) == (7, b"\1\2\3", 0)
    assert heard.utc_ns == UTC_NS + uplink.ends_ns
    assert (heard.frequency_hz, heard.data_rate) == (uplink.frequency_hz, 5)
    assert (heard.device, heard.adr, heard.confirmed) == (DEVICE, True, False)


@pytest.mark.parametrize(
    ("device", "why"),
    [
        (DEVICE._replace(app_key="00" * 16), "mic"),
        (DEVICE._replace(join_eui="70B3D57ED0000002"), "unknown"),
        (DEVICE._replace(dev_eui="0004A30B001C0531"), "unknown"),
    ],
)
def test_who_is_not_registered_so_does_not_join(device: Registration, why: str) -> None:
    air, server = Air(), NetworkServer(UTC_NS)
    server.register(device)
    air.attach(server)
    mac = Mac(air, DEV_EUI, Memory())
    mac.set_keys(JOIN_EUI, APP_KEY)
    mac.join(0)
    assert of(events.JoinFailed, mac.step(100 * SECOND))
    assert server.refused == {why: 1}


def test_a_join_that_is_replayed_is_refused() -> None:
    network = Network().joined()
    assert _replay(network, network.sent()[0]) == []
    assert network.server.refused == {"dev_nonce": 1}


def test_a_replay_of_an_old_uplink_is_refused_and_of_the_last_not_told() -> None:
    network = Network().joined()
    for _ in range(3):
        network.send(confirmed=True)
    for uplink in network.sent()[1:]:
        _replay(network, uplink)
    assert len(network.heard()) == 3
    assert (network.server.refused, network.server.repeated) == ({"counter": 2}, 1)


def test_another_frame_with_the_last_counter_is_refused() -> None:
    network = Network().joined()
    network.send(b"truth")
    session = network.mac.session
    assert session is not None
    session.uplink_counter = 0
    network.mac.restore(session)
    network.send(b"other")
    assert [it.payload for it in network.heard()] == [b"truth"]
    assert network.server.refused == {"counter": 1}


@settings(max_examples=200)
@given(st.integers(0, 8 * 20 - 1))
def test_a_frame_in_which_a_bit_was_flipped_is_never_told(bit: int) -> None:
    network = Network().joined()
    network.server.running = False
    network.send(b"\0" * 7)
    network.server.running = True
    uplink = network.sent()[-1]
    phy = bytearray(uplink.phy)
    phy[bit // 8] ^= 1 << bit % 8
    assert _replay(network, uplink._replace(phy=bytes(phy))) == []
    assert network.heard() == []
    assert sum(network.server.refused.values()) == 1


@given(st.binary(max_size=40))
def test_any_bytes_on_the_air_are_counted_not_believed(phy: bytes) -> None:
    network = Network()
    assert _replay(network, Transmission(0, 1, 868_100_000, 5, phy, "?")) == []
    assert sum(network.server.refused.values()) == 1


def test_a_device_that_missed_its_join_accept_goes_on_in_the_old_session() -> None:
    network = Network().joined()
    network.send()
    old = network.mac.session
    network.air.loss_down = 1.0
    assert of(events.JoinFailed, network.join())
    network.air.loss_down = 0.0
    network.mac.restore(old)
    assert of(events.Acknowledged, network.send(confirmed=True))
    assert len({it.key_id for it in network.heard()}) == 1


def test_a_new_session_counts_from_0_and_has_another_key() -> None:
    network = Network().joined()
    network.send()
    network.joined()
    network.send()
    assert [it.counter for it in network.heard()] == [0, 0]
    assert len({it.key_id for it in network.heard()}) == 2
    assert len(of(DeviceJoined, network.told)) == 2


def test_a_downlink_is_told_of_from_the_queue_to_its_acknowledgement() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"\1", confirmed=True), network.now_ns)
    network.send()
    network.send()
    fates = of(DownlinkFate, network.told)
    assert [it.fate for it in fates] == [Fate.QUEUED, Fate.SENT, Fate.ACKNOWLEDGED]
    assert {it.item for it in fates} == {Queued(10, b"\1", confirmed=True)}


def test_a_lost_confirmed_downlink_is_told_as_not_acknowledged() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"\1", confirmed=True), network.now_ns)
    network.air.loss_down = 1.0
    network.send()
    network.send()
    fates = [it.fate for it in of(DownlinkFate, network.told)]
    assert fates == [Fate.QUEUED, Fate.SENT, Fate.UNACKNOWLEDGED]


def test_a_downlink_that_is_too_long_for_the_window_is_told_and_the_next_goes() -> None:
    network = Network().joined()
    network.mac.data_rate = 0
    network.server.push(DEV_EUI, Queued(10, b"\1" * 52), network.now_ns)
    network.server.push(DEV_EUI, Queued(10, b"\2" * 51), network.now_ns)
    [received] = of(events.Received, network.send())
    assert received.payload == b"\2" * 51
    fates = [it.fate for it in of(DownlinkFate, network.told)]
    assert fates == [Fate.QUEUED, Fate.QUEUED, Fate.FAILED, Fate.SENT]


def test_a_repeated_uplink_takes_nothing_from_the_queue() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"lost"), network.now_ns)
    network.server.push(DEV_EUI, Queued(10, b"next"), network.now_ns)
    network.air.loss_down = 1.0
    network.mac.retries = 3
    network.send(confirmed=True)
    network.air.loss_down = 0.0
    [received] = of(events.Received, network.send())
    assert received.payload == b"next"


@pytest.mark.parametrize(("up", "down", "heard"), [(1.0, 0.0, 0), (0.0, 1.0, 1)])
def test_what_is_lost_nobody_hears_and_it_is_on_the_record(
    up: float, down: float, heard: int
) -> None:
    network = Network().joined()
    network.air.loss_up, network.air.loss_down = up, down
    network.mac.retries = 1
    assert of(events.Unacknowledged, network.send(confirmed=True))
    assert len(network.heard()) == heard
    assert len(network.air.lost) == 1
    assert network.air.lost[0] in network.air.transmissions


def test_losses_are_as_many_as_was_said() -> None:
    network = Network().joined()
    network.air.loss_up = 0.2
    for _ in range(1000):
        network.send()
    assert 150 < len(network.air.lost) < 250


def test_a_queue_can_be_replaced() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"old"), 0)
    network.server.replace(DEV_EUI, [Queued(10, b"new")], 0)
    assert [it.payload for it in of(events.Received, network.send())] == [b"new"]
    assert not of(events.Received, network.send())


def test_a_restarted_network_has_lost_its_queue_but_not_its_sessions() -> None:
    network = Network().joined()
    network.send()
    network.server.push(DEV_EUI, Queued(10, b"lost"), 0)
    network.server.restart()
    told = network.send(confirmed=True)
    assert of(events.Acknowledged, told)
    assert [it.payload for it in of(events.Received, told)] == [b""]


def test_a_network_that_has_lost_its_sessions_is_joined_again() -> None:
    network = Network().joined()
    network.send()
    network.server.restart(sessions_kept=False)
    assert not of(events.Acknowledged, network.send(confirmed=True))
    assert network.server.refused["unknown"] == 8
    network.joined()
    assert of(events.Acknowledged, network.send(confirmed=True))


def test_two_devices_share_air_and_network() -> None:
    network = Network().joined()
    other = DEVICE._replace(device_id="library", dev_eui="0004A30B001C0531", app_key="11" * 16)
    network.server.register(other)
    mac = Mac(network.air, other.dev_eui, Memory(), seed=9)
    mac.set_keys(other.join_eui, other.app_key)
    mac.data_rate = 5
    mac.join(network.now_ns)
    network.now_ns += 10 * SECOND
    assert of(events.Joined, mac.step(network.now_ns))
    mac.send(3, b"other", True, network.now_ns)
    told = network.send(b"first", confirmed=True)
    assert of(events.Acknowledged, told)
    assert of(events.Acknowledged, mac.step(network.now_ns + 10 * SECOND))
    assert {(it.device.device_id, it.payload) for it in network.heard()} == {
        ("town-hall", b"first"),
        ("library", b"other"),
    }


@pytest.mark.parametrize("wrong_s", [0, 5, -86_400, 10 * 365 * 86_400])
def test_the_node_learns_the_time_by_application_clock_synchronisation(wrong_s: int) -> None:
    network = Network().joined()
    sync = ClockSync()
    up_ns = network.now_ns + wrong_s * SECOND
    told = network.send(sync.request(max(up_ns, 0)), port=202)
    [received] = of(events.Received, told)
    assert received.port == 202
    anchor = sync.answered(received.payload)
    assert anchor is not None
    ended_utc_ns = UTC_NS + network.sent()[-1].ends_ns
    assert abs(anchor.utc_ns - ended_utc_ns) <= SECOND


def test_the_version_of_clock_synchronisation_is_told() -> None:
    network = Network().joined()
    [received] = of(events.Received, network.send(b"\0", port=202))
    assert received.payload == b"\0\1\1"


def test_a_clock_that_is_right_is_answered_only_if_it_asks_for_that() -> None:
    network = Network().joined()
    now_s = (UTC_NS + network.now_ns) // SECOND - 315_964_800 + 18
    assert not of(events.Received, network.send(struct.pack("<BIB", 1, now_s, 0), port=202))
    assert not of(events.Received, network.send(b"nonsense", port=202))
    assert of(UplinkHeard, network.told)[-1].payload == b"nonsense"


def test_frames_that_come_down_are_no_uplinks() -> None:
    network = Network().joined()
    network.send(confirmed=True)
    downlink = network.answered()[-1]
    assert frames.header(downlink.phy).uplink is False
    assert _replay(network, downlink) == []
