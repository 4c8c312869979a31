"""All benchmarks, each in a process of its own."""

import subprocess
import sys

for name in ("throughput", "idle", "many", "doors", "start"):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
