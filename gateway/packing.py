"""Values as JSON numbers at the resolution of their quantities, as they are stored and sent."""

import json
from functools import lru_cache

from drivers.contract import Sample
from drivers.quantities import quantity


def pack(values: Sample) -> str:
    """Values as comma-separated JSON numbers, each at the resolution of its quantity.

    Raises ValueError for what is no number; a driver that returns that has a bug.
    """
    numbers = tuple(values.values())
    form = _form(tuple(values))
    if None in numbers:
        parts = zip(form.split(","), numbers, strict=True)
        packed = ",".join("null" if n is None else part % n for part, n in parts)
        infinite = "n" in packed.replace("null", "")
    else:
        packed = form % numbers
        infinite = "n" in packed  # nan, inf
    if infinite:
        raise ValueError(f"not a number: {dict(values)}")
    return packed


def unpack(names: tuple[str, ...], packed: str) -> dict[str, float | None]:
    """What was packed, by its names; ValueError if it is not as many."""
    return dict(zip(names, json.loads(f"[{packed}]"), strict=True))


def rounded(values: Sample) -> dict[str, float | None]:
    """The values at the resolution of their quantities."""
    return unpack(tuple(values), pack(values))


@lru_cache(maxsize=1024)
def _form(names: tuple[str, ...]) -> str:
    return ",".join(f"%.{quantity(name).decimals}f" for name in names)
