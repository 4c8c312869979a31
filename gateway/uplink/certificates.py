"""How long a certificate holds, and when that is worth a finding.

Theory: who renews by himself does so when a third of the lifetime is left (ACME: 30 of 90 days).
Half of that third later something has failed, and there is still time: a certificate is said to end
soon when less than a sixth of its lifetime is left, and in any case only in its last 30 days.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateway.model import rfc3339

_S = 1_000_000_000
SOON_NS = 30 * 86_400 * _S
_SOON_SHARE = 6


class Validity(NamedTuple):
    """From when to when (UTC, ns since 1970)."""

    since_ns: int
    until_ns: int

    @property
    def until(self) -> str:
        """The date for people."""
        return rfc3339(self.until_ns)

    def ends_soon(self, now_ns: int) -> bool:
        """Whether somebody must act now, or should have."""
        return self.until_ns - now_ns < min(SOON_NS, (self.until_ns - self.since_ns) // _SOON_SHARE)

    def has_ended(self, now_ns: int) -> bool:
        return now_ns > self.until_ns

    def begins_later(self, now_ns: int) -> bool:
        """By this clock: certificates are not handed out before they hold."""
        return now_ns < self.since_ns


def of_peer(told: Mapping[str, Any] | None) -> Validity | None:
    """Of `SSLSocket.getpeercert()`."""
    if not told:
        return None
    since, until = (ssl.cert_time_to_seconds(told[key]) * _S for key in ("notBefore", "notAfter"))
    return Validity(since, until)


def of_file(path: Path) -> Validity | None:
    """Of the first certificate in a PEM file; None if there is none that can be read."""
    # Some megabytes, which only a node with a certificate of its own needs.
    from cryptography import x509

    try:
        read = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
    since, until = read.not_valid_before_utc, read.not_valid_after_utc
    return Validity(int(since.timestamp()) * _S, int(until.timestamp()) * _S)
