"""Where a node is, as its configuration says."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.config.values import Text


class Place(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where this node is. Platforms are told, and may publish it."""

    description: Annotated[
        Annotated[Text, Meta(max_length=200)] | None,
        Meta(description="In words, e.g. town hall, main entrance."),
    ] = None
    latitude: Annotated[
        Annotated[float, Meta(ge=-90, le=90)] | None,
        Meta(description="Degrees north, WGS 84, e.g. 51.3256; with a longitude."),
    ] = None
    longitude: Annotated[
        Annotated[float, Meta(ge=-180, le=180)] | None,
        Meta(description="Degrees east, WGS 84, e.g. 12.6022; with a latitude."),
    ] = None

    def __post_init__(self) -> None:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude belong together")
