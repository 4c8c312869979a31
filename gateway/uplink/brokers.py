"""Which broker is tried next, and in which version of MQTT; pure, with its memory.

Theory: brokers are tried in the order of the configuration, beginning anew with the first for each
connection. With `auto` each is spoken to in MQTT 5. One that does not know it says so (CONNACK
0x84, or 0x01 of MQTT 3.1.1), and is asked in 3.1.1 at once; or it closes the connection without an
answer. One that restarts does that too, so only the second time in a row is taken for it. A broker
that has answered in 3.1.1 is spoken to in 3.1.1 for a day. Then 5 is tried again, and one close is
enough. That 3.1.1 is not answered either shows that the version was not the reason: all is
forgotten.

TLS has no part in this: no outcome of an attempt changes whether the next one is encrypted.
"""

from enum import StrEnum
from typing import NamedTuple

from gateway.config import MqttUplink

TRY_5_AGAIN_NS = 86_400 * 1_000_000_000
_CLOSES = 2


class Version(StrEnum):
    """Of MQTT."""

    V5 = "5"
    V311 = "3.1.1"


class Broker(NamedTuple):
    """Where one listens, and the name in its certificate."""

    host: str
    port: int
    server_name: str

    @property
    def where(self) -> str:
        """For people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def brokers(config: MqttUplink) -> list[Broker]:
    """In the order in which they are tried."""
    first = Broker(config.host, config.tcp_port, config.server_name or config.host)
    return [
        first,
        *(
            Broker(other.host, other.port or first.port, other.server_name or other.host)
            for other in config.fallbacks
        ),
    ]


class Versions:
    """The version for one broker."""

    def __init__(self, protocol: str) -> None:
        self._fixed = None if protocol == "auto" else Version(protocol)
        self._closes = 0
        self._fell_back_ns: int | None = None
        self._trying_311 = False

    def version(self, now_ns: int) -> Version:
        """To speak now."""
        if self._fixed is not None:
            return self._fixed
        return Version.V311 if self._trying_311 or self._known(now_ns) else Version.V5

    @property
    def fell_back(self) -> bool:
        """Whether 3.1.1 is spoken although 5 was wanted."""
        return self._fixed is None and self._fell_back_ns is not None

    def answered(self, version: Version, now_ns: int) -> None:
        """It accepted the connection."""
        if version is Version.V5:
            self._forget()
        elif not self._known(now_ns):
            self._fell_back_ns = now_ns
        self._closes, self._trying_311 = 0, False

    def refused(self, version: Version) -> bool:
        """It said that it does not know the version; whether to try another at once."""
        return self._failed_with(version)

    def closed(self, version: Version) -> bool:
        """It closed the connection without an answer; whether to try another at once."""
        self._closes += 1
        if version is Version.V5:
            enough = self._closes >= _CLOSES or self._fell_back_ns is not None
            return enough and self._failed_with(version)
        return self._trying_311 and self._failed_with(version)

    def failed(self) -> None:
        """Anything else, which says nothing of the version."""
        self._closes, self._trying_311 = 0, False

    def _known(self, now_ns: int) -> bool:
        return self._fell_back_ns is not None and now_ns - self._fell_back_ns < TRY_5_AGAIN_NS

    def _failed_with(self, version: Version) -> bool:
        if self._fixed is not None:
            return False
        if version is Version.V311:
            self._forget()
            return False
        self._trying_311 = True
        return True

    def _forget(self) -> None:
        self._closes, self._fell_back_ns, self._trying_311 = 0, None, False
