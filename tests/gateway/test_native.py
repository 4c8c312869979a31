"""The native encoding against the message contract."""

import json
from typing import Any

from gateway.encoding import native
from gateway.model import Instant, Quality, StoredReading

UTC = 1_795_000_000_000_000_000
NEWS_SINCE = Instant("5f1c0000", 3_000_000_000, None, Quality.UNKNOWN)


def encoded(*readings: StoredReading) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(
        native.encode("brandis/rathaus-01", 3, readings, NEWS_SINCE)
    )
    return answer


def at(up_s: float, quality: Quality = Quality.SYNCED, boot: str = "5f1c0000") -> Instant:
    up_ns = round(up_s * 1e9)
    return Instant(boot, up_ns, None if quality is Quality.UNKNOWN else UTC + up_ns, quality)


def test_a_reading_of_a_moment() -> None:
    names = ("temperature", "humidity")
    [message] = encoded(StoredReading(10_234, "foyer", names, "21.50,null", None, at(3600.125)))
    assert message == {
        "id": "brandis/rathaus-01:3:10234",
        "sensor": "foyer",
        "t": "2026-11-18T12:06:40.125Z",
        "clock": "synced",
        "boot": "5f1c0000",
        "up": 3_600_125,
        "values": {"temperature": 21.5, "humidity": None},
        "hist": False,
    }


def test_a_reading_over_an_interval_with_blind_time() -> None:
    names = ("count_in", "count_out", "blind_time", "total_in", "total_out")
    span_ns = 900_000_000_000
    [message] = encoded(StoredReading(7, "door", names, "4,3,90.0,10412,10377", span_ns, at(3600)))
    assert message["t0"] == "2026-11-18T11:51:40Z"
    assert message["t1"] == "2026-11-18T12:06:40Z"
    assert (message["up0"], message["up"]) == (2_700_000, 3_600_000)
    assert message["coverage"] == 0.9
    assert message["values"]["total_out"] == 10_377
    assert "t" not in message


def test_coverage_is_never_negative_and_absent_where_nothing_is_known_of_it() -> None:
    blind = StoredReading(1, "door", ("blind_time",), "7.0", 5_000_000_000, at(9))
    bad = StoredReading(2, "door", ("blind_time",), "null", 5_000_000_000, at(9))
    none = StoredReading(3, "door", ("count_in",), "1", 5_000_000_000, at(9))
    messages = encoded(blind, bad, none)
    assert [m.get("coverage") for m in messages] == [0.0, None, None]


def test_unknown_utc_is_null_and_the_order_stays() -> None:
    moment = StoredReading(1, "a", ("motion",), "1", None, at(4, Quality.UNKNOWN))
    interval = StoredReading(2, "b", ("count_in",), "1", 1_000_000_000, at(5, Quality.UNKNOWN))
    first, second = encoded(moment, interval)
    assert (first["t"], first["clock"], first["up"]) == (None, "unknown", 4000)
    assert (second["t0"], second["t1"], second["up0"], second["up"]) == (None, None, 4000, 5000)


def test_what_is_older_than_the_connection_is_no_news() -> None:
    before = StoredReading(1, "a", ("motion",), "1", None, at(2.9))
    since = StoredReading(2, "a", ("motion",), "1", None, at(3.0))
    other_boot = StoredReading(3, "a", ("motion",), "1", None, at(50, boot="00000000"))
    assert [m["hist"] for m in encoded(before, since, other_boot)] == [True, False, True]


def test_a_repaired_time_is_told() -> None:
    [message] = encoded(StoredReading(1, "a", ("motion",), "1", None, at(4, Quality.REPAIRED)))
    assert message["clock"] == "repaired"
