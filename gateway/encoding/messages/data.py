"""Readings and gap records: what `data` and `live` carry."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from gateway.encoding.messages.base import Message, ReadingId, Time
from gateway.model import Flag, Quality, Reason

Suspicion = Annotated[str, Meta(examples=[flag.name.lower() for flag in Flag if flag.name])]
"""Why a value may not be believed; a later version may know more reasons."""


Protection = Annotated[str, Meta(examples=["carry", "round5", "suppress"])]
"""A later version may know another."""


class Span(Message, frozen=True, kw_only=True):
    """From when to when, half-open: UTC, and milliseconds since a boot."""

    t0: Time | None
    t1: Time | None
    boot0: str
    up0: int
    boot: str
    up: int


class Reading(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A reading of a moment (`t`) or an interval (`t0`, `t1`, `up0`), or `n` that were merged.

    By quantity: what the part has said where it was corrected (`raw`), by which `calibration`
    (merged ones may have several, `id1+id2`), and what is suspect (`quality`). Where small counts
    of people are hidden it says how (`protected`), and the `spans` of values that are of another
    interval than the reading.
    """

    id: ReadingId
    sensor: str
    t: Time | UnsetType | None = UNSET
    t0: Time | UnsetType | None = UNSET
    t1: Time | UnsetType | None = UNSET
    up0: int | UnsetType = UNSET
    n: int | UnsetType = UNSET
    values: Mapping[str, float | None]
    raw: Mapping[str, float] | UnsetType = UNSET
    calibration: Mapping[str, str] | UnsetType = UNSET
    quality: Mapping[str, list[Suspicion]] | UnsetType = UNSET
    protected: Protection | UnsetType = UNSET
    spans: Mapping[str, Span] | UnsetType = UNSET
    coverage: float | UnsetType = UNSET
    clock: Quality
    not_before: Time | UnsetType | None = UNSET
    not_after: Time | UnsetType | None = UNSET
    boot: str
    up: int
    hist: bool


class Gap(Message, frozen=True, kw_only=True, omit_defaults=True):
    """What is missing, from when to when, and why."""

    id: ReadingId
    gap: Reason
    sensor: str | None
    epoch: int | UnsetType = UNSET
    from_: int | UnsetType = UNSET
    to: int | UnsetType = UNSET
    rank: str | UnsetType = UNSET
    n: int | None
    t0: Time | None
    t1: Time | None
    boot0: str | None
    up0: int | None
    step: int | UnsetType = UNSET
    clock: Quality
    not_before: Time | UnsetType | None = UNSET
    not_after: Time | UnsetType | None = UNSET
    boot: str
    up: int
    hist: bool
