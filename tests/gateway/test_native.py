"""The native encoding against the message contract."""

import json
from typing import Any

import pytest

from drivers.quantities import Rank
from gateway.encoding import native
from gateway.model import (
    Bounds,
    Entry,
    Flag,
    Gap,
    Instant,
    Names,
    Numbers,
    Quality,
    Reason,
    Span,
    StoredGap,
    StoredReading,
)

UTC = 1_795_000_000_000_000_000
BOOT = "5f1c0000"


def encoded(*entries: Entry, hist: bool = False) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(
        native.encode("brandis/rathaus-01", entries, hist=hist)
    )
    return answer


def at(up_s: float, quality: Quality = Quality.SYNCED, boot: str = BOOT) -> Instant:
    up_ns = round(up_s * 1e9)
    return Instant(boot, up_ns, None if quality is Quality.UNKNOWN else UTC + up_ns, quality)


def raw(
    number: int, sensor: str, names: Names, packed: str, span_ns: int | None, until: Instant
) -> StoredReading:
    since = None if span_ns is None else before(until, span_ns)
    return StoredReading(3, number, number, 1, sensor, names, packed, since, until)


def before(until: Instant, span_ns: int) -> Instant:
    utc_ns = None if until.utc_ns is None else until.utc_ns - span_ns
    return until._replace(up_ns=until.up_ns - span_ns, utc_ns=utc_ns)


def test_where_nothing_is_hidden_the_bytes_are_these() -> None:
    air = raw(1, "air", ("temperature", "humidity"), "21.06,null", None, at(5))
    door = raw(2, "door", ("count_in", "blind_time", "total_in"), "4,0.9,12", 9 * 10**8, at(6))
    assert native.encode("a/b", [air, door], hist=False) == (
        b'[{"id":"a/b:3:1","sensor":"air","t":"2026-11-18T11:06:45Z","values":{"temperature":21.06,'
        b'"humidity":null},"clock":"synced","boot":"5f1c0000","up":5000,"hist":false},'
        b'{"id":"a/b:3:2","sensor":"door","t0":"2026-11-18T11:06:45.100Z",'
        b'"t1":"2026-11-18T11:06:46Z","up0":5100,"values":{"count_in":4,"blind_time":0.9,'
        b'"total_in":12},"coverage":0.000,"clock":"synced","boot":"5f1c0000","up":6000,'
        b'"hist":false}]'
    )


def test_what_is_hidden_is_absent_and_spans_are_told() -> None:
    door = raw(2, "door", ("count_in",), "4", 900 * 10**9, at(1800))
    span = Span("count_in", at(0), at(900), 900 * 10**9)
    [message] = encoded(door._replace(protection="carry", spans=(span,)))
    assert (message["protected"], list(message["spans"])) == ("carry", ["count_in"])
    [nothing] = encoded(door._replace(names=(), packed="", protection="suppress"))
    assert (nothing["values"], nothing["protected"]) == ({}, "suppress")
    assert not {"spans", "coverage"} & nothing.keys()


def told(gap: Gap, since: Instant | None = None, until: Instant | None = None) -> dict[str, Any]:
    [message] = encoded(StoredGap(3, 82, gap, since, until or at(5)))
    return message


def gap(reason: Reason, numbers: Numbers | None = None, **more: Any) -> Gap:
    return Gap(reason, more.pop("sensor", ""), numbers, more.pop("n", None), None, ("b", 1), **more)


def test_a_reading_of_a_moment() -> None:
    names = ("temperature", "humidity")
    [message] = encoded(raw(10_234, "foyer", names, "21.50,null", None, at(3600.125)))
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
    [message] = encoded(raw(7, "door", names, "4,3,90.0,10412,10377", span_ns, at(3600)))
    assert message["t0"] == "2026-11-18T11:51:40Z"
    assert message["t1"] == "2026-11-18T12:06:40Z"
    assert (message["up0"], message["up"]) == (2_700_000, 3_600_000)
    assert message["coverage"] == 0.9
    assert message["values"]["total_out"] == 10_377
    assert not {"t", "n"} & set(message)


def test_coverage_is_never_negative_and_absent_where_nothing_is_known_of_it() -> None:
    blind = raw(1, "door", ("blind_time",), "7.0", 5_000_000_000, at(9))
    bad = raw(2, "door", ("blind_time",), "null", 5_000_000_000, at(9))
    none = raw(3, "door", ("count_in",), "1", 5_000_000_000, at(9))
    messages = encoded(blind, bad, none)
    assert [m.get("coverage") for m in messages] == [0.0, None, None]


def test_readings_that_were_merged_name_the_first_and_the_last_and_how_many_they_were() -> None:
    names = ("temperature", "temperature_min", "temperature_max", "temperature_n")
    reading = StoredReading(3, 22, 81, 60, "hall", names, "21.00,20.90,21.20,60", at(60), at(120))
    [message] = encoded(reading)
    assert message == {
        "id": "brandis/rathaus-01:3:22-81",
        "sensor": "hall",
        "t0": "2026-11-18T11:07:40Z",
        "t1": "2026-11-18T11:08:40Z",
        "up0": 60_000,
        "n": 60,
        "values": {
            "temperature": 21.0,
            "temperature_min": 20.9,
            "temperature_max": 21.2,
            "temperature_n": 60,
        },
        "clock": "synced",
        "boot": "5f1c0000",
        "up": 120_000,
        "hist": False,
    }


def test_a_reading_that_stood_alone_in_its_step_keeps_its_identity() -> None:
    alone = StoredReading(3, 22, 22, 1, "hall", ("temperature",), "21.00", at(119), at(120))
    [message] = encoded(alone)
    assert message["id"] == "brandis/rathaus-01:3:22"
    assert "n" not in message


def test_the_share_that_was_seen_is_that_of_all_merged_readings() -> None:
    names = ("count_in", "blind_time")
    merged = StoredReading(3, 1, 9, 5, "door", names, "12,30.0", at(60), at(120))
    [message] = encoded(merged)
    assert (message["coverage"], message["values"]["count_in"]) == (0.5, 12)


def test_corrected_and_suspect_values_are_told_beside_them() -> None:
    names = ("co2", "co2_flags", "temperature", "temperature_raw", "voc_raw", "humidity_flags")
    reading = raw(1, "hall", (*names, "humidity"), "4183,3,20.61,21.06,5,0,44.20", None, at(4))
    corrected = reading._replace(calibrations=(("co2", "frc-1"), ("temperature", "t-1+t-2")))
    [message] = encoded(corrected)
    assert message["values"] == {"co2": 4183, "temperature": 20.61, "voc_raw": 5, "humidity": 44.2}
    assert message["raw"] == {"temperature": 21.06}
    assert message["calibration"] == {"co2": "frc-1", "temperature": "t-1+t-2"}
    assert message["quality"] == {"co2": ["range", "rate"]}


@pytest.mark.parametrize(
    ("names", "packed"),
    [
        (("temperature",), "21.00"),
        (("temperature", "temperature_raw"), "null,null"),
        (("temperature", "temperature_flags"), "21.00,0"),
        (("temperature", "temperature_flags"), "21.00,null"),
        (("voc_raw",), "21000"),
    ],
)
def test_where_there_is_nothing_to_say_nothing_is_said(names: Names, packed: str) -> None:
    [message] = encoded(raw(1, "hall", names, packed, None, at(4)))
    assert not {"raw", "calibration", "quality"} & message.keys()
    assert list(message["values"]) == [names[0]]


def test_a_calibration_alone_is_told() -> None:
    reading = raw(1, "hall", ("co2",), "400", None, at(4))
    [message] = encoded(reading._replace(calibrations=(("co2", "frc-1"),)))
    assert (message["values"], message["calibration"]) == ({"co2": 400}, {"co2": "frc-1"})


@pytest.mark.parametrize("flag", Flag)
def test_every_flag_is_told_by_its_word(flag: Flag) -> None:
    names = ("temperature", "temperature_flags")
    [message] = encoded(raw(1, "hall", names, f"21.00,{flag:d}", None, at(4)))
    assert message["quality"] == {"temperature": [str(flag.name).lower()]}


def test_bits_of_a_newer_version_are_not_told() -> None:
    names = ("temperature", "temperature_flags")
    [message] = encoded(raw(1, "hall", names, f"21.00,{2**20 + 1}", None, at(4)))
    assert message["quality"] == {"temperature": ["range"]}


def test_a_gap_of_dropped_readings() -> None:
    dropped = gap(Reason.DROPPED, Numbers(2, 1, 60), n=58, rank=Rank.GAUGE)
    assert told(dropped, since=at(1), until=at(4)) == {
        "id": "brandis/rathaus-01:3:82",
        "gap": "dropped",
        "sensor": None,
        "epoch": 2,
        "from": 1,
        "to": 60,
        "rank": "gauge",
        "n": 58,
        "t0": "2026-11-18T11:06:41Z",
        "t1": "2026-11-18T11:06:44Z",
        "boot0": "5f1c0000",
        "up0": 1000,
        "clock": "synced",
        "boot": "5f1c0000",
        "up": 4000,
        "hist": False,
    }


def test_a_gap_of_thinned_readings_says_how_coarse_they_are_now() -> None:
    message = told(gap(Reason.THINNED, Numbers(3, 1, 60), n=50, rank=Rank.COUNT, step_s=900))
    assert (message["gap"], message["rank"], message["step"]) == ("thinned", "count", 900)


def test_a_gap_about_time_only_has_no_numbers() -> None:
    message = told(gap(Reason.NOT_MEASURED, sensor="hall", n=3), since=at(1, boot="01d00000"))
    assert message["sensor"] == "hall"
    assert (message["boot0"], message["boot"]) == ("01d00000", "5f1c0000")
    assert not {"epoch", "from", "to", "rank", "step"} & set(message)


def test_a_gap_of_which_nobody_knows_when_it_began_or_how_much_it_is() -> None:
    message = told(gap(Reason.UNCLEAN_STOP, Numbers(3, 5, 9)), until=at(4, Quality.UNKNOWN))
    unknown = ("n", "t0", "t1", "boot0", "up0")
    assert [message[name] for name in unknown] == [None] * len(unknown)
    assert (message["clock"], message["up"]) == ("unknown", 4000)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_sent_by_its_name(reason: Reason) -> None:
    assert told(gap(reason))["gap"] == reason.value


def test_readings_and_gaps_go_together_in_their_order() -> None:
    reading = raw(81, "a", ("motion",), "1", None, at(4))
    record = StoredGap(3, 82, gap(Reason.REFUSED, Numbers(3, 7, 7)), None, at(5))
    messages = encoded(reading, record)
    assert [("gap" in m, m["id"].rpartition(":")[2]) for m in messages] == [
        (False, "81"),
        (True, "82"),
    ]


def test_unknown_utc_is_null_and_the_order_stays() -> None:
    moment = raw(1, "a", ("motion",), "1", None, at(4, Quality.UNKNOWN))
    interval = raw(2, "b", ("count_in",), "1", 1_000_000_000, at(5, Quality.UNKNOWN))
    first, second = encoded(moment, interval)
    assert (first["t"], first["clock"], first["up"]) == (None, "unknown", 4000)
    assert (second["t0"], second["t1"], second["up0"], second["up"]) == (None, None, 4000, 5000)
    assert (first["not_before"], first["not_after"]) == (None, None)


def test_an_undated_reading_and_gap_say_between_which_times_they_were() -> None:
    until = at(4, Quality.UNKNOWN)._replace(bounds=Bounds(UTC, UTC + 90_000_000_000))
    known = {"not_before": "2026-11-18T11:06:40Z", "not_after": "2026-11-18T11:08:10Z"}
    [message] = encoded(raw(1, "a", ("motion",), "1", None, until))
    assert {name: message[name] for name in known} == known
    message = told(gap(Reason.UNCLEAN_STOP), until=until)
    assert {name: message[name] for name in known} == known


def test_what_is_dated_has_no_bounds() -> None:
    [message] = encoded(raw(1, "a", ("motion",), "1", None, at(4, Quality.ESTIMATED)))
    assert message["clock"] == "estimated"
    assert not {"not_before", "not_after"} & set(message)


def test_both_ends_of_an_interval_are_dated_by_themselves() -> None:
    """A step of the clock in between: the interval ends where the next one begins."""
    first = StoredReading(3, 1, 1, 1, "b", ("count_in",), "1", at(0), at(5))
    stepped = at(10)._replace(utc_ns=UTC - 10**9)
    second = StoredReading(3, 2, 2, 1, "b", ("count_in",), "1", at(5), stepped)
    one, other = encoded(first, second)
    assert one["t1"] == other["t0"]
    assert other["t1"] == "2026-11-18T11:06:39Z"


def test_what_is_no_news_is_told() -> None:
    reading = raw(1, "a", ("motion",), "1", None, at(2.9))
    assert [m["hist"] for m in encoded(reading)] == [False]
    assert [m["hist"] for m in encoded(reading, hist=True)] == [True]


def test_live_is_one_object_and_news() -> None:
    reading = raw(1, "a", ("motion",), "1", None, at(2.9))
    assert [json.loads(native.encode_live("brandis/rathaus-01", reading))] == encoded(reading)


def test_a_repaired_time_is_told() -> None:
    [message] = encoded(raw(1, "a", ("motion",), "1", None, at(4, Quality.REPAIRED)))
    assert message["clock"] == "repaired"
