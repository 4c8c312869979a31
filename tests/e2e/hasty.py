"""The daemon, with a test's own parts and a patience that a test can bear.

    python -m tests.e2e.hasty FORBIDDEN_S gateway run --config FILE

All else is what `gateway` does with these words. FORBIDDEN_S: seconds until it tries again what it
may not publish.
"""

import sys

from drivers import registry
from gateway.cli import main
from gateway.delivery import hold

PARTS = {
    "ticker": "tests.chaos.ticker:TICKER",
    "counting-ticker": "tests.chaos.ticker:COUNTING",
}

if __name__ == "__main__":
    registry.BUILT_IN.update(PARTS)
    hold.FORBIDDEN_S = float(sys.argv[1])
    sys.exit(main(sys.argv[3:]))
