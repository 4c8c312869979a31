"""What `gateway status` tells of a LoRaWAN uplink: a part of the document of gateway/status.py."""

from typing import TYPE_CHECKING

import msgspec

from gateway.airtime.told import Told

if TYPE_CHECKING:  # who only reads the document needs no carrier
    from gateway.lorawan import Carrier, Link


class LinkStatus(msgspec.Struct, frozen=True):
    """A modem and its session; null while none has answered, or it is not joined.

    `room` bytes fit a frame; `airtime` is the ledger.
    """

    family: str | None
    firmware: str | None
    dev_eui: str | None
    dev_addr: str | None
    data_rate: int | None
    room: int
    airtime: Told


class RadioStatus(msgspec.Struct, frozen=True):
    """`wanted`: whether the radio carries now, or stands by.

    `interval_s` is that of rows, `rows` wait to be told for the first time.
    """

    wanted: bool
    interval_s: int
    rows: int
    link: LinkStatus


def radio_status(carrier: "Carrier") -> RadioStatus:
    """As it stands now."""
    return RadioStatus(
        carrier.gate.is_open, carrier.interval_s, carrier.waiting, link_status(carrier.link)
    )


def link_status(link: "Link") -> LinkStatus:
    """As it stands now."""
    who, session = link.identity, link.session
    data_rate = 0 if session is None else session.data_rate
    return LinkStatus(
        None if who is None else who.family,
        None if who is None else who.firmware,
        None if who is None else who.dev_eui,
        None if session is None else session.dev_addr,
        None if session is None else session.data_rate,
        link.room,
        link.ledger.told(link.room, data_rate),
    )
