"""How an uplink may be used: how fast, how soon again after a failure, and when it is done."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.config.values import Seconds, Size


class Backlog(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fast what is old goes out beside what is new; replays, too."""

    share: Annotated[
        float, Meta(gt=0, le=1, description="Most of the window that it may take, 0.5 = half.")
    ] = 0.5
    messages: Annotated[
        float, Meta(gt=0, le=10_000, description="At most so many messages a second.")
    ] = 5.0
    bytes: Annotated[
        Size, Meta(ge=100, le=10**9, description="And at most so many bytes a second.")
    ] = 100_000
    spread: Annotated[
        Seconds,
        Meta(
            ge=0,
            le=86_400,
            description="It begins at a random moment within this time, or within the length of "
            "the outage if that was shorter, so that many nodes do not begin together.",
        ),
    ] = 300.0


class Reconnect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long to wait after a failure: a random time, up to twice as long each time."""

    first: Annotated[
        Seconds, Meta(ge=0.1, le=3_600, description="Longest wait after the first failure.")
    ] = 60.0
    longest: Annotated[
        Seconds, Meta(ge=1, le=86_400, description="Longest wait after many failures.")
    ] = 300.0
