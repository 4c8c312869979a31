"""What an uplink takes of a real log is the same however it is asked for, and never unprotected."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.buffer.store import Store
from gateway.errors import StoreUnavailable
from gateway.model import Entry, Gap, Numbers, Reason, StoredReading
from gateway.privacy import walking
from tests.gateway.buffer.disk import Disk
from tests.gateway.privacy.house import House, K, sums, told, without_last
from tests.gateway.privacy.windows import BERLIN, WINTER_NS
from tests.gateway.simulated_clock import SimulatedClock

DAY = 96
CARRY = ("one", "two", "three", "four")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Houses that are closed in the end."""
    houses: list[House] = []

    def build(*given: Any) -> House:
        houses.append(House(tmp_path, *given))
        return houses[-1]

    yield build
    for one in houses:
        one.log.close()


@pytest.fixture
def house(built: Callable[..., House]) -> House:
    return built(dict.fromkeys(CARRY, "carry") | {"open": "none"})


def small(entries: list[Entry]) -> list[StoredReading]:
    """Readings that tell a count below k, but at the end of a day."""
    found = []
    for one in entries:
        if isinstance(one, StoredReading):
            counts = [one.values.get(name) for name in ("count_in", "count_out", "activations")]
            told = [count for count in counts if count is not None]
            if any(count < K for count in told) or {"motion", "targets"} & {*one.names}:
                found.append(one)
    return found


def test_sums_of_days_are_exact_and_no_count_is_small(house: House) -> None:
    house.run(4 * DAY + 7)
    today = BERLIN.day(house.clock.wall_ns)
    entries = house.entries("one")
    for sensor, names in (("door", ("count_in", "count_out")), ("hall", ("activations",))):
        for name in names:
            true = without_last(house.truth[name], today)
            assert len(true) >= 4
            assert without_last(sums(entries, sensor, name), today) == true
    assert small(entries) == []
    assert small(house.entries("open")) != []


@pytest.mark.parametrize("off_s", [-1.9, -0.5, 0.5, 1.9])
def test_sums_of_days_are_exact_where_a_network_has_told_the_time(
    built: Callable[..., House], off_s: float
) -> None:
    """Windows begin a second beside midnight then."""
    begin_ns = WINTER_NS - 10**9 + round(off_s * 10**9)
    house = built({"one": "carry"}, SimulatedClock(utc_at_boot_ns=begin_ns))
    house.run(3 * DAY + 7, busy=0.1)
    entries, today = house.entries("one"), BERLIN.day(house.clock.wall_ns)
    for name in ("count_in", "count_out"):
        true = without_last(house.truth[name], today)
        assert without_last(sums(entries, "door", name), today) == true


def test_each_reading_is_there_with_its_identity_and_what_is_not_about_people(
    house: House,
) -> None:
    house.run(30)
    plain, hidden = house.entries("open"), house.entries("one")
    assert [(one.epoch, one.number, one.at) for one in plain] == [
        (one.epoch, one.number, one.at) for one in hidden
    ]
    air = [one for one in plain if isinstance(one, StoredReading) and one.sensor == "air"]
    assert [one for one in hidden if one in air] == air
    assert told(plain) == told(house.log.feed.entries(0, 10**6).entries)


def test_it_is_the_same_forwards_backwards_and_in_any_pieces(house: House) -> None:
    house.run(3 * DAY)
    house.run(2, commit=False)
    feed = house.log.feed
    last = feed.available_position
    whole = told(house.entries("one"))
    assert len(whole) == last
    backwards = [told(house.some("two", at - 1, 1, at)) for at in range(last, 0, -1)]
    assert [one for [one] in reversed(backwards)] == whole
    dice, found = Random(3), dict[int, bytes]()
    for _ in range(300):
        after, limit = dice.randrange(last), dice.choice([1, 7, 100])
        pieces = told(house.some("three", after, limit))
        found |= dict(enumerate(pieces, start=after))
    assert len(found) > last * 0.9
    assert all(whole[at] == piece for at, piece in found.items())


def test_news_that_go_before_the_backlog_are_the_same(house: House) -> None:
    house.run(DAY + 20)
    reader = house.log.reader("one")
    reader.rewind()
    house.run(30)
    news = reader.take_news(10**4)
    assert news is not None
    backlog: list[Entry] = []
    while (batch := reader.take_backlog(100)) is not None:
        backlog += batch.entries
    assert len(news.entries) == 150
    assert told(backlog + news.entries) == told(house.entries("two"))


def test_two_that_are_far_from_each_other_are_walked_side_by_side(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "FAR", 50)
    monkeypatch.setattr(walking, "REMEMBERED", 20)
    monkeypatch.setattr(walking, "_FIRST_LOOK", 10)
    house.run(3 * DAY)
    whole = told(house.entries("one"))
    for at in range(600):  # backlog from the beginning, news from behind
        assert told(house.some("two", at, 1)) == whole[at : at + 1]
        assert told(house.some("two", 700 + at, 1)) == whole[700 + at : 701 + at]


def test_it_is_the_same_after_a_restart_at_any_place(house: House) -> None:
    house.run(30)
    before: list[bytes] = []
    for _ in range(6):
        at = len(before)
        before += told(house.entries("one", at))
        house.restart()
        house.run(23)
    rest = told(house.entries("one", len(before)))
    assert before + rest == told(house.entries("two"))


def test_what_is_heard_of_the_time_later_changes_nothing(built: Callable[..., House]) -> None:
    clock = SimulatedClock(truth_ns=1_792_879_200 * 10**9)  # a false midnight is near
    house = built(dict.fromkeys(CARRY, "carry"), clock)
    house.run(DAY // 2)
    first = house.entries("one")
    clock.synchronise()
    house.log.add_anchor(clock.anchor())
    house.run(DAY)
    clock.believe(-40_000 * 10**9)
    house.log.add_anchor(clock.anchor())
    house.run(DAY // 2)
    first += house.entries("one", len(first))
    clock.believe(0)
    house.log.add_anchor(clock.anchor())
    house.run(3)
    again = house.entries("two")
    content = [(one.names, one.packed, [s.since.up_ns for s in one.spans]) for one in only(first)]
    assert len(content) > 900
    assert content == [
        (one.names, one.packed, [s.since.up_ns for s in one.spans])
        for one in only(again)[: len(content)]
    ]


def only(entries: list[Entry]) -> list[StoredReading]:
    return [one for one in entries if isinstance(one, StoredReading)]


def test_of_a_log_that_cannot_be_read_back_nothing_is_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.run(40)
    house.restart()
    last = house.log.feed.last_position
    whole = told(house.entries("two"))

    def away(*_: object) -> None:
        raise StoreUnavailable("the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "readings_of", away)
        taken = house.log.readers.feed("one").entries(last - 5, 10)
        assert (taken.entries, taken.upto) == ([], last - 5)
        assert house.log.unreadable is not None
        assert house.log.readers.feed("open").entries(last - 5, 10).entries
    assert told(house.entries("one", last - 5)) == whole[-5:]


def test_it_goes_on_from_memory_and_is_the_same_when_the_disk_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    house.run(40)
    first = house.entries("one")
    house.log.detach(StoreUnavailable("the disk is away"))
    house.run(30, commit=False)
    assert disk.opens
    last = house.log.feed.last_position
    first += house.entries("one", len(first))
    assert len(first) == last
    house.log.attach()
    house.run(DAY)
    first += house.entries("one", len(first))
    assert told(first) == told(house.entries("two"))
    assert small(first) == []


def test_where_rows_have_moved_it_begins_anew(
    built: Callable[..., House], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    house = built(dict.fromkeys(CARRY, "carry"))
    house.run(DAY + 40)
    house.log.close()
    disk.opens = False
    house.log = house.opened()
    house.log.add_anchor(house.clock.anchor())
    house.run(20, commit=False)
    from_memory = house.entries("one")
    assert len(from_memory) == 100
    assert small(from_memory) == []
    disk.opens = True
    house.log.attach()
    house.run(DAY)
    assert house.log.feed.last_position > (DAY + 60) * 5
    after = house.log.feed.last_position - 300
    assert told(house.entries("one", after)) == told(house.entries("two", after))
    assert told(house.entries("one")) == told(house.entries("three"))


def test_merged_readings_are_longer_windows(house: House) -> None:
    house.run(3 * DAY)
    house.entries("one")  # what it has found out is of the readings before they were merged
    epoch = house.log.window.identities.epoch
    until = (house.clock.boot_id, house.clock.now_ns())
    for reason, step_s in ((Reason.THINNED, 3600),):
        numbers = Numbers(epoch, 1, 2 * DAY * 5)
        for rank in {row.layout.rank for row in house.log.store.chunk(0, 100)}:  # type: ignore[union-attr]
            house.log.append_gap(Gap(reason, "", numbers, 1, until, until, rank, step_s))
    house.log.commit()
    plain = only(house.entries("open"))
    assert max(one.merged for one in plain if one.sensor == "door") == 4
    entries = house.entries("one")
    today = BERLIN.day(house.clock.wall_ns)
    true = without_last(house.truth["count_in"], today)
    assert without_last(sums(entries, "door", "count_in"), today) == true
    assert small(entries) == []
    assert told(entries) == told(house.entries("two"))
    assert not any(name.startswith("targets") for one in only(entries) for name in one.names)


@pytest.mark.parametrize("mode", ["round5", "suppress"])
def test_by_themselves_readings_hide_small_counts(built: Callable[..., House], mode: str) -> None:
    house = built({"one": mode, "open": "none"})
    house.run(DAY)
    for one, plain in zip(only(house.entries("one")), only(house.entries("open")), strict=True):
        if one.sensor == "air":
            assert one == plain
        else:
            assert one.protection == mode
            counts = [v for n, v in one.values.items() if n.startswith("count_")]
            assert all(
                v is not None and (v % 5 == 0 if mode == "round5" else v >= K) for v in counts
            )
            assert not {"total_in", "targets", "motion"} & {*one.names}
