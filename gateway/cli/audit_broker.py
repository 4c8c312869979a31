"""Which broker `gateway audit` listens at: by its options, or by the configuration of a node."""

import argparse
import re
import secrets
from pathlib import Path
from typing import Any

import msgspec

from gateway import config
from gateway.auditing.broker import Listening
from gateway.config import MqttUplink
from gateway.config.units import TIME
from gateway.errors import GatewayError

_NODES = re.compile(r"[a-z0-9-]{1,40}/[a-z0-9-]{1,40}|[a-z0-9-]{1,40}/\+|\+/\+")
_BROKER = re.compile(r"(\[[^\]]+\]|[^:]+)(?::([0-9]{1,5}))?")


def add_broker_options(parser: argparse.ArgumentParser, source: Any) -> None:
    """What names a broker, and how to listen there; `source`: those that exclude others."""
    source.add_argument("--broker", metavar="HOST[:PORT]", help="listen there, with TLS")
    source.add_argument("--config", metavar="FILE", help="listen where that node delivers to")
    parser.add_argument("--uplink", metavar="NAME", help="with --config: which, if there are more")
    parser.add_argument("--prefix", help="first levels of every topic: udp/v1")
    parser.add_argument("--node", metavar="MUNICIPALITY/NODE", help="only that one; + = any: +/+")
    parser.add_argument("--username", help="login at the broker")
    parser.add_argument("--password-file", metavar="FILE", help="its password")
    parser.add_argument("--ca-file", metavar="FILE", help="certificates to trust")
    parser.add_argument("--cert-file", metavar="FILE", help="certificate to log in with")
    parser.add_argument("--key-file", metavar="FILE", help="its private key")
    parser.add_argument(
        "--no-tls", action="store_true", help="all in the clear, the password too: never by itself"
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=_seconds,
        metavar="TIME",
        help="listen so long, such as 2min; without it until nothing more can come",
    )
    parser.add_argument(
        "--client-id", metavar="ID", help="the broker keeps what comes for that between two runs"
    )
    parser.add_argument(
        "--keep", type=_seconds, default=7 * 86_400.0, metavar="TIME", help="so long: 7d"
    )


def listening(arguments: argparse.Namespace) -> Listening:
    """Raises ConfigError or GatewayError."""
    nodes = arguments.node
    if arguments.config is not None:
        whole = config.load(arguments.config)
        uplink = _uplink(whole, arguments.uplink)
        nodes = nodes or f"{whole.node.municipality}/{whole.node.name}"
    else:
        uplink = _of_options(arguments)
    nodes = nodes or "+/+"
    if _NODES.fullmatch(nodes) is None:
        raise GatewayError(f"{nodes!r} names no node", "--node brandis/rathaus-01, or brandis/+")
    if arguments.client_id is None:
        return Listening(uplink, nodes, f"gateway-audit-{secrets.token_hex(6)}")
    return Listening(uplink, nodes, arguments.client_id, round(arguments.keep))


def _uplink(whole: config.Config, name: str | None) -> MqttUplink:
    brokers = config.mqtt_uplinks(whole)
    found = [one for one in brokers if name in (None, one.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.name for one in brokers) or "none"
    raise GatewayError(f"which uplink? there are: {names}", "name one: --uplink NAME")


def _of_options(arguments: argparse.Namespace) -> MqttUplink:
    found = _BROKER.fullmatch(arguments.broker)
    if found is None:
        raise GatewayError(f"{arguments.broker!r} is no broker", "--broker mqtt.example.org:8883")
    fields = {
        "type": "mqtt",
        "name": "audit",
        "host": found[1].strip("[]"),
        "port": None if found[2] is None else int(found[2]),
        "tls": not arguments.no_tls,
        "prefix": arguments.prefix or "udp/v1",
        "username": arguments.username,
    }
    for name in ("password_file", "ca_file", "cert_file", "key_file"):
        given = getattr(arguments, name)
        fields[name] = None if given is None else str(Path(given).resolve())
    try:
        return msgspec.convert(fields, MqttUplink)
    except msgspec.ValidationError as error:
        raise GatewayError(f"no such broker can be used: {error}", _HINT) from error


def _seconds(text: str) -> float:
    number = TIME.meant(float(text) if text.replace(".", "", 1).isdigit() else text)
    if not isinstance(number, (int, float)) or not 0 < number <= 10 * 365 * 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: {TIME.cure}")
    return float(number)


_HINT = "gateway audit --help shows the options"
