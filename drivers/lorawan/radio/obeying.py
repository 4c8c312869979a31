"""What a simulated end device does at the network's word: MAC commands, and what it answers.

A request is obeyed as a whole or not at all. LinkADRReqs that follow each other are one request,
and each of them is answered. Power is taken, and means nothing in this air.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from drivers.lorawan.eu868 import DATA_RATES, DEFAULT_CHANNELS_HZ, sub_band
from drivers.lorawan.radio import commands as mac
from drivers.lorawan.radio.channels import DutyCycle
from drivers.lorawan.radio.frames import MOST_FOPTS
from drivers.lorawan.radio.session import MOST_CHANNELS, Channel, Session

_MOST_POWER = 7
_MOST_OFFSET = 5
_UNTIL_HEARD = (mac.RXParamSetupAns, mac.RXTimingSetupAns)
"""Answers that are repeated until a downlink shows that they came (sections 5.4 and 5.7)."""


@dataclass
class Link:
    """How a device sends, as far as the network may change it."""

    adr: bool = True
    data_rate: int = 0
    duty_cycle: DutyCycle = field(default_factory=DutyCycle)
    session: Session | None = None


class Outbox:
    """MAC commands that wait for an uplink."""

    def __init__(self) -> None:
        self._waiting: list[mac.Upward] = []

    def add(self, command: mac.Upward) -> None:
        """One of a kind is enough, but each LinkADRReq is answered."""
        if command not in self._waiting or isinstance(command, mac.LinkADRAns):
            self._waiting.append(command)

    def fopts(self) -> bytes:
        """As many whole commands as a frame takes."""
        return b"".join(mac.pack(command) for command in self._fitting())

    def sent(self) -> None:
        """What `fopts` told is on its way."""
        kept = [command for command in self._fitting() if isinstance(command, _UNTIL_HEARD)]
        self._waiting = kept + self._waiting[len(self._fitting()) :]

    def heard(self) -> None:
        """A downlink came, so the network knows what was sent before it."""
        self._waiting = [known for known in self._waiting if not isinstance(known, _UNTIL_HEARD)]

    def _fitting(self) -> list[mac.Upward]:
        size = 0
        for number, command in enumerate(self._waiting):
            size += len(mac.pack(command))
            if size > MOST_FOPTS:
                return self._waiting[:number]
        return self._waiting


def obey(requests: Iterable[mac.Downward], link: Link, snr: float) -> list[mac.Upward]:
    """What it answers; answers of the network to its own questions are passed over."""
    answers: list[mac.Upward] = []
    for kind, same in groupby(requests, type):
        block = list(same)
        if kind is mac.LinkADRReq:
            taken = _adr(
                [request for request in block if isinstance(request, mac.LinkADRReq)], link
            )
            answers += [mac.LinkADRAns(taken)] * len(block)
        else:
            answers += [answer for request in block if (answer := _one(request, link, snr))]
    return answers


def _one(request: mac.Downward, link: Link, snr: float) -> mac.Upward | None:
    match request:
        case mac.DutyCycleReq():
            link.duty_cycle.exponent = request.exponent & 15
            return mac.DutyCycleAns()
        case mac.RXParamSetupReq():
            return _windows(request, link)
        case mac.DevStatusReq():
            return mac.DevStatusAns(mac.BATTERY_UNKNOWN, max(-32, min(31, round(snr))) & 0x3F)
        case mac.NewChannelReq():
            return _channel(request, link)
        case mac.RXTimingSetupReq():
            session = _joined(link)
            session.windows = session.windows._replace(delay_s=request.delay_s & 15 or 1)
            return mac.RXTimingSetupAns()
    return None


def _adr(block: list[mac.LinkADRReq], link: Link) -> int:
    session, last = _joined(link), block[-1]
    defined = sum(1 << number for number, channel in enumerate(session.channels) if channel)
    mask = session.mask
    for request in block:
        mask = {0: request.mask, mac.ALL_CHANNELS: defined}.get(request.mask_control, 0)
    data_rate = link.data_rate if last.data_rate == mac.KEEP else last.data_rate
    channels_fit = mask != 0 and not mask & ~defined
    rate_fits = last.data_rate == mac.KEEP or (link.adr and _has(session, mask, data_rate))
    power_fits = last.power == mac.KEEP or (link.adr and last.power <= _MOST_POWER)
    if channels_fit and rate_fits and power_fits:
        link.data_rate, session.mask = data_rate, mask
        session.transmissions = last.transmissions or 1
    return channels_fit | rate_fits << 1 | power_fits << 2


def _has(session: Session, mask: int, data_rate: int) -> bool:
    return any(
        channel.least_data_rate <= data_rate <= channel.most_data_rate
        for number, channel in enumerate(session.channels)
        if channel and mask >> number & 1
    )


def _windows(request: mac.RXParamSetupReq, link: Link) -> mac.Upward:
    session, frequency_hz = _joined(link), request.frequency * mac.UNIT_HZ
    frequency_fits = _in_region(frequency_hz)
    rate_fits = request.rx2_data_rate < len(DATA_RATES)
    offset_fits = request.rx1_offset <= _MOST_OFFSET
    if frequency_fits and rate_fits and offset_fits:
        session.windows = session.windows._replace(
            rx1_offset=request.rx1_offset, rx2_hz=frequency_hz, rx2_data_rate=request.rx2_data_rate
        )
    return mac.RXParamSetupAns(frequency_fits | rate_fits << 1 | offset_fits << 2)


def _channel(request: mac.NewChannelReq, link: Link) -> mac.Upward:
    session, frequency_hz = _joined(link), request.frequency * mac.UNIT_HZ
    free = len(DEFAULT_CHANNELS_HZ) <= request.number < MOST_CHANNELS
    frequency_fits = free and (frequency_hz == 0 or _in_region(frequency_hz))
    rates_fit = request.least_data_rate <= request.most_data_rate < len(DATA_RATES)
    if frequency_fits and rates_fit:
        new = Channel(frequency_hz, request.least_data_rate, request.most_data_rate)
        set_channel(session, request.number, new if frequency_hz else None)
    return mac.NewChannelAns(frequency_fits | rates_fit << 1)


def set_channel(session: Session, index: int, channel: Channel | None) -> None:
    """Define it and use it, or take it away."""
    channels, bit = list(session.channels), 1 << index
    channels[index] = channel
    session.channels = tuple(channels)
    session.mask = session.mask | bit if channel else session.mask & ~bit


def _in_region(frequency_hz: int) -> bool:
    try:
        sub_band(frequency_hz)
    except ValueError:
        return False
    return True


def _joined(link: Link) -> Session:
    assert link.session is not None, "commands come in a session"
    return link.session
