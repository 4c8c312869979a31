"""How simulated modems read what they hear: commands, hex digits, numbers. Pure."""

from typing import NamedTuple


class AtCommand(NamedTuple):
    """`AT+NAME` (run), `AT+NAME?` (describe), `AT+NAME=?` (query), `AT+NAME=argument` (set)."""

    name: str
    kind: str
    argument: str


def at_command(line: str) -> AtCommand | None:
    """Of the dialect that asks with `=?`; None: no command at all."""
    head, equals, argument = line.partition("=")
    if not head.upper().startswith("AT"):
        return None
    name = head[2:].upper().removeprefix("+")
    if equals:
        kind = "query" if argument == "?" else "set"
        return AtCommand(name, kind, argument)
    if name.endswith("?"):
        return AtCommand(name[:-1], "describe", "")
    return AtCommand(name, "run", "")


def octets(text: str, length: int | None = None) -> bytes | None:
    """Pairs of hex digits; None if they are none, or not `length` bytes."""
    if not text.isascii() or not all(char in "0123456789abcdefABCDEF" for char in text):
        return None
    if len(text) % 2 or (length is not None and len(text) != 2 * length):
        return None
    return bytes.fromhex(text)


def whole(text: str, low: int, high: int) -> int | None:
    """A decimal number from `low` to `high`; None if it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    number = int(text)
    return number if low <= number <= high else None
