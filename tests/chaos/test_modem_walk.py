"""Random walks of a node with a LoRaWAN modem through all that can go wrong, in virtual time.

After each step the oracle compares what the node believes with what was on the air.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from drivers.lorawan.simulated import MODELS
from tests.chaos.form import report, rounds
from tests.gateway.lorawan.hostile_disk import LEDGER, STATE, clear, fill
from tests.gateway.lorawan.site import DEV_EUI, DOORS
from tests.gateway.lorawan.trial import DAY_S, HOUR_S, Trial

WALKS, LONG_WALKS = 1, 40
STEPS, LONG_STEPS = 6, 40


class Walker:
    """One fault after the other; `path` tells which, to walk it again."""

    def __init__(self, trial: Trial, dice: Random) -> None:
        self.trial, self.dice = trial, dice
        self.path: list[str] = []

    def of_the_modem(self) -> list[Callable[[float], object]]:
        """What loses no count that was taken for told."""
        return [
            self.garbage,
            self.mute,
            self.slow,
            self.busy,
            self.unplugged,
            self.reset,
            self.program_restarts,
            self.program_is_killed,
            self.ledger_is_full,
            self.state_is_full,
            self.state_is_damaged,
        ]

    def of_the_network(self) -> list[Callable[[float], object]]:
        """What the air may lose."""
        return [self.deaf, self.forgetful, self.lossy, self.reset, self.program_restarts]

    def walk(self, faults: list[Callable[[float], object]], steps: int) -> None:
        for _ in range(steps):
            fault, seconds = self.dice.choice(faults), self.dice.uniform(10, 2 * HOUR_S)
            self.path.append(f"{fault.__name__} {seconds:.0f}")
            fault(seconds)
            self.trial.run(self.dice.choice((1.0, 40.0, 1_000.0, 4_000.0)))

    def garbage(self, seconds: float) -> None:
        self._fault("garbage", True, False, seconds)

    def mute(self, seconds: float) -> None:
        self._fault("mute", True, False, seconds)

    def slow(self, seconds: float) -> None:
        self._fault("slow_s", self.dice.uniform(0.1, 40), 0.0, seconds)

    def busy(self, seconds: float) -> None:
        self.trial.site.model.keep_busy(seconds)
        self.trial.run(seconds)

    def unplugged(self, seconds: float) -> None:
        wire = self.trial.site.wire
        wire.gone = True
        self.trial.run(seconds)
        self.trial.oracle.reset_modem()
        wire.gone = False

    def reset(self, seconds: float) -> None:
        """A moment after the begin of the next transmission, if one comes in time."""
        site, before = self.trial.site, len(self.trial.site.sent)
        sleep, after_ns = site.clock.sleep, round(self.dice.uniform(0, 8) * 1e9)
        due: list[int] = []

        def slept(seconds: float) -> None:
            sleep(seconds)
            if not due and len(site.sent) > before:
                due.append(site.clock.now_ns() + after_ns)
            if due and due[0] and site.clock.now_ns() >= due[0]:
                due[0] = 0
                self.trial.oracle.reset_modem()

        site.clock.sleep = slept  # type: ignore[method-assign]
        self.trial.run(seconds)
        site.clock.sleep = sleep  # type: ignore[method-assign]

    def program_restarts(self, seconds: float) -> None:
        self.trial.site.restart()
        self.trial.run(seconds)

    def program_is_killed(self, seconds: float) -> None:
        """What it knew of the radio and had not written is lost."""
        self.trial.site.log.close()
        self.trial.site.begin()
        self.trial.run(seconds)

    def ledger_is_full(self, seconds: float) -> None:
        self._full(LEDGER, seconds)

    def state_is_full(self, seconds: float) -> None:
        self._full(STATE, seconds)

    def state_is_damaged(self, seconds: float) -> None:
        site = self.trial.site
        site.end()
        (site.folder / STATE).write_bytes(self.dice.randbytes(100))
        site.begin()
        self.trial.run(seconds)

    def deaf(self, seconds: float) -> None:
        server = self.trial.site.server
        server.running = False
        self.trial.run(seconds)
        server.running = True

    def forgetful(self, seconds: float) -> None:
        self.trial.oracle.look()
        self.trial.site.server.restart(sessions_kept=False)
        self.trial.run(seconds)

    def lossy(self, seconds: float) -> None:
        air = self.trial.site.air
        air.loss_up, air.loss_down = self.dice.random(), self.dice.random()
        self.trial.run(seconds)
        air.loss_up = air.loss_down = 0.0

    def _fault(self, name: str, value: object, well: object, seconds: float) -> None:
        setattr(self.trial.site.model.faults, name, value)
        self.trial.run(seconds)
        setattr(self.trial.site.model.faults, name, well)

    def _full(self, name: str, seconds: float) -> None:
        folder = self.trial.site.folder
        if not (folder / name).exists():
            return
        fill(folder, name)
        self.trial.run(seconds)
        clear(folder, name)


@pytest.mark.parametrize("family", sorted(MODELS))
def test_no_fault_of_a_modem_or_a_disk_loses_a_count(tmp_path: Path, family: str) -> None:
    for seed in range(rounds(WALKS, LONG_WALKS)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        walker = Walker(Trial(folder, family), Random(f"{family} {seed}"))
        try:
            walker.walk(walker.of_the_modem(), rounds(STEPS, LONG_STEPS))
            walker.trial.is_well_again(rounds(12, 26) * HOUR_S)
        except AssertionError as error:
            raise AssertionError(f"{family} {seed}: {walker.path}: {error}") from error
        finally:
            walker.trial.site.end()
    report(f"{family}: {rounds(WALKS, LONG_WALKS)} walks through faults of the modem and its disk")


@pytest.mark.parametrize("family", sorted(MODELS)[-rounds(1, 4) :])
def test_after_any_network_the_news_arrive_again(tmp_path: Path, family: str) -> None:
    for seed in range(rounds(WALKS, LONG_WALKS)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        walker = Walker(Trial(folder, family), Random(f"{family} {seed}"))
        site = walker.trial.site
        try:
            walker.walk(walker.of_the_network(), rounds(STEPS, LONG_STEPS))
            walker.trial.run(2.5 * DAY_S)
            since_s = site.now_s
            walker.trial.run(6 * HOUR_S)
            for door in DOORS:
                due = {end for end in site.truth[door] if since_s < end < site.now_s - 60}
                assert due <= site.counted()[door].keys()
            assert walker.trial.problems() == set()
            assert site.server.member(DEV_EUI).session is not None
        except AssertionError as error:
            raise AssertionError(f"{family} {seed}: {walker.path}: {error}") from error
        finally:
            site.end()
