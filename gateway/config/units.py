"""Numbers that may be written with a unit: times, and sizes as disks are sold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import inspect


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured; a number without a unit is in `bare`, and `whole` ones are rounded.

    `units` are the factors to it. Numbers are shown in those of `shown` alone, the largest first.
    """

    bare: str
    units: Mapping[str, float]
    shown: tuple[str, ...]
    whole: bool = False

    @property
    def pattern(self) -> str:
        """The regular expression of a text with a unit."""
        return rf"^([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?) ?({'|'.join(self.units)})$"

    def number(self, text: str) -> float | int | None:
        """What such a text is in `bare`; None = not such a text."""
        found = re.fullmatch(self.pattern, text)
        if found is None:
            return None
        number = float(found[1]) * self.units[found[2]]
        return round(number) if self.whole else number

    def meant(self, value: Any) -> Any:
        """The number that a text with a unit, or 512e6 as a size, stands for; else the value."""
        if isinstance(value, str):
            number = self.number(value)
            return value if number is None else number
        if self.whole and isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    def text(self, number: float) -> str:
        """The number as short as it can be written into the file: 512MB, 1d, or bare."""
        for unit in self.shown:
            count, rest = divmod(number, self.units[unit])
            if 0 < count < 10**9 and rest == 0:
                return f"{count:.15g}{unit}"
        return f"{number:.15g}"

    @property
    def cure(self) -> str:
        """What to do about a text that has no such form."""
        return f"write {self.bare}, or a number with one of {', '.join(self.units)}"


TIME = Measure(
    "seconds",
    {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400},
    shown=("d", "s"),
)
SIZE = Measure(
    "bytes",
    {
        "kB": 10**3,
        "MB": 10**6,
        "GB": 10**9,
        "TB": 10**12,
        "KiB": 2**10,
        "MiB": 2**20,
        "GiB": 2**30,
    },
    shown=("TB", "GB", "MB", "kB"),
    whole=True,
)


def measure(kind: Any) -> Measure | None:
    """What a type annotation measures, if it does; see `Seconds` and `Size`."""
    info = inspect.type_info(kind)
    extra = info.extra if isinstance(info, inspect.Metadata) else None
    return (extra or {}).get("measure")
