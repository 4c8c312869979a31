"""The messages as a table."""

import json

from drivers.quantities import Rank
from gateway.encoding import native, table
from gateway.model import (
    Bounds,
    Entry,
    Gap,
    Instant,
    Numbers,
    Quality,
    Reason,
    StoredGap,
    StoredReading,
)

AT = Instant("5f1c22aa", 3_600_123_000_000, 1_790_000_000_250_000_000, Quality.SYNCED)
EARLIER = AT._replace(up_ns=3_540_123_000_000, utc_ns=1_789_999_940_250_000_000)
UNKNOWN = Instant("5f1c22aa", 60_000_000_000, None, Quality.UNKNOWN)


def lines(entry: Entry) -> list[dict[str, str]]:
    """The cells that are not empty."""
    message = native.encode("brandis/n1", [entry], hist=False).decode()[1:-1]
    rows = [dict(zip(table.COLUMNS, line, strict=True)) for line in table.lines(message)]
    return [{name: cell for name, cell in row.items() if cell} for row in rows]


def test_a_moment_has_a_line_for_each_value_and_a_bad_value_is_empty() -> None:
    names = ("temperature", "humidity")
    moment = StoredReading(7, 22, 22, 1, "hall", names, "21.00,null", None, AT)
    same = {
        "id": "brandis/n1:7:22",
        "kind": "reading",
        "sensor": "hall",
        "t1": "2026-09-21T14:13:20.250Z",
        "boot": "5f1c22aa",
        "up_ms": "3600123",
        "clock": "synced",
        "n": "1",
    }
    assert lines(moment) == [
        {**same, "quantity": "temperature", "value": "21.00"},
        {**same, "quantity": "humidity"},
    ]


def test_an_interval_that_nobody_can_date() -> None:
    until = UNKNOWN._replace(bounds=Bounds(1_790_000_000_000_000_000, None))
    since = until._replace(up_ns=30_000_000_000)
    counted = StoredReading(7, 23, 23, 1, "door", ("count_in",), "4", since, until)
    assert lines(counted) == [
        {
            "id": "brandis/n1:7:23",
            "kind": "reading",
            "sensor": "door",
            "boot0": "5f1c22aa",
            "up0_ms": "30000",
            "boot": "5f1c22aa",
            "up_ms": "60000",
            "clock": "unknown",
            "not_before": "2026-09-21T14:13:20Z",
            "n": "1",
            "quantity": "count_in",
            "value": "4",
        }
    ]


def test_readings_that_were_merged() -> None:
    names = ("temperature", "temperature_n")
    merged = StoredReading(7, 22, 81, 60, "hall", names, "21.05,60", EARLIER, AT)
    first, second = lines(merged)
    assert (first["id"], first["kind"], first["n"]) == ("brandis/n1:7:22-81", "merged", "60")
    assert (first["t0"], first["t1"]) == ("2026-09-21T14:12:20.250Z", "2026-09-21T14:13:20.250Z")
    assert (second["quantity"], second["value"]) == ("temperature_n", "60")


def test_each_value_has_beside_it_what_is_told_of_it() -> None:
    names = ("temperature", "temperature_min", "temperature_raw", "co2", "co2_flags")
    how = (("temperature", "tsi-2026-10"),)
    moment = StoredReading(7, 22, 22, 1, "hall", names, "20.60,20.10,21.00,4000,3", None, AT, how)
    beside = ("quantity", "value", "raw", "calibration", "quality")
    assert [[line.get(name) for name in beside] for line in lines(moment)] == [
        ["temperature", "20.60", "21.00", "tsi-2026-10", None],
        ["temperature_min", "20.10", None, None, None],
        ["co2", "4000", None, None, "range rate"],
    ]


def test_a_gap_is_one_line() -> None:
    numbers = Numbers(7, 1, 60)
    since, until = ("5f1c22aa", 1), ("5f1c22aa", 2)
    gap = Gap(Reason.THINNED, "", numbers, 58, since, until, Rank.GAUGE, 900)
    assert lines(StoredGap(7, 82, gap, UNKNOWN, AT)) == [
        {
            "id": "brandis/n1:7:82",
            "kind": "gap",
            "t1": "2026-09-21T14:13:20.250Z",
            "boot0": "5f1c22aa",
            "up0_ms": "60000",
            "boot": "5f1c22aa",
            "up_ms": "3600123",
            "clock": "synced",
            "n": "58",
            "reason": "thinned",
            "epoch": "7",
            "from": "1",
            "to": "60",
            "rank": "gauge",
            "step_s": "900",
        }
    ]


def test_a_gap_of_which_nothing_is_known() -> None:
    gap = Gap(Reason.NOT_MEASURED, "hall", None, None, None, ("5f1c22aa", 2))
    [line] = lines(StoredGap(7, 82, gap, None, UNKNOWN))
    assert set(line) == {"id", "kind", "sensor", "boot", "up_ms", "clock", "reason"}


def test_everything_in_a_message_is_in_the_table() -> None:
    """But `hist`, which is about a connection, and `coverage`, which the values tell."""
    names = ("blind_time", "targets", "targets_raw", "targets_flags")
    how = (("targets", "r-1"),)
    counted = StoredReading(7, 23, 23, 1, "door", names, "3.0,1,2,4", EARLIER, UNKNOWN, how)
    [message] = json.loads(native.encode("brandis/n1", [counted], hist=False))
    known = {"t0", "t1", "id", "sensor", "clock", "boot", "up", "up0", "values"}
    known |= {"raw", "calibration", "quality"}
    known |= {"not_before", "not_after"}
    assert set(message) - known == {"hist", "coverage"}
