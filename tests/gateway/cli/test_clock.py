"""`gateway clock`: what it says of this computer's clock, and raising it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.cli import clock as verb
from gateway.cli import main
from gateway.clock import Clocks, Floor, Rtc, SourceState, SystemClock
from gateway.clock.chrony import Chrony
from gateway.clock.floor import formatted
from gateway.model import Quality
from tests.e2e.daemon import GATEWAY
from tests.gateway.cli.calls import CONFIG

IN_2026_S = 1_790_000_000
IN_2090_S = 3_786_912_000


class Said:
    def __init__(self, vouches: bool) -> None:
        self.vouches = vouches

    def state(self, now: Clocks) -> SourceState:
        assert now.up_ns > 0
        return SourceState("kernel", self.vouches, "as the test says")


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(folder=tmp_path))
    return str(path)


def machine(folder: Path, vouches: bool, rtc: Rtc | None = None) -> SystemClock:
    return SystemClock(rtc, [Said(vouches)], Chrony([str(folder / "none")]))


def test_what_it_says_of_this_computer(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["clock", "--config", config, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [source["name"] for source in told["sources"]] == ["kernel", "timesyncd", "chrony"]
    assert (told["utc"] is None) == (told["source"] is None)
    assert code == (1 if told["findings"] else 0)
    assert main(["clock", "--config", config]) == code
    shown = " ".join(capsys.readouterr().out.split())
    for source in told["sources"]:
        first_word = source["why"].split()[0]  # the spans in it go on
        assert f"{source['name']} {'yes' if source['vouches'] else 'no'} {first_word}" in shown
    assert "never behind: nothing" in shown


def test_a_configured_rtc_is_one_of_the_sources(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path(config).open("a") as file:
        file.write("clock: {rtc: rtc77}\n")
    main(["clock", "--config", config, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["sources"][-1]["name"] == "rtc77"


def test_a_clock_that_somebody_vouches_for_is_utc(tmp_path: Path) -> None:
    told = verb.report(machine(tmp_path, vouches=True), Floor(tmp_path / "clock"))
    assert (told.source, told.quality, told.findings) == ("kernel", Quality.SYNCED, [])
    assert told.utc is not None
    assert abs(told.wall_ahead_s or 0) < 1


def test_by_an_rtc_it_is_an_estimate(tmp_path: Path) -> None:
    (tmp_path / "rtc0").mkdir()
    (tmp_path / "rtc0/since_epoch").write_text(f"{IN_2026_S}\n")
    clock = machine(tmp_path, vouches=False, rtc=Rtc("rtc0", tmp_path))
    clock.ask(None)
    told = verb.report(clock, Floor(tmp_path / "clock"))
    assert (told.source, told.quality) == (None, Quality.ESTIMATED)
    assert told.utc is not None
    assert told.utc.startswith("2026-09-21T14:13:")
    assert told.wall_ahead_s is not None


def test_nobody_vouches(tmp_path: Path) -> None:
    told = verb.report(machine(tmp_path, vouches=False), Floor(tmp_path / "clock"))
    assert (told.utc, told.quality, told.wall_ahead_s) == (None, Quality.UNKNOWN, None)


def test_a_clock_behind_its_floor_is_a_finding(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clock").write_bytes(formatted(IN_2090_S))
    assert main(["clock", "--config", config]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "never behind: 2090-01-01T00:00:00Z" in shown
    assert "! clock is behind" in shown or "! clock contradicts" in shown


@pytest.mark.parametrize("words", [["--json", "clock", "raise"], ["clock", "raise", "--json"]])
def test_a_clock_that_is_not_behind_is_not_touched(
    words: list[str], config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clock").write_bytes(formatted(IN_2026_S))
    words.remove("clock")
    assert main(["clock", "--config", config, *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"raised": False, "told": "the clock is not behind 2026-09-21T14:13:20Z"}


def test_a_damaged_floor_raises_nothing(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clock").write_text("2090")
    assert main(["clock", "raise", "--config", config]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path}/clock: it is damaged")


def test_who_may_not_set_the_clock_is_told(config: str, tmp_path: Path) -> None:
    """In a user namespace nobody may, not even its root: nothing happens to this computer."""
    (tmp_path / "clock").write_bytes(formatted(IN_2090_S))
    unshare = shutil.which("unshare")
    assert unshare is not None, "unshare is missing: apt-get install util-linux"
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", GATEWAY, "clock", "raise", "--config", config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 0:  # a computer whose clock is synchronised
        assert "vouches for the clock, though it was 2090-01-01T00:00:00Z" in done.stdout
    else:
        assert (done.returncode, done.stdout) == (1, "")
        assert "behind 2090-01-01T00:00:00Z and cannot be set: " in done.stderr
        assert "-> as root: sudo gateway clock raise" in done.stderr


class Settable(SystemClock):
    """The clock of this machine, which is set in a dream only."""

    may_be_set = True
    set_to: int | None = None

    def set_wall(self, utc_ns: int) -> None:
        if not self.may_be_set:
            raise PermissionError("not permitted")
        self.set_to = utc_ns


def test_a_clock_that_is_behind_is_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "clock").write_bytes(formatted(IN_2090_S))
    clock = Settable(None, [Said(False)], Chrony([str(tmp_path / "none")]))
    assert verb.raise_to_floor(clock, Floor(tmp_path / "clock"), as_json=False) == 0
    assert clock.set_to == IN_2090_S * 1_000_000_000
    assert "raised to 2090-01-01T00:00:00Z" in capsys.readouterr().out
    clock.may_be_set = False
    with pytest.raises(verb.ClockNotSet, match="cannot be set: not permitted"):
        verb.raise_to_floor(clock, Floor(tmp_path / "clock"), as_json=False)
