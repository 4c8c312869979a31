"""The command `gateway`: one module a verb, imported only when that verb is called."""

import sys
from collections.abc import Sequence

from gateway import __version__

VERBS = {
    "run": "measure, store and deliver until told to stop (what systemd starts)",
    "demo": "a whole simulated node on this computer, with a broker outage in the middle",
    "check": "the configuration: all mistakes at once, each with its place and cure",
    "notice": "what citizens are told of this node: a sheet to print (Art. 13 GDPR)",
    "scan": "what is on the wires, and is it what the configuration says?",
    "read": "one reading of one sensor, straight from the wire",
    "calibrate": "compare a sensor with the truth, or let the part itself be corrected",
    "count-check": "count people by hand beside a counter: how right is it?",
    "status": "is the node measuring, storing, delivering?",
    "doctor": "what is wrong with this node, and the one thing to do about it",
    "recover": "free an I2C bus whose lines are held; as root",
    "clock": "who vouches for the time, and is it right?",
    "buffer": "the log: show, export, gaps, verify",
    "audit": "has a broker, or a file of its messages, all that nodes have sent?",
    "lorawan": "the modem and the radio link: info, join, send-test, codec",
    "fleet": "for the broker: who may do what; on a node: a request for its certificate",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code (see docs/cli.md)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words in (["--version"], ["-V"]):
        print(f"gateway {__version__}")
        return 0
    if words and words[0] in VERBS:
        from gateway.cli.verb import run_verb

        return run_verb(words[0], words[1:])
    return _usage(asked=words in (["--help"], ["-h"]))


def _usage(asked: bool) -> int:
    text = "\n".join(
        (
            "usage: gateway VERB [OPTIONS]    (gateway VERB --help shows them, with an example)",
            "",
            *(f"  {verb:<11} {purpose}" for verb, purpose in VERBS.items()),
            "",
            "       gateway --version",
        )
    )
    print(text, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2
