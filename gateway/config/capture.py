"""Which sensor's raw data the keeper wants to have captured, and until when.

It stands in the configuration so that it is a written choice. What bounds it beside that is not to
be chosen: gateway/capture/.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from gateway.config import wording
from gateway.config.faults import Path
from gateway.config.unique import Unique
from gateway.config.values import Moment, Name
from gateway.config.walk import Walker

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Capture(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For debugging: what passes between this node and that sensor is written to a file."""

    sensor: Annotated[Name, Meta(description="One of the names under `sensors`.")]
    until: Annotated[
        Moment,
        Meta(
            description="When it ends, in the next 7 days: 2026-11-24T18:00:00Z. It takes 24 h of "
            "running time at most."
        ),
    ]

    def __post_init__(self) -> None:
        try:
            datetime.fromisoformat(self.until)
        except ValueError as error:
            raise ValueError(f"until: there is no such moment: {error}") from error

    @property
    def until_ns(self) -> int:
        """The end in UTC, ns since 1970."""
        end = datetime.fromisoformat(self.until)
        return (end - _EPOCH) // timedelta(seconds=1) * 1_000_000_000


def check_captures(walker: Walker, sensors: Collection[str]) -> None:
    """Each is of a sensor that is there, and none of another's."""
    unique = Unique(walker)
    found = {path: name for path, name in walker.well.items() if _names_sensor(path)}
    for path, name in found.items():
        said = f"the sensor {wording.literal(name)}"
        unique.take(("capture", name), path, said, "remove one of them")
        if name not in sensors:
            cure = wording.choice(name, sensors, "there are")
            walker.fault(path, f"no sensor is called {wording.literal(name)}", cure)


def _names_sensor(path: Path) -> bool:
    return path[:2] == ("privacy", "captures") and path[3:] == ("sensor",)
