"""The time that a LoRaWAN network tells: bytes of the specifications, and what they date."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import Anchor, SystemClock, Timeline
from gateway.clock.lorawan import APP_TIME, ClockSync, device_time
from gateway.model import Quality

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND


def gps_s(utc: datetime) -> int:
    """Leap seconds since 1980: 18."""
    return round((utc - datetime(1980, 1, 6, tzinfo=UTC)).total_seconds()) + 18


def answer(correction_s: int, token: int) -> bytes:
    return bytes([APP_TIME]) + correction_s.to_bytes(4, "little", signed=True) + bytes([token])


def test_a_device_time_is_of_gps_in_256ths_of_a_second() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    told = gps_s(noon).to_bytes(4, "little") + b"\x40"
    assert device_time(told) == round(noon.timestamp()) * SECOND + SECOND // 4
    assert device_time(bytes(5)) == 315_964_782 * SECOND


@pytest.mark.parametrize("wrong", [b"", bytes(4), bytes(6)])
def test_another_length_is_no_device_time(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="5 bytes"):
        device_time(wrong)


def test_a_question_is_the_time_as_the_node_takes_it_and_a_token() -> None:
    sync = ClockSync()
    begin = gps_s(datetime(2026, 1, 1, tzinfo=UTC))
    assert sync.request(0) == b"\x01" + begin.to_bytes(4, "little") + b"\x10"
    assert sync.request(7 * SECOND)[1:5] == (begin + 7).to_bytes(4, "little")
    assert sync.answered(answer(0, 0)) is not None
    assert sync.request(0)[5] == 0x11  # the next question has the next token


@given(
    up_ns=st.integers(0, 10**18),
    true_ns=st.integers(1_700_000_000 * SECOND, 3_500_000_000 * SECOND),
)
def test_an_answer_dates_the_question_to_half_a_second(up_ns: int, true_ns: int) -> None:
    """The server compares in whole seconds."""
    sync = ClockSync()
    said_s = int.from_bytes(sync.request(up_ns)[1:5], "little")
    true_gps_s = (true_ns - 315_964_782 * SECOND) // SECOND
    told = sync.answered(answer(true_gps_s - said_s, 0))
    assert told is not None
    assert told.up_ns == up_ns
    assert abs(told.utc_ns - true_ns) <= SECOND // 2


def test_only_the_question_that_was_asked_last_is_answered() -> None:
    sync = ClockSync()
    assert sync.answered(answer(5, 0)) is None
    sync.request(SECOND)
    assert sync.answered(answer(5, 3)) is None
    assert sync.answered(answer(5, 0)) is not None
    assert sync.answered(answer(5, 0)) is None


@pytest.mark.parametrize("wrong", [b"", b"\x01", bytes(6), answer(1, 0) + b"\x00"])
def test_anything_else_is_refused(wrong: bytes) -> None:
    sync = ClockSync()
    sync.request(0)
    with pytest.raises(ValueError, match="no AppTimeAns"):
        sync.answered(wrong)


def test_what_a_network_tells_was_the_time_then_and_not_for_ever() -> None:
    clock = SystemClock(fast=[])
    told = Anchor(clock.now_ns(), 1_790_000_000 * SECOND)
    clock.hear(told)
    assert clock.anchor() is None
    assert "network" in [state.name for state in clock.sources()]


def test_a_day_between_two_answers_is_interpolated() -> None:
    """200 ppm are 17 s a day."""
    timeline, utc = Timeline(), 1_790_000_000 * SECOND
    timeline.add(Anchor(HOUR, utc))
    for minute in range(1, 24 * 60):
        timeline.add(None)
        assert timeline.date(HOUR + minute * 60 * SECOND)[1] is Quality.ESTIMATED
    timeline.add(Anchor(25 * HOUR + 17_280_000_000, utc + 24 * HOUR))
    noon_ns, quality = timeline.date(13 * HOUR + 8_640_000_000)
    assert noon_ns is not None
    assert abs(noon_ns - utc - 12 * HOUR) < SECOND // 100
    assert quality is Quality.REPAIRED
