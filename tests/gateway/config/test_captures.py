"""Captures of raw data: which are taken, and what is said of the others."""

from pathlib import Path

import pytest

from gateway.config import Capture, ConfigError, load_filled, parse
from tests.gateway.config.conftest import Spoil

_BUSES = "buses:\n"


def privacy(*entries: str) -> str:
    return "privacy:\n  captures:\n" + "".join(f"    - {entry}\n" for entry in entries) + _BUSES


def test_without_a_line_nothing_is_captured(well: str) -> None:
    assert parse(well).privacy.captures == ()


@pytest.mark.parametrize("until", ["2026-11-24T18:00:00Z", "2026-11-24T19:00:00+01:00"])
def test_one_is_taken_with_its_end_in_utc(well: str, until: str) -> None:
    text = well.replace(_BUSES, privacy(f"{{sensor: door, until: {until}}}"))
    (capture,) = parse(text).privacy.captures
    assert capture == Capture(sensor="door", until=until)
    assert capture.until_ns == 1_795_543_200 * 10**9


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{sensor: dor, until: 2026-11-24T18:00:00Z}", 'no sensor is called "dor"; did you mean'),
        ("{sensor: door}", "privacy.captures[0].until: missing"),
        ("{sensor: door, until: 2026-02-30T18:00:00Z}", "there is no such moment"),
        ("{sensor: door, until: 2026-11-24T18:00:00}", "expected a moment such as 2026-11-24T18"),
        ("{sensor: door, until: 2026-11-24 18:00}", "expected a moment such as 2026-11-24T18"),
        ("{sensor: door, until: 24h}", "expected a moment such as 2026-11-24T18"),
        ("{sensor: door, until: null}", "expected a moment such as 2026-11-24T18"),
        ("{sensor: door, until: 2026-11-24T18:00:00Z, raw: true}", "unknown key"),
    ],
)
def test_what_makes_no_sense_is_one_fault_with_its_cure(
    spoil: Spoil, entry: str, said: str
) -> None:
    (fault,) = spoil(_BUSES, privacy(entry))
    assert "privacy.captures[0]" in fault
    assert said in fault


def test_of_one_sensor_there_is_one(spoil: Spoil) -> None:
    entry = "{sensor: door, until: 2026-11-24T18:00:00Z}"
    (fault,) = spoil(_BUSES, privacy(entry, entry.replace("24T", "25T")))
    assert 'captures[1].sensor: the sensor "door" is already used by privacy.captures[0]' in fault


def test_there_is_no_notice_while_anything_is_captured(well: str, tmp_path: Path) -> None:
    entry = "{sensor: door, until: 2026-11-24T18:00:00Z}"
    path = tmp_path / "gateway.yaml"
    path.write_text(well.replace(_BUSES, privacy(entry)))
    with pytest.raises(ConfigError, match="raw data of door are captured"):
        load_filled(path, "de")
