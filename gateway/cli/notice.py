"""`gateway notice`: what citizens are told of this node, as HTML to print."""

import argparse
import os
import sys
from io import TextIOWrapper

from gateway import config
from gateway.cli.export import output
from gateway.cli.verb import WELL, add_config_option, print_json
from gateway.notice import facts, page, plain, sheet
from gateway.notice.language import WORDS, of_locale

EXAMPLE = "gateway notice --lang de --plain --output aushang.html"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    parser.add_argument(
        "--plain",
        action="store_true",
        help="the notice at the door, in few plain words; without it the sheet of Art. 13 GDPR",
    )
    parser.add_argument("--lang", choices=list(WORDS), help="default: that of the locale, or en")
    parser.add_argument(
        "--output", metavar="FILE", default="-", help="where the page goes; - = stdout"
    )


def run(arguments: argparse.Namespace) -> int:
    language = arguments.lang or of_locale(os.environ)
    told = facts(config.load_filled(arguments.config, language), language)
    document = plain(told) if arguments.plain else sheet(told)
    if arguments.output != "-" or not arguments.json:
        _write(page(document, at_door=arguments.plain), arguments.output)
    if arguments.json:
        print_json(told)
    return WELL


def _write(text: str, name: str) -> None:
    """In UTF-8, as the page says of itself, whatever the locale is."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    with output(name) as out:
        out.write(text)
