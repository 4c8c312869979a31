"""Bytes on their way through a pseudo-terminal."""

import time

from drivers.bus.linux_serial import LinuxSerial


def arrived(port: LinuxSerial, count: int) -> bytes:
    """At least `count` bytes, as a poller gets them; the kernel hands them over shortly."""
    data = b""
    for _ in range(200):
        data += port.read()
        if len(data) >= count:
            return data
        time.sleep(0.001)
    return data
