"""All boots together: UTC, and the bounds of what nobody can date."""

from gateway.clock import Anchor, Dating
from gateway.clock.anchor import SLACK_NS
from gateway.model import Bounds, Instant, Quality

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
UTC = 1_700_000_000 * SECOND
BEGAN = {"b1": 0, "b2": 10 * HOUR, "b3": 12 * HOUR, "b4": 13 * HOUR}
"""The boots took 10, 2 and 1 hours; b4 is this one."""


def room(elapsed_ns: int) -> int:
    return elapsed_ns // 2_000 + SLACK_NS


def bounds(dating: Dating, boot: str, up_ns: int) -> Bounds | None:
    at = dating.date(boot, up_ns)
    assert (at.utc_ns, at.quality) == (None, Quality.UNKNOWN)
    return at.bounds


def test_what_an_anchor_dates_has_no_bounds() -> None:
    dating = Dating(BEGAN)
    dating.add("b1", Anchor(HOUR, UTC))
    assert dating.date("b1", 0) == Instant("b1", 0, UTC - HOUR, Quality.REPAIRED)
    assert dating.utc_ns("b1", 2 * HOUR) == UTC + HOUR
    assert dating.utc_ns("b2", 5) is None


def test_of_a_node_that_was_never_synchronised_nothing_is_known() -> None:
    assert Dating(BEGAN).date("b2", 5) == Instant("b2", 5, None, Quality.UNKNOWN)
    assert bounds(Dating(), "b2", 5) is None


def test_not_before_the_newest_time_known_and_the_operating_time_since() -> None:
    dating = Dating(BEGAN)
    dating.keep([("b1", Anchor(HOUR, UTC)), ("b1", Anchor(9 * HOUR, UTC + 8 * HOUR))])
    since_ns = 12 * HOUR + 7 - 9 * HOUR
    assert bounds(dating, "b3", 7) == Bounds(UTC + 8 * HOUR + since_ns - room(since_ns), None)


def test_not_after_the_first_anchor_of_a_later_boot_less_the_operating_time_until_then() -> None:
    dating = Dating(BEGAN)
    dating.keep([("b4", Anchor(HOUR, UTC)), ("b4", Anchor(5 * HOUR, UTC + 4 * HOUR))])
    until_ns = 14 * HOUR - (10 * HOUR + 7)
    assert bounds(dating, "b2", 7) == Bounds(None, UTC - until_ns + room(until_ns))


def test_the_nearest_boots_bound() -> None:
    dating = Dating(BEGAN)
    dating.keep([("b1", Anchor(HOUR, UTC)), ("b2", Anchor(HOUR, UTC + 100 * HOUR))])
    dating.keep([("b4", Anchor(0, UTC + 200 * HOUR))])
    found = bounds(dating, "b3", 0)
    assert found is not None
    assert found == Bounds(UTC + 101 * HOUR - room(HOUR), UTC + 200 * HOUR - HOUR + room(HOUR))


def test_a_battery_clock_bounds_nothing() -> None:
    dating = Dating(BEGAN)
    dating.add("b1", Anchor(HOUR, UTC, Quality.ESTIMATED))
    dating.add("b3", Anchor(HOUR, UTC, Quality.ESTIMATED))
    assert bounds(dating, "b2", 5) is None
    assert dating.date("b3", HOUR).quality is Quality.ESTIMATED


def test_the_floor_bounds_its_boot_and_later_ones() -> None:
    dating = Dating(BEGAN, {"b2": UTC})
    assert bounds(dating, "b1", 5) is None
    assert bounds(dating, "b2", 5) == bounds(dating, "b4", 5) == Bounds(UTC, None)
    assert bounds(dating, "new", 5) == Bounds(UTC, None)


def test_a_boot_of_which_nothing_is_stored_yet_comes_after_all_others() -> None:
    dating = Dating(BEGAN)
    dating.add("b4", Anchor(HOUR, UTC))
    found = bounds(dating, "new", 2 * HOUR)
    assert found == Bounds(UTC + HOUR - room(HOUR), None)


def test_bounds_follow_what_becomes_known() -> None:
    began = {"b1": 0}
    dating = Dating(began)
    assert bounds(dating, "b1", 0) is None
    began["b2"] = HOUR
    dating.add("b2", Anchor(0, UTC))
    assert bounds(dating, "b1", 0) == Bounds(None, UTC - HOUR + room(HOUR))
    began["b3"] = 2 * HOUR
    assert bounds(dating, "b3", 0) == Bounds(UTC + HOUR - room(HOUR), None)
    dating.add("b2", Anchor(HOUR, UTC + 9 * HOUR))
    assert bounds(dating, "b3", 0) == Bounds(UTC + 9 * HOUR - room(0), None)
    dating.add("b1", Anchor(0, UTC - 2 * HOUR))
    assert dating.utc_ns("b1", 0) == UTC - 2 * HOUR


def test_one_learns_what_another_knows_and_forgets_nothing() -> None:
    live, stored = Dating(), Dating(BEGAN, {"b1": UTC - HOUR})
    live.add("b4", Anchor(3 * HOUR, UTC + 30 * SECOND))
    stored.keep([("b4", Anchor(HOUR, UTC - 2 * HOUR)), ("b2", Anchor(0, UTC - 50 * HOUR))])
    live.learn(stored)
    assert live.date("b4", 0) == Instant("b4", 0, UTC - 3 * HOUR, Quality.REPAIRED)
    assert live.utc_ns("b4", 3 * HOUR) == UTC + 30 * SECOND
    found = bounds(live, "b3", 0)
    assert found is not None
    assert found.not_before_ns == UTC - 50 * HOUR + 2 * HOUR - room(2 * HOUR)
    first = bounds(live, "b1", 0)
    assert first is not None
    assert first.not_before_ns == UTC - HOUR


def test_what_an_earlier_boot_has_known_counts_more_than_the_floor() -> None:
    """A false server may have raised that, and have been found out in that boot."""
    dating = Dating(BEGAN, {"b2": UTC + 9 * HOUR})
    dating.add("b1", Anchor(10 * HOUR, UTC))
    assert bounds(dating, "b2", 0) == Bounds(UTC - room(0), None)
