"""What a network server knows of a device: who it is, its sessions, and what waits for it."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.lorawan.radio import commands
from drivers.lorawan.radio.security import SessionKeys
from drivers.lorawan.radio.session import Windows


class Registration(NamedTuple):
    """As a technician enters it: EUIs of 16 and a key of 32 hex digits."""

    device_id: str
    dev_eui: str
    join_eui: str
    app_key: str


class Queued(NamedTuple):
    """A downlink of an application."""

    port: int
    payload: bytes
    confirmed: bool = False


class Flying(NamedTuple):
    """A confirmed downlink that was sent, and its counter."""

    item: Queued
    counter: int


@dataclass
class NetworkSession:
    """Both counters are those of the next frame."""

    dev_addr: int
    keys: SessionKeys
    key_id: bytes
    uplink_counter: int = 0
    downlink_counter: int = 0
    windows: Windows = field(default_factory=Windows)
    last_phy: bytes = b""
    flying: Flying | None = None


@dataclass
class Member:
    """A device of the network."""

    registration: Registration
    app_key: bytes
    used_nonces: set[int] = field(default_factory=set)
    """For ever: at most 65,536."""
    app_nonce: int = 0
    session: NetworkSession | None = None
    joining: NetworkSession | None = None
    """Accepted; it takes the place of `session` when the device has used it."""
    queue: deque[Queued] = field(default_factory=deque)
    requests: list[commands.Downward] = field(default_factory=list)
    """MAC commands, sent with each downlink until they are answered."""
    answers: list[commands.Upward] = field(default_factory=list)
    """What the device has said to them."""

    def sessions(self) -> list[NetworkSession]:
        """In which a frame of it may come."""
        return [session for session in (self.joining, self.session) if session]
