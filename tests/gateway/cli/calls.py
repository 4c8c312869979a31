"""Calls of the command on a log of their own, also where nothing can be written."""

import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from tests.e2e.daemon import GATEWAY

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}}}
buffer: {{path: {folder}/log.db, reserve: 0, commit_every: 100ms}}
buses: {{i2c-1: {{type: i2c, simulated: true}}}}
sensors: [{{name: hall, driver: bme280, bus: i2c-1, interval: 50ms}}]
uplinks: [{{type: mqtt, name: city, host: no-such-broker.test, tls: false}}]
"""

READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,bind,ro,nosuid,nodev,noexec "$1" || exit 99
cd / && shift && exec "$@"
"""

FULL = """
mount -t tmpfs -o size=64k none "$1" || exit 99
folder=$1; shift; echo old > "$folder/out"
"$@"; code=$?
ls "$folder"; cat "$folder/out"; exit $code
"""

LAST = "WHERE position = (SELECT max(position) FROM reading)"


def read_only(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One call of the command, for which that folder is on a read-only file system."""
    return mounted(READ_ONLY, folder, *words)


def mounted(script: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One call of the command by a script that has mounts of its own."""
    unshare = shutil.which("unshare")
    assert unshare is not None, "unshare is missing: apt-get install util-linux"
    command = [unshare, "--mount", "--map-root-user", "sh", "-c", script, "sh", str(folder)]
    return subprocess.run(
        [*command, GATEWAY, *words], capture_output=True, text=True, timeout=60, check=False
    )


def all_of(terminal: int) -> bytes:
    """What is written to it until nobody has it open any more."""
    parts = []
    with suppress(OSError):  # EIO: that is how the last one to close it is told of
        while part := os.read(terminal, 65_536):
            parts.append(part)
    os.close(terminal)
    return b"".join(parts)


def documents(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def kind(one: dict[str, Any]) -> str:
    return "gap" if "gap" in one else "merged" if "n" in one else "reading"


def ask(config: str, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The one document that the words are answered with."""
    capsys.readouterr()
    main(["buffer", *words, "--json", "--config", config])
    return json.loads(capsys.readouterr().out)
