"""What a sensor says in a row: usual, with nothing in it, in detail, or no part at all.

Usual is all that the layout names, of one reading with the expected number if the sensor counts,
seen all the interval, and with no span. Where small counts are carried on most parts of a door are
empty, so that these are short too. A whole row of usual parts at the usual time is one bit before
its values.
"""

from enum import IntEnum
from typing import NamedTuple

from gateway.encoding.compact import values
from gateway.encoding.compact.bits import BitReader, BitWriter
from gateway.encoding.compact.layouts import Layout, Place
from gateway.encoding.compact.numbering import Numbering
from gateway.encoding.compact.rows import Part
from gateway.encoding.compact.times import Course

COVERAGE_BITS = 7
COVERAGE_STEPS = 1 << COVERAGE_BITS


class Form(IntEnum):
    """How a part is told, as the code before it."""

    USUAL = 0b0
    EMPTY = 0b10
    DETAILED = 0b110
    ABSENT = 0b111


class Presence(IntEnum):
    """Of a value in a detailed part, as the code before it. `ESCAPED`: it has no usual code."""

    VALUE = 0b0
    NULL = 0b10
    ABSENT = 0b110
    ESCAPED = 0b111


def write_code(bits: BitWriter, code: IntEnum) -> None:
    """0, 10, 110 or 111."""
    bits.bits(max(1, code.bit_length()), code)


def read_code(bits: BitReader) -> int:
    """The code that was written so."""
    code = 0
    while bits.flag():
        code = code << 1 | 1
        if code == 0b111:
            return code
    return code << 1


class Past:
    """What a frame has told so far."""

    def __init__(self, layout: Layout) -> None:
        self.course = Course()
        self.numbers = Numbering(len(layout))
        self.values: dict[tuple[int, str], int] = {}


class Told(NamedTuple):
    """A part as it is written: values in steps, coverage of COVERAGE_STEPS, None = all of it."""

    part: Part
    steps: dict[str, int | None]
    coverage: int | None


def told(part: Part) -> Told:
    """Raises ValueError for what no frame can hold."""
    _check_numbers(part)
    return Told(part, {name: _steps(name, one) for name, one in part.values.items()}, _seen(part))


def form_of(place: Place, one: Told | None, past: Past) -> Form:
    """The shortest in which it can be told."""
    if one is None:
        return Form.ABSENT
    as_usual = _is_number_usual(place, one.part, past.numbers)
    if one.coverage is not None or one.part.span is not None or not as_usual:
        return Form.DETAILED
    if place.quantities and not one.steps:
        return Form.EMPTY
    return Form.USUAL if _are_values_usual(place, one, past) else Form.DETAILED


def _steps(name: str, value: float | None) -> int | None:
    quantity = values.told(name)
    return None if value is None else values.steps(quantity, value)


def _seen(part: Part) -> int | None:
    """Never all of it, nor nothing, unless it is so."""
    share = part.coverage
    if share is None or share == 1:
        return None
    if not 0 <= share < 1:
        raise ValueError(f"a coverage of {share}")
    return min(COVERAGE_STEPS - 1, max(1, round(share * COVERAGE_STEPS))) if share else 0


def _check_numbers(part: Part) -> None:
    first, last, merged = part.first, part.last, part.merged
    if first is None or last is None or merged is None:
        if (first, last, merged) != (None, None, None):
            raise ValueError(f"numbers {first} to {last}, of {merged}: all or none is known")
    elif not (0 <= first <= last and 1 <= merged <= last - first + 1):
        raise ValueError(f"{merged} readings with the numbers {first} to {last}")


def _is_number_usual(place: Place, part: Part, numbers: Numbering) -> bool:
    if not place.is_numbered or part.first is None:
        return place.is_numbered == (part.first is not None)
    is_one = (part.last, part.merged) == (part.first, 1)
    return is_one and numbers.expected(place.sensor) in (None, part.first)


def _are_values_usual(place: Place, one: Told, past: Past) -> bool:
    if len(one.steps) < len(place.quantities):
        return False
    for quantity in place.quantities:
        n = one.steps[quantity.name]
        before = past.values.get((place.sensor, quantity.name))
        if n is None or not values.is_codable(quantity, n, before):
            return False
    return True
