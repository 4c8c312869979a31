"""What is told beside the values of a reading: as the part said them, how corrected, how suspect.

Of the numbers of a row some are no `values`: those of `_raw` and `_flags` columns.
"""

import json
from functools import lru_cache
from typing import NamedTuple

from drivers.quantities import FLAGS, QUANTITIES, RAW
from gateway.model import Calibrations, Flag, Names, StoredReading


class _Form(NamedTuple):
    """Where in a row `names` stand, and, by quantity, what is beside them."""

    names: Names
    values: tuple[int, ...]
    raw: tuple[tuple[str, int], ...]
    flags: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1024)
def plain_template(names: Names) -> str:
    """What the numbers of a row are put into if all of them are values; else ""."""
    if len(_form(names).values) < len(names):
        return ""
    return '"values":{' + ",".join(f'"{name}":%s' for name in names) + "}"


def contents(reading: StoredReading) -> str:
    """`values`, and after it what there is of `raw`, `calibration` and `quality`."""
    form, texts = _form(reading.names), reading.packed.split(",")  # of nothing one empty text
    calibrations = reading.calibrations
    pairs = zip(form.names, form.values, strict=True)
    values = ",".join(f'"{name}":{texts[place]}' for name, place in pairs)
    raw = [f'"{name}":{texts[place]}' for name, place in form.raw if texts[place] != "null"]
    told = [(name, _words(texts[place])) for name, place in form.flags]
    quality = [f'"{name}":{words}' for name, words in told if words != "[]"]
    parts = [f'"values":{{{values}}}']
    parts += [f'"raw":{{{",".join(raw)}}}'] * bool(raw)
    parts += [f'"calibration":{_object(calibrations)}'] * bool(calibrations)
    parts += [f'"quality":{{{",".join(quality)}}}'] * bool(quality)
    return ",".join(parts)


@lru_cache(maxsize=1024)
def _form(names: Names) -> _Form:
    raw, flags = _beside(names, RAW), _beside(names, FLAGS)
    apart = {place for _, place in (*raw, *flags)}
    places = tuple(place for place in range(len(names)) if place not in apart)
    return _Form(tuple(names[place] for place in places), places, raw, flags)


def _beside(names: Names, suffix: str) -> tuple[tuple[str, int], ...]:
    """Not `voc_raw`, which is a quantity of its own."""
    bases = [(name.removesuffix(suffix), place) for place, name in enumerate(names)]
    return tuple((base, place) for base, place in bases if _is_beside(base, names[place]))


def _is_beside(base: str, name: str) -> bool:
    return base != name and base in QUANTITIES


@lru_cache(maxsize=1024)
def _words(flags: str) -> str:
    """A JSON array; bits that only another version of this program knows are left out."""
    bits = int(flags) if flags.isdecimal() else 0
    return json.dumps([flag.name.lower() for flag in Flag if flag.name and flag & bits])


@lru_cache(maxsize=1024)
def _object(calibrations: Calibrations) -> str:
    return json.dumps(dict(calibrations), separators=(",", ":"))
