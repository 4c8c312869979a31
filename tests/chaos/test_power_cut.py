"""Power cuts: nothing accepted is lost, the log opens each time, and no identity is given twice.

An *era* is the time from one power cut to the next: processes drive the log of one disk, are
stopped or killed, and start again, while the disk layer writes down what they write. Then the power
fails at many moments of the era, half of them before its first process could use the log, which is
when it recovers from the cut before. After each cut the log is opened by the next boot, whose
journal is empty, and the far side's account is closed. At some of the cuts the next era begins.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.buffer import Log
from tests.chaos.disk import SECTOR, Trace, Volume
from tests.chaos.eras import KINDS, LARGE, SMALL, Era, first_era, next_era
from tests.chaos.form import report, rounds
from tests.chaos.ledger import Contents, FarSide, Ledger, contents, gap_of, totals_of
from tests.chaos.log_driver import LIMITS, SENSORS, measure, open_log
from tests.gateway.buffer.node import commit_all, everything
from tests.gateway.simulated_clock import SimulatedClock

CUTS = (10, 5, 5, 5)
"""In each era of a life, the first of which is followed by the second and the third."""


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the driven processes."""
    for module, name, value in LIMITS:
        monkeypatch.setattr(module, name, value)


def test_no_power_cut_loses_or_confuses_anything(tmp_path: Path) -> None:
    lives = rounds(100, 1_000) // sum(CUTS)
    first = int(os.environ.get("GATEWAY_CHAOS_SEED", "0"))
    total: Counter[str] = Counter()
    for seed in range(first, first + lives):
        folder = tmp_path / f"life-{seed}"
        folder.mkdir()
        try:
            for era in eras(folder, seed, KINDS[seed % len(KINDS)]):
                total += era.figures
        except BaseException as error:
            error.add_note(f"the life of seed {seed}, in {folder}")
            raise
        shutil.rmtree(folder)
    report(
        f"power cut: {total['cuts']} cuts, {total['cuts while recovering']} of them while it "
        f"recovered from another; {total['sectors']} sectors lost or torn; {total['accepted']} "
        f"accepted readings and records looked for, 0 lost ({total['merged or dropped']} were "
        f"merged or dropped); {total['window']} of the open window lost, all within an "
        f"unclean_stop; {total['out']} identities had gone out ({total['out and lost']} of them "
        f"were lost on the disk), 0 given twice"
    )
    assert total["cuts"] == lives * sum(CUTS)
    for what in ("merged or dropped", "window", "out and lost", "sectors", "cuts while recovering"):
        assert total[what], f"no {what}: the test has not seen what it is about"


def eras(folder: Path, seed: int, kind: str) -> Iterator[Era]:
    """One life: four eras, of which three follow a cut of an earlier one."""
    lived = [first_era(folder, seed, kind)]
    for number, count in enumerate(CUTS):
        if number:
            lived.append(next_era(lived[min(number - 1, 1)], folder / f"era-{number}", number))
        era = lived[-1]
        era.live()
        for place, at in enumerate(era.moments(count)):
            examine(era, at, folder / f"cut-{number}-{place}")
        yield era


def examine(era: Era, at: int, folder: Path) -> None:
    """The log after a cut at that moment, as the next boot finds it."""
    ledger = era.cut(at, folder)
    era.figures += Counter(cuts=1, sectors=lost_sectors(era.disk.trace, at, folder / "state"))
    era.figures["cuts while recovering"] += bool(era.before.accepted) and era.is_recovering(at)
    (folder / "run").mkdir()
    clock = SimulatedClock("la5tb00t")
    log = open_log(folder / "state" / "log.db", folder / "run", clock, LARGE, "observer")
    try:
        if era.healing and log.store is None:
            log.attach()
        assert (log.refused, era.healing or log.healed is None) == (None, True), f"cut {at}"
        check(era, ledger, log, clock)
        log.close()
    except BaseException as error:
        error.add_note(f"cut {at} of era {era.folder}, left in {folder}")
        raise
    finally:
        log.let_go()
    shutil.rmtree(folder)


def lost_sectors(trace: Trace, at: int, state: Path) -> int:
    """How many are not as a program would have read them before the cut."""
    volume = Volume(trace.base)
    volume.advance(trace.events, at)
    lost = 0
    for name, file in volume.now.items():
        if file is not None:
            there = (state / name).read_bytes() if (state / name).exists() else b""
            was = bytes(file.content())
            places = range(0, max(len(was), len(there)), SECTOR)
            lost += sum(was[at : at + SECTOR] != there[at : at + SECTOR] for at in places)
    return lost


def check(era: Era, ledger: Ledger, log: Log, clock: SimulatedClock) -> None:
    """Measure on, and close the account of all that was known before."""
    totals = ledger.totals()
    for sensor in SENSORS * 3:
        clock.sleep(1)
        measure(log, clock, sensor)
    commit_all(log)
    stored = contents(everything(log, "observer"))
    arrived = contents(everything(log))
    known = ledger.after([])
    for one, told in (stored | arrived).items():
        known.goes_out(one, told)
    assert known.twice == []
    far_side = FarSide(ledger.settled | arrived)
    check_accepted(era, ledger, far_side)
    check_window(era, ledger, far_side)
    check_totals(totals, arrived)


def check_accepted(era: Era, ledger: Ledger, far_side: FarSide) -> None:
    lost = [one for one in ledger.accepted.items() if not far_side.has_all_of(*one)]
    assert lost == []
    era.figures["accepted"] += len(ledger.accepted)
    era.figures["merged or dropped"] += len(ledger.accepted.keys() - far_side.has.keys())


def check_window(era: Era, ledger: Ledger, far_side: FarSide) -> None:
    """What was not accepted is there, or told to be missing."""
    waiting = (ledger.measured | ledger.out).items() - ledger.accepted.items()
    lost = [one for one, told in waiting if not far_side.has_all_of(one, told)]
    reasons = ("unclean_stop", "store_damaged") if era.healing else ("unclean_stop",)
    told = {gap[0] for gap in map(gap_of, far_side.has.values()) if gap}
    assert told <= {*reasons, *(("thinned", "dropped") if era.max_size == SMALL else ())}
    silent = [one for one in lost if not any(far_side.is_told(why, one) for why in reasons)]
    assert silent == []
    era.figures["window"] += len(lost)
    era.figures["out and lost"] += len(ledger.out.keys() & set(lost))
    era.figures["out"] += len(ledger.out)


def check_totals(before: dict[tuple[str, str], int], arrived: Contents) -> None:
    """They have gone on from those that were accepted or had gone out."""
    newest: dict[tuple[str, str], int] = {}
    for told in arrived.values():
        if "la5tb00t" in told:
            newest |= totals_of(told)
    assert {key: newest[key] for key, value in before.items() if newest[key] < value} == {}
