"""What the MAC of an end device tells of what has happened, and why it refuses to begin."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TxDone:
    """One transmission has ended; a retransmission tells it again."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A JoinAccept came."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """No JoinAccept in either window."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Received:
    """A downlink for this device; port 0 without payload: it held nothing for the application.

    `rssi` in dBm, `snr` in dB; `window` 1 or 2; `pending`: the network has more to send (FPending).
    """

    at_ns: int
    port: int
    payload: bytes
    rssi: float
    snr: float
    window: int
    pending: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The network has heard the confirmed uplink."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Unacknowledged:
    """All transmissions of a confirmed uplink went without an acknowledgement."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class LinkChecked:
    """LinkCheckAns: margin in dB above the floor of demodulation, and how many gateways heard."""

    at_ns: int
    margin: int
    gateways: int


@dataclass(frozen=True, slots=True)
class TimeTold:
    """DeviceTimeAns: GPS time (ns since 1980-01-06) at `sent_ns`, when the uplink had ended."""

    at_ns: int
    sent_ns: int
    gps_ns: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The exchange is over: both windows, or all retransmissions."""

    at_ns: int


MacEvent = (
    TxDone
    | Joined
    | JoinFailed
    | Received
    | Acknowledged
    | Unacknowledged
    | LinkChecked
    | TimeTold
    | Ended
)


class MacRefusal(Exception):
    """Nothing was sent and nothing has changed."""


class MacBusy(MacRefusal):
    """Another exchange is not over."""


class NoKeys(MacRefusal):
    """There is no AppKey, or all 65,536 DevNonces of it are used up."""


class NotJoined(MacRefusal):
    """There is no session, or its 32 bit counter is used up."""


class NoChannel(MacRefusal):
    """The duty cycle of all channels is used up, for `wait_ns` from then on."""

    def __init__(self, wait_ns: int) -> None:
        super().__init__(f"no free channel for {wait_ns / 1e9:.3f} s")
        self.wait_ns = wait_ns


class TooLong(MacRefusal):
    """The payload exceeds `limit` bytes: the data rate's, less the MAC commands that wait."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit
