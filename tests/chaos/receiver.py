"""A receiver that knows nothing but docs/messages.md: it rebuilds the truth timeline.

All times are in milliseconds.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_LEAP_MS = 1_020
_DRIFT = 2_000


class Anchor(NamedTuple):
    """At `up` of its boot it was `t`."""

    up: int
    t: int


class Dated(NamedTuple):
    """What is known of the time of a reading; `t0` only of an interval."""

    clock: str
    t: int | None
    t0: int | None = None
    not_before: int | None = None
    not_after: int | None = None


class Message(NamedTuple):
    """A reading as it came."""

    boot: str
    epoch: int
    number: int
    up: int
    up0: int | None
    clock: str
    t: int | None
    not_before: int | None
    not_after: int | None


Came = Collection[Message]
"""All that came of one identity, each once."""


class Receiver:
    """Takes payloads in any order, also twice."""

    def __init__(self) -> None:
        self._came: dict[str, set[Message]] = defaultdict(set)

    def take(self, payload: bytes) -> None:
        """One MQTT message."""
        for body in json.loads(payload):
            if "gap" not in body:
                self._came[body["id"]].add(_message(body))

    def truth(self) -> dict[str, Dated]:
        """By identity, all that is known now."""
        by_boot: dict[str, dict[str, Came]] = defaultdict(dict)
        for identity, came in self._came.items():
            by_boot[next(iter(came)).boot][identity] = came
        boots = {boot: _Boot(ours.values()) for boot, ours in by_boot.items()}
        return {
            identity: boots[boot].date(came, boots.values())
            for boot, ours in by_boot.items()
            for identity, came in ours.items()
        }


class _Boot:
    """The anchors of one boot, and what they say."""

    def __init__(self, readings: Iterable[Came]) -> None:
        every = [message for came in readings for message in came]
        self._first: Mapping[int, int] = {
            epoch: min(one.number for one in every if one.epoch == epoch)
            for epoch in {one.epoch for one in every}
        }
        self._last_up = max(one.up for one in every)
        runs = _runs(_anchors(every, "synced") or _anchors(every, "repaired"))
        self._anchors = [anchor for run in runs for anchor in run]
        self._ups = [anchor.up for anchor in self._anchors]
        self._joined = {pair for run in runs for pair in pairwise(run)}

    def date(self, came: Came, boots: Iterable["_Boot"]) -> Dated:
        """One reading of this boot."""
        up0 = next(iter(came)).up0
        if self._anchors:
            clock, t = self._by_anchors(came)
            return Dated(clock, t, None if up0 is None else self._counted(up0))
        for one in _of(came, "estimated"):
            return Dated(one.clock, one.t)
        return Dated("unknown", None, None, *self._bounds(came, boots))

    def _by_anchors(self, came: Came) -> tuple[str, int]:
        up = next(iter(came)).up
        for one in _of(came, "synced"):
            if (up, one.t) in self._anchors[bisect_right(self._ups, up - 1) :][:2]:
                return "synced", one.t or 0
        before, behind = self._around(up)
        if behind is not None:
            held = [one for one in _of(came, "repaired") if _agrees(before, one, behind)]
            return "repaired", held[0].t or 0 if held else self._counted(up)
        for one in [*_of(came, "repaired"), *_of(came, "estimated")]:
            if _agrees(before, one, None):
                return one.clock, one.t or 0
        return "estimated", self._counted(up)

    def _counted(self, up: int) -> int:
        """By the anchors alone."""
        before, behind = self._around(up)
        if before is None:
            assert behind is not None
            return behind.t - (behind.up - up)
        if behind is None:
            return before.t + up - before.up
        return before.t + (up - before.up) * (behind.t - before.t) // (behind.up - before.up)

    def _around(self, up: int) -> tuple[Anchor | None, Anchor | None]:
        """The last anchor up to that moment, and the next one of its run, or of the first."""
        index = bisect_right(self._ups, up)
        behind = self._anchors[index] if index < len(self._anchors) else None
        if index == 0 or behind is None:
            return (self._anchors[index - 1] if index else None), behind
        before = self._anchors[index - 1]
        return before, behind if (before, behind) in self._joined else None

    def _bounds(self, came: Came, boots: Iterable["_Boot"]) -> tuple[int | None, int | None]:
        highs = [one.not_after for one in came if one.not_after is not None]
        rest = self._last_up - next(iter(came)).up
        for other in boots:
            if other._anchors and self._is_before(other):
                up, t = other._anchors[0]
                elapsed = up + rest
                highs.append(t - elapsed + elapsed // _DRIFT + _LEAP_MS)
        lows = [one.not_before for one in came if one.not_before is not None]
        return max(lows, default=None), min(highs, default=None)

    def _is_before(self, other: "_Boot") -> bool:
        """By the numbers of an epoch that both have."""
        both = self._first.keys() & other._first.keys()
        return any(self._first[epoch] < other._first[epoch] for epoch in both)


def _of(came: Came, clock: str) -> list[Message]:
    """Those that came so; sorted, so that the order of arrival does not matter."""
    return sorted(one for one in came if one.clock == clock)


def _anchors(every: Iterable[Message], clock: str) -> list[Anchor]:
    return sorted({Anchor(one.up, one.t or 0) for one in every if one.clock == clock})


def _runs(anchors: Sequence[Anchor]) -> list[list[Anchor]]:
    runs: list[list[Anchor]] = []
    for anchor in anchors:
        agreeing = [index for index, run in enumerate(runs) if _agree(run[-1], anchor)]
        if not agreeing:
            runs.append([anchor])
        elif runs[agreeing[-1]][-1].up < anchor.up:  # several sensors may be read at once
            del runs[agreeing[-1] + 1 :]
            runs[-1].append(anchor)
    return runs


def _agree(one: Anchor, other: Anchor) -> bool:
    up, t = other.up - one.up, other.t - one.t
    return one == other or (t > 0 and abs(t - up) <= _LEAP_MS + up // _DRIFT)


def _agrees(before: Anchor | None, message: Message, behind: Anchor | None) -> bool:
    mine = Anchor(message.up, message.t or 0)
    return (before is None or _agree(before, mine)) and (behind is None or _agree(mine, behind))


def _message(body: dict[str, Any]) -> Message:
    _, epoch, numbers = body["id"].rsplit(":", 2)
    t, low, high = (
        ms(body.get(name)) for name in ("t" if "t" in body else "t1", "not_before", "not_after")
    )
    number, clock = int(numbers.split("-")[0]), body["clock"]
    return Message(
        body["boot"], int(epoch), number, body["up"], body.get("up0"), clock, t, low, high
    )


def ms(text: str | None) -> int | None:
    if text is None:
        return None
    return (datetime.fromisoformat(text) - _1970) // timedelta(milliseconds=1)
