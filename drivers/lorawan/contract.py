"""The contract between a LoRaWAN modem and whoever sends through it.

A modem is class A, joins over the air (OTAA) and is used by one thread. All calls are bounded in
time; between them it may be reset, unplugged or exchanged, and each call says so: DriverError means
that nobody knows what became of it, and the modem has to be opened again. No call retries.
"""

from enum import StrEnum
from typing import NamedTuple, Protocol


class Identity(NamedTuple):
    """What says who it is: `family` as `families.py` names it, firmware, DevEUI (16 hex digits)."""

    family: str
    firmware: str
    dev_eui: str


class Keys(NamedTuple):
    """Of OTAA, in hex digits. `dev_eui` None: the one that the maker has given the modem."""

    join_eui: str
    app_key: str
    dev_eui: str | None = None


class Settings(NamedTuple):
    """How it sends. `data_rate` is where it begins; with `adr` the network moves it."""

    adr: bool = True
    data_rate: int = 3


class Session(NamedTuple):
    """What a join has given; counters are those of the next frame.

    A modem that does not tell its address says "", of a counter None.
    """

    dev_addr: str
    data_rate: int
    uplink_counter: int | None
    downlink_counter: int | None


class Fate(StrEnum):
    """What became of an uplink."""

    SENT = "sent"
    """It was on the air. Nobody knows whether it was heard."""
    ACKNOWLEDGED = "acknowledged"
    """A confirmed one, and the network has said so."""
    UNACKNOWLEDGED = "unacknowledged"
    """A confirmed one that was on the air, and no acknowledgement came."""
    NOT_JOINED = "not_joined"
    """Not sent: there is no session."""
    BUSY = "busy"
    """Not sent: the modem does something else."""
    NO_CHANNEL = "no_channel"
    """Not sent: the duty cycle of all channels is used up; `wait_s` where the modem tells it."""
    TOO_LONG = "too_long"
    """Not sent: longer than the data rate, or what the MAC wants to say beside it, lets it be.

    Some modems send an empty frame in its place.
    """


class Sent(NamedTuple):
    """`wait_s`: when the modem will send again, where it says so."""

    fate: Fate
    wait_s: float | None = None


class Joined(NamedTuple):
    """What became of a command to join: a `session`, or a `refusal`.

    Neither: a JoinRequest was on the air, and no JoinAccept came. `refusal`: none was on the air,
    because the modem is BUSY or has NO_CHANNEL.
    """

    session: Session | None = None
    refusal: Sent | None = None


class Downlink(NamedTuple):
    """What came down; levels are None where the modem does not tell."""

    port: int
    payload: bytes
    rssi: float | None = None
    snr: float | None = None


class Modem(Protocol):
    """One modem at the far end of a serial port.

    `transmissions`: how often a confirmed uplink is on the air at most while nobody acknowledges
    it; known after `prepare`.
    """

    transmissions: int

    def open(self) -> Identity:
        """Wake it and ask who it is. Raises DriverError; WrongDevice if it is another family."""
        ...

    def prepare(self, keys: Keys, settings: Settings) -> None:
        """Write keys and settings where they differ: the flash of a modem wears. EU868, class A."""
        ...

    def resume(self, known: Session | None) -> Session | None:
        """The session that goes on without a join; None: it has to join.

        `known`: what the node knew last; a modem that has lost count goes on behind its counters,
        because a network takes no counter twice.
        """
        ...

    def join(self) -> Joined:
        """One JoinRequest, and both receive windows.

        An older session is over, unless it turns out to be what `resume` was asked for.
        A session and a DevNonce are kept where they outlive a reset, if the family can do that.
        """
        ...

    def session(self) -> Session | None:
        """As it is now; None when it is not joined."""
        ...

    def max_payload(self) -> int:
        """Bytes of application payload at the data rate of now."""
        ...

    def send(self, port: int, payload: bytes, confirmed: bool = False) -> Sent:
        """One uplink, and both receive windows; up to a minute if it is confirmed."""
        ...

    def downlinks(self) -> list[Downlink]:
        """What has come down since the last call, oldest first; also between two uplinks."""
        ...

    def close(self) -> None:
        """Let go of the port; may be called at any time, also twice."""
        ...
