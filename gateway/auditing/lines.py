"""What mosquitto_sub writes, a message a line: `-v` ("topic payload") or `-F %j` and `-F %J`."""

import itertools
from typing import Any, BinaryIO, NamedTuple

import msgspec
from msgspec import Struct

from gateway.auditing.ledger import Ledger
from gateway.auditing.messages import MAX_BODY, Unreadable

MAX_LINE = 2 * MAX_BODY
"""Bytes of the longest line that is looked at: a payload in JSON has an escape for each quote."""


class Message(NamedTuple):
    """As it came from the broker; `redelivered` if the line says so."""

    topic: str
    payload: bytes
    redelivered: bool = False


class _Line(Struct):
    """`payload` is a text with `%j` and any JSON with `%J`."""

    topic: str
    payload: msgspec.Raw
    dup: Any = 0


_line = msgspec.json.Decoder(_Line)
_text = msgspec.json.Decoder(str)


def read(stream: BinaryIO, name: str, ledger: Ledger) -> None:
    """Hand over all lines; those that are no messages are told to the ledger with their place."""
    for number in itertools.count(1):
        line = stream.readline(MAX_LINE + 1)
        if not line:
            return
        where = f"{name}, line {number}"
        if len(line) > MAX_LINE:
            _skip_rest(stream, line)
            ledger.cannot_read(where, f"more than {MAX_LINE} bytes")
        elif line.strip():
            _hand_over(line, where, ledger)


def parse(line: bytes) -> Message:
    """Of either form. Raises Unreadable."""
    line = line.rstrip(b"\r\n")
    if line.startswith(b"{"):
        return _of_json(line)
    topic, blank, payload = line.partition(b" ")
    if not blank:
        raise Unreadable("neither `topic payload` nor JSON of mosquitto_sub")
    try:
        return Message(topic.decode(), payload)
    except UnicodeDecodeError as error:
        raise Unreadable(f"the topic is no UTF-8: {error}") from error


def _of_json(line: bytes) -> Message:
    try:
        found = _line.decode(line)
        payload = bytes(found.payload)
        if payload.startswith(b'"'):
            payload = _text.decode(payload).encode()
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise Unreadable(str(error)) from error
    return Message(found.topic, payload, bool(found.dup))


def _hand_over(line: bytes, where: str, ledger: Ledger) -> None:
    try:
        message = parse(line)
    except Unreadable as fault:
        ledger.cannot_read(where, str(fault))
    else:
        ledger.hear(*message, where=where)


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    """The rest of a line that is too long, a piece at a time."""
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_LINE)
