"""What OpenSSL says of a failed handshake, in words for a technician.

Numbers are those of X509_verify_cert(3), names those of the alerts in ssl.h of OpenSSL. In problems
{name} is the name that was asked for and {clock} what this node's clock says.
"""

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What more is to be said of a fault, by what this node knows."""

    OTHER = auto()
    NOT_YET = auto()
    ENDED = auto()
    OURS = auto()


class Fault(NamedTuple):
    """What is wrong, and the one thing to do."""

    kind: Kind
    problem: str
    cure: str


_CA = "set `ca_file` to the CA that signed the broker's certificate"
_NAME = "set `host` or `server_name` to a name in the broker's certificate"
_OPERATOR = "the broker needs a better certificate: tell its operator"
_OURS = "give this node a certificate that the broker's CA has signed: `cert_file` and `key_file`"
_LOG = "look at the broker's log"
_PORT = "is that the broker's port for TLS (8883, websockets 443)? TLS is never given up"

_WRONG_NAME = Fault(Kind.OTHER, "its certificate is for another name than {name}", _NAME)
_WRONG_CA = Fault(Kind.OTHER, "its certificate is signed by a CA that is not trusted here", _CA)
_WEAK = Fault(Kind.OTHER, "its certificate has too weak a key or signature", _OPERATOR)

CERTIFICATES = {
    0: Fault(Kind.OTHER, "its certificate is not valid", _LOG),
    9: Fault(
        Kind.NOT_YET,
        "its certificate is not valid yet: this node's clock says {clock}",
        "this node's clock is behind: gateway clock",
    ),
    10: Fault(
        Kind.ENDED,
        "its certificate has expired: this node's clock says {clock}",
        "the broker needs a new certificate: tell its operator",
    ),
    18: Fault(
        Kind.OTHER,
        "its certificate is self-signed, so nobody vouches for it",
        "if it is the right one set `ca_file` to it, else tell the broker's operator",
    ),
    19: _WRONG_CA,
    20: _WRONG_CA,
    21: _WRONG_CA,
    23: Fault(Kind.OTHER, "its certificate has been revoked", _OPERATOR),
    26: Fault(Kind.OTHER, "its certificate is not one for servers", _OPERATOR),
    62: _WRONG_NAME,
    64: _WRONG_NAME,
    66: _WEAK,
    67: _WEAK,
    68: _WEAK,
}

NO_TLS = Fault(Kind.OTHER, "it does not answer to TLS: nobody speaks it there", _PORT)
NO_NAME = Fault(Kind.OTHER, "{name} cannot be the name of a server", _NAME)
_PLAIN = Fault(Kind.OTHER, "it answers without TLS", _PORT)
_OLD = Fault(Kind.OTHER, "it speaks only TLS that is too old", "the broker needs TLS 1.2 or later")
_REFUSED = Fault(Kind.OURS, "it refuses this node's certificate", f"{_OURS}; {_LOG}")
_ALPN = "it knows none of the protocols in `alpn`"

ALERTS = {
    "WRONG_VERSION_NUMBER": _PLAIN,
    "HTTP_REQUEST": _PLAIN,
    "RECORD_LAYER_FAILURE": _PLAIN,
    "PACKET_LENGTH_TOO_LONG": _PLAIN,
    "UNSUPPORTED_PROTOCOL": _OLD,
    "NO_PROTOCOLS_AVAILABLE": _OLD,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Fault(
        Kind.OTHER, "it requires a certificate of this node, and there is none", _OURS
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": _REFUSED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": Fault(
        Kind.OURS, "it says that this node's certificate has expired", f"put a new one; {_LOG}"
    ),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": Fault(
        Kind.OURS, "it says that this node's certificate has been revoked", _OURS
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": _REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _REFUSED,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": _REFUSED,
    "TLSV1_ALERT_UNKNOWN_CA": _REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": _REFUSED,
    "TLSV1_ALERT_DECRYPT_ERROR": _REFUSED,
    "TLSV1_ALERT_NO_APPLICATION_PROTOCOL": Fault(
        Kind.OTHER, _ALPN, "set `alpn` to what the broker's operator says, or leave it out"
    ),
    "TLSV1_UNRECOGNIZED_NAME": Fault(Kind.OTHER, "it does not know the name {name}", _NAME),
}
