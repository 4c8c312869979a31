"""The way to one broker, up to where MQTT begins: its name, a connection, TLS."""

import socket
import ssl
from typing import NamedTuple

from gateway.clock import Clock
from gateway.config import MqttUplink
from gateway.errors import UplinkUnavailable
from gateway.uplink import network, tls
from gateway.uplink.brokers import Broker
from gateway.uplink.certificates import Validity, of_peer
from gateway.uplink.tls import Identity


class Way(NamedTuple):
    """An open one; `server` is how long the broker's certificate holds, None without TLS."""

    link: socket.socket | ssl.SSLSocket
    server: Validity | None


def open_way(config: MqttUplink, broker: Broker, own: Identity, clock: Clock) -> Way:
    """Bounded by `network.NAME_S` and twice `network.CONNECT_S`. Raises UplinkUnavailable."""
    context = tls.tls_context(config) if config.tls else None
    link = _connection(broker)
    if context is None:
        return Way(link, None)
    try:
        encrypted = tls.handshake(link, context, broker.server_name, network.CONNECT_S)
    except OSError as error:
        raise tls.explained(error, broker, own, clock) from error
    return Way(encrypted, of_peer(encrypted.getpeercert()))


def is_it_up(broker: Broker) -> str:
    """What to try where nobody answers."""
    return f"is the broker up? nc -vz {broker.host} {broker.port}"


def _connection(broker: Broker) -> socket.socket:
    try:
        addresses = network.resolved(broker.host, broker.port)
        return network.opened(addresses, network.CONNECT_S)
    except network.Unresolved as error:
        raise UplinkUnavailable(
            f"cannot reach {broker.where}: {error}",
            f"check the name in `host` and the DNS: getent hosts {broker.host}",
        ) from error
    except OSError as error:
        raise UplinkUnavailable(
            f"cannot reach {broker.where}: {network.why(error)}", is_it_up(broker)
        ) from error
