"""What a search for moments finds, or it would find nothing anywhere."""

from struct import pack

import pytest

from tests.chaos.moments import SECOND, Moments

UP_NS = 2_689_237_140_000_000
OFFSET_NS = 1_792_454_400 * SECOND
UTC_NS = UP_NS + OFFSET_NS
"""2026-11-20T03:00:37.14Z."""

TOLD = (
    b"%d" % UP_NS,
    b"%d" % (UP_NS // 1_000),
    b"[%d]" % (UP_NS // 1_000_000),
    b"up 2689237.2 s",
    b"%d" % UTC_NS,
    b"%d" % (UTC_NS // 1_000_000),
    b"1795143637",
    b"2026-11-20T03:00:37Z",
    b"2026-11-20 03:00:37.4",
    b"2026-11-20T04:00:37+01:00",
    b"at 03:00:37",
    b"at 04:00:37,",
    (UP_NS + SECOND // 3).to_bytes(8, "big"),
    UP_NS.to_bytes(8, "little"),
    (UTC_NS // 1_000_000).to_bytes(6, "big"),
    (UTC_NS // 1_000_000).to_bytes(8, "little"),
    pack(">d", UP_NS / SECOND),
    pack("<d", UTC_NS / SECOND),
    pack("<d", UP_NS / 1_000_000),
)


@pytest.mark.parametrize("told", TOLD)
def test_a_moment_is_found_however_it_is_written(told: bytes) -> None:
    moments = Moments([UP_NS - 40_000 * SECOND, UP_NS, UP_NS + 40_000 * SECOND], OFFSET_NS)
    assert list(moments.told(b"\0\xff abc" + told + b" \0\0\0"))


@pytest.mark.parametrize("seconds", [-2, 2, 60, 3_000])
def test_another_moment_is_none(seconds: int) -> None:
    moments = Moments([UP_NS + seconds * SECOND], OFFSET_NS)
    assert not [found for told in TOLD for found in moments.told(b"\0" + told + b" \0")]
