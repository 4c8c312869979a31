"""By what the values of a sensor are corrected and judged, as a node tells it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from gateway.encoding.messages.base import Message

Date = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$", extra_json_schema={"format": "date"})]


class TermMeta(Message, frozen=True, kw_only=True):
    """`factor` * (value of that sensor - `reference`) is added."""

    sensor: str
    quantity: str
    factor: float
    reference: float


class CalibrationMeta(Message, frozen=True, kw_only=True, omit_defaults=True):
    """gain * raw + offset, or the line through points ([raw, true]), plus the terms."""

    id: str
    quantity: str
    on: Date
    until: Date | UnsetType = UNSET
    gain: float | UnsetType = UNSET
    offset: float | UnsetType = UNSET
    points: Sequence[tuple[float, float]] | UnsetType = UNSET
    terms: Sequence[TermMeta] | UnsetType = UNSET


class AgreementMeta(Message, frozen=True, kw_only=True, rename={"for_": "for"}):
    """The other sensor's value may be so far away, or farther for so many seconds."""

    sensor: str
    within: float
    for_: float


class ConditionsMeta(Message, frozen=True, kw_only=True, omit_defaults=True):
    """Values are suspect while that one is beyond a limit."""

    sensor: str
    quantity: str
    above: float | UnsetType = UNSET
    below: float | UnsetType = UNSET


class CheckMeta(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What is plausible for a quantity at this place; `stuck_after` in seconds."""

    range: tuple[float, float] | UnsetType = UNSET
    change_per_minute: float | UnsetType = UNSET
    stuck_after: float | UnsetType = UNSET
    agrees_with: AgreementMeta | UnsetType = UNSET
    conditions: ConditionsMeta | UnsetType = UNSET


class CountCheckMeta(Message, frozen=True, kw_only=True):
    """Somebody's count by hand beside the sensor's, which ended `on` that local day.

    `accuracy` and its 95 % `interval` are shares of 1, of both directions together.
    """

    on: Date
    people: int
    compared: Literal["windows", "totals"]
    accuracy: float
    interval: tuple[float, float]
