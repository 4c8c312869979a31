"""SIGKILL at random moments: what was measured is delivered or accounted for, every time.

GATEWAY_CHAOS_SEED is the seed of the first life, 0 without it.
"""

import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.chaos import ticker
from tests.chaos.consumer import BROKER
from tests.chaos.form import report, rounds
from tests.chaos.life import ROUNDS, Life
from tests.mosquitto import Mosquitto, StartMosquitto

LANES = 3
"""Lives that go on beside each other."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages with the ticker in it, as pip would install it."""
    site = tmp_path / "site"
    info = site / "ticker-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(ticker.__file__, site / "ticker.py")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ticker\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[gateway.drivers]\nticker = ticker:TICKER\ncounting-ticker = ticker:COUNTING\n"
    )
    return site


@contextmanager
def _life(seed: int, folder: Path, site: Path, start: StartMosquitto) -> Iterator[Life]:
    folder.mkdir()
    broker = start()
    try:
        with closing(Life(seed, folder, site, broker)) as life:
            yield life
    finally:
        broker.kill()


@pytest.mark.mosquitto
def test_what_was_measured_is_delivered_or_accounted_for_after_every_kill(
    tmp_path: Path, site: Path, mosquitto: StartMosquitto
) -> None:
    failed = threading.Event()
    starting = threading.Lock()

    def start(config: str = BROKER) -> Mosquitto:
        with starting:
            return mosquitto(config)

    def live(seed: int) -> Counter[str]:
        try:
            with _life(seed, tmp_path / f"life-{seed}", site, start) as life:
                life.live(failed.is_set)
                return life.figures
        except BaseException as error:
            failed.set()
            error.add_note(f"the life of seed {seed}, in {tmp_path}/life-{seed}")
            raise

    first = int(os.environ.get("GATEWAY_CHAOS_SEED", "0"))
    lives = rounds(160, 2_000) // ROUNDS
    with ThreadPoolExecutor(LANES) as lanes:
        done = list(lanes.map(live, range(first, first + lives)))
    total = sum(done, Counter[str]())
    _report(lives, total)
    assert total["lost"] == total["two contents"] == 0
    for kind in ("merged", "dropped", "counts merged"):
        assert total[kind], f"nothing was {kind}: the test has not seen what it is about"


def _report(lives: int, total: Counter[str]) -> None:
    report(
        f"kill: {lives * ROUNDS} rounds, {total['given out']} readings given out = "
        f"{total['delivered']} delivered + {total['merged']} merged + {total['dropped']} dropped "
        f"and accounted for + {total['inside']} inside the microseconds (unclean_stop) + "
        f"{total['lost']} lost; {total['counted']} counted, of which {total['counts merged']} in "
        f"merged readings, {total['counts dropped']} in dropped ones (totals go on) and "
        f"{total['counts inside']} inside the microseconds; {total['two contents']} identities "
        f"with two contents, {total['epochs'] - lives} epochs too many"
    )
