"""The way to each broker, step by step: its certificates, name, connection, TLS.

Nothing is sent beyond the TLS handshake: a login is left to the daemon.
"""

import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gateway.config import LorawanUplink, MqttUplink
from gateway.doctor.check import Check, Node, ill, judged, unseen, well
from gateway.doctor.rights import AS_ROOT
from gateway.errors import UplinkUnavailable
from gateway.lorawan.keys import keys
from gateway.model import Finding
from gateway.uplink import network, tls
from gateway.uplink.brokers import Broker, brokers
from gateway.uplink.certificates import of_peer
from gateway.uplink.network import Address, Unresolved
from gateway.uplink.observer import certificate_findings

CONNECT_S = 4.0
"""For all addresses of one name together."""
REFUSAL_S = 1.0
"""With TLS 1.3 a broker refuses our certificate only after the handshake."""


class _Way(NamedTuple):
    """What is looked at: one broker of one uplink, and the beginning of its checks' names."""

    node: Node
    uplink: MqttUplink
    broker: Broker
    prefix: str

    def ill(self, step: str, problem: str, evidence: str, cure: str) -> Check:
        finding = self.node.finding(f"uplink {self.uplink.name}", problem, evidence, cure)
        return ill(f"{self.prefix} {step}", finding)

    def well(self, step: str, evidence: str) -> Check:
        return well(f"{self.prefix} {step}", evidence)

    def unseen(self, step: str, why: str) -> Check:
        return unseen(f"{self.prefix} {step}", why)


def checks(node: Node) -> Iterator[Check]:
    """Two to four for each broker of each uplink."""
    if not node.config.uplinks:
        yield well("uplinks", "there are none: readings are only kept")
    for uplink in node.config.uplinks:
        if isinstance(uplink, LorawanUplink):
            yield _key(node, uplink)
            continue
        first, *others = brokers(uplink)
        name = f"uplink {uplink.name}"
        context: ssl.SSLContext | None = None
        if uplink.tls:
            check, context = _certificates(_Way(node, uplink, first, name))
            yield check
        yield from _steps(_Way(node, uplink, first, name), context)
        for other in others:
            yield from _steps(_Way(node, uplink, other, f"{name} fallback {other.where}"), context)


def _key(node: Node, uplink: LorawanUplink) -> Check:
    """Its modem is asked by `gateway lorawan info`, for the daemon has its port."""
    name = f"uplink {uplink.name}"
    try:
        keys(uplink)
    except UplinkUnavailable as error:
        if isinstance(error.__cause__, PermissionError):
            return unseen(f"{name} key", f"{error}; {AS_ROOT}")
        return ill(f"{name} key", node.finding(name, "has no key to join", str(error), error.hint))
    return well(f"{name} key", f"{uplink.app_key_file} holds an AppKey")


def _certificates(way: _Way) -> tuple[Check, ssl.SSLContext | None]:
    """Whether they can be read; that they are the right ones shows only to a broker."""
    uplink = way.uplink
    try:
        context = tls.tls_context(uplink)
    except UplinkUnavailable as error:
        if isinstance(error.__cause__, PermissionError):
            return way.unseen("certificates", f"{error}; {AS_ROOT}"), None
        check = way.ill("certificates", "has no certificates to use", str(error), error.hint)
        return check, None
    trusted = uplink.ca_file or "those of the system"
    own = tls.identity(uplink)
    told = [trusted] if own.path is None else [trusted, f"this node's {own.path}"]
    found = _findings(way, list(certificate_findings(None, own, way.broker, way.node.clock)))
    return judged(f"{way.prefix} certificates", ", ".join(told), found), context


def _steps(way: _Way, context: ssl.SSLContext | None) -> Iterator[Check]:
    host = way.broker.host
    try:
        addresses = network.resolved(host, way.broker.port)
    except Unresolved as error:
        cure = f"check the name in `host` and the DNS: getent hosts {host}"
        yield way.ill("name", "has a name without address", f"{host}: {error}", cure)
        yield from _none_after(way, "the name has no address", "connection", "TLS")
        return
    yield way.well("name", f"{host} is {', '.join(address.text for address in addresses)}")
    yield from _connection(way, addresses, context)


def _connection(
    way: _Way, addresses: Sequence[Address], context: ssl.SSLContext | None
) -> Iterator[Check]:
    where = way.broker.where
    failures = []
    for address in addresses:
        try:
            link = network.opened([address], CONNECT_S / len(addresses))
        except OSError as error:
            failures.append(f"{address.text}: {_why(error, CONNECT_S / len(addresses))}")
            continue
        with link:
            yield way.well("connection", f"{where} accepts it, at {address.text}")
            yield from _encryption(way, link, context)
        return
    cure = (
        "is the broker up, is that its port, and does the firewall let it through? "
        f"nc -vz {way.broker.host} {way.broker.port}"
    )
    evidence = f"{where}, {'; '.join(failures)}"
    yield way.ill("connection", "does not accept a connection", evidence, cure)
    yield from _none_after(way, "there is no connection", "TLS")


def _encryption(way: _Way, link: socket.socket, context: ssl.SSLContext | None) -> Iterator[Check]:
    if not way.uplink.tls:
        return
    if context is None:
        yield way.unseen("TLS", "there are no certificates to use")
        return
    own = tls.identity(way.uplink)
    try:
        with tls.handshake(link, context, way.broker.server_name, CONNECT_S) as encrypted:
            _await_refusal(encrypted)
            server, version = of_peer(encrypted.getpeercert()), encrypted.version()
    except OSError as error:
        told = tls.explained(error, way.broker, own, way.node.clock)
        yield way.ill("TLS", "has no encrypted connection", str(told), told.hint)
        return
    seen = certificate_findings(server, own._replace(validity=None), way.broker, way.node.clock)
    until = server.until if server is not None else "unknown"
    name = f"{version}, the certificate of {way.broker.server_name} ends {until}"
    yield judged(f"{way.prefix} TLS", name, _findings(way, list(seen)))


def _await_refusal(encrypted: ssl.SSLSocket) -> None:
    """A broker that has accepted us waits for us. Raises OSError if it has not."""
    encrypted.settimeout(REFUSAL_S)
    try:
        encrypted.recv(1)
    except TimeoutError:
        return


def _none_after(way: _Way, why: str, *steps: str) -> Iterator[Check]:
    for step in steps:
        if step != "TLS" or way.uplink.tls:
            yield way.unseen(step, why)


def _findings(way: _Way, seen: Sequence[tuple[str, str, str]]) -> list[Finding]:
    about = f"uplink {way.uplink.name}"
    return [way.node.finding(about, *one) for one in seen]


def _why(error: OSError, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    return network.why(error)
