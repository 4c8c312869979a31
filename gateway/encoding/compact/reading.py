"""Bits to a row, and what its sensors say."""

from gateway.encoding.compact import times, values
from gateway.encoding.compact.bits import BitReader, bounded
from gateway.encoding.compact.layouts import Layout, Place
from gateway.encoding.compact.numbering import BITS
from gateway.encoding.compact.parts import (
    COVERAGE_BITS,
    COVERAGE_STEPS,
    Form,
    Past,
    Presence,
    read_code,
)
from gateway.encoding.compact.rows import Interval, Part, Row
from gateway.encoding.compact.writing import NUMBERS, SECONDS

_When = tuple[int | None, int]
"""End and length of a row."""
_Numbers = tuple[int | None, int | None, int | None]
"""First, last, merged."""


class RowReader:
    """Reads the rows of one frame, one behind the other. Raises ValueError."""

    def __init__(self, bits: BitReader, layout: Layout, received_s: int) -> None:
        self._bits = bits
        self._layout = layout
        self._received_s = received_s
        self._past = Past(layout)
        self._is_first = True

    def read(self) -> Row:
        """Its numbers are the node's less a multiple of MODULO, the same in all of the frame."""
        past, first = self._past, None
        if self._is_first:
            first = times.read_first(self._bits, self._received_s)
        is_plain = not self._bits.flag()
        when = first or self._when(is_plain)
        if not is_plain and past.numbers.is_begun:
            past.numbers.stride = bounded(past.numbers.stride + self._bits.signed(1))
        parts = [self._part(place, when, is_plain) for place in self._layout]
        past.course.took(*when)
        past.numbers.end_row()
        self._is_first = False
        return Row(*when, tuple(part for part in parts if part is not None))

    def _when(self, is_plain: bool) -> _When:
        course = self._past.course
        if is_plain:
            return times.checked(*course.expected())
        return times.read_next(self._bits, course, self._received_s)

    def _part(self, place: Place, when: _When, is_plain: bool) -> Part | None:
        form = Form.USUAL if is_plain else Form(read_code(self._bits))
        if form is Form.ABSENT:
            return None
        is_detailed = form is Form.DETAILED
        is_numbered = self._bits.flag() if is_detailed else place.is_numbered
        numbers = self._numbers(place.sensor, is_detailed) if is_numbered else (None, None, None)
        coverage, span = self._details(when) if is_detailed else (None, None)
        told = {} if form is Form.EMPTY else self._values(place, is_detailed)
        return Part(place.sensor, told, *numbers, coverage, span)

    def _numbers(self, sensor: int, is_detailed: bool) -> _Numbers:
        first = self._past.numbers.expected(sensor)
        if first is None:
            first = self._bits.bits(BITS)
        elif is_detailed:
            first = bounded(first + self._bits.signed(NUMBERS))
        last, merged = first, 1
        if is_detailed and self._bits.flag():
            last = bounded(first + self._bits.natural(NUMBERS))
            merged = self._bits.natural(NUMBERS)
            if not 1 <= merged <= last - first + 1:
                raise ValueError(f"{merged} readings with {last - first + 1} numbers")
        self._past.numbers.took(sensor, last)
        return first, last, merged

    def _details(self, when: _When) -> tuple[float | None, Interval | None]:
        coverage = self._bits.bits(COVERAGE_BITS) / COVERAGE_STEPS if self._bits.flag() else None
        return coverage, self._span(when) if self._bits.flag() else None

    def _span(self, when: _When) -> Interval:
        row_ends_s, unit_s = when
        if row_ends_s is None:
            ends_s = self._bits.bits(32)
            length_s = self._bits.natural(times.LENGTH)
        elif self._bits.flag():
            ends_s = row_ends_s - self._bits.signed(SECONDS)
            length_s = self._bits.natural(times.LENGTH)
        else:
            ends_s = row_ends_s - self._bits.signed(0) * unit_s
            length_s = self._bits.natural(0) * unit_s
        times.checked(ends_s, length_s)
        return Interval(ends_s - length_s, ends_s)

    def _values(self, place: Place, is_detailed: bool) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for quantity in place.quantities:
            presence = Presence(read_code(self._bits)) if is_detailed else Presence.VALUE
            if presence is Presence.NULL:
                found[quantity.name] = None
            if presence in (Presence.NULL, Presence.ABSENT):
                continue
            key = place.sensor, quantity.name
            if presence is Presence.ESCAPED:
                n = self._bits.signed(values.ESCAPE)
            else:
                n = values.read(self._bits, quantity, self._past.values.get(key))
            self._past.values[key] = n
            found[quantity.name] = values.value_of(quantity, n)
        return found
