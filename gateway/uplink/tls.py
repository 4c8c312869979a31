"""TLS to a broker: verified, always; and each way in which that fails in words of its own.

Failures are told apart by the codes of OpenSSL: `verify_code` of X509_verify_cert(3) where the
server's certificate is at fault, the mnemonic of the alert (RFC 8446, 6.2) where the server has
refused. With TLS 1.3 it refuses the client's certificate only after the client's handshake is done,
so that fault comes with the first read.
"""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.clock import Clock
from gateway.config import MqttUplink
from gateway.errors import UplinkUnavailable
from gateway.model import rfc3339
from gateway.uplink import certificates
from gateway.uplink.brokers import Broker
from gateway.uplink.certificates import Validity
from gateway.uplink.credentials import secret_path
from gateway.uplink.tls_faults import ALERTS, CERTIFICATES, NO_NAME, NO_TLS, Fault, Kind


class NoName(OSError):
    """The name to verify cannot be that of a server."""


class Identity(NamedTuple):
    """The certificate of this node, if it has one."""

    path: Path | None
    validity: Validity | None


def identity(config: MqttUplink) -> Identity:
    """What the configuration names."""
    if config.cert_file is None:
        return Identity(None, None)
    path = secret_path(config.cert_file)
    return Identity(path, certificates.of_file(path))


def tls_context(config: MqttUplink) -> ssl.SSLContext:
    """Verification is on and stays on (promise 21). Raises UplinkUnavailable."""
    try:
        context = ssl.create_default_context(cafile=config.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UplinkUnavailable(
            f"cannot read the CA file {config.ca_file}: {_why(error)}",
            "set `ca_file` to a PEM file, or leave it out to use the system's CAs",
        ) from error
    if config.alpn:
        context.set_alpn_protocols(list(config.alpn))
    if config.cert_file is not None:
        _load_identity(context, config.cert_file, config.key_file)
    return context


def _load_identity(context: ssl.SSLContext, cert_file: str, key_file: str | None) -> None:
    cert = secret_path(cert_file)
    key = cert if key_file is None else secret_path(key_file)
    try:
        # Without a password at hand OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise UplinkUnavailable(
            f"cannot use the certificate {cert} with the key {key}: {_why(error)}",
            "`cert_file` and `key_file` must be PEM files that belong together, the key without a "
            "password, readable by the gateway only (mode 0600)",
        ) from error


def handshake(
    link: socket.socket, context: ssl.SSLContext, server_name: str, seconds: float
) -> ssl.SSLSocket:
    """The encrypted link, or the raw one closed and OSError: see `explained`."""
    link.settimeout(seconds)
    try:
        server_name.encode("idna")  # wrap_socket would leave the link open if it fails in this
        return context.wrap_socket(link, server_hostname=server_name)
    except UnicodeError as error:
        link.close()
        raise NoName from error
    except OSError:
        link.close()
        raise


def explained(error: OSError, broker: Broker, own: Identity, clock: Clock) -> UplinkUnavailable:
    """Why there is no TLS with that broker, and what to do about it."""
    fault = _fault(error)
    wording = _WORDINGS.get(fault.kind)
    if wording is not None:
        fault = wording(fault, own, clock)
    problem = fault.problem.replace("{name}", broker.server_name)
    problem = problem.replace("{clock}", rfc3339(clock.clocks().wall_ns))
    return UplinkUnavailable(f"{broker.where}: {problem}", fault.cure)


def _fault(error: OSError) -> Fault:
    if isinstance(error, NoName):
        return NO_NAME
    if isinstance(error, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(error.verify_code, CERTIFICATES[0])
    reason = getattr(error, "reason", None)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        known = ALERTS.get(str(reason))
        return known or Fault(Kind.OTHER, f"TLS failed ({reason})", "look at the broker's log")
    return NO_TLS


def _not_yet(fault: Fault, _own: Identity, clock: Clock) -> Fault:
    """Nobody hands out certificates for the future, so most often it is this node's clock."""
    if clock.source is None:
        return fault
    told = f"{fault.problem}, and {clock.source} vouches for that"
    return Fault(fault.kind, told, "the broker needs a certificate that holds: tell its operator")


def _ended(fault: Fault, _own: Identity, clock: Clock) -> Fault:
    if clock.source is not None:
        return fault
    cure = f"is this node's clock right? gateway clock; if so, {fault.cure}"
    return Fault(fault.kind, fault.problem, cure)


def _refused(fault: Fault, own: Identity, clock: Clock) -> Fault:
    """The broker does not say much; our own file does."""
    now_ns = clock.clocks().wall_ns
    if own.path is None:
        return ALERTS["TLSV13_ALERT_CERTIFICATE_REQUIRED"]
    if own.validity is not None and own.validity.has_ended(now_ns):
        told = f"it refuses this node's certificate {own.path}, which has expired on "
        return Fault(fault.kind, f"{told}{own.validity.until}", "put a new one there")
    if own.validity is not None and own.validity.begins_later(now_ns):
        since = rfc3339(own.validity.since_ns)
        told = f"it refuses this node's certificate {own.path}, which is not valid before {since}"
        told += ": this node's clock says {clock}"
        return Fault(fault.kind, told, "is this node's clock behind? gateway clock")
    return fault


_WORDINGS: dict[Kind, Callable[[Fault, Identity, Clock], Fault]] = {
    Kind.NOT_YET: _not_yet,
    Kind.ENDED: _ended,
    Kind.OURS: _refused,
}


def _why(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or type(error).__name__
