"""Texts with a unit as numbers, and numbers as they are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.scalars import scalar
from gateway.config.units import SIZE, TIME, Measure


@pytest.mark.parametrize(
    ("text", "number"),
    [("500ms", 0.5), ("10s", 10), ("1.5 min", 90), ("2h", 7200), ("14d", 1_209_600), ("0s", 0)],
)
def test_times_with_units(text: str, number: float) -> None:
    assert TIME.number(text) == number


@pytest.mark.parametrize(
    "text", ["", "10", "s", "5m", "-1s", "1e3s", "10S", "10s\n", "٣s", "10  s"]
)
def test_texts_that_are_no_times(text: str) -> None:
    assert TIME.number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0kB", 0), ("500kB", 500_000), ("1.5 MB", 1_500_000), ("2GB", 2 * 10**9),
        ("1TB", 10**12), ("1KiB", 1024), ("1.5MiB", 3 * 2**19), ("2 GiB", 2**31),
        ("1.1GB", 1_100_000_000), ("1.1GiB", 1_181_116_006), ("0.1kB", 100), ("2.0006kB", 2001),
    ],
)  # fmt: skip
def test_sizes_with_units_are_whole_numbers_of_bytes(text: str, number: int) -> None:
    assert SIZE.number(text) == number
    assert type(SIZE.number(text)) is int


@pytest.mark.parametrize(
    "text",
    ["", "10", "kB", "5KB", "5mb", "5M", "5B", "-1MB", "1e3MB", "5MB\n", "٣MB", "5  MB", "5,5MB"],
)
def test_texts_that_are_no_sizes(text: str) -> None:
    assert SIZE.number(text) is None


@pytest.mark.parametrize(
    ("measure", "number", "text"),
    [
        (SIZE, 0, "0"), (SIZE, 999, "999"), (SIZE, 1000, "1kB"), (SIZE, 512_000_000, "512MB"),
        (SIZE, 2**30, "1073741824"), (SIZE, 10**12, "1TB"), (SIZE, 123_456_789_012, "123456789012"),
        (TIME, 0, "0"), (TIME, 0.5, "0.5"), (TIME, 60.0, "60s"), (TIME, 86_400, "1d"),
        (TIME, 90_000, "90000s"), (TIME, 10**9, "1000000000"),
    ],
)  # fmt: skip
def test_how_numbers_are_shown(measure: Measure, number: float, text: str) -> None:
    assert measure.text(number) == text


@given(st.sampled_from([TIME, SIZE]), st.integers(0, 10**12))
def test_what_is_shown_may_be_written(measure: Measure, number: int) -> None:
    shown = measure.text(number)
    written = measure.number(shown)
    assert (scalar(shown) if written is None else written) == number
