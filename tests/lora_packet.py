"""An independent LoRaWAN library (npm lora-packet), for tests: one program a batch of frames."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import pytest

PROJECT = Path(__file__).parents[1]
MODULES = PROJECT / ".build" / "lora-packet" / "node_modules"
PROGRAM = Path(__file__).with_suffix(".js")


class LoraPacket:
    """Reads frames. The questions and answers stand in lora_packet.js."""

    def __init__(self, modules: Path = MODULES) -> None:
        self._node = shutil.which("node") or _missing("node")
        self._modules = modules
        if not (modules / "lora-packet").is_dir():
            _missing("lora-packet")

    def read(self, frames: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """One answer for each frame, in their order."""
        asked = "".join(json.dumps(frame) + "\n" for frame in frames)
        done = subprocess.run(
            (self._node, str(PROGRAM)),
            check=False,
            input=asked,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "NODE_PATH": str(self._modules)},
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def _missing(name: str) -> NoReturn:
    """A missing peer is a failure, not a skip: nothing would be tested and nobody would notice."""
    skip = os.environ.get("GATEWAY_SKIP_PEERS") == "1"
    (pytest.skip if skip else pytest.fail)(f"{name} is missing: .ci/prepare peers")
