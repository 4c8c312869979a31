"""Real chronyds, unpacked by `.ci/prepare peers`, which touch no clock and serve on loopback."""

import os
import pwd
import socket
import subprocess
from pathlib import Path

import pytest

from tests.waiting import until

UNPACKED = Path(__file__).parents[1] / ".build/chrony/usr"
START_S = 10


class Chronyd:
    """One chronyd; `config` is added to its own."""

    def __init__(self, folder: Path, config: str) -> None:
        program = _unpacked("sbin/chronyd")
        folder.mkdir(mode=0o700)  # it takes no socket in a folder that others may write
        self.log = folder / "chronyd.log"
        self._socket = folder / "chronyd.sock"
        (folder / "chronyd.conf").write_text(
            f"cmdport 0\nbindcmdaddress {self._socket}\npidfile {folder}/pid\n{config}\n"
        )
        user = pwd.getpwuid(os.geteuid()).pw_name
        # -x: it does not control the clock; -U: it need not be root.
        command = [program, "-x", "-d", "-U", "-u", user, "-f", str(folder / "chronyd.conf")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._socket.exists, self.log.read_text, START_S)

    @property
    def chronyc(self) -> tuple[str, ...]:
        """The command that asks this one."""
        return (_unpacked("bin/chronyc"), "-h", str(self._socket))

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def server(folder: Path, port: int) -> Chronyd:
    """One that serves this computer's time to others as if it were true."""
    return Chronyd(folder, f"local stratum 1\nport {port}\nbindaddress 127.0.0.1\nallow 127.0.0.1")


def client(folder: Path, port: int) -> Chronyd:
    """One that asks that server, many times a second; it need not be there yet."""
    return Chronyd(folder, f"port 0\nserver 127.0.0.1 port {port} iburst minpoll -4 maxpoll -2")


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _unpacked(name: str) -> str:
    """A missing peer is a failure, not a skip: nothing would be tested and nobody would notice."""
    path = UNPACKED / name
    if not path.exists():
        told = "chrony is missing: .ci/prepare peers"
        skip = os.environ.get("GATEWAY_SKIP_PEERS") == "1"
        (pytest.skip if skip else pytest.fail)(told)
    return str(path)
