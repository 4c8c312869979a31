"""The consumer of these tests against the message contract: it must not favour the node."""

import json
from typing import Any

import pytest

from tests.e2e.platform import Identity, Platform

Message = dict[str, Any]


def reading(number: int | str, sensor: str = "hall", **more: Any) -> Message:
    up = int(str(number).rpartition("-")[2]) * 1000
    return {"id": f"b/n:7:{number}", "sensor": sensor, "boot": "x", "up": up, "values": {}, **more}


def gap(number: int, reason: str, first: int | None = None, last: int | None = None) -> Message:
    numbers = {} if first is None else {"epoch": 7, "from": first, "to": last}
    return {"id": f"b/n:7:{number}", "gap": reason, "sensor": None, "boot": "x", "up": 9, **numbers}


def heard(*messages: Message) -> Platform:
    platform = Platform()
    for message in messages:
        platform.take(json.dumps([message]).encode())
    return platform


def missing(*messages: Message) -> list[int]:
    return sorted(one.first for one in heard(*messages).unaccounted())


def test_every_number_up_to_the_newest_must_arrive() -> None:
    assert missing(reading(1), reading(3), reading(6)) == [2, 4, 5]


def test_a_gap_record_is_no_reading_but_has_a_number() -> None:
    platform = heard(reading(1), gap(2, "not_measured"), reading(3))
    assert platform.unaccounted() == []
    assert (len(platform.readings), len(platform.gaps), len(platform.of("hall"))) == (2, 1, 2)


@pytest.mark.parametrize("reason", ["dropped", "unclean_stop", "store_damaged", "refused"])
def test_numbers_in_a_final_gap_need_not_arrive(reason: str) -> None:
    assert missing(reading(1), gap(9, reason, 2, 7)) == [8]


def test_a_gap_about_time_accounts_for_no_number() -> None:
    assert missing(gap(3, "unclean_stop"), gap(4, "not_measured")) == [1, 2]


def test_thinned_readings_need_both_the_record_and_the_merged_one() -> None:
    merged = reading("1-5", n=3)
    other = reading(2, "door"), reading(4, "door")
    assert missing(merged, *other) == [1, 3, 5]
    assert missing(gap(6, "thinned", 1, 5), *other) == [1, 3, 5]
    assert missing(merged, *other, gap(6, "thinned", 1, 5)) == []


def test_a_merged_reading_replaces_those_that_it_was_merged_from() -> None:
    platform = heard(reading(2), reading(4, "door"), reading("1-5", n=3), reading(7))
    assert [one["id"] for one in platform.of("hall")] == ["b/n:7:1-5", "b/n:7:7"]
    assert (platform.measured("hall"), platform.measured("door")) == (4, 1)


def test_a_coarser_one_replaces_a_merged_one() -> None:
    platform = heard(reading("1-5", n=5), reading("1-9", n=9))
    assert platform.measured("hall") == 9


def test_an_identity_that_tells_two_things_is_seen() -> None:
    assert heard(reading(1), reading(1)).contradictions == []
    assert heard(reading(1), reading(1, hist=True)).contradictions == []
    assert len(heard(reading(1), reading(1, "door")).contradictions) == 1


def test_an_identity_of_several() -> None:
    assert Identity.of("b/n:7:22-81") == ("b/n", 7, 22, 81)
    assert Identity.of("b/n:7:22") == ("b/n", 7, 22, 22)
