"""Zones whose occupancy is kept, as a configuration says."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.config.values import Name, TimeOfDay


class Zone(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place that people enter and leave through doors that are counted."""

    name: Annotated[Name, Meta(description="Unique among zones and sensors; part of the topic.")]
    doors: Annotated[
        tuple[Name, ...],
        Meta(description="Sensors that count in and out: who goes in there is in the zone."),
    ] = ()
    reversed: Annotated[
        tuple[Name, ...],
        Meta(description="The same the other way round: who goes in there has left the zone."),
    ] = ()
    balance_at: Annotated[
        TimeOfDay | None,
        Meta(
            description="Local civil time (`node.timezone`) at which nobody is in it; null = there "
            "is none, and what is miscounted adds up for ever."
        ),
    ] = "03:00"

    @property
    def signs(self) -> dict[str, int]:
        """By sensor: 1 where its "in" leads into the zone, -1 where it leads out of it."""
        return dict.fromkeys(self.doors, 1) | dict.fromkeys(self.reversed, -1)
