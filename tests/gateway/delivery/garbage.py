"""What somebody might send to a node: valid messages, spoilt ones, and what is nothing at all."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

Message = tuple[bytes, str]
"""A body, and the name that goes with it."""

_ODD = (b"null", b"1e999", b"-1", b"18446744073709551616", b'"\\ud800"', b"[[", b"{", b"\xff", b",")


def garbage(valid: Sequence[Message], count: int, seed: int = 7) -> Iterator[Message]:
    """The same for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        body, name = chance.choice(valid)
        kind = chance.random()
        if kind < 0.1:
            yield body, name
        elif kind < 0.6:
            yield _spoilt(chance, body), name
        elif kind < 0.8:
            yield json.dumps(_value(chance, 4)).encode(), name
        else:
            yield chance.randbytes(chance.randrange(200)), chance.choice((name, "", "\x00", "é/+"))


def _spoilt(chance: random.Random, body: bytes) -> bytes:
    spoilt = bytearray(body)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(spoilt) + 1)
        how = chance.randrange(4)
        if how == 0:
            del spoilt[at : at + chance.randint(1, 10)]
        elif how == 1:
            spoilt[at:at] = chance.choice(_ODD)
        elif how == 2 and at < len(spoilt):
            spoilt[at] = chance.randrange(256)
        else:
            spoilt[at:at] = spoilt[chance.randrange(at + 1) : at] * chance.choice((1, 1, 50))
    return bytes(spoilt)


def _value(chance: random.Random, depth: int) -> Any:
    kind = chance.randrange(8 if depth else 5)
    words = ("id", "epoch", "from", "to", "upto", "sensor", "door", "x" * 100)
    if kind < 5:
        return (None, True, chance.randint(-(2**70), 2**70), chance.random(), chance.choice(words))[
            kind
        ]
    inner = [_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return inner if kind == 5 else {chance.choice(words): one for one in inner}
