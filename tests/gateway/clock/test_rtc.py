"""A battery clock: an estimate, if it can be true at all."""

from pathlib import Path

import pytest

from gateway.clock import Anchor, Clocks, Rtc
from gateway.model import Quality

NOW = Clocks(5_000_000_000, 7_000_000_000)
IN_2026_S = 1_790_000_000
FLOOR_NS = IN_2026_S * 1_000_000_000


def rtc(folder: Path, content: str) -> Rtc:
    (folder / "rtc0").mkdir()
    (folder / "rtc0/since_epoch").write_text(content)
    return Rtc("rtc0", folder)


@pytest.mark.parametrize("floor_ns", [None, FLOOR_NS])
def test_it_dates_the_moment_at_which_it_is_read(tmp_path: Path, floor_ns: int | None) -> None:
    clock = rtc(tmp_path, f"{IN_2026_S}\n")
    assert clock.state().why == "not read while another vouches"
    clock.look(NOW, floor_ns)
    # It says whole seconds, so the middle of it.
    assert clock.estimate == Anchor(NOW.up_ns, FLOOR_NS + 500_000_000, Quality.ESTIMATED)
    state = clock.state()
    assert (state.name, state.vouches, state.faulty) == ("rtc0", False, False)
    assert state.why == "an estimate: it said 2026-09-21T14:13:20.500Z"


@pytest.mark.parametrize(
    ("content", "floor_ns", "problem"),
    [
        ("946684800\n", None, "says 2000-01-01T00:00:00Z, but it is later than 2026-01-01T"),
        (f"{IN_2026_S - 1}\n", FLOOR_NS, "says 2026-09-21T14:13:19Z, but it is later than"),
        ("4102444800\n", None, "says 4102444800 s since 1970"),
        ("-1\n", None, "says -1 s since 1970"),
        ("9" * 100, None, "says 99999999999999999999999999999999 s since 1970"),
        ("", None, "cannot be read: "),
        ("soon\n", None, "cannot be read: "),
    ],
)
def test_one_that_cannot_be_true_is_faulty(
    tmp_path: Path, content: str, floor_ns: int | None, problem: str
) -> None:
    clock = rtc(tmp_path, content)
    clock.look(NOW, floor_ns)
    assert clock.estimate is None
    state = clock.state()
    assert (state.vouches, state.faulty) == (False, True)
    assert problem in state.why


def test_one_that_is_not_there_is_faulty_until_it_is(tmp_path: Path) -> None:
    clock = Rtc("rtc0", tmp_path)
    clock.look(NOW, None)
    assert "No such file" in clock.state().why
    rtc(tmp_path, f"{IN_2026_S}\n")
    clock.look(NOW, None)
    assert clock.estimate is not None
    assert not clock.state().faulty
