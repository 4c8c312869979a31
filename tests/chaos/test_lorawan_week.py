"""A week of a node with a broker and a LoRaWAN modem, and of the platform that hears both.

One frame in five is lost, each way. The broker is out of reach for two days, and later again, while
the backlog of that still comes. The program is restarted twice and the computer once, without the
time, and the modem is switched off and on. The airtime is kept in every window, no DevNonce is used
twice, no count is told twice or lost, and the newest counts wait for nothing but the airtime.
"""

from bisect import bisect_right
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from drivers.lorawan.airtime import uplink_ns
from drivers.lorawan.eu868 import data_rate
from tests.chaos.form import report, rounds
from tests.chaos.lorawan_merging import Told
from tests.chaos.lorawan_platform import CHIRPSTACK, TTN, Days, Platform
from tests.chaos.lorawan_record import Record, Sent, busiest, by_sub_band
from tests.chaos.lorawan_week import BEGIN_S, DAY_S, DEV_EUI, NS, QUARTER_S, ZONE, Plan, Week
from tests.gateway.encoding.compact.engines import QuickJs
from tests.lorawan_network import PlatformBridge
from tests.mosquitto import StartMosquitto
from tests.waiting import until

CODEC = Path(__file__).parents[2] / "docs" / "lorawan" / "codec.js"
HOUR_S = 3600
BUDGET_S = 30.0
"""Of any 24 h (docs/lorawan.md)."""
PACE = 0.9 * BUDGET_S / DAY_S
"""The share of the time that is earned: a tenth of the budget is for what is urgent."""
PROMPT_S = 45.0
"""Counts are read, written and looked at; an exchange takes its time."""
SECONDS = 3
"""By so many times of one moment differ, whoever has told them."""
MOST_OPTIONS = 15
"""Bytes that a MAC may say beside a payload."""
LEDGER_S = 600.0
"""By how much the ledger's day is longer than a day: what is long ago counts in five minutes."""
FALLBACK_S = 900.0
BACK_S = 700.0
"""Until the broker is tried again, and has taken some of the backlog."""

SHORT = [Plan("lora-e5", 5, "none", seed=1, lowered=0)]
LONG = [
    *SHORT,
    Plan("rn2483", 0, "none", seed=2),
    Plan("rak3172", 3, "carry", seed=3),
    Plan("la66", 5, "carry", seed=4, lowered=0),
    Plan("rn2483", 5, "carry", seed=5, lowered=2),
    Plan("rak3172", 0, "carry", seed=6),
    Plan("la66", 3, "none", seed=7, lowered=0),
    Plan("lora-e5", 3, "carry", seed=8),
    Plan("rak3172", 5, "none", seed=9, lowered=1),
]


class Story(NamedTuple):
    """When what happened (UTC in s)."""

    cut: float
    rebooted: float
    lowered: float
    reset: float
    mended: float
    cut_again: float
    mended_again: float
    end: float


def day(number: float) -> float:
    """So many days after the first midnight."""
    return BEGIN_S + 7 + number * DAY_S


STORY = Story(
    cut=day(2.1),
    rebooted=day(2.4),
    lowered=day(2.9),
    reset=day(3.5),
    mended=day(4.1),
    cut_again=day(4.1) + 45 * 60,
    mended_again=day(4.3),
    end=day(7.1),
)


class Lived:
    """One plan, from its beginning to its end."""

    def __init__(self, folder: Path, port: int, plan: Plan) -> None:
        script = QuickJs(CODEC.read_text())

        def decode(payload: bytes, port: int, utc_ns: int) -> dict[str, Any]:
            given = {"bytes": list(payload), "fPort": port, "recvTime": utc_ns // 10**6}
            [said] = script.answers("decodeUplink", [given])
            return dict(said)

        self.plan = plan
        self.week = Week(folder, port, plan)
        self.record = Record(self.week.air, self.week.server, DEV_EUI, BEGIN_S, decode)
        self.bridge = PlatformBridge(self.week.server, "127.0.0.1", port, decode)
        self.platform = Platform(port, CHIRPSTACK if plan.seed % 2 else TTN, ZONE)
        self.intervals: list[tuple[float, int]] = []
        """From when on rows were how long."""
        self.looks = 0
        self._look_s = 0.0

    def close(self) -> None:
        self.bridge.close()
        self.platform.close()
        self.week.end()

    def run(self) -> None:
        """All of the story."""
        week, story = self.week, STORY
        self._until(day(1.3))
        week.restart()
        self._until(story.cut)
        week.wire.cut()
        self._until(story.rebooted)
        week.reboot(off_s=20 * 60, known=False)
        self._until(story.lowered)
        if self.plan.lowered is not None:
            week.server.set_data_rate(DEV_EUI, self.plan.lowered)
        self._until(story.reset)
        week.model.restart()
        self._until(story.mended)
        week.wire.mend()
        week.clock.synchronise()
        self._until(story.mended + 20 * 60)
        week.restart()
        self._until(story.cut_again)
        assert week.node.forwarder.reader.backlog > 100, "it was not in the midst of it"
        week.wire.cut()
        self._until(story.mended_again)
        week.wire.mend()
        self._until(story.end)
        until(self._all_there, lambda: len(self.platform.readings))

    def _until(self, utc_s: float) -> None:
        self.week.run(utc_s, self._each)

    def _each(self) -> None:
        now_s, interval_s = self.week.now_s, self.week.node.carrier.interval_s
        if not self.intervals or self.intervals[-1][1] != interval_s:
            self.intervals.append((now_s, interval_s))
        both = STORY.mended <= now_s < STORY.mended_again + 4 * HOUR_S
        if now_s - self._look_s > (600 if both else 3 * HOUR_S):
            self._look_s = now_s
            self._look()

    def _look(self) -> None:
        """What the platform adds up is true, each of it, and never more than there was."""
        self.looks += 1
        self.platform.listen()
        all_is_true(self)
        too_much = {
            key: (told, self.week.truth[key])
            for key, told in self.platform.days().items()
            if told > self.week.truth[key]
        }
        assert not too_much, datetime.fromtimestamp(self.week.now_s, UTC)

    def _all_there(self) -> bool:
        self.platform.listen()
        return len(self.platform.readings) >= self.week.node.log.window.last_position - 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "node").mkdir()
    return tmp_path / "node"


@pytest.mark.parametrize("plan", LONG[: rounds(len(SHORT), len(LONG))], ids=str)
def test_a_week(folder: Path, mosquitto: StartMosquitto, plan: Plan) -> None:
    lived = Lived(folder, mosquitto().port, plan)
    try:
        lived.run()
        sent = lived.record.sent()
        the_airtime_is_kept(sent)
        no_nonce_is_used_twice(lived, sent)
        all_is_there_once(lived)
        copies_are_alike(lived.platform)
        outage = (STORY.cut + FALLBACK_S + QUARTER_S, STORY.mended)
        newest_counts_wait_for_airtime_alone(lived, sent, outage)
        the_radio_is_silent_and_follows(lived, sent)
        tell(lived, sent, outage)
    finally:
        lived.close()


def all_is_true(lived: Lived) -> None:
    """Each count is that of its time, and no time is told twice."""
    for (_, door), some in lived.platform.counting().items():
        for name in ("count_in", "count_out"):
            amounts = [told.amounts[name] for told in some if name in told.amounts]
            spans = sorted(
                (one.begins_s, one.ends_s, one.value)
                for one in amounts
                if one.begins_s is not None and one.ends_s is not None
            )
            windows = lived.week.windows.get((door, name), [])
            for begins_s, ends_s, value in spans:
                first, last = (bisect_right(windows, (at_s, 0)) for at_s in (begins_s, ends_s))
                assert value == sum(n for _, n in windows[first:last]), (door, name, begins_s)
            for one, other in pairwise(spans):
                assert one[1] <= other[0] + SECONDS, (door, name, one, other)


def the_airtime_is_kept(sent: list[Sent]) -> None:
    """Of the law in each sub-band, and of the network's fair use; joins are in both."""
    assert busiest(sent, DAY_S) <= BUDGET_S
    for band, some in by_sub_band(sent).items():
        assert busiest(some, HOUR_S) <= HOUR_S * band.duty_permille / 1000, band


def no_nonce_is_used_twice(lived: Lived, sent: list[Sent]) -> None:
    nonces = [one.nonce for one in sent if one.nonce is not None]
    again = lived.plan.family != "rn2483"  # which keeps its session
    assert len(nonces) > again, "it has joined, and again after its reset"
    assert len(set(nonces)) == len(nonces)
    assert lived.week.server.refused.total() == 0


def all_is_there_once(lived: Lived) -> None:
    """Sums of the days that are over are those of the truth, and nothing is left of the radio."""
    platform, truth = lived.platform, lived.week.truth
    over = {key for key in truth if key[1] < _date(STORY.end)}
    assert len({key[1] for key in over}) == 1 + 7, "a window of the day before, and seven days"
    assert _of(platform.days(), over) == _of(truth, over)
    assert list(platform.means()) == []
    assert platform.undecoded == 0
    mqtt = platform.mqtt()
    assert platform.counting() == {key: mqtt[key] for key in platform.counting()}


def _of(days: Days, keys: set[Any]) -> dict[Any, int]:
    return {key: days[key] for key in keys}


def _date(utc_s: float) -> Any:
    return datetime.fromtimestamp(utc_s, UTC).astimezone(ZoneInfo(ZONE)).date()


def copies_are_alike(platform: Platform) -> None:
    """What came by radio is what came over MQTT under the same numbers."""
    mqtt = platform.mqtt()
    seen = 0
    for key, some in platform.radio().items():
        for one in some:
            same = sorted((other for other in mqtt[key] if one.holds(other)), key=_first)
            assert sum(other.n for other in same) == one.n, (key, one)
            assert (same[0].first, same[-1].last) == (one.first, one.last), (key, one)
            _is_sum_of(one, same)
            seen += one.n
    assert seen > 50, "windows"


def _first(told: Told) -> int:
    """What had to wait for the broker may have come behind what is newer."""
    return told.first


def _is_sum_of(one: Told, others: list[Told]) -> None:
    for name, amount in one.amounts.items():
        values = [other.amounts[name] for other in others]
        assert amount.value == sum(value.value or 0 for value in values), (one, others)
        for told, known in (
            (amount.begins_s, values[0].begins_s),
            (amount.ends_s, values[-1].ends_s),
        ):
            if told is not None and known is not None and len(others) == 1:
                assert abs(told - known) < SECONDS, (one, others)


def newest_counts_wait_for_airtime_alone(
    lived: Lived, sent: list[Sent], outage: tuple[float, float]
) -> None:
    for gap in gaps(sent, outage):
        if gap.holds(STORY.rebooted) or gap.holds(STORY.reset):
            continue
        late_s = gap.until.at_s - latest_s(lived, sent, gap)
        assert late_s <= 0, (late_s, gap)


class Gap(NamedTuple):
    """From one frame with newer counts to the next; `newest_s`: when those before had ended."""

    since: Sent
    until: Sent
    newest_s: float

    def holds(self, utc_s: float) -> bool:
        return self.since.at_s <= utc_s + 20 * 60 and utc_s <= self.until.at_s

    @property
    def age_s(self) -> float:
        """How old the newest counts got that had been sent."""
        return self.until.at_s - self.newest_s


def gaps(sent: list[Sent], outage: tuple[float, float]) -> list[Gap]:
    newer: list[tuple[Sent, float]] = []
    for one in sent:
        newest_s = one.newest_s
        if newest_s is None or not outage[0] <= one.at_s < outage[1]:
            continue
        if not newer or newest_s > newer[-1][1]:
            newer.append((one, newest_s))
    return [Gap(one, other, newest_s) for (one, newest_s), (other, _) in pairwise(newer)]


def latest_s(lived: Lived, sent: list[Sent], gap: Gap) -> float:
    """When the later frame had to go: with the next row, or when a full one was earned."""
    since, later = gap.since, gap.until
    between = [one for one in sent if since.at_s < one.at_s < later.at_s]
    unseen_s = charged_s(since) - since.airtime_s
    airtime_s = full_s(later.data_rate) + sum(map(charged_s, between)) + unseen_s
    earned_s = since.at_s + airtime_s / PACE
    row_s = gap.newest_s + interval_s(lived, since.at_s, later.at_s)
    day_s = _free_s([one for one in sent if one.at_s < later.at_s], later)
    return max(row_s, earned_s, day_s) + PROMPT_S


def charged_s(one: Sent) -> float:
    """What nobody knows counts as the most that it may be.

    That is what a modem sends in the place of what is too long, and what its MAC answers.
    """
    if one.nonce is not None:
        return one.airtime_s
    most = data_rate(one.data_rate).max_payload
    size = one.size + MOST_OPTIONS if one.answers else one.size or most
    return max(one.airtime_s, uplink_ns(min(most, size), one.data_rate) / NS)


def full_s(number: int) -> float:
    """Airtime of the longest frame."""
    return uplink_ns(data_rate(number).max_payload, number) / NS


def interval_s(lived: Lived, since_s: float, until_s: float) -> int:
    """The longest rows in that time."""
    begins = [at_s for at_s, _ in lived.intervals]
    first, last = bisect_right(begins, since_s) - 1, bisect_right(begins, until_s)
    return max(length_s for _, length_s in lived.intervals[max(0, first) : last])


def _free_s(before: list[Sent], later: Sent) -> float:
    """From when on the day's budget had room for it."""
    room_s = BUDGET_S - full_s(later.data_rate)
    held = [one for one in before if one.at_s > later.at_s - DAY_S - LEDGER_S]
    used_s = sum(map(charged_s, held))
    for one in held:
        if used_s <= room_s:
            break
        used_s -= charged_s(one)
        if used_s <= room_s:
            return one.at_s + DAY_S + LEDGER_S
    return 0.0


def the_radio_is_silent_and_follows(lived: Lived, sent: list[Sent]) -> None:
    """While MQTT delivers; and the log keeps no more for it than for the broker."""
    rows = [one.at_s for one in sent if one.newest_s is not None]
    missed_s = STORY.cut_again + FALLBACK_S - BACK_S / 2  # the last payload before it was no later
    assert not [at for at in rows if STORY.mended + BACK_S < at < missed_s]
    assert [at for at in rows if missed_s < at < STORY.mended_again]
    assert not [at for at in rows if at > STORY.mended_again + BACK_S]
    log = lived.week.node.log
    behind = log.window.last_position - log.reader("radio").position
    assert behind <= log.window.last_position - log.reader("city").position + 4
    oldest = log.feed.entries(0, 1).entries[0].at.utc_ns
    assert oldest is not None
    kept_s = lived.week.config.buffer.hold_back
    assert abs(lived.week.now_s - oldest / NS - kept_s) < HOUR_S


def tell(lived: Lived, sent: list[Sent], outage: tuple[float, float]) -> None:
    own = [one for one in sent if outage[0] <= one.at_s < outage[1]]
    rows = [one for one in own if one.newest_s is not None]
    told = sum(len(one.body["rows"]) for one in rows)
    ages = [gap.age_s for gap in gaps(own, outage)]
    heard = [gap.age_s for gap in gaps([one for one in own if one.heard], outage)]
    days = (outage[1] - outage[0]) / DAY_S
    plan = lived.plan
    report(
        f"lorawan week {plan.family} DR{plan.data_rate}"
        f"{'' if plan.lowered is None else f' to DR{plan.lowered}'} {plan.small_counts}: "
        f"{sum(one.airtime_s for one in own) / days:.1f} s a day in the outage "
        f"(worst 24 h {busiest(sent, DAY_S):.1f} s, worst hour {busiest(sent, HOUR_S):.1f} s), "
        f"{len(own)} frames, {sum(one.heard for one in own)} heard, {told} rows, "
        f"{sum(one.size for one in rows) / told:.1f} bytes a row; newest counts sent after "
        f"{mean(ages) / 60:.0f} min, {max(ages) / 60:.0f} at most, heard "
        f"{mean(heard) / 60:.0f} and {max(heard) / 60:.0f}; "
        f"{sum(one.nonce is not None for one in sent)} joins, {lived.looks} looks"
    )
