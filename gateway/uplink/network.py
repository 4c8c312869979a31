"""From the name of a broker to a connection, in bounded time."""

import socket
import threading
from collections.abc import Sequence
from typing import NamedTuple

NAME_S = 5.0
CONNECT_S = 10.0
"""For all addresses of one name together."""
_MOST_ADDRESSES = 4
_IDLE_S, _PROBE_S, _PROBES = 60, 15, 4


class Address(NamedTuple):
    """Where a name leads to."""

    family: socket.AddressFamily
    sockaddr: tuple[str | int, ...] | tuple[int, bytes]

    @property
    def text(self) -> str:
        return str(self.sockaddr[0])


class Unresolved(Exception):
    """Why a name has no address."""


def resolved(host: str, port: int) -> list[Address]:
    """At most a few addresses. Raises Unresolved.

    A resolver without a server may take a minute: it is left behind.
    """
    found: list[list[Address] | str] = []
    asking = threading.Thread(target=lambda: found.append(_asked(host, port)), daemon=True)
    asking.start()
    asking.join(NAME_S)
    answer = found[0] if found else f"the DNS does not answer within {NAME_S:g} s"
    if isinstance(answer, str):
        raise Unresolved(answer)
    return answer[:_MOST_ADDRESSES]


def opened(addresses: Sequence[Address], seconds: float) -> socket.socket:
    """A connection to the first that accepts one. Raises OSError: why the last did not."""
    failure = OSError("it has no address")
    for address in addresses:
        try:
            return _opened(address, seconds / len(addresses))
        except OSError as error:
            failure = error
    raise failure


def why(error: OSError) -> str:
    """In a few words, never those of the far side."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or type(error).__name__


def _opened(address: Address, seconds: float) -> socket.socket:
    link = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        link.settimeout(seconds)
        link.connect(address.sockaddr)
        _watch(link)
    except OSError:
        link.close()
        raise
    return link


def _watch(link: socket.socket) -> None:
    """A far side that is gone shows in two minutes, also if the broker wants no keep-alive."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PROBE_S)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _PROBES)


def _asked(host: str, port: int) -> list[Address] | str:
    """The addresses, or why there are none."""
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        return "is no possible name"
    except OSError as error:
        return error.strerror or str(error)
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in told]
