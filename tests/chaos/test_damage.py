"""A damaged log heals itself (promise 6), and gives back what SQLite's own recovery could."""

import random
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.model import Entry, Gap, Reason, StoredGap, StoredReading
from gateway.packing import pack
from tests.chaos.damages import DAMAGES, LOG
from tests.chaos.filled_log import (
    Content,
    Filled,
    Identity,
    Totals,
    content,
    filled,
    identity,
    measure,
    open_log,
    raise_totals,
    take_all,
)
from tests.chaos.form import report, rounds
from tests.chaos.recovery import recovered
from tests.e2e.daemon import Daemon
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

ROUNDS = rounds(300, 3_000)

DAEMONS = rounds(10, 60)

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, commit_every: 100ms, reserve: 0}}
buses: {{i2c-1: {{type: i2c, simulated: true}}}}
sensors: [{{name: air, driver: bme280, bus: i2c-1, interval: 50ms}}]
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: 9, tls: false}}
  - {{type: mqtt, name: county, host: 127.0.0.1, port: 9, tls: false}}
"""


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Filled]:
    folder = tmp_path_factory.mktemp("filled")
    return [filled(folder / "killed", True), filled(folder / "cut", False)]


class Account:
    """What one damaged log gave back."""

    def __init__(self, made: Filled, name: str) -> None:
        self.made, self.name = made, name
        self.contents: dict[Identity, Content] = dict(made.gone_out)
        self.delivered: set[Identity] = set()
        self.new: dict[tuple[str, str, int], str] = {}
        self.totals = dict(made.totals) if made.killed else {}
        """After a power cut nobody knows what had gone out, but what came back counts."""

    def take(self, entries: Iterable[Entry]) -> None:
        """These went out."""
        for entry in entries:
            one, what = identity(entry), content(entry)
            if isinstance(what, StoredReading) and one not in self.contents:
                key = (what.sensor, what.at.boot, what.at.up_ns)
                assert self.new.pop(key, None) == what.packed, f"{self.name}: never measured {what}"
                self.check_totals(what)
            elif isinstance(what, StoredReading):
                raise_totals(self.totals, [what])
            assert self.contents.setdefault(one, what) == what, f"{self.name}: {one} twice"
            self.delivered.add(one)

    def check_totals(self, reading: StoredReading) -> None:
        """Running totals never run backwards."""
        now: Totals = {}
        raise_totals(now, [reading])
        for name, total in now.items():
            before = self.totals.get(name, 0)
            assert total >= before, f"{self.name}: {name} {total} < {before}"
        self.totals |= now

    def unaccounted(self) -> set[Identity]:
        """Readings of which the far side knows nothing."""
        told = self.delivered | self.made.settled
        left = self.made.measured - told
        gaps = [self.contents[one] for one in told]
        numbers = [
            gap.numbers
            for gap in gaps
            if isinstance(gap, Gap) and gap.numbers and gap.reason is not Reason.THINNED
        ]
        merged = [
            (one, what.sensor)
            for one in told
            if one[1] < one[2] and isinstance(what := self.contents[one], StoredReading)
        ]
        return {
            one
            for one in left
            if not any(n.epoch == one[0] and n.first <= one[1] <= one[2] <= n.last for n in numbers)
            and not any(
                into[0] == one[0]
                and into[1] <= one[1] <= one[2] <= into[2]
                and self.sensor(one) == sensor
                for into, sensor in merged
            )
        }

    def sensor(self, one: Identity) -> str:
        what = self.contents[one]
        assert isinstance(what, StoredReading)
        return what.sensor


def live_on(folder: Path, account: Account) -> bool:
    """Start, measure, attach, measure: everything goes out. Whether the log was healed."""
    clock = account.made.clock
    log = open_log(folder, clock)
    try:
        for attached in (False, True):
            if attached and log.store is None:
                log.attach()
            readings = measure(log, clock, 3)
            account.new |= {(r.sensor, clock.boot_id, r.up_ns): pack(r.values) for r in readings}
            account.take(take_all(log))
        log.commit()
        log.reader("city").rewind()
        account.take(take_all(log))
    finally:
        log.let_go()
    assert not account.new, f"{account.name}: measured meanwhile, and lost: {account.new}"
    return log.healed is not None


def open_again(folder: Path, account: Account) -> bool:
    """Whether the next start finds a log that is whole, and goes on with it."""
    log = open_log(folder, account.made.clock)
    try:
        account.take(take_all(log))
        return log.store is not None and log.healed is None
    finally:
        log.let_go()


class Figures(NamedTuple):
    """Of one damage, or of many."""

    healed: int
    at_stake: int
    ours: int
    theirs: int


def damaged(seed: int, made: Filled, folder: Path) -> Figures:
    """Damage a copy of that log, live on with it, and account for everything."""
    rng, damage = random.Random(seed), DAMAGES[seed % len(DAMAGES)]
    account = Account(made, f"seed {seed}, {damage.__name__}, {made.folder.name}")
    shutil.copytree(made.folder, folder)
    damage(folder, made, rng)
    by_sqlite = recovered(folder / LOG, folder.with_name(f"{folder.name}-recovered"))
    healed = live_on(folder, account)
    missing = account.unaccounted()
    assert not missing, f"{account.name}: {sorted(missing)}"
    theirs = {one for row in by_sqlite if (one := made.rows.get((row[0], row[5])))}
    lost = theirs - account.delivered
    assert not lost, f"{account.name}: {sorted(lost)}"
    assert healed == (folder / "log.db.damaged").exists()
    assert open_again(folder, account), account.name
    ours = made.stored & account.delivered
    return Figures(healed, len(made.stored), len(ours), len(theirs))


def test_every_damage_is_healed_and_nothing_is_passed_over(
    logs: list[Filled], tmp_path: Path
) -> None:
    figures = []
    for seed in range(ROUNDS):
        figures.append(damaged(seed, logs[seed // len(DAMAGES) % len(logs)], tmp_path / "damaged"))
        for left in tmp_path.iterdir():
            shutil.rmtree(left)
    healed, at_stake, ours, theirs = map(sum, zip(*figures, strict=True))
    report(
        f"damage: {ROUNDS} damages, {healed} needed healing, of {at_stake} readings at stake"
        f" {ours} salvaged, sqlite3 .recover {theirs}, wrong values 0"
    )


def test_the_daemon_starts_measures_and_keeps_the_evidence(
    logs: list[Filled], tmp_path: Path
) -> None:
    healed = 0
    for seed in range(DAEMONS):
        made, folder = logs[seed % len(logs)], tmp_path / f"{seed}"
        needed = damaged(seed, made, tmp_path / f"{seed}-before").healed
        shutil.copytree(made.folder, folder)
        DAMAGES[seed % len(DAMAGES)](folder, made, random.Random(seed))
        run_daemon(folder, bool(needed))
        healed += needed
        look_into(folder, Account(made, f"seed {seed}, the daemon"))
    report(f"damage: {DAEMONS} times the daemon itself started and measured, {healed} logs healed")


def run_daemon(folder: Path, needed: bool) -> None:
    """Start it, wait until its log is on the disk, let it measure a little, and end it."""
    config = folder / "gateway.yaml"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "run").mkdir()
    if (folder / "journal").exists():
        (folder / "journal").rename(folder / "run" / "journal")
    daemon = Daemon(config)
    try:
        daemon.start()
        until(lambda: (folder / "log.db.damaged").exists() or not needed, daemon.log.read_text)
        before = rows_in(folder)
        until(lambda: rows_in(folder) > before + 5, daemon.log.read_text)
        daemon.terminate()
    finally:
        daemon.kill()
    assert (folder / "log.db.damaged" / "log.db").exists() == needed
    assert ("was healed" in daemon.log.read_text()) == needed


def rows_in(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / LOG}?mode=ro", uri=True)) as sql:
        try:
            [(rows,)] = sql.execute("SELECT count(*) FROM reading")
        except sqlite3.DatabaseError:  # it is not at its place yet
            return 0
        return int(rows)


def look_into(folder: Path, account: Account) -> None:
    """What the daemon left, as the far side would get it."""
    log = open_log(folder, SimulatedClock("b00t0009"))
    try:
        entries = take_all(log)
    finally:
        log.let_go()
    known = account.contents.keys()
    account.take(one for one in entries if isinstance(one, StoredGap) or identity(one) in known)
    assert not account.unaccounted(), account.name
    new = [one for one in entries if isinstance(one, StoredReading) and identity(one) not in known]
    assert {one.sensor for one in new} == {"air"}
