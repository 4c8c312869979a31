"""Secrets and certificates of an uplink, read anew for each connection so that they can change."""

import os
import ssl
from pathlib import Path

from gateway.errors import UplinkUnavailable

CREDENTIALS = "CREDENTIALS_DIRECTORY"


def secret(name: str) -> str:
    """The content of a secret's file. Raises UplinkUnavailable, never with a secret in it.

    `name` is a path, or the bare name of a file in /etc/gateway/secrets, which systemd hands over
    as the credential `secret_NAME` (LoadCredential= in gateway.service).
    """
    path = Path(name) if "/" in name else Path(os.environ.get(CREDENTIALS, ""), f"secret_{name}")
    try:
        return path.read_text().rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UplinkUnavailable(
            f"cannot read the password file {path}: {reason}",
            "put the password there, readable by the gateway only (mode 0600)",
        ) from error


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Verification is on and stays on (promise 21). Raises UplinkUnavailable."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UplinkUnavailable(
            f"cannot read the CA file {ca_file}: {error}",
            "set `ca_file` to a PEM file, or leave it out to use the system's CAs",
        ) from error
