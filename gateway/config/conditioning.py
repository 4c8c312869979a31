"""What a configuration may say of the values of a sensor: how they are corrected and judged."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from gateway.config.values import Name, Seconds

Date = Annotated[date, Meta(extra={"plain": "a date such as 2026-10-02"})]

QuantityName = Annotated[
    str,
    Meta(
        pattern="^[a-z][a-z0-9_]*$",
        max_length=40,
        extra={"plain": "the name of a quantity such as temperature or pm2_5"},
    ),
]

_Number = Annotated[float, Meta(ge=-1e9, le=1e9)]
_Gain = Annotated[float, Meta(ge=0.001, le=1000)]


class Term(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What another sensor's value adds: `factor` * (its value - `reference`)."""

    sensor: Annotated[Name, Meta(description="Another sensor of this node.")]
    quantity: Annotated[QuantityName, Meta(description="One that it measures.")]
    factor: Annotated[_Number, Meta(description="In units of the one by units of the other.")]
    reference: Annotated[_Number, Meta(description="Where it adds nothing.")] = 0.0


class Calibration(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a quantity is corrected: gain * raw + offset, or through points; plus the terms.

    With none of these the part itself was corrected, and this tells when.
    """

    id: Annotated[
        Name, Meta(description="Unique on this node; goes out with each corrected value.")
    ]
    quantity: Annotated[QuantityName, Meta(description="One that the sensor measures.")]
    on: Annotated[Date, Meta(description="When it was found out.")]
    until: Annotated[
        Date | None, Meta(description="Due again from then on; null = nobody says.")
    ] = None
    gain: Annotated[_Gain | None, Meta(description="null = 1.")] = None
    offset: Annotated[
        _Number | None, Meta(description="In the unit of the quantity; null = 0.")
    ] = None
    points: Annotated[
        tuple[tuple[_Number, _Number], ...],
        Meta(
            max_length=2,
            description="Instead of gain and offset: [what the sensor says, what is true], once "
            "or twice.",
        ),
    ] = ()
    terms: Annotated[
        tuple[Term, ...], Meta(max_length=8, description="What other sensors' values add.")
    ] = ()

    @property
    def corrects(self) -> bool:
        """Whether there is anything left to correct here."""
        linear = self.gain is not None or self.offset is not None
        return linear or bool(self.points or self.terms)

    @property
    def linear(self) -> tuple[float, float]:
        """Gain and offset, also of points: a line through both, or an offset by the only one."""
        if not self.points:
            return (1.0 if self.gain is None else self.gain), self.offset or 0.0
        (raw, true), (other_raw, other_true) = self.points[0], self.points[-1]
        gain = 1.0 if raw == other_raw else (other_true - true) / (other_raw - raw)
        return gain, true - gain * raw


class Agreement(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"for_": "for"}
):
    """Another sensor beside it that must say nearly the same."""

    sensor: Annotated[Name, Meta(description="One that measures the same quantity.")]
    within: Annotated[
        float, Meta(gt=0, le=1e9, description="How far they may be apart, in its unit.")
    ]
    for_: Annotated[
        Seconds, Meta(ge=0, le=7 * 86_400, description="Suspect only when it lasts so long.")
    ] = 0.0


class Conditions(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Around it, where the part is known to be wrong."""

    sensor: Annotated[Name, Meta(description="Another sensor of this node.")]
    quantity: Annotated[QuantityName, Meta(description="One that it measures.")]
    above: Annotated[_Number | None, Meta(description="Suspect while it is above this.")] = None
    below: Annotated[_Number | None, Meta(description="Suspect while it is below this.")] = None


class Check(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is plausible for a quantity at this place; null = not checked."""

    range: Annotated[
        tuple[_Number, _Number] | None,
        Meta(description="The lowest and the highest; what it can be at all is always checked."),
    ] = None
    change_per_minute: Annotated[
        Annotated[float, Meta(gt=0, le=1e9)] | None,
        Meta(
            description="Most change from one value to the next for each minute between them; "
            "less than a minute counts as one."
        ),
    ] = None
    stuck_after: Annotated[
        Annotated[Seconds, Meta(ge=60, le=35 * 86_400)] | None,
        Meta(description="Suspect when what the part says has stood still for so long."),
    ] = None
    agrees_with: Annotated[Agreement | None, Meta(description="Another sensor beside it.")] = None
    conditions: Annotated[
        Conditions | None, Meta(description="Under which the part is known to be wrong.")
    ] = None


Checks = Mapping[QuantityName, Check]
