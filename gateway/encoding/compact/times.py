"""When the rows of a frame end, and how long they are.

The first row tells it by itself: on the grid of a usual length by the low bits of the number of the
interval, which whoever receives it completes; else in full. A row behind it is usually as far from
the one before as that is from its own, and of its length: then it takes no bits.
"""

from gateway.encoding.compact.bits import BitReader, BitWriter

USUAL_S, USUAL_BITS = 900, 12
OTHERS_S, OTHERS_BITS = (300, 600, 1800, 3600), 14
LEEWAY_S = 5 * 86_400
"""How far a completed time may lie behind the reception: the clock of a node may be wrong."""
LATEST_S = 2**32 - 1
LENGTH = 10
"""Order of the code of a length."""
_DISTANCE = 8


class Course:
    """The times told so far in a frame, and what usually follows."""

    def __init__(self) -> None:
        self.ends_s: int | None = None
        """Of the last row that had a time."""
        self.length_s = 0
        self._step_s: int | None = None
        self._is_dated = False

    def expected(self) -> tuple[int | None, int]:
        """End and length of the next row, as it usually is; for rows behind the first."""
        return (self._ahead() if self._is_dated else None), self.length_s

    def took(self, ends_s: int | None, length_s: int) -> None:
        if ends_s is not None and self.ends_s is not None:
            self._step_s = ends_s - self.ends_s
        self.length_s = length_s
        self._is_dated = ends_s is not None
        self.ends_s = self.ends_s if ends_s is None else ends_s

    def _ahead(self) -> int | None:
        if self.ends_s is None:
            return None
        return self.ends_s + (-self.length_s if self._step_s is None else self._step_s)


def checked(ends_s: int | None, length_s: int) -> tuple[int | None, int]:
    """The same; raises ValueError if a frame cannot hold it."""
    if length_s < 0 or length_s > LATEST_S:
        raise ValueError(f"an interval of {length_s} s")
    if ends_s is not None and not length_s <= ends_s <= LATEST_S:
        raise ValueError(f"an interval of {length_s} s up to {ends_s} s since 1970")
    return ends_s, length_s


def write_first(
    bits: BitWriter, ends_s: int | None, length_s: int, sent_s: float | None = None
) -> None:
    """A time by itself: in full where it is too far from `sent_s` to be completed."""
    on_grid = ends_s is not None and length_s > 0 and ends_s % length_s == 0
    on_grid = on_grid and _is_near(ends_s or 0, length_s, sent_s)
    if ends_s is not None and on_grid and length_s == USUAL_S:
        bits.bits(1, 0b0)
        bits.bits(USUAL_BITS, ends_s // length_s % (1 << USUAL_BITS))
    elif ends_s is not None and on_grid and length_s in OTHERS_S:
        bits.bits(2, 0b10)
        bits.bits(2, OTHERS_S.index(length_s))
        bits.bits(OTHERS_BITS, ends_s // length_s % (1 << OTHERS_BITS))
    else:
        bits.bits(3, 0b111 if ends_s is None else 0b110)
        if ends_s is not None:
            bits.bits(32, ends_s)
        bits.natural(LENGTH, length_s)


def read_first(bits: BitReader, received_s: int) -> tuple[int | None, int]:
    """The time, and the length. Raises ValueError."""
    if not bits.flag():
        return _completed(bits.bits(USUAL_BITS), USUAL_BITS, USUAL_S, received_s), USUAL_S
    if not bits.flag():
        length_s = OTHERS_S[bits.bits(2)]
        return _completed(bits.bits(OTHERS_BITS), OTHERS_BITS, length_s, received_s), length_s
    ends_s = None if bits.flag() else bits.bits(32)
    return checked(ends_s, bits.natural(LENGTH))


def write_next(
    bits: BitWriter,
    course: Course,
    ends_s: int | None,
    length_s: int,
    sent_s: float | None = None,
) -> None:
    """A time behind others."""
    usual_s, usual_length_s = course.expected()
    if (ends_s, length_s) == (usual_s, usual_length_s):
        bits.bits(1, 0b0)
    elif ends_s is None or course.ends_s is None:
        bits.bits(3, 0b111)
        write_first(bits, ends_s, length_s, sent_s)
    elif usual_s is not None and length_s == usual_length_s and _apart(ends_s, usual_s, length_s):
        bits.bits(2, 0b10)
        bits.signed(0, (ends_s - usual_s) // length_s)
    else:
        bits.bits(3, 0b110)
        bits.signed(_DISTANCE, ends_s - course.ends_s)
        bits.natural(LENGTH, length_s)


def read_next(bits: BitReader, course: Course, received_s: int) -> tuple[int | None, int]:
    """The time, and the length. Raises ValueError."""
    usual_s, length_s = course.expected()
    if not bits.flag():
        return checked(usual_s, length_s)
    if not bits.flag():
        if usual_s is None:
            raise ValueError("a distance from a time that is not told")
        return checked(usual_s + bits.signed(0) * length_s, length_s)
    if bits.flag():
        return read_first(bits, received_s)
    if course.ends_s is None:
        raise ValueError("a distance from a time that is not told")
    ends_s = course.ends_s + bits.signed(_DISTANCE)
    return checked(ends_s, bits.natural(LENGTH))


def _apart(ends_s: int, usual_s: int, length_s: int) -> bool:
    """Whether the distance is a number of whole intervals."""
    return length_s > 0 and (ends_s - usual_s) % length_s == 0


def _is_near(ends_s: int, length_s: int, sent_s: float | None) -> bool:
    """Within half of what the low bits tell apart, so that it may also wait on its way."""
    if sent_s is None:
        return True
    told_s = length_s << (USUAL_BITS if length_s == USUAL_S else OTHERS_BITS)
    return sent_s - told_s / 2 <= ends_s <= sent_s + LEEWAY_S / 2


def _completed(index: int, width: int, length_s: int, received_s: int) -> int:
    """The newest end with those low bits that is not too far behind the reception."""
    latest_s = received_s + LEEWAY_S
    ends_s = latest_s - (latest_s - index * length_s) % (length_s << width)
    checked(ends_s, length_s)
    return ends_s
