"""A Debian 12 tree with the gateway installed as a person would install it, kept in `.build/`.

Two trees, each under a name that is the hash of all that goes into it, so a change rebuilds no
more than it must: the bare system (a minute), and the gateway on top of it (some seconds).
"""

import fcntl
import hashlib
import inspect
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

PROJECT = Path(__file__).parents[2]
BUILD = PROJECT / ".build"
SUITE = "bookworm"
SUITE_PYTHON = "3.11"
PREFIX = "/opt/partheland-gateway"
PACKAGES = "dbus,procps,python3,python3-venv,systemd-sysv"
INSTALL = {
    "gateway.service": "etc/systemd/system/gateway.service",
    "gateway-recover.path": "etc/systemd/system/gateway-recover.path",
    "gateway-recover.service": "etc/systemd/system/gateway-recover.service",
    "gateway.sysusers.conf": "usr/lib/sysusers.d/gateway.conf",
    "gateway.tmpfiles.conf": "usr/lib/tmpfiles.d/gateway.conf",
    "gateway.modules-load.conf": "usr/lib/modules-load.d/gateway.conf",
    "99-gateway.udev.rules": "usr/lib/udev/rules.d/99-gateway.rules",
}
"""Where a file of `systemd/` belongs on a node."""

_GLIBC_MINORS = (17, 28, 31, 34, 35, 36)
"""Platform tags up to Debian 12's C library under which wheels are published."""


def node_tree() -> Path:
    """The root directory of a node: Debian 12 with the gateway of this checkout."""
    recipe = [PACKAGES, *(inspect.getsource(step) for step in (_bootstrap, _install, _wheels))]
    key = _hash([*map(str.encode, recipe), *map(_with_name, _sources())])
    return _cached(f"node-{key}", lambda tree: _install(_debian(), tree))


def _debian() -> Path:
    key = _hash(map(str.encode, (PACKAGES, inspect.getsource(_bootstrap))))
    return _cached(f"debian-{key}", _bootstrap)


def _cached(name: str, build: Callable[[Path], None]) -> Path:
    """The tree of that name, built if it is not there; older ones of its kind are thrown away."""
    kind = name.partition("-")[0]
    BUILD.mkdir(exist_ok=True)
    with (BUILD / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (BUILD / name).exists():
            for old in BUILD.glob(f"{kind}-*"):
                shutil.rmtree(old)
            unfinished = BUILD / f"{kind}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            build(unfinished)
            unfinished.rename(BUILD / name)
    return BUILD / name


def _hash(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def _with_name(path: Path) -> bytes:
    return f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes()


def _sources() -> list[Path]:
    """Whatever can change what is installed on a node."""
    code = [
        path
        for package in ("gateway", "drivers", "systemd")
        for path in (PROJECT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return sorted([*code, PROJECT / "pyproject.toml"])


def _bootstrap(tree: Path) -> None:
    """A Debian 12 with systemd, from the package sources of this machine."""
    options = tree.with_suffix(".apt.conf")
    options.write_text(_output("apt-config", "dump", "Acquire"))
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{path}/*" for path in ("doc", "man", "locale")]
    _run(
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--format=directory"),
        *(f"--include={PACKAGES}", f"--aptopt={options}", *excluded),
        *(SUITE, str(tree), *map(str, _apt_sources())),
    )  # fmt: skip
    (tree / "etc/hostname").write_text("node\n")
    (tree / "etc/hosts").write_text("127.0.0.1 localhost node\n::1 localhost\n")


def _apt_sources() -> list[Path]:
    """Files of this machine that name the suite; none = what mmdebstrap does by itself."""
    folder = Path("/etc/apt")
    found = [folder / "sources.list", *(folder / "sources.list.d").glob("*")]
    return [
        path
        for path in found
        if path.suffix in (".list", ".sources") and path.exists() and SUITE in path.read_text()
    ]


def _install(debian: Path, tree: Path) -> None:
    _run("cp", "--archive", "--reflink=auto", str(debian), str(tree))
    _wheels(tree / "wheels")
    for step in (
        f"python3 -m venv {PREFIX}",
        f"{PREFIX}/bin/pip install --quiet --no-index --find-links=/wheels partheland-gateway",
        "rm -r /wheels",
    ):
        _run("chroot", str(tree), *step.split())
    for name, place in INSTALL.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "systemd" / name, tree / place)
    _run("chroot", str(tree), "systemd-sysusers")


def _wheels(folder: Path) -> None:
    """The project's wheel and those of what it needs, for the container's Python, not for ours."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "wheel", "--quiet", "--no-deps", f"--wheel-dir={folder}", str(PROJECT))
    (wheel,) = folder.glob("*.whl")
    tags = [f"manylinux_2_{minor}_{platform.machine()}" for minor in _GLIBC_MINORS]
    _run(
        *(*pip, "download", "--quiet", "--only-binary=:all:", f"--dest={folder}"),
        *(f"--python-version={SUITE_PYTHON}", "--implementation=cp"),
        *(f"--platform={tag}" for tag in [*tags, f"manylinux2014_{platform.machine()}"]),
        str(wheel),
        # pip asks the markers of the Python that runs it, and only 3.13 has to do without this one.
        "lgpio",
    )


def _run(*command: str) -> None:
    _output(*command)


def _output(*command: str) -> str:
    """Standard output; a failure shows what the command said."""
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
