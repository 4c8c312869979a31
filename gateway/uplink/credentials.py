"""Secrets of an uplink, a password or a key, read anew for each connection: they can change."""

import os
from pathlib import Path

from gateway.errors import UplinkUnavailable

CREDENTIALS = "CREDENTIALS_DIRECTORY"
SECRETS = Path("/etc/gateway/secrets")


def secret_path(name: str) -> Path:
    """Where a secret's file is.

    `name` is a path, or the bare name of a file in /etc/gateway/secrets, which systemd hands over
    as the credential `secret_NAME` (LoadCredential= in gateway.service). A verb that somebody types
    has none, and looks there itself.
    """
    if "/" in name:
        return Path(name)
    handed = os.environ.get(CREDENTIALS)
    return SECRETS / name if handed is None else Path(handed, f"secret_{name}")


def secret(name: str) -> str:
    """The content of a secret's file. Raises UplinkUnavailable, never with a secret in it."""
    path = secret_path(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    text = content.decode(errors="replace")
    # An error of the decoder would hold the secret.
    if text.encode() != content:
        raise _unreadable(path, "it is no UTF-8 text")
    return text.rstrip("\n")


def _unreadable(path: Path, reason: str | None) -> UplinkUnavailable:
    return UplinkUnavailable(
        f"cannot read the secret file {path}: {reason}",
        "put the password or key there, readable by the gateway only (mode 0600)",
    )
