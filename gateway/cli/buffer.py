"""`gateway buffer`: what is in the log, out with it, what is missing, and whether it is well."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway import config
from gateway.buffer.view import WITH_WAL, LogView
from gateway.cli import log_tables as tables
from gateway.cli.export import Since, export, message, output
from gateway.cli.progress import shown
from gateway.cli.verb import FINDING, USAGE, WELL, add_config_option, print_json
from gateway.clock import SystemClock
from gateway.config import Config
from gateway.errors import StoreDamaged
from gateway.model import StoredGap

EXAMPLE = "gateway buffer show --config config/gateway.sim.yaml"

WORDS = {
    "show": "how much is in the log, how old it is, how far each uplink is with it",
    "export": "every reading and gap record that the log has, as JSON lines or CSV",
    "gaps": "what is missing, and why",
    "verify": "the full check: the file, every row, every number, the legend",
}
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_EXAMPLES = {
    "show": "gateway buffer show",
    "export": "gateway buffer export --format csv --since 2026-11-20T00:00:00Z --output log.csv",
    "gaps": "gateway buffer gaps --json",
    "verify": "gateway buffer verify",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD")
    for word, purpose in WORDS.items():
        example = f"example: {_EXAMPLES[word]}"
        one = words.add_parser(word, help=purpose, description=purpose, epilog=example)
        if word == "export":
            _add_export_options(one)
        add_config_option(one)
        # The verb has it too, and must not be overruled by what is not said here.
        told = "answer for programs: see docs/cli.md"
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=told)


def run(arguments: argparse.Namespace) -> int:
    if arguments.word is None:
        told = [f"  {word:<8} {purpose}" for word, purpose in WORDS.items()]
        print("usage: gateway buffer WORD [OPTIONS]\n", *told, sep="\n", file=sys.stderr)
        return USAGE
    loaded = config.load(arguments.config)
    words = {"show": _show, "export": _export, "gaps": _gaps, "verify": _verify}
    return words[arguments.word](loaded, arguments)


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("csv", "jsonl"), default="jsonl", help="jsonl")
    since = "only what is not known to be older (2026-11-20T00:00:00Z), or from a position on"
    parser.add_argument(
        "--since", type=_since, default=Since(), metavar="TIME|POSITION", help=since
    )
    parser.add_argument("--output", default="-", metavar="FILE", help="- = stdout")


def _since(text: str) -> Since:
    if text.isascii() and text.isdigit():
        return Since(position=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a position nor a time with its zone, like 2026-11-20T00:00:00Z"
        )
    return Since(utc_ns=(moment - _1970) // timedelta(microseconds=1) * 1000)


def _show(loaded: Config, arguments: argparse.Namespace) -> int:
    from gateway.buffer.overview import overview

    uplinks = [uplink.name for uplink in loaded.uplinks]
    runtime_dir = Path(loaded.node.runtime_dir)
    with _opened(loaded) as view, shown("the log") as progress:
        told = overview(view, loaded.buffer, runtime_dir, uplinks, SystemClock(), progress)
    if arguments.json:
        print_json(told)
    else:
        tables.show(told)
    return WELL


def _export(loaded: Config, arguments: argparse.Namespace) -> int:
    form = "jsonl" if arguments.json else arguments.format
    with _opened(loaded) as view:
        with output(arguments.output) as out, shown("the log", quiet=out.isatty()) as progress:
            export(view, _node(loaded), form, arguments.since, out, progress)
        _tell_unreadable(view)
    return WELL


def _gaps(loaded: Config, arguments: argparse.Namespace) -> int:
    with _opened(loaded) as view:
        node, found = _node(loaded), _gap_records(view)
        with output("-") as out:
            if arguments.json:
                for gap in found:
                    print(message(node, gap), file=out)
            else:
                tables.gaps(found)
        _tell_unreadable(view)
    return WELL


def _verify(loaded: Config, arguments: argparse.Namespace) -> int:
    from gateway.buffer.audit import audit, beyond_reading

    try:
        with _opened(loaded) as view, shown("the log") as progress:
            found = audit(view, SystemClock(), progress)
    except StoreDamaged as damage:
        found = beyond_reading(loaded.buffer.path, damage)
    if arguments.json:
        print_json(found)
    else:
        tables.verdict(found)
    return FINDING if found.flaws else WELL


@contextmanager
def _opened(loaded: Config) -> Iterator[LogView]:
    with closing(LogView(Path(loaded.buffer.path))) as view:
        if not view.complete:
            _warn(f"{view.path}-wal cannot be read, the newest readings are missing; {WITH_WAL}")
        yield view


def _gap_records(view: LogView) -> Iterator[StoredGap]:
    for span in view.gap_spans(1, view.last_position):
        yield from (one for one in view.entries(span) if isinstance(one, StoredGap))


def _node(loaded: Config) -> str:
    return f"{loaded.node.municipality}/{loaded.node.name}"


def _tell_unreadable(view: LogView) -> None:
    if view.unreadable:
        _warn(f"{view.unreadable} rows are damaged and left out; see gateway buffer verify")


def _warn(told: str) -> None:
    print(f"! {told}", file=sys.stderr)
