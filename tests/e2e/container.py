"""Debian's own systemd, booted in a container, and commands run inside it.

Commands enter the namespaces of the container's first process, so their output and exit status
are their own and not scraped off a console. That it has booted is told by its systemd itself.
"""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

BOOT_S = 60
STEP_S = 0.1

_NSPAWN = (
    "systemd-nspawn",
    "--quiet",
    "--volatile=overlay",  # the tree stays as it is: what a boot writes is in memory
    "--register=no",  # the machine may have no systemd of its own to register with
    "--keep-unit",
    "--private-network",
    "--link-journal=no",  # would want a machine id, which a machine without systemd has not
    "--notify-ready=yes",
    # Without these a container's systemd can't install the filters behind DeviceAllow=.
    "--capability=CAP_BPF,CAP_PERFMON,CAP_NET_ADMIN",
    # And nspawn forbids to ask whether the clock is synchronised.
    "--system-call-filter=bpf adjtimex clock_adjtime",
    "--boot",
)


class Container:
    """A running machine; a context manager that boots it and shuts it down."""

    def __init__(self, tree: Path, scratch: Path) -> None:
        self._tree = tree
        self._log = scratch / "console.log"
        self._socket_path = scratch / "notify"
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Self:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
            notified.bind(str(self._socket_path))
            self._start()
            try:
                self._await_boot(notified)
            except BaseException:
                self._kill()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)  # nspawn hands it on as an orderly power-off
        try:
            self._process.wait(BOOT_S)
        finally:
            self._kill()

    def path(self, inside: str) -> Path:
        """Where a path of the container lies for us, also in its memory-backed parts."""
        return Path(f"/proc/{self._leader}/root") / inside.lstrip("/")

    def write(self, inside: str, text: str, mode: int = 0o644) -> None:
        """Put a file there, with its folders."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def run(self, *command: str, status: int | None = 0, seconds: float = 30) -> str:
        """Standard output of a command inside; `status` None = whatever it ends with."""
        namespaces = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        done = subprocess.run(
            ("nsenter", f"--target={self._leader}", *namespaces, "--", *command),
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
            env={"PATH": "/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8"},
        )
        assert status in (None, done.returncode), f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def _start(self) -> None:
        # The container's systemd wants one tree of control groups, whatever this machine has.
        hierarchy = {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                (*_NSPAWN, f"--directory={self._tree}"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **hierarchy, "NOTIFY_SOCKET": str(self._socket_path)},
                start_new_session=True,
            )

    def _await_boot(self, notified: socket.socket) -> None:
        """nspawn passes on READY=1 of the systemd inside, after it has told its process number."""
        end = time.monotonic() + BOOT_S
        notified.settimeout(STEP_S)
        told: dict[str, str] = {}
        while told.get("READY") != "1":
            assert self._process is not None
            running = self._process.poll() is None and time.monotonic() < end
            assert running, f"it does not boot:\n{self._log.read_text(errors='replace')}"
            with suppress(TimeoutError):
                lines = notified.recv(4096).decode().splitlines()
                told |= dict(line.split("=", 1) for line in lines)
        self._leader = int(told["X_NSPAWN_LEADER_PID"])

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
