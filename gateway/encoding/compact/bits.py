"""Bits, most significant first, and numbers of any size in as few of them as they need.

A natural number is written in Exp-Golomb code of order k: with q = n >> k, as many zeros as q + 1
has bits behind its first, then q + 1, then the low k bits of n. So numbers below 2^k take k + 1
bits, and each doubling takes two more. A signed one is its magnitude so, then, unless it is 0, its
sign (1 = negative).
"""

LARGEST = 2**53
"""Of a number that is read: JavaScript knows no larger ones exactly."""
_MOST_ZEROS = 52


class BitWriter:
    """Bits from the first to the last; `len` is how many."""

    def __init__(self) -> None:
        self._value = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __bytes__(self) -> bytes:
        """Filled up to a whole byte with zeros."""
        spare = -self._length % 8
        return (self._value << spare).to_bytes((self._length + spare) // 8, "big")

    def bits(self, width: int, value: int) -> None:
        """The value, 0 to 2^width - 1. Raises ValueError for others."""
        if not 0 <= value < 1 << width:
            raise ValueError(f"{value} does not fit in {width} bits")
        self._value = self._value << width | value
        self._length += width

    def flag(self, is_set: bool) -> None:
        self.bits(1, int(is_set))

    def natural(self, k: int, n: int) -> None:
        """Exp-Golomb of order k; raises ValueError below 0 and above LARGEST."""
        if not 0 <= n <= LARGEST:
            raise ValueError(f"{n} is not from 0 to {LARGEST}")
        above = (n >> k) + 1
        self.bits(2 * above.bit_length() - 1, above)
        self.bits(k, n & ((1 << k) - 1))

    def signed(self, k: int, n: int) -> None:
        self.natural(k, abs(n))
        if n:
            self.flag(n < 0)


class BitReader:
    """Raises ValueError where bits are missing."""

    def __init__(self, payload: bytes) -> None:
        self._value = int.from_bytes(payload, "big")
        self.left = 8 * len(payload)

    def bits(self, width: int) -> int:
        if width > self.left:
            raise ValueError("broken off: it ends where more must follow")
        self.left -= width
        return self._value >> self.left & ((1 << width) - 1)

    def flag(self) -> bool:
        return bool(self.bits(1))

    def natural(self, k: int) -> int:
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise ValueError("a number that is too large")
        n = ((1 << zeros | self.bits(zeros)) - 1 << k) + self.bits(k)
        return bounded(n)

    def signed(self, k: int) -> int:
        magnitude = self.natural(k)
        return -magnitude if magnitude and self.flag() else magnitude


def bounded(n: int) -> int:
    """The same number; raises ValueError if JavaScript would not know it exactly."""
    if abs(n) > LARGEST:
        raise ValueError("a number that is too large")
    return n
