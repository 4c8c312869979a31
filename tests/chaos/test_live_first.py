"""While a backlog drains over a slow wire, what is measured now comes first (promise 15)."""

import json
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.chaos.form import report, rounds
from tests.chaos.outpost import COUNTERS, Arrived, Outpost, Pulse
from tests.mosquitto import StartMosquitto
from tests.waiting import until

BACKLOG = rounds(1_000, 20_000)
PULSE = Pulse(2, 5, "20ms", last=BACKLOG // 10)
"""They end before the wire is back; the counters go on, and are the news."""
USUAL = "reconnect: {first: 500ms, longest: 1s}, backlog: {spread: 0}"
DELAY_S, BITS_PER_S = 0.2, 64_000.0
OLDEST_S = 10.0
"""The first payload of a backlog has 200 readings, and 40 kB take 5 s. Those after it are smaller,
but news may just miss one, wait for it, and wait 1 s to be sent together."""
SETTLED_S = 5.0
"""In the second half, when payloads are as small as the line needs them."""
DRAIN_S = rounds(300, 3_600)


class Came(NamedTuple):
    """One reading: ms since boot when it was measured, and when it came."""

    up: int
    came: int
    hist: bool


def arrivals(heard: Path) -> list[Came]:
    """In the order in which they came."""
    lines = [json.loads(line) for line in heard.read_bytes().splitlines() if line.endswith(b"}")]
    return [
        Came(body["up"], line["came"], body["hist"])
        for line in lines
        if line["topic"].endswith("/data")
        for body in line["payload"]
    ]


def connected_at(heard: Path) -> int:
    """When the first of all messages came, the birth of the connection."""
    first = next(line for line in heard.read_bytes().splitlines() if line.endswith(b"}"))
    came: int = json.loads(first)["came"]
    return came


def oldest_s(came: list[Came], since: int) -> float:
    """How old the newest of the news was at most, until the last of the backlog came."""
    last = max(one.came for one in came if one.hist)
    ages, newest = [], since
    for one in came:
        if not one.hist and one.came <= last:
            ages.append(one.came - newest)
            newest = max(newest, one.up)
    return max([*ages, last - newest]) / 1_000


@pytest.mark.mosquitto
def test_news_overtake_the_backlog(tmp_path: Path, mosquitto: StartMosquitto) -> None:
    with closing(Outpost(tmp_path, mosquitto(), PULSE, USUAL)) as outpost:
        outpost.wire.cut()
        outpost.wire.slow(DELAY_S, BITS_PER_S)
        outpost.collect()
        outpost.start()
        until(lambda: outpost.given_out() == BACKLOG, outpost.given_out)
        outpost.wire.mend()
        until(lambda: not faults(outpost), lambda: faults(outpost), DRAIN_S)
        came = arrivals(outpost.heard)
        drain = [one.came for one in came if one.hist]
        news = [one for one in came if not one.hist and min(drain) < one.came < max(drain)]
        since = connected_at(outpost.heard)
        worst, drain_s = oldest_s(came, since), (max(drain) - since) / 1_000
        half = next(n for n, one in enumerate(came) if one.came > (since + max(drain)) / 2)
        settled = oldest_s(came[half:], max(one.up for one in came[:half] if not one.hist))
        report(
            f"live first: {len(drain):,} readings of backlog in {drain_s:.0f} s over 64 kbit/s and "
            f"200 ms, {len(news)} of news between them, never older than {worst:.1f} s, "
            f"and {settled:.1f} s in the second half"
        )
        assert drain_s > 2 * OLDEST_S, "too short a drain to show anything"
        assert len(news) > drain_s  # two a second are measured
        assert worst < OLDEST_S
        assert settled < SETTLED_S
        assert Arrived(outpost.heard).doubled == []


def faults(outpost: Outpost) -> list[str]:
    """Of the sensors that are the backlog."""
    found = Arrived(outpost.heard).faults(outpost)
    return [fault for fault in found if not fault.startswith(COUNTERS)]
