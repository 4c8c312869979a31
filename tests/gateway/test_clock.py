"""Anchors and the dates they give."""

from gateway.clock import STEP_NS, Anchor, Timeline
from gateway.model import Quality

UTC = 1_700_000_000_000_000_000


def test_without_an_anchor_nothing_is_dated() -> None:
    assert Timeline().date(5) == (None, Quality.UNKNOWN)


def test_one_anchor_dates_the_whole_boot() -> None:
    timeline = Timeline([Anchor(100, UTC)])
    assert timeline.date(40) == (UTC - 60, Quality.REPAIRED)
    assert timeline.date(100) == (UTC, Quality.SYNCED)
    assert timeline.date(250) == (UTC + 150, Quality.SYNCED)


def test_after_a_step_the_new_anchor_dates_what_follows() -> None:
    timeline = Timeline([Anchor(100, UTC)])
    assert timeline.add(Anchor(1000, UTC + 5 * STEP_NS))
    assert timeline.date(999)[0] == UTC + 899
    assert timeline.date(1000)[0] == UTC + 5 * STEP_NS


def test_an_anchor_that_says_nothing_new_is_not_kept() -> None:
    timeline = Timeline()
    assert timeline.add(Anchor(100, UTC))
    assert not timeline.add(Anchor(1100, UTC + 1000 + STEP_NS // 2))
    assert timeline.add(Anchor(1200, UTC + 1100 - STEP_NS))
