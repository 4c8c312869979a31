"""Days of a node on which as many people come in each window, and all that is left of them."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.doorway import AIR_NS, PHASE_S, SECOND, STEP_NS, Passage
from tests.chaos.form import rounds
from tests.chaos.moments import Moments
from tests.chaos.observed import Life, Lives
from tests.gateway.simulated_clock import SimulatedClock

UP_S = 31 * 86_400
"""The computer has run for a month: no usual number is a number of seconds since boot."""
MIDNIGHT = 1_795_132_800 * SECOND
"""2026-11-20T00:00:00Z."""
OFFSET_NS = MIDNIGHT - UP_S * SECOND
CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  header: {{type: gpio, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
sensors:
  - {{name: door, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: hall, driver: pir, bus: header, options: {{line: 22, warm_up_s: 0}}}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 7min}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, tls: false, small_counts: none}}
"""
POLLED = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
privacy: {{window: 5min}}
buses: {{i2c-1: {{type: i2c, simulated: true}}, i2c-2: {{type: i2c, simulated: true}}}}
sensors:
  - {{name: door, driver: vl53l1x, bus: i2c-1, options: {{mounting_height_mm: 2500}}}}
  - {{name: air, driver: bme280, bus: i2c-2, interval: 1min}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, tls: false, small_counts: none}}
"""
"""Forty polls a second."""

_TIMES = """
SELECT sensor, up_ns, span_ns FROM reading JOIN layout ON layout.number = layout WHERE gap = ''
UNION ALL SELECT name, up_ns, NULL FROM sensor
"""


class Plan(NamedTuple):
    """How many windows of which length, and those in the middle of which the process is killed, or
    stopped and started; how often I2C buses see the world."""

    config: str
    window_s: int
    windows: int
    killed: int
    stopped: int
    always_ns: int = AIR_NS

    @property
    def counts(self) -> list[int]:
        """How many people come in each window."""
        counts = random.Random(3).choices((0, 1, 2, 3), (3, 4, 2, 1), k=self.windows)
        counts[self.killed] = counts[self.stopped] = 2
        return counts


DAY = Plan(CONFIG, 900, 96, 41, 62)
SHORT = Plan(POLLED, 300, rounds(3, 48), 0, 1, STEP_NS)


class Day(NamedTuple):
    """What is left of a day; `times` are sensor, end and length of each row of a sensor."""

    life: Life
    passages: Sequence[Passage]
    files: Mapping[str, bytes]
    tables: Mapping[str, Sequence[tuple[Any, ...]]]
    times: Sequence[tuple[Any, ...]]
    exported: Mapping[str, bytes]

    @property
    def artefacts(self) -> Iterator[tuple[str, bytes]]:
        """Everything that anybody could look into, at any time."""
        yield from self.files.items()
        yield from self.exported.items()
        for at_ns, files in self.life.snapshots:
            yield from ((f"{name} at {at_ns}", content) for name, content in files.items())
        yield from (("the journal a moment later", journal) for journal in self.life.journals)
        for sent in self.life.sent:
            yield f"{sent.topic} at {sent.at_ns}", b"%d %b" % (sent.at_ns, sent.body)
        for at_ns, name, _, line in self.life.log.lines:
            yield f"{name} at {at_ns}", f"{at_ns} {line}".encode()

    @property
    def moments(self) -> Moments:
        """What nobody may find: when somebody was on the line, and when any line has changed."""
        passed = [round((one.at_s + PHASE_S) * SECOND) for one in self.passages]
        return Moments([*self.life.edges, *passed], OFFSET_NS)

    @property
    def messages(self) -> Iterator[dict[str, Any]]:
        """All readings and gap records that were sent or exported."""
        for sent in self.life.sent:
            if sent.topic == "data" or sent.topic.startswith("live/"):
                yield from sent.messages
        yield from (json.loads(line) for line in self.exported["jsonl"].splitlines())


def passages_of(plan: Plan, chance: random.Random) -> list[Passage]:
    """So many in each window, all of them walking alike, and nobody while it is restarted.

    Nothing of them is at a multiple of 10 s, nor where the program has begun: what everybody may
    know of is not found where a moment is looked for.
    """
    found: list[Passage] = []
    middle_s = plan.window_s // 2
    for window, n in enumerate(plan.counts):
        seconds = range(10, plan.window_s - 40, 20)
        free = [one for one in seconds if not middle_s - 25 <= one <= middle_s + 15]
        for second in sorted(chance.sample(free, n)):
            at_s = window * plan.window_s + second + 1.1 + chance.randrange(10) / 50
            found.append(Passage(UP_S + round(at_s, 2), "in" if len(found) % 3 else "out"))
    return found


def live(lives: Lives, folder: Path, plan: Plan, passages: Sequence[Passage]) -> Day:
    """From a while after midnight on; looked at when all such days are equally far."""
    clock = SimulatedClock("b00t0001", OFFSET_NS)
    clock.sleep(UP_S + 3.46 - clock.now_ns() / SECOND)
    text = plan.config.format(folder=folder / "life")
    life = lives.begin(folder / "life", text, clock, passages, always_ns=plan.always_ns)
    for window in range(plan.windows):
        begin_s = UP_S + window * plan.window_s
        life.run_until(begin_s + 6)
        life.snapshot()
        life.run_until(begin_s + plan.window_s // 2)
        if window == plan.killed:
            life.kill()
            life.start()
        elif window == plan.stopped:
            life.stop()
            clock.sleep(10)
            life.start()
        life.run_until(begin_s + plan.window_s - 18)
        life.snapshot()
    life.run_until(UP_S + plan.windows * plan.window_s + 30)
    life.kill()
    forms = {form: life.exported(form) for form in ("csv", "jsonl")}
    day = Day(life, passages, life.raw(), life.tables(), life.rows(_TIMES), forms)
    (folder / "life").rename(folder / f"life-{len(lives.handlers)}")
    return day


def two(lives: Lives, folder: Path, plan: Plan) -> tuple[Day, Day]:
    """Days of that plan, on which people came at other moments of the same windows."""
    one, other = (live(lives, folder, plan, passages_of(plan, random.Random(n))) for n in (1, 2))
    alike = {passage.at_s for passage in one.passages} & {other.at_s for other in other.passages}
    assert len(alike) < len(one.passages) / 5
    return one, other


def differences(one: Day, other: Day) -> Iterator[str]:
    """Where two days can be told apart."""
    yield from _unlike("log line", one.life.log.lines, other.life.log.lines)
    yield from _unlike("payload", one.life.sent, other.life.sent)
    for name in one.tables.keys() | other.tables.keys():
        yield from _unlike(f"row of {name}", one.tables[name], other.tables[name])
    for form in one.exported:
        lines = one.exported[form].splitlines(), other.exported[form].splitlines()
        yield from _unlike(f"line of {form}", *lines)
    for (at_ns, files), (_, others) in zip(one.life.snapshots, other.life.snapshots, strict=True):
        for name in files.keys() | others.keys():
            if files.get(name) != others.get(name):
                yield f"{name} at {at_ns}: {files.get(name)!r} and {others.get(name)!r}"


def _unlike(what: str, some: Sequence[object], others: Sequence[object]) -> Iterator[str]:
    if len(some) != len(others):
        yield f"{len(some)} and {len(others)} times {what}"
    for number, (one, other) in enumerate(zip(some, others, strict=False)):
        if one != other:
            yield f"{what} {number}: {one!r} and {other!r}"
            return
