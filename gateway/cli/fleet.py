"""`gateway fleet`: what a broker is told of its nodes and readers, and a node's own certificate."""

import argparse
import sys
from pathlib import Path

import msgspec

from gateway import config, fleet
from gateway.cli.verb import USAGE, WELL, add_config_option, print_json
from gateway.fleet import acl, dynsec

EXAMPLE = "gateway fleet acl config/fleet.yaml"

WORDS = {
    "acl": "who may do what, as the ACL file of mosquitto",
    "dynsec": "the same for its dynamic security plugin, as commands",
    "request": "on a node: makes its private key, and a request for its certificate",
}
SECRETS = Path("/etc/gateway/secrets")
KEY = "node.key"
_EXAMPLES = {
    "acl": "gateway fleet acl fleet.yaml > /etc/mosquitto/fleet.acl",
    "dynsec": "gateway fleet dynsec fleet.yaml > fleet.json",
    "request": "sudo gateway fleet request --csr rathaus-01.csr",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD")
    for word, purpose in WORDS.items():
        example = f"example: {_EXAMPLES[word]}"
        one = words.add_parser(word, help=purpose, description=purpose, epilog=example)
        if word == "request":
            _add_request_options(one)
        else:
            one.add_argument("file", metavar="FLEET.yaml", help="nodes, readers, topic prefix")
        # The verb has it too, and must not be overruled by what is not said here.
        told = "answer for programs: see docs/cli.md"
        one.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=told)


def _add_request_options(parser: argparse.ArgumentParser) -> None:
    add_config_option(parser)
    out = f"folder of the key, {KEY}; default: {SECRETS}"
    parser.add_argument("--out", type=Path, default=SECRETS, metavar="FOLDER", help=out)
    parser.add_argument(
        "--csr", default="-", metavar="FILE", help="where the request goes; - = stdout"
    )
    renew = "a request for the key that is there, when its certificate expires"
    parser.add_argument("--renew", action="store_true", help=renew)


def run(arguments: argparse.Namespace) -> int:
    if arguments.word is None:
        told = [f"  {word:<8} {purpose}" for word, purpose in WORDS.items()]
        print("usage: gateway fleet WORD [OPTIONS]\n", *told, sep="\n", file=sys.stderr)
        return USAGE
    words = {"acl": _acl, "dynsec": _dynsec, "request": _request}
    return words[arguments.word](arguments)


def _acl(arguments: argparse.Namespace) -> int:
    text = acl.text(fleet.load(arguments.file))
    if arguments.json:
        print_json({"acl": text})
    else:
        sys.stdout.write(text)
    return WELL


def _dynsec(arguments: argparse.Namespace) -> int:
    document = dynsec.commands(fleet.load(arguments.file))
    if arguments.json:
        print_json(document)
    else:
        print(msgspec.json.format(msgspec.json.encode(document), indent=1).decode())
    return WELL


def _request(arguments: argparse.Namespace) -> int:
    from gateway.fleet import request  # cryptography takes long to import

    loaded = config.load(arguments.config).node
    node = f"{loaded.municipality}/{loaded.name}"
    request.check_name(node)
    path = arguments.out.absolute() / KEY
    key = request.kept_key(path) if arguments.renew else request.new_key(path)
    made = request.request(key, node)
    if arguments.csr != "-":
        request.write_request(Path(arguments.csr), made)
    elif not arguments.json:
        sys.stdout.write(made)
    if arguments.json:
        print_json({"name": node, "key": str(path), "request": made})
    else:
        _tell_request(node, path, arguments.csr)
    return WELL


def _tell_request(node: str, key: Path, csr: str) -> None:
    """Beside stdout, which may be the request."""
    what = "the request above" if csr == "-" else csr
    print(
        f"{key} is the private key of {node}: it stays on this node, and in no backup",
        f"-> give {what} to the operator of the broker, who makes the certificate of it",
        sep="\n",
        file=sys.stderr,
    )
