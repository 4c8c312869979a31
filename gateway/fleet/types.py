"""What a fleet file may say: frozen types, checked like those of the configuration."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from gateway.config.values import PREFIX, Name, TopicPrefix

ReaderName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
        max_length=64,
        extra={
            "plain": "a user name of letters, digits and inner . _ -, at most 64 characters",
            "slug": True,
        },
    ),
]
"""Without a slash, so that it is never the user name of a node."""

UserName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(/[a-z0-9]([a-z0-9-]*[a-z0-9])?)?$",
        max_length=81,
        extra={"plain": "municipality/node, or the user name of a reader"},
    ),
]
"""Of a node or of a reader."""


class Reader(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A user of the platform: reads what nodes publish."""

    name: Annotated[ReaderName, Meta(description="User name at the broker.")]
    municipalities: Annotated[
        Annotated[tuple[Name, ...], Meta(min_length=1)] | None,
        Meta(description="Only of these; null = of all, also of those that come later."),
    ] = None
    repair: Annotated[bool, Meta(description="May ask nodes for readings again: cmd/replay.")] = (
        False
    )
    acknowledge: Annotated[bool, Meta(description="May tell nodes what has arrived: ack.")] = False


class Fleet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everybody whom a broker serves."""

    prefix: Annotated[TopicPrefix, Meta(description="As the nodes' uplinks have it.")] = PREFIX
    municipalities: Annotated[
        Mapping[Name, tuple[Name, ...]], Meta(description="The names of each one's nodes.")
    ]
    readers: Annotated[tuple[Reader, ...], Meta(description="Who reads what they publish.")] = ()
    retired: Annotated[
        tuple[UserName, ...],
        Meta(description="Users that were listed once; what they might do is taken from them."),
    ] = ()

    @property
    def nodes(self) -> list[str]:
        """The user names of all nodes: `municipality/node`."""
        return [
            f"{municipality}/{node}"
            for municipality, nodes in self.municipalities.items()
            for node in nodes
        ]
