"""What uplinks that hide small counts tell of whole days, every topic of them.

Sums of local days are exact where counts are carried, and nobody can tell a window with nobody from
one with one or two people: until they are told together with others, or never.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.chaos.captured import Sent
from tests.chaos.doorway import SECOND, Passage
from tests.chaos.form import rounds
from tests.chaos.observed import Life, Lives, observing
from tests.gateway.simulated_clock import SimulatedClock

WINDOW_S = 900
UP_S = 31 * 86_400
SMALL_BELOW = 3
BERLIN = ZoneInfo("Europe/Berlin")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  header: {{type: gpio, simulated: true}}
  i2c-1: {{type: i2c, simulated: true}}
sensors:
  - {{name: door, driver: beam-pair, bus: header, options: {{line_a: 17, line_b: 27}}}}
  - {{name: hall, driver: pir, bus: header, options: {{line: 22, warm_up_s: 0}}}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 3min}}
uplinks:
  - {{type: mqtt, name: carry, host: 127.0.0.1, tls: false}}
  - {{type: mqtt, name: round5, host: 127.0.0.1, tls: false, small_counts: round5}}
  - {{type: mqtt, name: suppress, host: 127.0.0.1, tls: false, small_counts: suppress}}
"""
COUNTS = ("count_in", "count_out", "activations")


@pytest.fixture
def lives(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    with observing(monkeypatch) as begun:
        yield begun


def entering(counts: Sequence[int]) -> list[Passage]:
    """So many in each window, who come in one behind the other."""
    return [
        Passage(UP_S + window * WINDOW_S + 31.1 + 20 * number)
        for window, n in enumerate(counts)
        for number in range(n)
    ]


def lived(
    lives: Lives, folder: Path, begin: datetime, passages: Sequence[Passage], windows: int
) -> Life:
    """A node from that UTC on, for so many windows; killed once in the middle of one."""
    utc_ns = (begin - _1970) // timedelta(microseconds=1) * 1_000
    clock = SimulatedClock("b00t0001", utc_ns - UP_S * SECOND)
    clock.sleep(UP_S + 3.46 - clock.now_ns() / SECOND)
    life = lives.begin(folder / "life", CONFIG.format(folder=folder / "life"), clock, passages)
    life.run_until(UP_S + (windows // 2 + 0.9) * WINDOW_S)
    life.kill()
    life.start()
    life.run_until(UP_S + windows * WINDOW_S + 60)
    life.kill()
    (folder / "life").rename(folder / f"life-{len(lives.handlers)}")
    return life


def of(life: Life, uplink: str, until_s: float = float("inf")) -> list[Sent]:
    """All that went over that uplink up to so many seconds since the begin."""
    return [s for s in life.sent if s.uplink == uplink and s.at_ns < (UP_S + until_s) * SECOND]


def readings(life: Life, uplink: str) -> list[dict[str, Any]]:
    """Each of people once, in their order."""
    found = {m["id"]: m for sent in of(life, uplink) if sent.topic == "data" for m in sent.messages}
    return [one for one in found.values() if one.get("sensor") in ("door", "hall") and "up" in one]


@pytest.fixture(scope="module")
def like(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Life]:
    """Days that are alike but for one window, in which nobody, one or two came."""
    folder = tmp_path_factory.mktemp("alike")
    begin = datetime(2026, 11, 19, 23, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as patch, observing(patch) as lives:
        return {
            n: lived(lives, folder, begin, entering(_counts(n)), len(_counts(n))) for n in (0, 1, 2)
        }


SOME, CLOSES = 3, 40


def _counts(n: int) -> list[int]:
    """Windows with so many that each closes an amount, and between them one with `n`.

    Running totals get another digit by them, and so may rows of the log.
    """
    return [4, 5, 0, n, *[0] * (CLOSES - SOME - 1), 3, 4, 5, 0, 3]


@pytest.mark.parametrize("n", [1, 2])
def test_carried_counts_look_as_if_nobody_came_until_they_are_small_no_longer(
    like: Mapping[int, Life], n: int
) -> None:
    closed_s = (CLOSES + 2) * WINDOW_S - 1  # with the next one that closes it is told
    for one, other in zip(
        of(like[0], "carry", closed_s), of(like[n], "carry", closed_s), strict=True
    ):
        assert one == other
    assert readings(like[0], "carry") != readings(like[n], "carry")


@pytest.mark.parametrize("uplink", ["round5", "suppress"])
@pytest.mark.parametrize("n", [1, 2])
def test_rounded_and_suppressed_counts_look_as_if_nobody_came_for_ever(
    like: Mapping[int, Life], uplink: str, n: int
) -> None:
    for one, other in zip(of(like[0], uplink), of(like[n], uplink), strict=True):
        assert one == other


CHANGES = [datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 3, 28, 21, tzinfo=UTC)]
"""Two hours before the local days of 25 and 23 hours."""


@pytest.mark.parametrize("begin", CHANGES, ids=["autumn", "spring"])
@pytest.mark.parametrize("seed", range(rounds(1, 10)))
def test_sums_of_local_days_are_exact_and_no_part_of_a_day_is_small(
    lives: Lives, tmp_path: Path, begin: datetime, seed: int
) -> None:
    chance = random.Random(seed)
    windows = 4 * (2 + 25 + 1)
    counts = [0, 2, *[0] * 6, *chance.choices((0, 1, 2, 3, 9), (6, 4, 2, 1, 1), k=windows - 8)]
    passages = [
        one._replace(direction=chance.choice(("in", "in", "out"))) for one in entering(counts)
    ]
    life = lived(lives, tmp_path, begin, passages, windows)
    told: dict[str, Counter[date]] = {name: Counter() for name in COUNTS}
    for reading in readings(life, "carry"):
        for name in COUNTS:
            if name in reading["values"]:
                first, end = _span(reading, name)
                count = reading["values"][name]
                told[name][_day(first)] += count
                assert count >= SMALL_BELOW or _is_whole_day(first, end, begin), reading
    true = _true(begin, passages)
    eve = begin.astimezone(BERLIN).date()
    for day in (eve, eve + timedelta(days=1)):
        assert {name: told[name][day] for name in COUNTS} == {n: true[n][day] for n in COUNTS}
    assert true["activations"][eve] == 2


def _span(reading: Mapping[str, Any], name: str) -> tuple[datetime, datetime]:
    """What that value is of."""
    told = reading.get("spans", {}).get(name, reading)
    return datetime.fromisoformat(told["t0"]), datetime.fromisoformat(told["t1"])


def _is_whole_day(first: datetime, end: datetime, begin: datetime) -> bool:
    """Or all of it that the node has seen."""
    starts = first == begin or first.astimezone(BERLIN).time() == time()
    return starts and end.astimezone(BERLIN).time() == time() and _day(first) < _day(end)


def _day(utc: datetime) -> date:
    return utc.astimezone(BERLIN).date()


def _true(begin: datetime, passages: Sequence[Passage]) -> dict[str, Counter[date]]:
    true: dict[str, Counter[date]] = {name: Counter() for name in COUNTS}
    for one in passages:
        day = _day(begin + timedelta(seconds=one.at_s - UP_S))
        true[f"count_{one.direction}"][day] += 1
        true["activations"][day] += 1
    return true
