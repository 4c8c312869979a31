"""The rules of dating, one by one."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.clock import STEP_NS, Anchor, Timeline
from gateway.clock.anchor import SLACK_NS, gain_ns, is_drift
from gateway.clock.timeline import SPARE
from gateway.model import Quality

SECOND = 1_000_000_000
ESTIMATED = Quality.ESTIMATED
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
TEN_YEARS = 3_650 * DAY
UTC = 1_700_000_000 * SECOND


def synced(up_s: float, off_s: float = 0.0) -> Anchor:
    """Both clocks went on together since 0, when it was UTC, but for so much."""
    return Anchor(round(up_s * SECOND), UTC + round((up_s + off_s) * SECOND))


def lost(up_s: float, off_s: float = 0.0) -> Anchor:
    return synced(up_s, off_s)._replace(quality=Quality.ESTIMATED)


def date(timeline: Timeline, up_s: float) -> tuple[float | None, str]:
    """By how much UTC has gone on more than the time since boot; and its quality."""
    utc_ns, quality = timeline.date(round(up_s * SECOND))
    return None if utc_ns is None else round((utc_ns - UTC) / SECOND - up_s, 3), quality.value


def agree(anchor: Anchor) -> bool:
    """Whether it agrees with one at 0."""
    return is_drift(gain_ns(synced(0), anchor), anchor.up_ns)


def watched(*anchors: Anchor | None) -> Timeline:
    """A timeline that has heard these one by one."""
    timeline = Timeline()
    for anchor in anchors:
        timeline.add(anchor)
    return timeline


def test_without_an_anchor_nothing_is_dated() -> None:
    assert date(Timeline(), 5) == (None, "unknown")


def test_one_anchor_dates_the_whole_boot() -> None:
    timeline = watched(synced(100))
    assert date(timeline, 40) == (0, "repaired")
    assert date(timeline, 100) == (0, "synced")
    assert date(timeline, 5_000) == (0, "synced")


def test_what_was_known_at_a_moment_stays_whatever_is_heard_later() -> None:
    timeline = Timeline()
    heard = [synced(100), synced(200), synced(300, 50), synced(400, 0), synced(500, -7), lost(600)]
    moments = [at * SECOND for at in (50, 100, 101, 150, 250, 301, 350, 450, 550, 700)]
    for anchor in heard:
        known = {up_ns: timeline.offset_ns(up_ns) for up_ns in moments if up_ns <= anchor.up_ns}
        timeline.add(anchor)
        assert known == {up_ns: timeline.offset_ns(up_ns) for up_ns in known}
    said = [timeline.offset_ns(up_ns) for up_ns in moments]
    gained = [None if one is None else (one - UTC) // SECOND for one in said]
    assert gained == [None, None, 0, 0, 0, 50, 50, 0, -7, -7]


def test_an_anchor_that_says_nothing_new_is_not_kept() -> None:
    timeline = watched(synced(100))
    assert not timeline.add(Anchor(1_000 * SECOND, UTC + 1_000 * SECOND + STEP_NS - 1))
    assert not timeline.add(synced(100))
    assert not timeline.add(synced(99, 50))
    assert timeline.anchors == (synced(100),)


def test_a_step_stays_where_it_was() -> None:
    """The last moment that agreed is kept with it, however long nothing new was said."""
    timeline = watched(synced(100), *(synced(up) for up in range(101, 80_000, 3)))
    assert timeline.add(synced(80_000, -5)) == (synced(79_997), synced(80_000, -5))
    assert date(timeline, 79_990) == (0, "synced")
    assert date(timeline, 79_999.9) == (0, "synced")
    assert date(timeline, 80_000) == (-5, "synced")


def test_the_moment_that_is_kept_before_a_step_is_two_seconds_old_or_so() -> None:
    """So that in a leap second UTC does not run back, however often somebody looks."""
    for interval in (0.1, 0.5, 1.0):
        ups = [100 + index * interval for index in range(1, 200)]
        timeline = watched(synced(100), *map(synced, ups))
        before, _step = timeline.add(synced(ups[-1] + interval, -1))
        assert 1.1 * SECOND <= round((ups[-1] + interval) * SECOND) - before.up_ns <= 3.2 * SECOND


def test_what_is_kept_of_moments_that_agreed_moves_nothing_that_was_dated() -> None:
    """So an interval that went out ends exactly where the next one will begin."""
    for last in (synced(300, 50), synced(100 + 24 * 3_600), None):
        timeline = watched(synced(100), synced(200, 0.009), synced(290, -0.009))
        marks = range(0, 290 * SECOND, 7 * SECOND)
        before = [timeline.date(up_ns)[0] for up_ns in marks]
        assert timeline.add(last)
        assert [timeline.date(up_ns)[0] for up_ns in marks] == before


def test_a_small_step_waits_until_the_newest_anchor_is_some_minutes_old() -> None:
    timeline = watched(synced(100), synced(200))
    assert not timeline.add(synced(250, 0.2))
    assert timeline.add(synced(400, 0.2)) == (synced(200), synced(400, 0.2))
    assert timeline.add(synced(402, 0.5)) == (synced(402, 0.5),)


def test_a_step_right_behind_an_anchor_waits_for_the_next_look() -> None:
    """Else a leap second would turn the order around."""
    timeline = watched(synced(100))
    assert not timeline.add(synced(101, -1))
    assert timeline.add(synced(102, -1))
    assert date(timeline, 101) == (-0.5, "synced")


def test_a_moment_a_day_is_kept_even_if_it_agrees() -> None:
    day_s = 24 * 3_600
    timeline = watched(synced(100))
    assert not timeline.add(synced(day_s))
    assert timeline.add(synced(100 + day_s))
    assert not timeline.add(synced(101 + day_s))


def test_what_a_gateway_that_ends_knows_can_be_kept() -> None:
    timeline = watched(synced(100), synced(5_000))
    assert timeline.confirm() == (synced(5_000),)
    assert timeline.confirm() == ()
    assert Timeline().confirm() == ()


def test_what_is_taken_in_later_is_not_older_than_what_agreed_before() -> None:
    timeline = watched(synced(100), synced(5_000))
    timeline.keep([synced(9_000, 70)])
    assert timeline.confirm() == ()
    assert timeline.add(None) == (Anchor(9_000 * SECOND + 1, UTC + 9_070 * SECOND + 1, ESTIMATED),)


def test_drift_while_nobody_vouched_is_interpolated() -> None:
    timeline = watched(synced(100), synced(1_000), None, synced(11_000, 2))
    assert timeline.anchors == (synced(100), lost(1_000), synced(11_000, 2))
    assert date(timeline, 999) == (0, "synced")
    assert date(timeline, 6_000) == (1, "repaired")
    assert date(timeline, 11_000) == (2, "synced")


def test_behind_the_last_good_word_everything_is_estimated() -> None:
    timeline = watched(synced(100), synced(1_000), None)
    assert date(timeline, 999) == (0, "synced")
    assert date(timeline, 1_000) == (0, "estimated")
    assert not timeline.add(None)


def test_a_gateway_that_has_just_been_started_takes_the_newest_anchor_for_the_last_good_word() -> (
    None
):
    timeline = Timeline([synced(100)])
    assert [one.quality for one in timeline.add(None)] == [Quality.ESTIMATED]
    assert date(timeline, 100) == (0, "synced")
    assert date(timeline, 101) == (0, "estimated")


def test_a_battery_clock_estimates_until_somebody_vouches() -> None:
    timeline = watched(lost(10, 30))
    assert date(timeline, 5) == (30, "estimated")
    assert date(timeline, 50) == (30, "estimated")
    assert timeline.add(lost(400, 45))
    assert date(timeline, 5) == (45, "estimated")
    timeline.add(synced(500))
    assert date(timeline, 50) == (0, "repaired")
    assert date(timeline, 450) == (0, "repaired")


def test_a_battery_clock_is_not_asked_once_somebody_has_vouched() -> None:
    timeline = watched(synced(100), synced(200), lost(300, 30))
    assert timeline.anchors == (synced(100), lost(200))
    assert date(timeline, 250) == (0, "estimated")


def test_a_false_time_server_is_believed_while_it_is_the_newest_word() -> None:
    timeline = watched(synced(100), synced(1_000), synced(1_003, 99_999))
    assert date(timeline, 50) == (0, "repaired")
    assert date(timeline, 1_002) == (0, "synced")
    assert date(timeline, 5_000) == (99_999, "synced")


def test_a_false_time_server_is_struck_out_by_an_anchor_that_agrees_with_those_before() -> None:
    timeline = watched(
        synced(100), synced(1_000), synced(1_003, 99_999), synced(1_900, 99_999), synced(2_000)
    )
    assert date(timeline, 999) == (0, "synced")
    assert date(timeline, 1_500) == (0, "repaired")
    assert date(timeline, 2_001) == (0, "synced")


def test_a_false_time_server_that_was_lost_is_struck_out_with_its_last_good_word() -> None:
    timeline = watched(
        synced(100), synced(1_003, 99_999), synced(1_100, 99_999), None, synced(2_000, 0.1)
    )
    assert date(timeline, 1_050) == (0.05, "repaired")


def test_what_was_struck_out_keeps_its_pace() -> None:
    """Disciplined by a false server, and then not at all: only then it drifted."""
    false = [synced(1_003, 99_999), *(synced(up, 99_999) for up in range(1_010, 50_000, 10))]
    timeline = watched(synced(100), synced(1_000), *false, None, synced(150_000, 20))
    assert date(timeline, 1_003) == (0.001, "repaired")
    assert date(timeline, 49_990) == (0.001, "repaired")
    assert date(timeline, 99_995) == (10, "repaired")


def test_one_false_time_server_after_the_other() -> None:
    steps = [synced(100 + 10 * index, 5_000 * index) for index in range(8)]
    timeline = watched(*steps, synced(1_000))
    assert date(timeline, 160) == (0, "repaired")


def test_the_last_good_word_that_is_contradicted_still_dates_what_follows() -> None:
    """Nobody can say which of both is right, so what lies between is estimated."""
    timeline = watched(synced(100), synced(1_000), None, synced(2_000, 99_999))
    assert date(timeline, 1_500) == (0, "estimated")
    assert date(timeline, 2_000) == (99_999, "synced")


def test_anchors_agree_within_500_ppm_and_a_leap_second() -> None:
    for up_s in (2, 1_000, 600_000):
        room = (SLACK_NS + up_s * SECOND // 2_000) / SECOND
        for sign in (1, -1):
            assert agree(synced(up_s, sign * room))
            assert not agree(synced(up_s, sign * (room + 0.001)))
    assert not agree(synced(0.5, -0.5))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((0.001, 0.02, 1.5, 3_600)))
def test_anchors_are_bounded_whatever_the_clock_does(seed: int, off_s: float) -> None:
    random, timeline = Random(seed), Timeline()
    for up_s in range(0, 900, 2):
        vouched = random.random() > 0.1
        timeline.add(synced(up_s, random.uniform(-off_s, off_s)) if vouched else None)
    assert len(timeline.anchors) <= SPARE + 2  # a step is two, or a loss follows the last


def test_a_clock_that_has_used_up_its_anchors_earns_one_an_hour() -> None:
    timeline = Timeline([synced(up_s, up_s % 4 * 1_000) for up_s in range(0, 2 * SPARE, 2)])
    assert not timeline.add(synced(500, 5_000))
    assert timeline.add(synced(3_601, 5_000))
    assert not timeline.add(synced(3_800, 9_000))
    assert timeline.add(synced(7_201, 9_000))


_EVENTS = st.tuples(
    st.integers(1, 7_200 * 1_000),
    st.one_of(
        st.none(),
        st.sampled_from((0, 0, 0, 20, 900, -1_000, 1_500, 172_800_000, -86_400_000)),
    ),
    st.booleans(),
)


@given(st.lists(_EVENTS, max_size=60), st.randoms(use_true_random=False))
def test_what_was_kept_gives_the_same_timeline_in_whatever_order_it_is_read(
    events: list[tuple[int, int | None, bool]], random: Random
) -> None:
    kept: list[Anchor] = []
    timeline, up_ms, off_ms = Timeline(), 0, 0
    for wait_ms, step_ms, rtc in events:
        up_ms += wait_ms
        off_ms += step_ms or 0
        said = synced(up_ms / 1_000, off_ms / 1_000)
        guess = said._replace(quality=Quality.ESTIMATED) if rtc else None
        kept += timeline.add(guess if step_ms is None else said)
    random.shuffle(kept)
    again, one_by_one = Timeline(kept), Timeline()
    for anchor in [*kept, *kept[:3]]:
        one_by_one.keep([anchor])
    marks = [anchor.up_ns + by for anchor in kept for by in (-1, 0, 1, 10**9, 10**12)]
    for up_ns in [0, *marks]:
        assert again.date(up_ns) == one_by_one.date(up_ns) == timeline.date(up_ns)
