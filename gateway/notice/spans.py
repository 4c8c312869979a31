"""Spans of time and sizes, as people say them."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SIZES = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def largest(seconds: float) -> tuple[str, str]:
    """A number and the largest unit of which the span is a whole multiple, else seconds."""
    for unit, length in _UNITS:
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:.0f}", unit
    return f"{seconds:.10g}", "second"


def size(length: int) -> str:
    """Bytes in the largest unit of which they are a whole multiple, else rounded to kB."""
    for unit, one in _SIZES:
        if length >= one and length % one == 0:
            return f"{length // one} {unit}"
    return f"{round(length / 1000)} kB"
