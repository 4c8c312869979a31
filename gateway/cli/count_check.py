"""`gateway count-check SENSOR`: how right a counter counts, by somebody who counts beside it.

By keys while people pass, or from paper afterwards; over whole windows of the sensor only, because
nothing finer about people is kept.
"""

import argparse
from pathlib import Path

from drivers.quantities import COUNT_IN, COUNT_OUT, QUANTITIES
from gateway import config
from gateway.cli import count_times, count_told, wire
from gateway.cli.count_ways import by_keys, file_of, from_paper, local_times, say
from gateway.cli.verb import WELL, add_config_option, print_json
from gateway.clock import Clock, SystemClock
from gateway.config import Config, Sensor
from gateway.errors import NotNow, StoreUnavailable, WrongUsage
from gateway.reference_count import LEAST_TOLD, Check, Found, Passages, add, is_told, read

EXAMPLE = "gateway count-check main-door --windows 2"

WINDOWS = 2
_MOST_PEOPLE = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sensor", nargs="?", help="its name in the configuration")
    windows = f"how many of its windows to count by keys (default {WINDOWS})"
    parser.add_argument("--windows", type=_windows, metavar="N", help=windows)
    when = "counted on paper {0} then: 10:15, or 2026-11-20T10:15:00Z"
    parser.add_argument("--from", dest="begin", metavar="TIME", help=when.format("from"))
    parser.add_argument("--to", dest="end", metavar="TIME", help=when.format("until"))
    parser.add_argument("--in", dest="inward", type=_people, metavar="N", help="who went in")
    parser.add_argument("--out", dest="outward", type=_people, metavar="N", help="who went out")
    parser.add_argument("--list", action="store_true", help="what is kept, of all or that sensor")
    add_config_option(parser)


def _windows(text: str) -> int:
    return _between(text, 1, count_times.MOST)


def _people(text: str) -> int:
    return _between(text, 0, _MOST_PEOPLE)


def _between(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    paper = _on_paper(arguments)
    loaded = config.load(arguments.config)
    clock = SystemClock.with_rtc(loaded.clock.rtc)
    if arguments.list:
        return _list(loaded, arguments, clock)
    sensor = _counting(wire.named(loaded, arguments.sensor, arguments.config))
    if paper:
        times, people = (arguments.begin, arguments.end), (arguments.inward, arguments.outward)
        check, told = from_paper(loaded, sensor, times, Passages(*people), clock)
    else:
        check, told = by_keys(loaded, sensor, arguments.windows or WINDOWS, clock)
    return _conclude(loaded, sensor, check, told, arguments.json, clock)


def _on_paper(arguments: argparse.Namespace) -> bool:
    """Whether it was counted already. Raises WrongUsage for words that do not go together."""
    paper = [arguments.begin, arguments.end, arguments.inward, arguments.outward]
    given = [one is not None for one in paper]
    if arguments.list and (any(given) or arguments.windows is not None):
        raise WrongUsage("--list goes with a sensor at most", "gateway count-check --list")
    if not arguments.list and arguments.sensor is None:
        raise WrongUsage("which sensor?", EXAMPLE)
    if any(given) and (not all(given) or arguments.windows is not None):
        raise WrongUsage(
            "a count on paper is told with --from, --to, --in and --out",
            "gateway count-check main-door --from 10:00 --to 10:30 --in 34 --out 28",
        )
    return all(given)


def _counting(sensor: Sensor) -> Sensor:
    """Raises WrongUsage for one that counts nobody. A driver made by no class may count."""
    channels = getattr(sensor.part.driver, "channels", list(QUANTITIES.values()))
    if not {COUNT_IN, COUNT_OUT} <= set(channels):
        measures = ", ".join(one.name for one in channels)
        raise WrongUsage(
            f"{sensor.name} ({sensor.driver}) does not count who goes in and out",
            f"it measures {measures}; which parts count people: docs/sensors.md",
        )
    count_times.length_ns(sensor)
    return sensor


def _list(loaded: Config, arguments: argparse.Namespace, clock: Clock) -> int:
    path = file_of(loaded)
    try:
        kept = read(path)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot read {path}: {error.strerror}", "as root: sudo gateway count-check --list"
        ) from error
    asked = [
        (sensor, check)
        for sensor, checks in sorted(kept.items())
        for check in checks
        if arguments.sensor in (None, sensor)
    ]
    if arguments.json:
        print_json(count_told.Listing([count_told.report(*one) for one in asked]))
    else:
        count_told.show_all(asked, local_times(loaded), clock.clocks().wall_ns)
    return WELL


def _conclude(
    loaded: Config, sensor: Sensor, check: Check, told: Found, as_json: bool, clock: Clock
) -> int:
    times, now_ns = local_times(loaded), clock.clocks().wall_ns
    for line in count_told.said(told.problems, times, now_ns):
        say(f"! {line}")
    if not check.both.reference:
        raise NotNow(
            f"nobody passed, and the node has counted {check.both.counted}: no accuracy can be "
            "told, and nothing is kept",
            "count when people come",
        )
    add(file_of(loaded), Path(loaded.buffer.path), sensor.name, check)
    if as_json:
        report = count_told.report(sensor.name, check)
        print_json(count_told.Answer(report, count_told.remarks(told.problems)))
    else:
        count_told.show(sensor.name, check, times, now_ns)
        print("Kept.", _told_further(loaded, check))
    return WELL


def _told_further(loaded: Config, check: Check) -> str:
    if not loaded.uplinks:
        return "It stays on this node: there is no uplink."
    if not is_told(check):
        return f"The platform is told of no check of fewer than {LEAST_TOLD} people."
    return "The platform is told within 15 min while the gateway is connected."
