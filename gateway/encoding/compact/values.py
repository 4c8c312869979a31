"""Values as whole steps of the resolution that their quantity has on the radio, and back.

The first value of a quantity of a sensor in a frame stands by itself. One that follows another is
told as its difference; but of a counter, whose counts have little to do with the ones before but
their size, by itself again, in a code made for that size.
"""

from fractions import Fraction
from functools import lru_cache
from math import isfinite

from drivers.quantities import QUANTITIES, Kind, Quantity, Radio
from gateway.encoding.compact.bits import BitReader, BitWriter, bounded

_TOO_MANY = 2**52
"""Steps; the difference of two values must be a number of JavaScript too."""
ESCAPE = 8
"""Order of the code in which any value can be told."""


def told(name: str) -> Quantity:
    """The quantity of that name; raises ValueError if it is not told over the radio."""
    quantity = QUANTITIES.get(name)
    if quantity is None or quantity.radio is None:
        raise ValueError(f"{name} is not told over the radio")
    return quantity


@lru_cache(maxsize=64)
def ratio(radio: Radio) -> tuple[int, int]:
    """The resolution as a fraction of whole numbers, of which one is 1."""
    exact = Fraction(str(radio.resolution))
    return exact.numerator, exact.denominator


def radio_of(quantity: Quantity) -> Radio:
    """Of one that is told."""
    assert quantity.radio is not None
    return quantity.radio


def steps(quantity: Quantity, value: float) -> int:
    """The nearest number of steps; raises ValueError if that is none, or above 4 * 10^15."""
    numerator, denominator = ratio(radio_of(quantity))
    if isfinite(value):
        n = round(value * denominator / numerator)
        if abs(n) < _TOO_MANY:
            return n
    raise ValueError(f"{quantity.name} of {value} is no value")


def value_of(quantity: Quantity, n: int) -> float:
    """What so many steps are."""
    numerator, denominator = ratio(radio_of(quantity))
    return n * numerator / denominator


def lowest(radio: Radio) -> int:
    """Steps at which those values begin that have a code of fixed width."""
    numerator, denominator = ratio(radio)
    return 0 if radio.low is None else round(radio.low * denominator / numerator)


def is_codable(quantity: Quantity, n: int, before: int | None) -> bool:
    """Whether the usual code has it; any other value goes by the escape of its part."""
    by_itself = before is None or quantity.kind is Kind.COUNTER
    return n >= 0 or not by_itself or is_signed(quantity)


def is_signed(quantity: Quantity) -> bool:
    """Whether the code of what stands by itself has negative numbers."""
    return radio_of(quantity).low is not None or quantity.minimum < 0


def write(bits: BitWriter, quantity: Quantity, n: int, before: int | None) -> None:
    """`before`: the value that it follows, None = it is the first."""
    radio = radio_of(quantity)
    if quantity.kind is Kind.COUNTER:
        bits.natural(radio.bits if before is None else size(before), n)
    elif before is not None:
        bits.signed(radio.change, n - before)
    elif radio.low is not None:
        _write_fixed(bits, radio, n)
    elif is_signed(quantity):
        bits.signed(radio.bits, n)
    else:
        bits.natural(radio.bits, n)


def read(bits: BitReader, quantity: Quantity, before: int | None) -> int:
    """Steps. Raises ValueError."""
    radio = radio_of(quantity)
    if quantity.kind is Kind.COUNTER:
        return bits.natural(radio.bits if before is None else size(before))
    if before is not None:
        return bounded(before + bits.signed(radio.change))
    if radio.low is not None:
        return _read_fixed(bits, radio)
    return bits.signed(radio.bits) if is_signed(quantity) else bits.natural(radio.bits)


def size(before: int) -> int:
    """Order of the code of a count that follows another one."""
    return max(0, abs(before).bit_length() - 1)


def _write_fixed(bits: BitWriter, radio: Radio, n: int) -> None:
    above, escape = n - lowest(radio), (1 << radio.bits) - 1
    if 0 <= above < escape:
        bits.bits(radio.bits, above)
    else:
        bits.bits(radio.bits, escape)
        bits.signed(ESCAPE, above)


def _read_fixed(bits: BitReader, radio: Radio) -> int:
    above = bits.bits(radio.bits)
    if above == (1 << radio.bits) - 1:
        above = bits.signed(ESCAPE)
    return bounded(lowest(radio) + above)
