"""What all messages share: their version, the form of times, numbers and identities."""

from typing import Annotated

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=64)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
Epoch = Annotated[int, Meta(ge=1, le=2**53)]
Range = tuple[int, int]
"""From the first to the last, both included."""

Time = Annotated[
    str,
    Meta(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$",
        extra_json_schema={"format": "date-time"},
    ),
]
ReadingId = Annotated[str, Meta(pattern="^[^/:]+/[^/:]+:[0-9]+:[0-9]+(-[0-9]+)?$")]
"""municipality/node, epoch, number; of merged readings the first and the last number."""
Digest = Annotated[str, Meta(examples=["sha256:" + "0" * 64])]

SCHEMA = 1
"""The version of these messages: another one where a reader of the old one would be misled."""


class Message(Struct, frozen=True, rename={"from_": "from"}):
    """What all have in common: `from` is no name in Python."""


class Stamp(Message, frozen=True, kw_only=True):
    """Who says something, and when; `at` is null while UTC is not known."""

    node: str
    at: Time | None
    boot: str
    up: int
