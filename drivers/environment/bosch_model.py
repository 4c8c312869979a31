"""What the models of Bosch's air sensors have in common."""

from collections.abc import Callable


def counts_of(value: Callable[[int], float], wanted: float, end: int) -> int:
    """The smallest count below `end` whose value reaches `wanted`; `value` rises with the count.

    The datasheets have formulas from counts to values only, and some have no inverse.
    """
    low, high = 0, end - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if value(middle) < wanted else (low, middle)
    return low
