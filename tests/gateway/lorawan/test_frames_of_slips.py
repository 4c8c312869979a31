"""The next frame: put together once while nothing changes, and anew when anything has."""

import math
from collections.abc import Callable

import pytest

from drivers.quantities import Rank
from gateway.encoding.compact.frames import decode
from gateway.encoding.compact.rows import Frame as Told
from gateway.encoding.compact.rows import Part
from gateway.lorawan.folding import Piece
from gateway.lorawan.frames import Frames
from gateway.lorawan.grid import Place
from gateway.lorawan.pending import Pending
from tests.gateway.lorawan.entries import EPOCH, T0_S


class Rich:
    """A ledger that has no end."""

    def spacing_s(self, payload_bytes: int, data_rate: int) -> float:
        return 0.0


def piece(number: int) -> Piece:
    part = Part(0, {"count_in": 4.0, "count_out": 3.0}, number, number, 1, None)
    return Piece(Place(T0_S + 900 * number, 900), part, Rank.COUNT, EPOCH, number)


def two() -> tuple[Pending, Frames]:
    pending = Pending(repeats=2)
    for number in (1, 2):
        pending.add(piece(number))
    return pending, Frames(pending, Rich(), 900, 2)


def test_while_nothing_changes_it_is_the_same_frame() -> None:
    _, frames = two()
    assert frames.next(math.inf, 51, 0, 900) is frames.next(math.inf, 51, 0, 900)


@pytest.mark.parametrize(
    "change",
    [
        lambda pending: pending.add(piece(3)),
        lambda pending: pending.sent(pending.slips[:1]),
        lambda pending: pending.sent(pending.slips[:1], 2),
        lambda pending: pending.platform_has(EPOCH, 1),
        lambda pending: pending.forget(),
    ],
    ids=["one more", "sent", "done", "acknowledged", "forgotten"],
)
def test_what_changes_is_told(change: Callable[[Pending], None]) -> None:
    pending, frames = two()
    frames.next(math.inf, 51, 0, 900)
    change(pending)
    assert frames.next(math.inf, 51, 0, 900) == Frames(pending, Rich(), 900, 2).next(
        math.inf, 51, 0, 900
    )


def test_what_is_sent_again_is_told_in_its_new_order() -> None:
    pending, frames = two()
    pending.sent(pending.slips[1:])
    frames.next(math.inf, 51, 0, 900)
    pending.again(T0_S, T0_S + 1800)
    assert frames.next(math.inf, 51, 0, 900) == Frames(pending, Rich(), 900, 2).next(
        math.inf, 51, 0, 900
    )


def test_a_row_that_ends_meanwhile_and_another_room_are_seen() -> None:
    _, frames = two()
    first = frames.next(T0_S + 900, 51, 0, 900)
    assert first is not None
    later = frames.next(T0_S + 1800, 51, 0, 900)
    assert later is not None
    assert (first.rows, later.rows) == (1, 2)
    small = frames.next(T0_S + 1800, 8, 0, 900)
    assert small is not None
    assert small.rows == 1


def test_a_row_that_is_replayed_after_weeks_keeps_its_time() -> None:
    _, frames = two()
    now_s = T0_S + 50 * 86_400
    made = frames.next(now_s, 51, 0, 900)
    assert made is not None
    told = decode(made.payload, now_s)
    assert isinstance(told, Told)
    assert sorted(row.ends_s or 0 for row in told.rows) == [T0_S + 900, T0_S + 1800]
