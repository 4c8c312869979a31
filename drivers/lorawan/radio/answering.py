"""What a network server says in a downlink: acknowledgement, MAC commands, a payload."""

from collections.abc import Iterable

from drivers.lorawan.airtime import airtime_ns
from drivers.lorawan.eu868 import DATA_RATES
from drivers.lorawan.radio import clock_sync, commands, frames
from drivers.lorawan.radio.air import NETWORK, Levels, Transmission
from drivers.lorawan.radio.membership import Member, NetworkSession, Queued
from drivers.lorawan.radio.transceiver import SECOND, Window

_FLOORS_DB = (-20.0, -17.5, -15.0, -12.5, -10.0, -7.5, -7.5, -7.5)
"""SNR at which a data rate can just be demodulated."""


def answers(
    said: Iterable[commands.Upward], uplink: Transmission, levels: Levels, ended_utc_ns: int
) -> list[commands.Downward]:
    """To the questions of a device."""
    told: list[commands.Downward] = []
    for command in said:
        if isinstance(command, commands.LinkCheckReq):
            margin = max(round(levels.snr - _FLOORS_DB[uplink.data_rate]), 0)
            told.append(commands.LinkCheckAns(margin, 1))
        elif isinstance(command, commands.DeviceTimeReq):
            seconds, rest_ns = divmod(clock_sync.gps_ns(ended_utc_ns), SECOND)
            told.append(commands.DeviceTimeAns(seconds % 2**32, rest_ns * 256 // SECOND))
    return told


def settle(member: Member, session: NetworkSession, said: Iterable[commands.Upward]) -> None:
    """What the device has answered need not be asked again; its windows are where it says."""
    for command in said:
        cid = commands.cid(command)
        asked = next((it for it in member.requests if commands.cid(it) == cid), None)
        if asked is None:
            continue
        member.requests.remove(asked)
        member.answers.append(command)
        if isinstance(asked, commands.RXTimingSetupReq):
            session.windows = session.windows._replace(delay_s=asked.delay_s or 1)
        elif isinstance(asked, commands.RXParamSetupReq) and command == commands.RXParamSetupAns(7):
            session.windows = session.windows._replace(
                rx1_offset=asked.rx1_offset,
                rx2_data_rate=asked.rx2_data_rate,
                rx2_hz=asked.frequency * commands.UNIT_HZ,
            )


def fopts(wanted: Iterable[commands.Downward]) -> bytes:
    """As many of them as fit, in their order."""
    packed = b""
    for command in wanted:
        more = packed + commands.pack(command)
        if len(more) > frames.MOST_FOPTS:
            break
        packed = more
    return packed


def fits(item: Queued, beside: bytes, window: Window) -> bool:
    """Whether it can go there."""
    return len(item.payload) + len(beside) <= DATA_RATES[window.data_rate].max_payload


def transmission(phy: bytes, window: Window) -> Transmission:
    """A downlink that begins as the window opens."""
    airtime = airtime_ns(len(phy), window.data_rate, crc=False)
    return Transmission(window.at_ns, airtime, window.frequency_hz, window.data_rate, phy, NETWORK)
