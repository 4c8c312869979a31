"""Messages to systemd (sd_notify(3)): one datagram to the socket that the environment names."""

import os
import socket


def notify(**state: str) -> bool:
    """Send e.g. READY="1"; returns whether anybody listens. A missing systemd is no error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    message = "\n".join(f"{key}={value}" for key, value in state.items())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect("\0" + address[1:] if address.startswith("@") else address)
        sender.sendall(message.encode())
    return True
