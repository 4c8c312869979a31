"""A row, and what its sensors say, to bits."""

from gateway.encoding.compact import times, values
from gateway.encoding.compact.bits import BitWriter
from gateway.encoding.compact.layouts import Layout, Place
from gateway.encoding.compact.numbering import BITS, MODULO
from gateway.encoding.compact.parts import (
    COVERAGE_BITS,
    Form,
    Past,
    Presence,
    Told,
    form_of,
    told,
    write_code,
)
from gateway.encoding.compact.rows import Interval, Part, Row

SECONDS = 8
"""Order of the code of a distance in seconds."""
NUMBERS = 2
"""Order of the code of a distance of numbers."""


class RowWriter:
    """Writes the rows of one frame, one behind the other."""

    def __init__(self, bits: BitWriter, layout: Layout, sent_s: float | None = None) -> None:
        """`sent_s`: when they are sent, UTC since 1970."""
        self._bits = bits
        self._sent_s = sent_s
        self._layout = layout
        self._past = Past(layout)
        self.is_first = True

    def write(self, row: Row) -> None:
        """Raises ValueError for what no frame can hold."""
        times.checked(row.ends_s, row.length_s)
        parts = {part.sensor: told(part) for part in row.parts}
        numbers, course = self._past.numbers, self._past.course
        stride, usual_stride = numbers.stride_to(row.parts), numbers.stride
        if self.is_first:
            times.write_first(self._bits, row.ends_s, row.length_s, self._sent_s)
        is_in_time = self.is_first or course.expected() == (row.ends_s, row.length_s)
        numbers.stride = stride
        is_plain = is_in_time and stride == usual_stride and self._are_usual(parts)
        self._bits.flag(not is_plain)
        if not is_plain:
            self._write_place_of_row(row, stride - usual_stride)
        for place in self._layout:
            self._write_part(place, parts.get(place.sensor), row, is_plain)
        course.took(row.ends_s, row.length_s)
        numbers.end_row()
        self.is_first = False

    def _are_usual(self, parts: dict[int, Told]) -> bool:
        """Of each sensor by itself: what is told of one moves what is expected of the next."""
        numbers = self._past.numbers
        for place in self._layout:
            one = parts.get(place.sensor)
            if form_of(place, one, self._past) is not Form.USUAL:
                numbers.forget_row()
                return False
            if one is not None and one.part.last is not None:
                numbers.took(place.sensor, one.part.last)
        numbers.forget_row()
        return True

    def _write_place_of_row(self, row: Row, more: int) -> None:
        """When it was, and which numbers, where the row before it lets expect something."""
        if not self.is_first:
            times.write_next(self._bits, self._past.course, row.ends_s, row.length_s, self._sent_s)
        if self._past.numbers.is_begun:
            self._bits.signed(1, more)

    def _write_part(self, place: Place, one: Told | None, row: Row, is_plain: bool) -> None:
        form = Form.USUAL if is_plain else form_of(place, one, self._past)
        if not is_plain:
            write_code(self._bits, form)
        if one is None:
            return
        if form is Form.DETAILED:
            self._bits.flag(one.part.first is not None)
        self._write_number(one.part, form)
        if form is Form.DETAILED:
            self._write_details(one, row)
        if form is not Form.EMPTY:
            self._write_values(place, one, form)

    def _write_number(self, part: Part, form: Form) -> None:
        """Usual and empty parts have the expected one."""
        first, last, merged = part.first, part.last, part.merged
        if first is None or last is None or merged is None:
            return
        expected = self._past.numbers.expected(part.sensor)
        if expected is None:
            self._bits.bits(BITS, first % MODULO)
        elif form is Form.DETAILED:
            self._bits.signed(NUMBERS, first - expected)
        if form is Form.DETAILED:
            is_one = (last, merged) == (first, 1)
            self._bits.flag(not is_one)
            if not is_one:
                self._bits.natural(NUMBERS, last - first)
                self._bits.natural(NUMBERS, merged)
        self._past.numbers.took(part.sensor, last)

    def _write_details(self, one: Told, row: Row) -> None:
        self._bits.flag(one.coverage is not None)
        if one.coverage is not None:
            self._bits.bits(COVERAGE_BITS, one.coverage)
        self._bits.flag(one.part.span is not None)
        if one.part.span is not None:
            self._write_span(one.part.span, row)

    def _write_span(self, span: Interval, row: Row) -> None:
        length_s = span.ends_s - span.begins_s
        times.checked(span.ends_s, length_s)
        if row.ends_s is None:
            self._bits.bits(32, span.ends_s)
            self._bits.natural(times.LENGTH, length_s)
            return
        behind_s, unit_s = row.ends_s - span.ends_s, row.length_s
        in_lengths = unit_s > 0 and behind_s % unit_s == 0 and length_s % unit_s == 0
        self._bits.flag(not in_lengths)
        if in_lengths:
            self._bits.signed(0, behind_s // unit_s)
            self._bits.natural(0, length_s // unit_s)
        else:
            self._bits.signed(SECONDS, behind_s)
            self._bits.natural(times.LENGTH, length_s)

    def _write_values(self, place: Place, one: Told, form: Form) -> None:
        for quantity in place.quantities:
            key = place.sensor, quantity.name
            before, n = self._past.values.get(key), one.steps.get(quantity.name)
            codable = n is not None and values.is_codable(quantity, n, before)
            if form is Form.DETAILED:
                write_code(self._bits, _presence(one, quantity.name, codable))
            if n is None:
                continue
            if codable:
                values.write(self._bits, quantity, n, before)
            else:
                self._bits.signed(values.ESCAPE, n)
            self._past.values[key] = n


def _presence(one: Told, name: str, codable: bool) -> Presence:
    if name not in one.steps:
        return Presence.ABSENT
    if one.steps[name] is None:
        return Presence.NULL
    return Presence.VALUE if codable else Presence.ESCAPED
