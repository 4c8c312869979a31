"""`gateway calibrate`: what it measures, what it lets a part do, and when it refuses."""

import argparse
import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel
from drivers.environment.mhz19.driver import Mhz19, Mhz19Config
from drivers.environment.mhz19.model import Mhz19Model
from drivers.environment.scd4x.driver import Scd4x, Scd4xConfig
from drivers.environment.scd4x.model import Scd4xModel
from drivers.errors import BadData
from drivers.quantities import CO2, TEMPERATURE
from drivers.registry import BUILT_IN, part
from drivers.simulation.scene import View
from gateway import status
from gateway.app import Node
from gateway.cli import calibrate, main, reference, wire
from gateway.clock import SystemClock
from gateway.config import load
from gateway.errors import NotNow
from tests.drivers.environment.sensirion_parts import Bench
from tests.drivers.environment.serial_rig import Rig, rigged
from tests.drivers.test_registry import REQUIRED
from tests.e2e.daemon import GATEWAY

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {0}}}
buffer: {{path: {0}/log.db, reserve: 0}}
buses:
  main: {{type: i2c, simulated: true}}
  other: {{type: i2c, device: {0}/no-bus}}
sensors:
  - {{name: hall, driver: bme280, bus: main}}
  - name: high
    driver: scd4x
    bus: main
    compensation: {{pressure: hall}}
    options: {{altitude_m: 2000}}
  - {{name: dust, driver: sps30, bus: main}}
  - {{name: smell, driver: sgp40, bus: main}}
  - {{name: near, driver: scd30, bus: main, compensation: {{pressure: real}}}}
  - {{name: real, driver: bme280, bus: other}}
  - {{name: part, driver: scd4x, bus: other, compensation: {{pressure: real}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "gateway.yaml"
    path.write_text(CONFIG.format(tmp_path))
    return str(path)


def ask(capsys: pytest.CaptureFixture[str], config: str, *words: str) -> Any:
    assert main(["calibrate", *words, "--json", "--config", config]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_it_says_beside_what_is_true_is_a_point_for_the_configuration(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, config, "hall", "temperature", "21.5", "--seconds", "20")
    assert answer["measured"]["n"] == 10
    assert answer["measured"]["mean"] == pytest.approx(21, abs=0.2)
    [sensor] = yaml.safe_load(answer["snippet"])["sensors"]
    [entry] = sensor["calibrations"]
    assert (sensor["name"], entry["quantity"]) == ("hall", "temperature")
    assert entry["points"] == [[answer["measured"]["mean"], 21.5]]
    assert entry["id"].startswith("hall-temperature-")
    assert answer["calibration"]["points"] == entry["points"]
    assert not answer["forced"]


def test_a_part_that_can_be_told_takes_what_is_true(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, config, "high", "co2", "650", "--forced", "--yes")
    assert answer["forced"]
    assert answer["correction"] == round(650 - answer["measured"]["mean"]) != 0
    [entry] = yaml.safe_load(answer["snippet"])["sensors"][0]["calibrations"]
    assert "points" not in entry
    assert "points" not in entry


def test_a_part_is_compared_as_the_node_will_read_it_told_the_pressure(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without it would be 790 ppm: by its options it is high up."""
    answer = ask(capsys, config, "high", "co2", "650", "--seconds", "20")
    assert answer["measured"]["mean"] == pytest.approx(620, abs=0.6)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hall co2 400", "hall has no values of 'co2'"),
        ("hall temperature 400", "400 Cel is no temperature"),
        ("hall temperature nan", "nan Cel is no temperature"),
        ("hall temperature 20 --forced --yes", "cannot be told its temperature"),
        ("high temperature 20 --forced --yes", "cannot be told its temperature"),
        ("high co2 399 --forced --yes", "does not take 399"),
        ("high co2 650 --forced", "nobody can be asked"),
    ],
)
def test_what_does_not_fit_is_wrong_usage_and_says_what_fits(
    config: str, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert main(["calibrate", *words.split(), "--config", config]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "->" in told


@pytest.mark.parametrize("seconds", ["0", "-5", "nan", "1e9", "soon"])
def test_a_time_that_is_none_is_wrong_usage(config: str, seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["calibrate", "hall", "temperature", "20", f"--seconds={seconds}", "--config", config])
    assert ended.value.code == 2


def test_an_unknown_sensor_names_those_that_there_are(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "hal", "temperature", "20", "--config", config]) == 78
    assert "known are: hall, high, dust, smell, near, real" in capsys.readouterr().err


@pytest.fixture
def running(config: str) -> Iterator[None]:
    """A node that has said how it is, as the daemon does every 5 s."""
    loaded = load(config)
    node = Node(loaded, SystemClock())
    node.start()
    try:
        status.write(status.status(node), Path(loaded.node.runtime_dir))
        yield
    finally:
        node.stop()


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("sensor", ["real", "part", "near"])
def test_while_the_gateway_uses_the_bus_it_is_refused(
    config: str, capsys: pytest.CaptureFixture[str], sensor: str
) -> None:
    assert main(["calibrate", sensor, "temperature", "20", "--config", config]) == 75
    told = capsys.readouterr().err
    assert "uses the bus other" in told
    assert "systemctl stop gateway" in told


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("words", [["hall"], ["real", "--simulate"]])
def test_simulated_parts_are_nobodys(
    config: str, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    ask(capsys, config, *words, "temperature", "20", "--seconds", "6")


def on_a_terminal(config: str, typed: str) -> tuple[int, str]:
    """The exit code, and all that was to be seen."""
    master, slave = pty.openpty()
    command = [GATEWAY, "calibrate", "high", "co2", "650", "--forced", "--config", config]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        seen = ""
        while "Type yes" not in seen:
            seen += os.read(master, 4096).decode()
        os.write(master, f"{typed}\n".encode())
        with closing(os.fdopen(master, "rb", buffering=0)) as file:
            while more := _read(file):
                seen += more
        return process.wait(30), seen


def _read(file: Any) -> str:
    try:
        return str(file.read(4096).decode())
    except OSError:  # EIO: nobody has the terminal open any more
        return ""


def test_on_a_terminal_somebody_is_asked_and_yes_lets_it_be(config: str) -> None:
    code, seen = on_a_terminal(config, "yes")
    assert code == 0
    assert "cannot be undone" in " ".join(seen.split())
    assert "the part has corrected itself by +" in seen


@pytest.mark.parametrize("typed", ["", "no", "y"])
def test_on_a_terminal_anything_else_changes_nothing(config: str, typed: str) -> None:
    code, seen = on_a_terminal(config, typed)
    assert code == 1
    assert "nothing was changed" in seen
    assert "corrected" not in seen


def options(value: float, seconds: float = 60.0, yes: bool = True) -> argparse.Namespace:
    return argparse.Namespace(value=value, seconds=seconds, yes=yes)


class Restless(Scd4xModel):
    """Somebody breathes on it, up to a minute after it was opened or all the time."""

    until_s = 1e9

    def step(self, view: View) -> None:
        super().step(view)

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        breath = 300 if now_ns / 1e9 < self.until_s and (now_ns // 10**10) % 2 else 0
        self._view = View(0.0, co2=430 + breath)
        return super().transfer(write, read, now_ns)


def restless(until_s: float) -> Bench:
    made = Bench(Scd4x, Restless(), Scd4xConfig())
    made.model.until_s = until_s
    made.driver.open()
    return made


def test_values_that_move_are_refused_and_the_part_is_left_alone() -> None:
    made = restless(1e9)
    with pytest.raises(NotNow, match="not steady: from 430 to 730"):
        calibrate.force(wire.Live(made.driver, made.bus.time), made.driver, options(430))
    assert made.model.recalibrated == 0


def test_what_moved_long_ago_does_not_matter() -> None:
    made = restless(60)
    found, moved = calibrate.force(wire.Live(made.driver, made.bus.time), made.driver, options(440))
    assert (found.mean, moved, made.model.recalibrated) == (430, 10, 1)


def test_the_part_has_run_for_as_long_as_it_demands_or_for_longer() -> None:
    made = Bench(Scd4x, Scd4xModel(), Scd4xConfig())
    made.driver.open()
    begin_ns = made.bus.time.now_ns()
    calibrate.force(wire.Live(made.driver, made.bus.time), made.driver, options(430, 600))
    assert made.bus.time.now_ns() - begin_ns >= 600e9


def test_a_recalibration_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Bench(Scd4x, Scd4xModel(), Scd4xConfig())
    made.driver.open()
    monkeypatch.setattr(made.driver, "settles_s", 60.0)
    with pytest.raises(BadData, match="recalibration has failed"):
        calibrate.force(wire.Live(made.driver, made.bus.time), made.driver, options(430))


@pytest.fixture
def tube(tmp_path: Path) -> Iterator[Rig[Mhz19Model]]:
    with rigged(tmp_path, Mhz19Model(), lambda bus: Mhz19(bus, Mhz19Config())) as rig:
        rig.model.drift = 60
        rig.air.becomes(co2=402)
        rig.driver.open()
        yield rig


def test_the_zero_point_of_an_mh_z19_after_20_minutes_in_fresh_air(tube: Rig[Mhz19Model]) -> None:
    assert isinstance(tube.driver, Mhz19)
    live = wire.Live(tube.driver, tube.time)
    assert live.first({}) == {"co2": 462}
    found, moved = calibrate.force(live, tube.driver, options(400))
    assert (found.mean, moved) == (462, None)
    assert tube.model.calibrated
    assert tube.model.correction == -62
    assert tube.time.now_ns() > 1200e9


# What follows from it.


def test_values_that_are_too_few_say_nothing() -> None:
    with pytest.raises(NotNow, match="2 values of co2: too few"):
        reference.measured(CO2, [400.0, 401.0])


def test_mean_and_spread() -> None:
    found = reference.measured(TEMPERATURE, [20.0, 21.0, 22.0])
    assert found == reference.Measured(3, 21.0, 1.0, 20.0, 22.0)


def test_silence_at_the_end_is_not_steady() -> None:
    told = [(400.0, float(second)) for second in range(100)]
    with pytest.raises(NotNow, match="only 0 values"):
        reference.steady(told, 180.0, 40.0)


@pytest.mark.parametrize(
    ("before", "points"),
    [
        ((), ((21.0, 21.5),)),
        (((5.0, 5.2),), ((5.0, 5.2), (21.0, 21.5))),
        (((30.0, 31.0),), ((21.0, 21.5), (30.0, 31.0))),
        (((21.0, 20.0),), ((21.0, 21.5),)),
        (((5.0, 22.0),), ((21.0, 21.5),)),
        (((5.0, 5.2), (30.0, 31.0)), ((21.0, 21.5),)),
    ],
)
def test_one_point_gets_a_second_if_a_rising_line_joins_them(before: Any, points: Any) -> None:
    assert reference.with_second((21.0, 21.5), before) == points


def test_an_id_is_new_and_a_name_and_short_enough() -> None:
    import re

    taken: set[str] = set()
    for _ in range(3):
        entry = reference.entry(
            "a-very-long-name-of-a-sensor-indeed-x", CO2, "2026-11-23", (), taken
        )
        assert re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", entry.id)
        assert len(entry.id) <= 40
        assert entry.id not in taken
        taken.add(entry.id)
    assert "on: 2026-11-23" in reference.snippet("a", entry)


# `gateway read` of parts that take their time.


@pytest.mark.parametrize("sensor", ["dust", "high", "hall", "smell"])
def test_read_waits_for_the_first_values_of_a_part(
    config: str, capsys: pytest.CaptureFixture[str], sensor: str
) -> None:
    assert main(["read", sensor, "--json", "--config", config]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    assert values
    assert None not in values.values()


def test_read_gives_up_when_the_first_values_should_be_there(tube: Rig[Mhz19Model]) -> None:
    tube.model.constant = 500
    tube.model.drift = 98  # it says 500 for ever, as one whose lamp is dead
    begin_ns = tube.time.now_ns()
    assert wire.Live(tube.driver, tube.time).first({}) == {"co2": None}
    assert 180e9 < tube.time.now_ns() - begin_ns < 200e9


@pytest.mark.parametrize("name", sorted(n for n in BUILT_IN if part(n).bus == "i2c"))
def test_the_first_values_of_a_part_come_within_the_time_that_its_driver_tells(name: str) -> None:
    quick = {"bme680": {"burn_in_s": 0}, "bme688": {"burn_in_s": 0}}
    options = {**quick, **REQUIRED}.get(name, {})
    found = part(name)
    config = msgspec.convert(options, found.config)
    bus, model = SimulatedI2c(), found.model(config)
    assert isinstance(model, I2cModel)
    bus.attach(model)
    driver = found.driver(bus, config)
    driver.open()
    begin_ns = bus.time.now_ns()
    values = wire.Live(driver, bus.time).first({})
    assert values.keys() == {quantity.name for quantity in driver.channels}
    assert None not in values.values()
    assert (bus.time.now_ns() - begin_ns) / 1e9 < driver.first_value_s + wire.EVERY_S
    driver.close()
