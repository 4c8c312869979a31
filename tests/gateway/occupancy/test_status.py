"""What `gateway status` shows of zones."""

from io import StringIO

from rich.console import Console

from gateway.cli.status import _zones
from gateway.status import ClockStatus, LogStatus, Status
from gateway.zone_status import DayStatus, ZoneStatus


def shown(*zones: ZoneStatus) -> str:
    clock = ClockStatus(None, None, "b1", 1.0)
    log = LogStatus("log.db", "on_disk", 1, 0, 0, 0, 0, 1, None)
    told = Status("1", "a/b", 1, "well", clock, log, [], [], [], zones=list(zones))
    console = Console(width=200, file=StringIO())
    console.print(*_zones(told))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_zone_shows_who_is_inside_and_how_its_last_day_ended() -> None:
    day = DayStatus("2026-11-21", -3, 11, 150, 7.3)
    text = shown(ZoneStatus("foyer", ["main", "side"], 12.0, 7, day))
    assert "main, side" in text
    assert "12 s ago" in text
    assert "closed 2026-11-21: drift -3, 11 of 150 miscounted at least, 7.3 %" in text


def test_what_is_not_known_is_said_so() -> None:
    assert "not known" in shown(ZoneStatus("foyer", ["main"], None, None, None))


def test_without_zones_there_is_no_table() -> None:
    assert shown().strip() == ""
