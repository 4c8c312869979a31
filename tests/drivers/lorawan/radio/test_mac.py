"""The end device: joins, windows, confirmed uplinks, counters, power cuts."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.lorawan.airtime import airtime_ns
from drivers.lorawan.radio import events, frames
from drivers.lorawan.radio.air import NETWORK, Levels, Transmission
from drivers.lorawan.radio.membership import Queued
from drivers.lorawan.radio.server import TTN
from drivers.lorawan.radio.serving import Settings
from drivers.lorawan.radio.session import Memory, Nonces
from tests.drivers.lorawan.radio.network import APP_KEY, DEV_EUI, JOIN_EUI, SECOND, Network, of

SYMBOL_DR5_NS = 1_024_000
SYMBOL_DR0_NS = 32_768_000


class Sending:
    """A network that says what the test says."""

    def __init__(self, say: Callable[[Transmission], list[Transmission]]) -> None:
        self._say = say

    def heard(self, uplink: Transmission, _levels: Levels) -> list[Transmission]:
        return self._say(uplink)


def _downlink(network: Network, counter: int, payload: bytes, confirmed: bool = False) -> bytes:
    session = network.mac.session
    assert session is not None
    frame = frames.Data(False, confirmed, session.dev_addr, counter, port=10, payload=payload)
    return frames.build(frame, session.nwk_skey, session.app_skey)


def _in_window(phy: bytes, window: int) -> Callable[[Transmission], list[Transmission]]:
    def say(uplink: Transmission) -> list[Transmission]:
        frequency_hz = uplink.frequency_hz if window == 1 else 869_525_000
        data_rate = uplink.data_rate if window == 1 else 0
        took_ns = airtime_ns(len(phy), data_rate, crc=False)
        at_ns = uplink.ends_ns + window * SECOND
        return [Transmission(at_ns, took_ns, frequency_hz, data_rate, phy, NETWORK)]

    return say


def test_a_join_gives_both_sides_one_session() -> None:
    network = Network().joined()
    member = network.server.member(DEV_EUI)
    session = network.mac.session
    assert session is not None
    assert member.joining is not None
    assert (session.nwk_skey, session.app_skey) == member.joining.keys
    assert session.dev_addr == member.joining.dev_addr
    assert len([channel for channel in session.channels if channel]) == 8


def test_the_windows_of_a_join_open_after_5_and_6_s() -> None:
    network = Network()
    network.server.running = False
    told = network.join()
    ends_ns = airtime_ns(23, 5)
    over_ns = ends_ns + 6 * SECOND + 8 * SYMBOL_DR0_NS
    assert told == [
        events.TxDone(ends_ns),
        events.JoinFailed(over_ns),
        events.Ended(over_ns),
    ]


@pytest.mark.parametrize(("window", "delay_s", "data_rate"), [(1, 5, 5), (2, 6, 0)])
def test_a_join_accept_comes_in_either_window(window: int, delay_s: int, data_rate: int) -> None:
    network = Network(Settings(prefers=window))
    told = network.join()
    accept = network.answered()[0]
    assert accept.at_ns == airtime_ns(23, 5) + delay_s * SECOND
    assert (accept.data_rate, len(accept.phy)) == (data_rate, 33)
    assert of(events.Joined, told) == [events.Joined(accept.ends_ns)]


def test_the_windows_of_a_data_frame_open_after_1_and_2_s() -> None:
    network = Network().joined()
    begun_ns = network.now_ns
    told = network.send(b"\0" * 10)
    ends_ns = begun_ns + airtime_ns(23, 5)
    over_ns = ends_ns + 2 * SECOND + 8 * SYMBOL_DR0_NS
    assert told == [events.TxDone(ends_ns), events.Ended(over_ns)]


@pytest.mark.parametrize("window", [1, 2])
def test_a_downlink_comes_in_either_window(window: int) -> None:
    network = Network(Settings(prefers=window)).joined()
    network.server.push(DEV_EUI, Queued(10, b"welcome!"), network.now_ns)
    begun_ns = network.now_ns
    told = network.send(b"\0" * 10)
    [received] = of(events.Received, told)
    assert (received.port, received.payload, received.window) == (10, b"welcome!", window)
    began_ns = begun_ns + airtime_ns(23, 5) + window * SECOND
    took_ns = airtime_ns(13 + 8, 5 if window == 1 else 0, crc=False)
    assert took_ns < airtime_ns(13 + 8, 5 if window == 1 else 0)
    assert received.at_ns == began_ns + took_ns
    assert told[-1] == events.Ended(received.at_ns)


def test_the_network_says_when_and_where_the_device_listens() -> None:
    network = Network(TTN._replace(prefers=2)).joined()
    network.server.push(DEV_EUI, Queued(10, b"hello"), network.now_ns)
    [received] = of(events.Received, network.send())
    downlink = network.answered()[-1]
    assert (downlink.data_rate, downlink.frequency_hz) == (3, 869_525_000)
    assert downlink.at_ns == network.sent()[-1].ends_ns + 6 * SECOND
    assert received.window == 2


@pytest.mark.parametrize(
    ("change", "heard"),
    [
        (lambda it: it, True),
        (lambda it: it._replace(at_ns=it.at_ns + 15_000), True),
        (lambda it: it._replace(at_ns=it.at_ns + 30_000), False),
        (lambda it: it._replace(frequency_hz=it.frequency_hz + 200_000), False),
        (lambda it: it._replace(data_rate=4), False),
        (lambda it: it._replace(phy=it.phy[:-1]), False),
        (lambda it: it._replace(phy=b"\0" * 20), False),
    ],
)
def test_a_downlink_is_heard_when_and_where_the_device_listens(
    change: Callable[[Transmission], Transmission], heard: bool
) -> None:
    network = Network().joined()
    network.server.running = False
    say = _in_window(_downlink(network, 0, b"hello"), 1)
    network.air.attach(Sending(lambda uplink: [change(it) for it in say(uplink)]))
    assert bool(of(events.Received, network.send())) is heard


@pytest.mark.parametrize(("data_rate", "heard"), [(5, True), (0, False)])
def test_the_second_window_stays_shut_while_the_first_receives(data_rate: int, heard: bool) -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    network.mac.data_rate = data_rate
    network.server.running = False
    network.air.attach(Sending(_in_window(b"\x60" + b"\0" * 20, 1)))
    network.air.attach(Sending(_in_window(_downlink(network, 0, b"hello"), 2)))
    assert bool(of(events.Received, network.send())) is heard


def test_only_an_acknowledgement_ends_a_confirmed_uplink() -> None:
    network = Network().joined()
    network.server.running = False
    network.mac.retries = 2
    network.air.attach(Sending(_in_window(_downlink(network, 0, b"hello"), 1)))
    told = network.send(confirmed=True)
    assert [type(event) for event in told] == [
        events.TxDone,
        events.Received,
        events.TxDone,
        events.Unacknowledged,
        events.Ended,
    ]


def test_a_pending_downlink_is_told() -> None:
    network = Network().joined()
    for number in range(3):
        network.server.push(DEV_EUI, Queued(10, bytes([number])), network.now_ns)
    got = [of(events.Received, network.send())[0] for _ in range(3)]
    assert [(it.payload, it.pending) for it in got] == [
        (b"\0", True),
        (b"\1", True),
        (b"\2", False),
    ]


def test_a_downlink_is_not_heard_twice() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"once"), network.now_ns)
    assert of(events.Received, network.send())
    replayed = network.answered()[-1]
    before = network.mac.session
    network.server.running = False
    network.air.attach(
        Sending(
            lambda uplink: [
                replayed._replace(at_ns=uplink.ends_ns + SECOND, frequency_hz=uplink.frequency_hz)
            ]
        )
    )
    assert not of(events.Received, network.send())
    after = network.mac.session
    assert before is not None
    assert after is not None
    assert after.downlink_counter == before.downlink_counter


def test_a_confirmed_uplink_is_acknowledged() -> None:
    network = Network().joined()
    told = network.send(confirmed=True)
    assert [type(event) for event in told] == [
        events.TxDone,
        events.Received,
        events.Acknowledged,
        events.Ended,
    ]
    assert len(network.heard()) == 1
    assert network.heard()[0].confirmed


def test_without_an_acknowledgement_it_is_sent_again_with_the_same_counter() -> None:
    network = Network().joined()
    network.server.running = False
    network.mac.retries = 4
    told = network.send(confirmed=True)
    sent = network.sent()[1:]
    assert len(sent) == 4
    assert len({it.phy for it in sent}) == 1
    assert [type(event) for event in told[-2:]] == [events.Unacknowledged, events.Ended]
    over_ns = 2 * SECOND + 8 * SYMBOL_DR0_NS
    for first, second in pairwise(sent):
        pause_ns = second.at_ns - first.ends_ns - over_ns
        assert pause_ns >= SECOND
    session = network.mac.session
    assert session is not None
    assert session.uplink_counter == 1


def test_a_lost_acknowledgement_is_sent_again_and_the_uplink_counts_once() -> None:
    network = Network().joined()
    network.air.loss_down = 1.0
    network.mac.retries = 2
    assert of(events.Unacknowledged, network.send(confirmed=True))
    assert (len(network.heard()), network.server.repeated) == (1, 1)
    network.air.loss_down = 0.0
    assert of(events.Acknowledged, network.send(confirmed=True))
    assert [it.counter for it in network.heard()] == [0, 1]


@pytest.mark.parametrize("loss", [0.2, 0.6])
def test_with_loss_an_acknowledged_uplink_was_heard_and_all_count_once(loss: float) -> None:
    network = Network(seed=5)
    while not network.mac.joined:
        network.join()
    network.air.loss_up = network.air.loss_down = loss
    acknowledged = [
        number
        for number in range(60)
        if of(events.Acknowledged, network.send(bytes([number]), confirmed=True))
    ]
    heard = [it.payload[0] for it in network.heard()]
    assert set(acknowledged) <= set(heard)
    assert heard == sorted(set(heard))
    assert len(acknowledged) > 60 * (1 - loss)
    assert network.air.lost


def test_a_confirmed_downlink_is_acknowledged_with_the_next_uplink() -> None:
    network = Network().joined()
    network.server.push(DEV_EUI, Queued(10, b"hello", confirmed=True), network.now_ns)
    network.send()
    network.send()
    network.send()
    acks = [frames.header(it.phy).ack for it in network.sent()[1:]]
    assert acks == [False, True, False]


def test_what_is_not_possible_is_refused_and_changes_nothing() -> None:
    network = Network()
    with pytest.raises(events.NotJoined):
        network.mac.send(2, b"", False, 0)
    network.joined()
    now_ns = network.now_ns
    with pytest.raises(events.TooLong) as too_long:
        network.mac.send(2, b"\0" * 223, False, now_ns)
    assert too_long.value.limit == network.mac.max_payload() == 222
    with pytest.raises(ValueError, match="port 0"):
        network.mac.send(0, b"", False, now_ns)
    network.mac.send(2, b"", False, now_ns)
    calls: list[Callable[[], None]] = [
        lambda: network.mac.send(2, b"", False, now_ns),
        lambda: network.mac.join(now_ns),
        lambda: network.mac.restore(None),
    ]
    for refused in calls:
        with pytest.raises(events.MacBusy):
            refused()
    assert [len(it.phy) for it in network.sent()] == [23, 13]


def test_without_keys_there_is_no_join() -> None:
    network = Network()
    network.mac.power_cycle(0)
    with pytest.raises(events.NoKeys):
        network.mac.join(0)
    with pytest.raises(ValueError, match="16"):
        network.mac.set_keys(JOIN_EUI, APP_KEY[2:])


def test_counted_nonces_go_on_after_a_power_cut_and_are_never_used_twice() -> None:
    network = Network()
    for _ in range(20):
        network.joined()
        network.mac.power_cycle(network.now_ns)
        network.mac.set_keys(JOIN_EUI, APP_KEY)
    nonces = [frames.read_join_request(it.phy).dev_nonce for it in network.sent()]
    assert nonces == list(range(20))
    assert not network.server.refused


def test_when_all_nonces_are_used_up_there_is_no_join() -> None:
    network = Network()
    network.memory.dev_nonce = 65_535
    network.joined()
    with pytest.raises(events.NoKeys, match="used up"):
        network.mac.join(network.now_ns + 3600 * SECOND)


def test_a_forgotten_nonce_is_refused_for_ever() -> None:
    network = Network().joined()
    network.memory.dev_nonce = 0
    network.server.restart(sessions_kept=False)
    assert of(events.JoinFailed, network.join())
    assert network.server.refused == {"dev_nonce": 1}
    assert of(events.Joined, network.join())


def test_random_nonces_are_drawn_from_all() -> None:
    network = Network(nonces=Nonces.RANDOM)
    network.mac.duty_cycle = False
    for _ in range(40):
        network.join()
    nonces = {frames.read_join_request(it.phy).dev_nonce for it in network.sent()}
    assert max(nonces) > 255
    assert network.memory == Memory()


def test_a_power_cut_in_mid_send_is_heard_by_nobody_and_forgets_the_session() -> None:
    network = Network().joined()
    network.mac.send(2, b"\1", True, network.now_ns)
    network.mac.power_cycle(network.now_ns + 10_000_000)
    assert not network.mac.busy
    assert not network.mac.joined
    assert network.mac.next_ns() is None
    assert network.mac.step(network.now_ns + 3600 * SECOND) == []
    assert network.heard() == []


def test_what_was_sent_before_a_power_cut_is_heard() -> None:
    network = Network().joined()
    network.mac.send(2, b"\1", True, network.now_ns)
    network.mac.power_cycle(network.now_ns + SECOND)
    assert len(network.heard()) == 1


def test_a_session_that_was_saved_goes_on() -> None:
    network = Network().joined()
    network.send()
    network.memory.session = network.mac.session
    network.mac.power_cycle(network.now_ns)
    network.mac.restore(network.memory.session)
    network.mac.data_rate = 5
    assert of(events.Acknowledged, network.send(confirmed=True))
    assert [it.counter for it in network.heard()] == [0, 1]


def test_with_an_old_counter_the_network_hears_nothing() -> None:
    network = Network().joined()
    saved = network.mac.session
    for _ in range(5):
        network.send()
    network.mac.power_cycle(network.now_ns)
    network.mac.restore(saved)
    network.mac.data_rate = 5
    assert not of(events.Acknowledged, network.send(confirmed=True))
    assert len(network.heard()) == 5
    assert network.server.refused["counter"] == 8


def test_after_many_lost_frames_the_counter_is_still_believed() -> None:
    network = Network().joined()
    network.send()
    session = network.mac.session
    assert session is not None
    session.uplink_counter = 16_000
    network.mac.restore(session)
    network.send()
    session.uplink_counter = 65_530 - 40_000
    for counter in (31_000, 47_000, 63_000, 65_535, 65_536, 70_000):
        session.uplink_counter = counter
        network.mac.restore(session)
        network.send()
    assert [it.counter for it in network.heard()][1:] == [
        16_000,
        31_000,
        47_000,
        63_000,
        65_535,
        65_536,
        70_000,
    ]


def test_an_empty_counter_ends_the_session() -> None:
    network = Network().joined()
    session = network.mac.session
    assert session is not None
    session.uplink_counter = 2**32
    network.mac.restore(session)
    with pytest.raises(events.NotJoined):
        network.mac.send(2, b"", False, network.now_ns)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 3_000_000_000), max_size=60))
def test_late_steps_tell_the_same_at_the_same_times(steps: list[int]) -> None:
    def run(pauses: list[int]) -> list[events.MacEvent]:
        network = Network(seed=7).joined()
        network.server.push(DEV_EUI, Queued(10, b"hello"), network.now_ns)
        now_ns = network.now_ns
        network.mac.send(2, b"\1", True, now_ns)
        told: list[events.MacEvent] = []
        for pause in pauses:
            now_ns += pause
            told += network.mac.step(now_ns)
        return told + network.mac.step(now_ns + 3600 * SECOND)

    assert run(steps) == run([])
