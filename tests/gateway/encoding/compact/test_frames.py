"""What is encoded is decoded, at the resolution of the radio; anything else is a ValueError."""

import random
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.quantities import QUANTITIES
from gateway.encoding.compact.frames import complete, decode, encode
from gateway.encoding.compact.javascript import generated
from gateway.encoding.compact.numbering import MODULO
from gateway.encoding.compact.objects import as_data
from gateway.encoding.compact.rows import Frame, Interval, Part, Row
from gateway.encoding.compact.status import Status, encode_status
from tests.chaos.form import report, rounds
from tests.gateway.encoding.compact.engines import ENGINES, Engine
from tests.gateway.encoding.compact.some_rows import NOW_S, as_told, frames

ROOM = 4096
BOUNDARY_S = NOW_S - NOW_S % 900
FRAMES = rounds(400, 18_000)
GARBAGE = rounds(5_000, 100_000)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param](generated())


def decoded(payload: bytes, near: int | None = None) -> Frame:
    frame = decode(payload, NOW_S)
    assert isinstance(frame, Frame)
    return frame if near is None else complete(frame, near)


def newest(rows: list[Row]) -> int:
    return max(
        (part.last for row in rows for part in row.parts if part.last is not None), default=0
    )


def test_what_is_encoded_is_decoded() -> None:
    engines = {name: kind(generated()) for name, kind in ENGINES.items()}
    readings = 0

    @settings(max_examples=FRAMES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(frames(), st.integers(1, 2**24))
    def there_and_back(rows: list[Row], epoch: int) -> None:
        nonlocal readings
        readings += sum(len(row.parts) for row in rows)
        payload, taken = encode(epoch, rows, ROOM)
        assert taken == len(rows)
        frame = decoded(payload)
        assert complete(frame, newest(rows)) == as_told(epoch, rows)
        received = {"bytes": list(payload), "fPort": 10, "recvTime": NOW_S * 1000}
        for name, engine in engines.items():
            assert engine.answers("decodeUplink", [received]) == [{"data": as_data(frame)}], name

    there_and_back()
    assert readings > rounds(2_000, 100_000)
    report(f"compact codec: {readings} readings encoded, decoded in Python, Duktape and QuickJS")


def garbage(count: int) -> list[bytes]:
    """Noise, and frames of which some bits are wrong or missing."""
    draw = random.Random(16)
    good, _ = encode(7, [interval(back) for back in range(8)], 51)
    made = []
    for _ in range(count):
        if draw.random() < 0.5:
            made.append(draw.randbytes(draw.randint(0, 60)))
            continue
        spoilt = bytearray(good[: draw.randint(1, len(good))])
        spoilt[draw.randrange(len(spoilt))] ^= 1 << draw.randrange(8)
        made.append(bytes(spoilt))
    return made


def interval(back: int = 0, length_s: int = 900) -> Row:
    """Of two busy doors and the air between them."""
    ends_s, number = BOUNDARY_S - back * length_s, 400_000 - 3 * back
    air = {"temperature": 21.4 - back / 10, "humidity": 47.0, "co2": 810.0}
    return Row(
        ends_s,
        length_s,
        (
            Part(0, {"count_in": 23.0, "count_out": 22.0}, number, number, 1),
            Part(1, {"count_in": 17.0, "count_out": 23.0}, number + 1, number + 1, 1),
            Part(2, air),
        ),
    )


def test_garbage_is_told_alike_or_refused_alike(engine: Engine) -> None:
    """What by chance means something means the same in both languages."""
    payloads = garbage(GARBAGE)
    received = [{"bytes": list(one), "fPort": 10, "recvTime": NOW_S * 1000} for one in payloads]
    meant = 0
    answers = engine.answers("decodeUplink", received)
    for payload, answer in zip(payloads, answers, strict=True):
        expected = _meaning(payload)
        meant += "data" in expected
        assert answer.keys() == expected.keys(), payload.hex()
        assert answer.get("data") == expected.get("data"), payload.hex()
        assert all(answer.get("errors", [True])), payload.hex()
    assert meant > len(payloads) / 100
    report(f"compact codec: {len(payloads)} payloads of garbage, {meant} of them mean something")


def test_a_hundred_thousand_payloads_of_garbage_are_refused_or_mean_something() -> None:
    for payload in garbage(100_000):
        try:
            decode(payload, NOW_S)
        except ValueError as problem:
            assert re.search(r"\w{3}", str(problem)), payload.hex()  # noqa: PT017


def _meaning(payload: bytes) -> dict[str, Any]:
    try:
        return {"data": as_data(decode(payload, NOW_S))}
    except ValueError as problem:
        return {"errors": [str(problem)]}


def test_two_doors_and_their_air_in_twelve_bytes() -> None:
    payload, taken = encode(7107899, [interval()], 12)
    assert (len(payload), taken) == (12, 1)
    assert decoded(payload, near=401_000) == as_told(7107899, [interval()])


def test_nine_such_intervals_at_the_lowest_data_rate() -> None:
    rows = [interval(back) for back in range(20)]
    payload, taken = encode(7107899, rows, 51)
    assert (len(payload) <= 51, taken) == (True, 9)
    assert decoded(payload, near=400_000) == as_told(7107899, rows[:9])


@pytest.mark.parametrize("room", range(14))
def test_it_never_takes_more_than_its_room(room: int) -> None:
    payload, taken = encode(1, [interval(), interval(1)], room)
    assert len(payload) <= room
    assert taken == (room >= 12)


def test_rows_that_need_another_layout_join_those_before() -> None:
    other = Row(BOUNDARY_S - 900, 900, (Part(9, {"illuminance": 300.0}),))
    rows = [interval(), other, interval(2)]
    payload, taken = encode(1, rows, 222)
    assert taken == 3
    assert decoded(payload, near=400_000) == as_told(1, rows)


@pytest.mark.parametrize("back_d", range(-4, 37))
def test_a_time_is_right_for_weeks(back_d: int) -> None:
    row = interval(96 * back_d)
    assert decoded(encode(1, [row], 51)[0]).rows[0].ends_s == row.ends_s


def test_a_time_that_nobody_knows_stays_unknown() -> None:
    rows = [interval()._replace(ends_s=None), interval(1)._replace(ends_s=None), interval(2)]
    assert [row.ends_s for row in decoded(encode(1, rows, 51)[0]).rows] == [
        None,
        None,
        BOUNDARY_S - 1800,
    ]


@pytest.mark.parametrize("length_s", [0, 1, 7, 59, 60, 300, 899, 900, 3600, 86_399, 86_400, 10**6])
@pytest.mark.parametrize("off_s", [0, 1])
def test_intervals_of_any_length_at_any_second(length_s: int, off_s: int) -> None:
    rows = [interval(back, length_s) for back in range(3)]
    rows = [row._replace(ends_s=(row.ends_s or 0) + off_s) for row in rows]
    assert decoded(encode(1, rows, 222)[0], near=400_000) == as_told(1, rows)


@pytest.mark.parametrize("name", sorted(QUANTITIES))
def test_nothing_is_clipped(name: str, engine: Engine) -> None:
    """Over the range of a quantity, at its ends, and far outside of it."""
    quantity = QUANTITIES[name]
    low, high = quantity.minimum, min(quantity.maximum, 2.0**50)
    wanted = [low, high, (low + high) / 2, low - 1000, high + 1000, 0.0, -1.0, 35.4, 35.5]
    moments = [Row(NOW_S - n, 0, (Part(0, {name: value}),)) for n, value in enumerate(wanted)]
    for rows in [moments, *([row] for row in moments)]:
        frame = decoded(encode(1, rows, 400)[0])
        assert frame == as_told(1, rows)
        values = [row.parts[0].values[name] or 0.0 for row in frame.rows]
        true = [row.parts[0].values[name] or 0.0 for row in rows]
        assert quantity.radio is not None
        for told, value in zip(values, true, strict=True):
            assert abs(told - value) <= quantity.radio.resolution * 0.5000001
        [answer] = engine.answers(
            "decodeUplink", [{"bytes": list(encode(1, rows, 400)[0]), "recvTime": NOW_S * 1000}]
        )
        assert answer == {"data": as_data(frame)}


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, 0.0), (1e-9, 1 / 128), (0.5, 0.5), (0.9999, 127 / 128), (1.0, None), (None, None)],
)
def test_coverage_is_all_or_nothing_only_where_it_is(
    share: float | None, told: float | None
) -> None:
    row = Row(BOUNDARY_S, 900, (Part(0, {"count_in": 1.0, "count_out": 0.0}, 5, 5, 1, share),))
    assert decoded(encode(1, [row], 51)[0]).rows[0].parts[0].coverage == told


def test_carried_counts_keep_their_span_and_empty_intervals_cost_little() -> None:
    span = Interval(BOUNDARY_S - 4500, BOUNDARY_S - 1800)
    full = Row(
        BOUNDARY_S,
        900,
        (Part(0, {"count_in": 5.0}, 90, 90, 1, span=span), Part(1, {}, 91, 91, 1)),
    )
    empty = [
        Row(BOUNDARY_S - back * 900, 900, (Part(0, {}, 90 - 2 * back, 90 - 2 * back, 1),
            Part(1, {}, 91 - 2 * back, 91 - 2 * back, 1)))
        for back in range(1, 9)
    ]  # fmt: skip
    payload, taken = encode(1, [full, *empty], 51)
    assert taken == 9
    assert len(payload) <= 20
    assert decoded(payload, near=90) == as_told(1, [full, *empty])


@pytest.mark.parametrize("number", [1, MODULO - 2, MODULO, 3 * MODULO + 1, 2**40])
def test_numbers_are_completed_by_any_that_is_near(number: int) -> None:
    rows = [
        Row(BOUNDARY_S - n * 900, 900, (Part(0, {}, number + 4 - n, number + 4 - n, 1),))
        for n in range(5)
    ]
    frame = decoded(encode(1, rows, 51)[0])
    firsts = [part.first for row in frame.rows for part in row.parts]
    assert all(first is not None and first >= 0 for first in firsts)
    for near in (number, number + MODULO // 2 - 5, max(1, number - MODULO // 2 + 5)):
        assert complete(frame, near) == as_told(1, rows)


def test_a_frame_without_numbers_is_complete() -> None:
    frame = Frame(1, (Row(BOUNDARY_S, 900, (Part(2, {"temperature": 20.0}),)),))
    assert complete(frame, 12) == frame


BAD = {
    "a quantity that is none": Part(0, {"smell": 1.0}),
    "a range beside a mean": Part(0, {"temperature_min": 1.0}),
    "not a number": Part(0, {"temperature": float("nan")}),
    "infinite": Part(0, {"temperature": float("inf")}),
    "too large": Part(0, {"total_in": 2.0**60}),
    "a sensor too many": Part(32, {}),
    "a sensor below 0": Part(-1, {}),
    "half a number": Part(0, {}, 4),
    "numbers backwards": Part(0, {}, 4, 3, 1),
    "more readings than numbers": Part(0, {}, 4, 5, 3),
    "coverage above 1": Part(0, {}, coverage=1.01),
    "coverage below 0": Part(0, {}, coverage=-0.01),
    "a span before 1970": Part(0, {}, span=Interval(-1, 5)),
    "a span that ends before it begins": Part(0, {}, span=Interval(9, 5)),
}


@pytest.mark.parametrize("part", BAD.values(), ids=BAD.keys())
def test_what_no_frame_can_hold_is_refused(part: Part) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        encode(1, [Row(BOUNDARY_S, 900, (part,))], 222)


def test_sensors_come_once_and_in_order() -> None:
    for sensors in [(1, 0), (0, 0)]:
        row = Row(BOUNDARY_S, 900, tuple(Part(sensor, {}) for sensor in sensors))
        with pytest.raises(ValueError, match="each once, in order"):
            encode(1, [row], 222)


@pytest.mark.parametrize(
    "when", [(-1, 0), (2**32, 0), (5, 6), (5, -1)], ids=["early", "late", "long", "negative"]
)
def test_times_that_no_frame_can_hold_are_refused(when: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="an interval of"):
        encode(1, [Row(*when, (Part(0, {}),))], 222)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("", "broken off"),
        ("40", "version 1"),
        ("3e", "broken off"),
        ("3e00", "profile 62 is not known"),
        ("1b3b", "broken off"),
        ("3f00", "a status has 8 bytes"),
    ],
)
def test_what_is_wrong_is_said(payload: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        decode(bytes.fromhex(payload), NOW_S)


def test_what_stands_behind_the_last_row_is_refused() -> None:
    payload, _ = encode(7, [interval()], 51)
    for behind in (b"\0", b"\x01"):
        with pytest.raises(ValueError, match="behind the last row"):
            decode(payload + behind, NOW_S)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status(0, 0, 900, (0, 1, 0)), Status(0, 0, 900, (0, 1, 0))),
        (Status(3, 192, 3600, (1, 20, 3)), Status(3, 192, 3600, (1, 20, 3))),
        (Status(99, 10**6, 10**6, (99, 999, 999)), Status(63, 16_383, 131_071, (31, 127, 127))),
    ],
)
def test_a_status_has_eight_bytes(status: Status, told: Status, engine: Engine) -> None:
    payload = encode_status(status)
    assert len(payload) == 8
    assert decode(payload, NOW_S) == told
    answers = engine.answers("decodeUplink", [{"bytes": list(payload), "fPort": 10}])
    assert answers == [{"data": as_data(told)}]


def test_a_status_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        encode_status(Status(-1, 0, 0, (0, 0, 0)))


@given(
    ages_s=st.lists(st.integers(-400 * 86_400, 400 * 86_400), min_size=1, max_size=4),
    length_s=st.sampled_from((300, 600, 900, 1800, 3600, 86_400)),
    on_its_way_s=st.integers(0, 10 * 86_400),
)
def test_an_old_row_keeps_its_time(ages_s: list[int], length_s: int, on_its_way_s: int) -> None:
    """Replayed from a log that has a year, or of a clock that was wrong: no other interval's."""
    ends = [(NOW_S - age_s) // length_s * length_s for age_s in ages_s]
    payload, _ = encode(1, [Row(end_s, length_s, ()) for end_s in ends], ROOM, NOW_S)
    frame = decode(payload, NOW_S + on_its_way_s)
    assert isinstance(frame, Frame)
    assert [row.ends_s for row in frame.rows] == ends


def test_who_does_not_know_the_time_tells_times_in_full() -> None:
    row = Row(BOUNDARY_S, 900, ())
    payload, _ = encode(1, [row], ROOM, 0.0)
    assert decode(payload, NOW_S + 1_000 * 86_400) == Frame(1, (row,))
    assert len(encode(1, [row], ROOM, NOW_S)[0]) < len(payload)
