"""The two ways of a count by hand: by keys while people pass, and from paper afterwards.

What could make a count worthless is looked at before somebody stands at a door for half an hour;
and a count that cannot be compared is told with the words that try it again.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gateway.buffer.view import LogView
from gateway.cli import count_keys, count_times, count_told
from gateway.cli.count_own import must_be_complete, own_counts
from gateway.cli.count_times import LocalTimes
from gateway.clock import Clock
from gateway.config import Config, Sensor
from gateway.errors import GatewayError, NotNow, StoreUnavailable, WrongUsage
from gateway.model import Quality, rfc3339
from gateway.reference_count import (
    FILE,
    Check,
    Compared,
    Found,
    Passages,
    Window,
    neighbours,
    split,
    tally,
    utc,
)
from gateway.status import NotRunning, of_running

_KEYS = "i = one in, o = one out, backspace takes the last one back, q ends"


def from_paper(
    loaded: Config, sensor: Sensor, times: tuple[str, str], people: Passages, clock: Clock
) -> tuple[Check, Found]:
    """Who passed between two times. Raises WrongUsage, NotNow or StoreError."""
    local, now_ns = local_times(loaded), clock.clocks().wall_ns
    begin_ns, end_ns = (local.told(text, now_ns) for text in times)
    windows = local.windows(begin_ns, end_ns, sensor, now_ns)
    _must_be_kept(loaded)
    told = _own(loaded, sensor, windows, clock, "try it again with the same words")
    own = _sum(list(told.counts.values()))
    return _check(windows, [people], [own]), told


def by_keys(loaded: Config, sensor: Sensor, number: int, clock: Clock) -> tuple[Check, Found]:
    """Who passes in so many windows from the next one on. Raises WrongUsage, NotNow, StoreError."""
    if not sys.stdin.isatty():
        raise WrongUsage(
            "there are no keys to count with: stdin is no terminal",
            "count on paper: gateway count-check "
            f"{sensor.name} --from 10:00 --to 10:30 --in 34 --out 28",
        )
    _must_be_ready(loaded, sensor, clock)
    length, now_ns = count_times.length_ns(sensor), clock.clocks().wall_ns
    _, first_ns = neighbours(now_ns, length)
    last_ns = first_ns + number * length
    windows = split(Window(first_ns, last_ns), length)
    counts = _count(windows, local_times(loaded), clock)
    windows = windows[: len(counts)]
    again = "once the cause is gone: " + _words(sensor, windows, _sum(counts))
    try:
        told = _own(loaded, sensor, windows, clock, again)
    except KeyboardInterrupt:
        say(f"nothing is kept; {again}")
        raise
    return _check(windows, counts, [told.counts[window] for window in windows]), told


def _count(windows: Sequence[Window], times: LocalTimes, clock: Clock) -> list[Passages]:
    """By keys. Raises NotNow if it was ended before the first window was over."""
    now_ns = clock.clocks().wall_ns
    first, last = (times.clock_time(at, now_ns) for at in _ends(windows))
    say(f"begin to count at {first} ({times.timezone}), to {last}: {_KEYS}")
    with closing(count_keys.Line()) as line, count_keys.keys(sys.stdin.fileno()) as next_keys:
        counts = count_keys.counted(windows, clock, next_keys, line)
    if not counts:
        raise NotNow(
            "it was ended before the first window was over: nothing is kept",
            "count to the end of a window at least: only whole windows can be compared",
        )
    if len(counts) < len(windows):
        say(f"ended early: {len(counts)} of {len(windows)} windows count")
    say(f"counted by hand: {count_told.people(_sum(counts))}")
    return counts


def _own(
    loaded: Config, sensor: Sensor, windows: Sequence[Window], clock: Clock, again: str
) -> Found:
    """The node's own counts of all windows; else an error that says how to try again."""
    with closing(count_keys.Line()) as line:
        try:
            told = own_counts(loaded, sensor.name, windows, clock, line)
        except GatewayError as error:
            raise NotNow(str(error), f"{error.hint}; then {again}") from error
    said = count_told.said(told.missing, local_times(loaded), clock.clocks().wall_ns)
    look = "is the gateway running? gateway status; is the clock synchronised? gateway clock"
    must_be_complete(told, said, f"{look}; {again}")
    return told


def _check(
    windows: Sequence[Window], reference: Sequence[Passages], counted: Sequence[Passages]
) -> Check:
    """Of each window, or of all together where there is one pair of counts."""
    first_ns, last_ns = _ends(windows)
    compared: Compared = "windows" if len(reference) == len(windows) else "totals"
    pairs = list(zip(reference, counted, strict=True))
    return Check(
        from_=utc(first_ns),
        to=utc(last_ns),
        window_s=(windows[0].end_ns - windows[0].begin_ns) / 1e9,
        windows=len(windows),
        compared=compared,
        inward=tally((ours.inward, its.inward) for ours, its in pairs),
        outward=tally((ours.outward, its.outward) for ours, its in pairs),
    )


def _must_be_ready(loaded: Config, sensor: Sensor, clock: Clock) -> None:
    """Raises what would make the count worthless."""
    try:
        status = of_running(Path(loaded.node.runtime_dir), clock)
    except NotRunning as error:
        raise NotNow(str(error), error.hint) from error
    states = {one.name: one.state for one in status.sensors}
    if states.get(sensor.name) != "measuring":
        raise NotNow(f"{sensor.name} does not measure", "see why: gateway status")
    if status.log.state != "on_disk":
        raise NotNow("the log cannot be written, so nothing could be compared", "gateway doctor")
    clock.ask(None)
    anchor = clock.anchor()
    if anchor is None or anchor.quality is not Quality.SYNCED:
        raise NotNow(
            "nobody vouches for the clock, so windows cannot be told apart", "gateway clock"
        )
    LogView(Path(loaded.buffer.path), brief=True).close()
    _must_be_kept(loaded)


def _must_be_kept(loaded: Config) -> None:
    folder = file_of(loaded).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreUnavailable(
            f"this user may not write in {folder}", "as root: sudo gateway count-check"
        )


def _words(sensor: Sensor, windows: Sequence[Window], counts: Passages) -> str:
    """What tells the same count as one from paper."""
    first, last = (rfc3339(at) for at in _ends(windows))
    return (
        f"gateway count-check {sensor.name} --from {first} --to {last} "
        f"--in {counts.inward} --out {counts.outward}"
    )


def _ends(windows: Sequence[Window]) -> tuple[int, int]:
    return windows[0].begin_ns, windows[-1].end_ns


def _sum(counts: Sequence[Passages]) -> Passages:
    return Passages(sum(one.inward for one in counts), sum(one.outward for one in counts))


def local_times(loaded: Config) -> LocalTimes:
    """Where the node is."""
    return LocalTimes(loaded.node.timezone)


def file_of(loaded: Config) -> Path:
    """Where checks are kept."""
    return Path(loaded.buffer.path).with_name(FILE)


def say(text: str) -> None:
    """To people, also where stdout is for a program."""
    print(text, file=sys.stderr)
