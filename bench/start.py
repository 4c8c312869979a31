"""`gateway --version` beside `python -c pass`, in turn, as a ratio of medians."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 40


def main() -> None:
    gateway = [str(Path(sys.executable).parent / "gateway"), "--version"]
    nothing = [sys.executable, "-c", "pass"]
    pairs = [(_seconds(gateway), _seconds(nothing)) for _ in range(RUNS)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"gateway --version             {ours * 1000:>10.1f} ms")
    print(f"python -c pass                {theirs * 1000:>10.1f} ms")
    print(f"ratio                         {ours / theirs:>10.2f} (goal: at most 2.5)")


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
