"""Run inside the sandbox of the service: says on standard output what may and may not be done.

One JSON object, name of the attempt to null (it went well) or the name of the error.
"""

import ctypes
import errno
import json
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ADJ_FREQUENCY = 2


def attempt(action: Callable[[], object]) -> str | None:
    """How it went: None, or the errno's name."""
    try:
        action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return None


def call_back() -> None:
    """A Python function called from C: libffi must make a closure."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    numbers = (ctypes.c_int * 3)(3, 1, 2)
    ctypes.CDLL(None).qsort(numbers, 3, 4, prototype(lambda _a, _b: 0))


def writable_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def adjtimex(modes: int) -> None:
    timex = ctypes.create_string_buffer(modes.to_bytes(4, sys.byteorder), 512)
    if ctypes.CDLL(None, use_errno=True).adjtimex(timex) < 0:
        raise OSError(ctypes.get_errno(), "adjtimex")


def open_device(path: str) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))


def resolve() -> None:
    assert {found[0] for found in socket.getaddrinfo("localhost", 1883)} == {
        socket.AF_INET,
        socket.AF_INET6,
    }


def touch(folder: str) -> None:
    (Path(folder) / "touched").touch()


def list_folder(folder: str) -> None:
    list(Path(folder).iterdir())


ATTEMPTS: dict[str, Callable[[], object]] = {
    "a callback from C": call_back,
    "writable code": writable_code,
    "ask the state of the clock": lambda: adjtimex(0),
    "set the clock": lambda: adjtimex(ADJ_FREQUENCY),
    "a device of a class that is allowed": lambda: open_device("/dev/ttyS0"),
    "a device of another class": lambda: open_device("/dev/other-class"),
    "a pseudo-terminal": os.openpty,
    "ask another program, as chronyc": lambda: subprocess.run(["/bin/true"], check=True),
    "resolve a name": resolve,
    "a raw packet socket": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "write the log's folder": lambda: touch("/var/lib/gateway"),
    "write the runtime folder": lambda: touch("/run/gateway"),
    "write the working folder": lambda: touch("."),
    "write the program": lambda: touch("/opt/partheland-gateway"),
    "write the configuration": lambda: touch("/etc/gateway"),
    "look into a home": lambda: list_folder("/home/somebody"),
    "look into the secrets": lambda: list_folder("/etc/gateway/secrets"),
    "read a credential": lambda: Path(
        os.environ["CREDENTIALS_DIRECTORY"], "secret_mqtt-password"
    ).read_text(),
    "read the model of the computer": lambda: Path("/proc/cpuinfo").read_text(),
    "read how much memory is left": lambda: Path("/proc/meminfo").read_text(),
    "look at the disks of the computer": lambda: list_folder("/sys/dev/block"),
    "import the GPIO library": lambda: __import__("lgpio"),
}

if __name__ == "__main__":
    sys.stdout.write(json.dumps({name: attempt(action) for name, action in ATTEMPTS.items()}))
