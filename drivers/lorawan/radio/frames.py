"""Frames of LoRaWAN 1.0.3 (section 4 and 6.2): bytes to what they say and back.

`counter` has 32 bits, of which the air carries the lower 16: whoever reads a frame has to know the
upper ones first, because the MIC and the cipher go by all of them (`full_counter`).
"""

from enum import IntEnum
from typing import NamedTuple

from drivers.lorawan.radio.security import MIC_BYTES, crypt, data_mic, decrypt, encrypt, mic

MOST_FOPTS = 15
MAX_FCNT_GAP = 16_384
"""Frames that may be lost in a row before a receiver takes a counter for an old one."""
_HEADER = 8
"""MHDR, DevAddr, FCtrl, FCnt."""
_CF_LIST_CHANNELS = 5


class Kind(IntEnum):
    """MType."""

    JOIN_REQUEST = 0
    JOIN_ACCEPT = 1
    UNCONFIRMED_UP = 2
    UNCONFIRMED_DOWN = 3
    CONFIRMED_UP = 4
    CONFIRMED_DOWN = 5


class JoinRequest(NamedTuple):
    """EUIs are 16 hex digits, as they are printed on a device."""

    join_eui: str
    dev_eui: str
    dev_nonce: int


class JoinAccept(NamedTuple):
    """`rx_delay_s` 0 stands for 1; `channels_hz` at most five, the CFList."""

    app_nonce: int
    net_id: int
    dev_addr: int
    rx1_offset: int = 0
    rx2_data_rate: int = 0
    rx_delay_s: int = 1
    channels_hz: tuple[int, ...] = ()


class Data(NamedTuple):
    """A data frame. Without a port there is no payload; that of port 0 holds MAC commands."""

    uplink: bool
    confirmed: bool
    dev_addr: int
    counter: int
    adr: bool = False
    adr_ack_request: bool = False
    ack: bool = False
    pending: bool = False
    fopts: bytes = b""
    port: int | None = None
    payload: bytes = b""


def kind(phy: bytes) -> Kind:
    """What a frame is. Raises ValueError if it is none of LoRaWAN 1.0."""
    if not phy:
        raise ValueError("an empty frame")
    if phy[0] & 0x1F:
        raise ValueError(f"MHDR {phy[0]:02x} is not of LoRaWAN R1")
    return Kind(phy[0] >> 5)


def build_join_request(request: JoinRequest, app_key: bytes) -> bytes:
    """23 bytes."""
    message = (
        bytes([Kind.JOIN_REQUEST << 5])
        + bytes.fromhex(request.join_eui)[::-1]
        + bytes.fromhex(request.dev_eui)[::-1]
        + request.dev_nonce.to_bytes(2, "little")
    )
    return message + mic(app_key, message)


def read_join_request(phy: bytes) -> JoinRequest:
    """Raises ValueError. Who sent it has to be known first: the MIC is checked by `is_of`."""
    _expect(phy, Kind.JOIN_REQUEST, len(phy) == 23)
    return JoinRequest(
        phy[8:0:-1].hex().upper(), phy[16:8:-1].hex().upper(), int.from_bytes(phy[17:19], "little")
    )


def is_of(phy: bytes, app_key: bytes) -> bool:
    """Whether the MIC of a JoinRequest is made with that AppKey."""
    return mic(app_key, phy[:-MIC_BYTES]) == phy[-MIC_BYTES:]


def build_join_accept(accept: JoinAccept, app_key: bytes) -> bytes:
    """17 bytes, or 33 with channels, enciphered."""
    header = bytes([Kind.JOIN_ACCEPT << 5])
    body = (
        accept.app_nonce.to_bytes(3, "little")
        + accept.net_id.to_bytes(3, "little")
        + accept.dev_addr.to_bytes(4, "little")
        + bytes((accept.rx1_offset << 4 | accept.rx2_data_rate, accept.rx_delay_s))
        + _cf_list(accept.channels_hz)
    )
    return header + decrypt(app_key, body + mic(app_key, header + body))


def read_join_accept(phy: bytes, app_key: bytes) -> JoinAccept:
    """Raises ValueError, also if it is not for this AppKey."""
    _expect(phy, Kind.JOIN_ACCEPT, len(phy) in (17, 33))
    plain = phy[:1] + encrypt(app_key, phy[1:])
    body = plain[1:-MIC_BYTES]
    if not is_of(plain, app_key):
        raise ValueError("a JoinAccept with a wrong MIC")
    listed = body[12:27] if len(phy) == 33 and body[27] == 0 else b""
    channels = (int.from_bytes(listed[at : at + 3], "little") * 100 for at in range(0, 15, 3))
    return JoinAccept(
        int.from_bytes(body[:3], "little"),
        int.from_bytes(body[3:6], "little"),
        int.from_bytes(body[6:10], "little"),
        body[10] >> 4 & 7,
        body[10] & 15,
        body[11] & 15 or 1,
        tuple(frequency_hz for frequency_hz in channels if frequency_hz),
    )


def build(frame: Data, nwk_skey: bytes, app_skey: bytes) -> bytes:
    """Raises ValueError for what no frame can hold."""
    if len(frame.fopts) > MOST_FOPTS or (frame.fopts and frame.port == 0):
        raise ValueError("FOpts hold 15 bytes, and none beside port 0")
    if frame.payload and frame.port is None:
        raise ValueError("a payload has a port")
    mtype = (Kind.UNCONFIRMED_UP if frame.uplink else Kind.UNCONFIRMED_DOWN) + 2 * frame.confirmed
    control = (
        frame.adr << 7
        | (frame.uplink and frame.adr_ack_request) << 6
        | frame.ack << 5
        | (not frame.uplink and frame.pending) << 4
        | len(frame.fopts)
    )
    message = (
        bytes([mtype << 5])
        + frame.dev_addr.to_bytes(4, "little")
        + bytes([control])
        + (frame.counter & 0xFFFF).to_bytes(2, "little")
        + frame.fopts
    )
    if frame.port is not None:
        message += bytes([frame.port]) + _crypt(frame, nwk_skey, app_skey)
    return message + data_mic(nwk_skey, frame.uplink, frame.dev_addr, frame.counter, message)


def header(phy: bytes) -> Data:
    """Without keys: the counter's lower 16 bits, the payload enciphered. Raises ValueError."""
    mtype = kind(phy)
    if mtype < Kind.UNCONFIRMED_UP:
        raise ValueError(f"a {mtype.name} is no data frame")
    uplink = mtype in (Kind.UNCONFIRMED_UP, Kind.CONFIRMED_UP)
    control, rest = phy[5] if len(phy) > 5 else 0, phy[_HEADER:-MIC_BYTES]
    options = control & 15
    if len(phy) < _HEADER + options + MIC_BYTES:
        raise ValueError(f"a data frame of {len(phy)} bytes")
    port = rest[options] if len(rest) > options else None
    if port == 0 and options:
        raise ValueError("FOpts beside port 0")
    return Data(
        uplink=uplink,
        confirmed=mtype >= Kind.CONFIRMED_UP,
        dev_addr=int.from_bytes(phy[1:5], "little"),
        counter=int.from_bytes(phy[6:8], "little"),
        adr=bool(control & 0x80),
        adr_ack_request=uplink and bool(control & 0x40),
        ack=bool(control & 0x20),
        pending=not uplink and bool(control & 0x10),
        fopts=rest[:options],
        port=port,
        payload=rest[options + 1 :],
    )


def read(phy: bytes, counter: int, nwk_skey: bytes, app_skey: bytes) -> Data:
    """Deciphered. Raises ValueError, also if the MIC does not fit keys and the whole counter."""
    frame = header(phy)._replace(counter=counter)
    message = phy[:-MIC_BYTES]
    if data_mic(nwk_skey, frame.uplink, frame.dev_addr, counter, message) != phy[-MIC_BYTES:]:
        raise ValueError("a data frame with a wrong MIC")
    return frame._replace(payload=_crypt(frame, nwk_skey, app_skey))


def full_counter(expected: int, lower: int) -> int | None:
    """The whole counter, not below `expected` (LoRaWAN 1.0.3 4.3.1.5); None if too far ahead."""
    counter = expected + ((lower - expected) & 0xFFFF)
    return counter if counter - expected < MAX_FCNT_GAP and counter < 1 << 32 else None


def _crypt(frame: Data, nwk_skey: bytes, app_skey: bytes) -> bytes:
    key = nwk_skey if frame.port == 0 else app_skey
    return crypt(key, frame.uplink, frame.dev_addr, frame.counter, frame.payload)


def _cf_list(channels_hz: tuple[int, ...]) -> bytes:
    if not channels_hz:
        return b""
    padded = channels_hz + (0,) * (_CF_LIST_CHANNELS - len(channels_hz))
    return b"".join((hz // 100).to_bytes(3, "little") for hz in padded) + b"\0"


def _expect(phy: bytes, expected: Kind, length_fits: bool) -> None:
    if kind(phy) is not expected or not length_fits:
        raise ValueError(f"no {expected.name} in {len(phy)} bytes")
