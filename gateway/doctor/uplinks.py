"""The way to each far side, step by step: certificates, name, connection. Nothing is sent."""

import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

from gateway.config import Uplink
from gateway.doctor.check import Check, Node, ill, unseen, well
from gateway.doctor.rights import AS_ROOT
from gateway.errors import UplinkUnavailable

NAME_S = 5.0
CONNECT_S = 4.0
"""For all addresses of one name together."""
_MOST_ADDRESSES = 4


class _Address(NamedTuple):
    family: socket.AddressFamily
    sockaddr: tuple[str | int, ...] | tuple[int, bytes]

    @property
    def text(self) -> str:
        return str(self.sockaddr[0])


class _Unresolved(Exception):
    """Why a name has no address."""


def checks(node: Node) -> Iterator[Check]:
    """Two or three for each uplink."""
    if not node.config.uplinks:
        yield well("uplinks", "there are none: readings are only kept")
    for uplink in node.config.uplinks:
        if uplink.tls:
            yield _certificates(node, uplink)
        yield from _way(node, uplink)


def _certificates(node: Node, uplink: Uplink) -> Check:
    """Whether they can be read; that they are the right ones shows only to a broker."""
    from gateway.uplink.credentials import tls_context

    name = f"uplink {uplink.name} certificates"
    try:
        tls_context(uplink.ca_file)
    except UplinkUnavailable as error:
        if isinstance(error.__cause__, PermissionError):
            return unseen(name, f"{error}; {AS_ROOT}")
        finding = node.finding(
            _about(uplink), "has no certificates to trust", str(error), error.hint
        )
        return ill(name, finding)
    return well(name, uplink.ca_file or "those of the system")


def _way(node: Node, uplink: Uplink) -> Iterator[Check]:
    name, connection = (f"uplink {uplink.name} {step}" for step in ("name", "connection"))
    try:
        addresses = _resolved(uplink.host, uplink.tcp_port)
    except _Unresolved as error:
        cure = f"check the name in `host` and the DNS: getent hosts {uplink.host}"
        evidence = f"{uplink.host}: {error}"
        yield ill(name, node.finding(_about(uplink), "has a name without address", evidence, cure))
        yield unseen(connection, "the name has no address")
        return
    yield well(name, f"{uplink.host} is {', '.join(address.text for address in addresses)}")
    yield _connection(node, connection, uplink, addresses)


def _connection(node: Node, name: str, uplink: Uplink, addresses: list[_Address]) -> Check:
    where = f"{uplink.host}:{uplink.tcp_port}"
    failures = []
    for address in addresses:
        failure = _failure(address, CONNECT_S / len(addresses))
        if not failure:
            return well(name, f"{where} accepts it, at {address.text}")
        failures.append(f"{address.text}: {failure}")
    cure = (
        "is the broker up, is that its port, and does the firewall let it through? "
        f"nc -vz {uplink.host} {uplink.tcp_port}"
    )
    evidence = f"{where}, {'; '.join(failures)}"
    return ill(name, node.finding(_about(uplink), "does not accept a connection", evidence, cure))


def _failure(address: _Address, seconds: float) -> str:
    """Why nobody accepts a connection there; "" if somebody does."""
    try:
        with socket.socket(address.family, socket.SOCK_STREAM) as probe:
            probe.settimeout(seconds)
            probe.connect(address.sockaddr)
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _resolved(host: str, port: int) -> list[_Address]:
    """At most a few addresses. A resolver without a server may take a minute: it is left behind."""
    found: list[list[_Address] | str] = []
    asking = threading.Thread(target=lambda: found.append(_asked(host, port)), daemon=True)
    asking.start()
    asking.join(NAME_S)
    answer = found[0] if found else f"the DNS does not answer within {NAME_S:g} s"
    if isinstance(answer, str):
        raise _Unresolved(answer)
    return answer[:_MOST_ADDRESSES]


def _asked(host: str, port: int) -> list[_Address] | str:
    """The addresses, or why there are none."""
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        return "is no possible name"
    except OSError as error:
        return error.strerror or str(error)
    return [_Address(family, sockaddr) for family, _, _, _, sockaddr in told]


def _about(uplink: Uplink) -> str:
    return f"uplink {uplink.name}"
