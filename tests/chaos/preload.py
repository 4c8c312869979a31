"""Small libraries in C that stand between a process and the system, compiled once."""

import atexit
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from shutil import rmtree, which

import pytest


@cache
def library(name: str) -> Path:
    """`name`.c of this folder as a shared object, for LD_PRELOAD."""
    compiler = which("cc")
    if compiler is None:
        pytest.fail("cc is missing: sudo apt-get install gcc libc6-dev")
    folder = Path(tempfile.mkdtemp(prefix="gateway-preload-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    source, made = Path(__file__).with_name(f"{name}.c"), folder / f"{name}.so"
    command = (compiler, "-shared", "-fPIC", "-O2", "-o", made, source, "-ldl", "-lpthread")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"cannot compile {source.name}: sudo apt-get install libc6-dev\n{done.stderr}")
    return made
