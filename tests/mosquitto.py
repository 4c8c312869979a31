"""A real mosquitto of the distribution, for tests."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

START_S = 10
STEP_S = 0.02


class Mosquitto:
    """A real broker on a loopback port of its own, which stays the same when it is started again.

    `config` is added to its configuration file; its messages go to `log` and its store lies beside.
    """

    def __init__(self, program: str, folder: Path, config: str) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self._command = (program, "-v", "-c", str(folder / "mosquitto.conf"))
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} {self.host}\n"
            f"persistence_location {folder}/\n"
            # As root it would else become a user who can't read the test's folder.
            f"{'user root' if os.geteuid() == 0 else ''}\n"
            f"{config}\n"
        )

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it runs.

        Before it says so it accepts connections already, but a signal would end it.
        """
        began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        end = time.monotonic() + START_S
        while b" running" not in self.log.read_bytes()[began:]:
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(STEP_S)

    def stop(self) -> None:
        """Let it end in order, which saves its store."""
        self._end(signal.SIGTERM)

    def reload(self) -> None:
        """Let it read its ACL file again, as `systemctl reload mosquitto` does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def freeze(self) -> None:
        """Let it take messages into its socket and say nothing, until it is thawed or killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_S)
            self._process = None


class StartMosquitto(Protocol):
    """Starts one more broker."""

    def __call__(self, config: str = "allow_anonymous true") -> Mosquitto: ...


def program(name: str = "mosquitto") -> str:
    """Where the broker is, or a program that comes with it."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    return found or _missing(name)


def dynamic_security() -> str:
    """Where the plugin is: Debian has a folder for each architecture."""
    name = "mosquitto_dynamic_security.so"
    roots = [Path(root) for root in ("/usr/lib", "/usr/lib64", "/usr/local/lib")]
    found = [path for root in roots for path in (root / name, *root.glob(f"*/{name}"))]
    return next((str(path) for path in found if path.is_file()), None) or _missing(name)


def _missing(name: str) -> NoReturn:
    """A missing peer is a failure, not a skip: nothing would be tested and nobody would notice."""
    told = f"{name} is missing: sudo apt-get install mosquitto"
    skip = os.environ.get("GATEWAY_SKIP_PEERS") == "1"
    (pytest.skip if skip else pytest.fail)(told)


def free_port() -> int:
    """A loopback port where nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
