"""What the modem's own duty cycle promises, and what it does not."""

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.lorawan.eu868 import SubBand, sub_band
from drivers.lorawan.radio import commands, events
from drivers.lorawan.radio.air import Transmission
from tests.drivers.lorawan.radio.network import DEV_EUI, HOUR, SECOND, Network, of


def _by_band(sent: list[Transmission]) -> dict[SubBand, list[Transmission]]:
    bands: dict[SubBand, list[Transmission]] = defaultdict(list)
    for it in sent:
        bands[sub_band(it.frequency_hz)].append(it)
    return bands


def _most_in_an_hour(sent: list[Transmission]) -> int:
    """Airtime (ns): an hour holds most when it begins with a frame, or ends with one."""
    begins = [it.at_ns for it in sent] + [it.ends_ns - HOUR for it in sent]
    return max(
        sum(max(min(it.ends_ns, begin + HOUR) - max(it.at_ns, begin), 0) for it in sent)
        for begin in begins
    )


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 51), st.booleans(), st.integers(0, 300 * SECOND)
        ),
        min_size=5,
        max_size=60,
    ),
    st.integers(0, 1000),
)
def test_over_any_traffic_no_sub_band_has_more_than_its_share(
    traffic: list[tuple[int, int, bool, int]], seed: int
) -> None:
    network = Network(loss_down=0.3, seed=seed)
    while not network.mac.joined:
        network.join()
    network.mac.retries = 3
    for data_rate, size, confirmed, pause_ns in traffic:
        network.mac.data_rate = data_rate
        network.send(b"\0" * min(size, network.mac.max_payload()), confirmed=confirmed)
        network.now_ns += pause_ns
    for band, sent in _by_band(network.sent()).items():
        for first, second in pairwise(sent):
            assert second.at_ns - first.ends_ns >= band.off_ns(first.airtime_ns)
        # An hour that begins with a frame may end in another: the silence of one frame too much.
        longest_ns = max(it.airtime_ns for it in sent)
        share_ns = HOUR * band.duty_permille // 1000
        assert _most_in_an_hour(sent) <= share_ns + longest_ns


def test_when_all_is_used_up_it_says_for_how_long_exactly() -> None:
    network = Network().joined()
    network.mac.data_rate = 0
    for _ in range(2):
        network.mac.send(2, b"\0" * 40, False, network.now_ns)
        network.finish()
    with pytest.raises(events.NoChannel) as refused:
        network.mac.send(2, b"\0" * 40, False, network.now_ns)
    wait_ns = refused.value.wait_ns
    assert 200 * SECOND < wait_ns < 300 * SECOND
    with pytest.raises(events.NoChannel):
        network.mac.send(2, b"", False, network.now_ns + wait_ns - 1)
    network.mac.send(2, b"", False, network.now_ns + wait_ns)


def test_a_join_has_only_the_three_default_channels() -> None:
    network = Network()
    network.mac.data_rate = 0
    network.joined()
    with pytest.raises(events.NoChannel) as refused:
        network.mac.join(network.now_ns)
    assert 130 * SECOND < refused.value.wait_ns < 147 * SECOND
    assert network.mac.joined


def test_without_a_duty_cycle_it_sends_at_once() -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    begun_ns = network.now_ns
    for _ in range(30):
        network.mac.data_rate = 0
        network.mac.send(2, b"\0" * 20, False, network.now_ns)
        network.finish()
    assert network.now_ns - begun_ns < 30 * 6 * SECOND


def test_a_power_cut_forgets_the_silence() -> None:
    network = Network()
    network.mac.data_rate = 0
    network.joined()
    saved = network.mac.session
    network.mac.power_cycle(network.now_ns)
    network.mac.restore(saved)
    for _ in range(2):
        network.mac.send(2, b"\0" * 40, False, network.now_ns)
        network.finish()
    assert len(network.sent()) == 3


def test_the_network_can_ask_for_less() -> None:
    network = Network().joined()
    network.server.request(DEV_EUI, commands.DutyCycleReq(10))
    network.send()
    network.send()
    last = network.sent()[-1]
    with pytest.raises(events.NoChannel):
        network.mac.send(2, b"", False, network.now_ns)
    network.send()
    again = network.sent()[-1]
    assert again.at_ns - last.ends_ns >= 1023 * last.airtime_ns
    assert network.server.member(DEV_EUI).answers == [commands.DutyCycleAns()]


def test_retransmissions_wait_for_the_duty_cycle_too() -> None:
    network = Network().joined()
    network.server.running = False
    network.mac.data_rate, network.mac.retries = 0, 4
    assert of(events.Unacknowledged, network.send(b"\0" * 40, confirmed=True))
    sent = network.sent()
    assert sent[-1].at_ns - sent[1].at_ns > 200 * SECOND
