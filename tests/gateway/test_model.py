"""Times as they are written."""

import pytest

from gateway.model import rfc3339


@pytest.mark.parametrize(
    ("utc_ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_795_000_000_000_000_000, "2026-11-18T11:06:40Z"),
        (1_795_000_000_120_999_999, "2026-11-18T11:06:40.120Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
    ],
)
def test_utc_has_a_fraction_only_where_there_is_one(utc_ns: int, text: str) -> None:
    assert rfc3339(utc_ns) == text
