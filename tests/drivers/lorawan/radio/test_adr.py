"""The network moves data rate, channels and windows, and the device steps down when it is alone."""

import pytest

from drivers.lorawan.airtime import airtime_ns
from drivers.lorawan.radio import commands, events, frames
from drivers.lorawan.radio.commands import KEEP, Downward, LinkADRReq, Upward
from drivers.lorawan.radio.membership import Queued
from drivers.lorawan.radio.obeying import Link, Outbox, obey
from drivers.lorawan.radio.session import Channel, Session
from tests.drivers.lorawan.radio.network import DEV_EUI, SECOND, Network, of

FIRST_THREE = 0b111


def _link(adr: bool = True) -> Link:
    return Link(adr=adr, data_rate=2, session=Session(1, b"", b""))


@pytest.mark.parametrize("data_rate", [0, 3, 5])
def test_the_network_sets_the_data_rate(data_rate: int) -> None:
    network = Network().joined()
    network.server.set_data_rate(DEV_EUI, data_rate)
    network.send()
    assert network.mac.data_rate == data_rate
    network.send()
    assert network.heard()[-1].data_rate == data_rate
    member = network.server.member(DEV_EUI)
    assert member.answers == [commands.LinkADRAns(7)]
    assert member.requests == []
    network.send()
    assert len(network.answered()) == 2


def test_it_asks_until_it_is_answered() -> None:
    network = Network().joined()
    network.server.set_data_rate(DEV_EUI, 3)
    network.air.loss_down = 1.0
    for _ in range(3):
        network.send()
    assert network.mac.data_rate == 5
    network.air.loss_down = 0.0
    network.send()
    assert network.mac.data_rate == 3


def test_an_answer_to_the_network_takes_room_from_the_payload() -> None:
    network = Network().joined()
    network.server.set_data_rate(DEV_EUI, 0)
    network.server.request(DEV_EUI, commands.DevStatusReq())
    network.send()
    assert network.mac.max_payload() == 51 - 2 - 3
    with pytest.raises(events.TooLong) as too_long:
        network.mac.send(2, b"\0" * 51, False, network.now_ns)
    assert too_long.value.limit == 46
    network.send(b"\0" * 46)
    assert len(network.sent()[-1].phy) == 51 + 13
    assert network.mac.max_payload() == 51


def test_a_device_without_adr_keeps_its_data_rate_and_says_so() -> None:
    network = Network().joined()
    network.mac.adr = False
    network.server.set_data_rate(DEV_EUI, 0)
    network.send()
    network.send()
    assert network.mac.data_rate == 5
    assert network.server.member(DEV_EUI).answers == [commands.LinkADRAns(0b101)]
    assert not network.heard()[-1].adr


def test_unconfirmed_uplinks_are_repeated_as_the_network_says_and_count_once() -> None:
    network = Network().joined()
    network.server.set_data_rate(DEV_EUI, 5, transmissions=3)
    network.send()
    before = len(network.sent())
    network.send()
    network.send()
    assert len(network.sent()) == before + 6
    assert [it.counter for it in network.heard()] == [0, 1, 2]
    assert network.server.repeated == 4


def test_a_downlink_ends_the_repetitions() -> None:
    network = Network().joined()
    network.server.set_data_rate(DEV_EUI, 5, transmissions=3)
    network.send()
    network.send()
    network.server.push(DEV_EUI, Queued(1, b"enough"), network.now_ns)
    before = len(network.sent())
    network.send()
    assert len(network.sent()) == before + 1


@pytest.mark.parametrize(
    ("request_", "taken"),
    [
        (LinkADRReq(data_rate=5), 0b111),
        (LinkADRReq(data_rate=KEEP), 0b111),
        (LinkADRReq(data_rate=5, mask=0b101, mask_control=0), 0b111),
        (LinkADRReq(data_rate=6), 0b101),
        (LinkADRReq(data_rate=8), 0b101),
        (LinkADRReq(data_rate=5, power=9), 0b011),
        (LinkADRReq(data_rate=5, mask=0b1000, mask_control=0), 0b100),
        (LinkADRReq(data_rate=5, mask=0, mask_control=0), 0b100),
        (LinkADRReq(data_rate=5, mask=1, mask_control=3), 0b100),
    ],
)
def test_what_cannot_be_is_refused_as_a_whole(request_: LinkADRReq, taken: int) -> None:
    link = _link()
    before = (link.data_rate, link.session)
    assert obey([request_], link, 0) == [commands.LinkADRAns(taken)]
    if taken == 0b111:
        assert link.data_rate == (5 if request_.data_rate == 5 else 2)
        assert link.session is not None
        assert link.session.mask == (request_.mask or FIRST_THREE)
    else:
        assert (link.data_rate, link.session) == before
        assert link.session is not None
        assert link.session.mask == FIRST_THREE


def test_requests_that_follow_each_other_are_one_and_each_is_answered() -> None:
    link = _link()
    block: list[Downward] = [
        LinkADRReq(data_rate=5, mask=0b1000, mask_control=0),
        LinkADRReq(data_rate=4, mask=0b001, mask_control=0, transmissions=2),
    ]
    assert obey(block, link, 0) == [commands.LinkADRAns(7)] * 2
    assert link.session is not None
    assert (link.data_rate, link.session.mask, link.session.transmissions) == (4, 1, 2)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (commands.RXParamSetupReq(3, 1, 0, 8_695_250), commands.RXParamSetupAns(0b111)),
        (commands.RXParamSetupReq(8, 1, 0, 8_695_250), commands.RXParamSetupAns(0b101)),
        (commands.RXParamSetupReq(3, 6, 0, 8_695_250), commands.RXParamSetupAns(0b011)),
        (commands.RXParamSetupReq(3, 1, 0, 9_000_000), commands.RXParamSetupAns(0b110)),
        (commands.NewChannelReq(3, 8_671_000), commands.NewChannelAns(0b11)),
        (commands.NewChannelReq(2, 8_671_000), commands.NewChannelAns(0b10)),
        (commands.NewChannelReq(16, 8_671_000), commands.NewChannelAns(0b10)),
        (commands.NewChannelReq(3, 8_687_000 - 500), commands.NewChannelAns(0b10)),
        (commands.NewChannelReq(3, 8_671_000, 5, 0), commands.NewChannelAns(0b01)),
        (commands.DevStatusReq(), commands.DevStatusAns(255, 0x3D)),
        (commands.RXTimingSetupReq(0), commands.RXTimingSetupAns()),
        (commands.DutyCycleReq(3), commands.DutyCycleAns()),
        (commands.LinkCheckAns(1, 1), None),
    ],
)
def test_other_requests(request_: Downward, answer: Upward | None) -> None:
    assert obey([request_], _link(), -3.2) == ([answer] if answer else [])


def test_a_new_channel_is_used_and_may_be_taken_away() -> None:
    link = _link()
    obey([commands.NewChannelReq(4, 8_679_000, 0, 6)], link, 0)
    assert link.session is not None
    assert link.session.channels[4] == Channel(867_900_000, 0, 6)
    assert link.session.mask == 0b10111
    assert obey([LinkADRReq(data_rate=6)], link, 0) == [commands.LinkADRAns(7)]
    obey([commands.NewChannelReq(4, 0)], link, 0)
    assert link.session.channels[4] is None
    assert link.session.mask == FIRST_THREE


def test_only_the_channels_of_the_mask_are_used() -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    mask = 0b10010
    network.server.request(DEV_EUI, LinkADRReq(data_rate=5, mask=mask, mask_control=0))
    network.send()
    before = len(network.sent())
    for _ in range(40):
        network.send()
    used = {it.frequency_hz for it in network.sent()[before:]}
    assert used == {868_300_000, 867_300_000}


def test_all_channels_are_used() -> None:
    network = Network().joined()
    for _ in range(60):
        network.send()
    assert len({it.frequency_hz for it in network.sent()}) == 8


def test_both_sides_move_their_windows_together() -> None:
    network = Network().joined()
    network.server.request(DEV_EUI, commands.RXTimingSetupReq(3))
    network.server.request(DEV_EUI, commands.RXParamSetupReq(2, 2, 0, 8_695_250))
    network.send()
    assert of(events.Received, network.send(confirmed=True))
    downlink, uplink = network.answered()[-1], network.sent()[-1]
    assert downlink.at_ns - uplink.ends_ns == 3 * SECOND
    assert downlink.data_rate == 3


def test_answers_about_windows_are_repeated_until_the_network_is_heard() -> None:
    network = Network().joined()
    network.server.request(DEV_EUI, commands.RXTimingSetupReq(3))
    network.server.request(DEV_EUI, commands.DevStatusReq())
    network.send()
    network.server.running = False
    told = [frames.header(network.sent()[-1].phy).fopts for _ in range(3) if network.send()]
    assert [len(fopts) for fopts in told] == [1 + 3, 1, 1]
    network.server.running = True
    network.send(confirmed=True)
    network.send()
    # Only what was lost meanwhile, and asked for again.
    assert frames.header(network.sent()[-1].phy).fopts[:1] == b"\x06"
    network.send()
    assert frames.header(network.sent()[-1].phy).fopts == b""


def test_more_answers_than_a_frame_takes_follow_in_the_next() -> None:
    outbox = Outbox()
    for _ in range(9):
        outbox.add(commands.LinkADRAns(7))
    assert len(outbox.fopts()) == 14
    outbox.sent()
    assert len(outbox.fopts()) == 4


def test_a_device_that_hears_nothing_asks_and_then_lowers_its_data_rate() -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    network.server.running = False
    rates, asks = [], []
    for _ in range(64 + 5 * 32 + 40):
        rates.append(network.mac.data_rate)
        network.send(b"")
        asks.append(frames.header(network.sent()[-1].phy).adr_ack_request)
    assert asks.index(True) == 64
    assert [rates.index(rate) for rate in (4, 3, 2, 1, 0)] == [96, 128, 160, 192, 224]
    assert not asks[-1]
    network.server.running = True
    network.mac.data_rate = 1
    network.send(b"")
    assert frames.header(network.sent()[-1].phy).adr_ack_request
    network.send(b"")
    assert not frames.header(network.sent()[-1].phy).adr_ack_request


def test_at_the_lowest_data_rate_all_default_channels_are_tried() -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    network.mac.data_rate = 0
    session = network.mac.session
    assert session is not None
    session.mask, session.transmissions = 0b1000, 2
    network.mac.restore(session)
    network.server.running = False
    for _ in range(96):
        network.send(b"")
    after = network.mac.session
    assert after is not None
    assert (after.mask, after.transmissions) == (0b1111, 1)


def test_any_downlink_keeps_the_data_rate() -> None:
    network = Network().joined()
    network.mac.duty_cycle = False
    for _ in range(200):
        network.send(b"")
    assert network.mac.data_rate == 5
    assert len(network.answered()) == 1 + 200 // 65


def test_a_device_without_adr_never_lowers_its_data_rate() -> None:
    network = Network().joined()
    network.mac.duty_cycle = network.mac.adr = False
    network.server.running = False
    for _ in range(100):
        network.send(b"")
    assert network.mac.data_rate == 5
    assert not frames.header(network.sent()[-1].phy).adr_ack_request


def test_a_link_check_is_answered() -> None:
    network = Network().joined()
    network.mac.ask_link()
    assert network.mac.max_payload() == 221
    [checked] = of(events.LinkChecked, network.send())
    assert checked.gateways == 1
    assert network.mac.max_payload() == 222


def test_the_time_is_told_of_the_end_of_the_uplink() -> None:
    network = Network().joined()
    network.now_ns = 1_234_567_891_234
    network.mac.ask_time()
    [told] = of(events.TimeTold, network.send())
    assert told.sent_ns == 1_234_567_891_234 + airtime_ns(13 + 1 + 2, 5)
    gps_ns = 1_780_000_000 * SECOND + told.sent_ns - (315_964_800 - 18) * SECOND
    assert 0 <= gps_ns - told.gps_ns < SECOND // 256
