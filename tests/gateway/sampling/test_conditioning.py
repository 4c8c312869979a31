"""Real drivers of simulated parts, with the calibrations and checks of a real configuration."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from drivers.bus.sim import SimulatedI2c
from drivers.contract import Driver, I2cModel, SerialModel
from drivers.quantities import TEMPERATURE
from drivers.simulation.scene import View
from gateway.config import parse
from gateway.config.conditioning import Agreement, Calibration, Check
from gateway.model import Finding, Flag, Reading
from gateway.sampling.suspects import PATIENCE_NS, due
from tests.drivers.settled import SettledSerial
from tests.gateway.sampling.node_bench import SECOND, Bench, Scripted, configured
from tests.gateway.simulated_clock import SimulatedClock

HEAD = """
node: {municipality: brandis, name: rathaus-01}
buses:
  main: {type: i2c, simulated: true}
  more: {type: i2c, simulated: true}
  dust: {type: serial, device: /dev/ttyUSB0, simulated: true}
"""
FOYER = """
  - name: foyer
    driver: bme280
    bus: main
    interval: 60s
    average: 10s
    calibrations:
      - {id: cal-1, quantity: temperature, on: 2026-10-02, gain: 1.02, offset: -0.4}
    checks:
      temperature:
        range: [-10, 45]
        change_per_minute: 3
        agrees_with: {sensor: hall, within: 1.5, for: 2min}
"""
HALL = "  - {name: hall, driver: bme280, bus: more, interval: 60s}\n"
DUST = """
  - name: street
    driver: sds011
    bus: dust
    interval: 60s
    calibrations:
      - id: grimm-2026
        quantity: pm2_5
        on: 2026-10-02
        gain: 0.8
        terms: [{sensor: foyer, quantity: humidity, factor: -0.05, reference: 50}]
    checks:
      pm2_5: {conditions: {sensor: foyer, quantity: humidity, above: 70}}
"""
CO2 = """
  - name: class
    driver: scd4x
    bus: main
    interval: 60s
    average: 1s
    calibrations:
      - {id: ref-co2, quantity: co2, on: 2026-10-02, points: [[420, 400], [1220, 1180]]}
"""


class Scene(SimulatedClock):
    """Time that the parts on the buses see pass: a fifth of a second at a time."""

    step_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.views: list[tuple[Callable[[View], None], dict[str, float]]] = []

    def sleep(self, seconds: float) -> None:
        steps, rest = divmod(seconds, self.step_s)
        for part_s in [self.step_s] * int(steps) + [rest]:
            super().sleep(part_s)
            for step, air in self.views:
                step(replace(View(self.now_ns() / SECOND), **air))  # type: ignore[arg-type]


class Town:
    """Sensors of a configuration, each on a bus of its own, in air that a test can change."""

    def __init__(self, folder: Path, *sensors: str) -> None:
        self.clock = Scene()
        self.air: dict[str, dict[str, float]] = {}
        self._folder = folder
        self._ports: list[SettledSerial] = []
        config = parse(f"{HEAD}sensors:{''.join(sensors)}")
        self.bench = Bench(
            *((own, self._driver(own.name, own.part, own.options)) for own in config.sensors),
            clock=self.clock,
        )

    def _driver(self, name: str, part: Any, options: Any) -> Driver:
        model = part.model(options)
        self.air[name] = {}
        bus = self._i2c(model) if part.bus == "i2c" else self._serial(name, model)
        driver: Driver = part.driver(bus, options)
        step = model.step if part.bus == "i2c" else bus.step
        self.clock.views.append((step, self.air[name]))
        return driver

    def _i2c(self, model: I2cModel) -> Any:
        bus = SimulatedI2c()
        bus.time = self.clock
        bus.attach(model)
        return bus

    def _serial(self, name: str, model: SerialModel) -> Any:
        port = SettledSerial(self._folder / f"{name}.tty")
        port.time = self.clock
        port.attach(model)
        self._ports.append(port)
        return port

    def newest(self, sensor: str) -> Reading:
        return self.bench.of(sensor)[-1]

    def findings(self, utc_ns: int | None = None) -> list[Finding]:
        sensors = self.bench.sensors.values()
        return [one for sensor in sensors for one in sensor.conditioning.findings(utc_ns)]

    def close(self) -> None:
        self.bench.sampler.close()
        for port in self._ports:
            port.unplug()


@contextmanager
def town(folder: Path, *sensors: str) -> Iterator[Town]:
    made = Town(folder, *sensors)
    try:
        yield made
    finally:
        made.close()


def test_a_bme280_is_corrected_and_averaged(tmp_path: Path) -> None:
    with town(tmp_path, FOYER, HALL) as made:
        made.bench.run(185)
        reading = made.newest("foyer")
        assert (reading.up_ns, reading.span_ns) == (180 * SECOND, 60 * SECOND)
        assert reading.calibrations == (("temperature", "cal-1"),)
        raw = reading.values["temperature_raw"]
        assert raw == pytest.approx(21.0, abs=0.01)
        assert reading.values["temperature"] == pytest.approx(1.02 * 21 - 0.4, abs=0.02)
        assert (reading.values["temperature_n"], reading.values["humidity_n"]) == (6, 6)
        assert "temperature_flags" not in reading.values
        assert set(made.newest("hall").values) == {"temperature", "pressure", "humidity"}
        assert made.findings() == []


def test_a_wet_plug_is_a_spike_that_has_no_part_in_the_mean(tmp_path: Path) -> None:
    with town(tmp_path, FOYER, HALL) as made:
        made.bench.run(144)
        made.air["foyer"]["temperature"] = 44.0
        made.bench.run(9)
        made.air["foyer"]["temperature"] = 21.0
        made.bench.run(40)
        values = made.newest("foyer").values
        assert values["temperature_flags"] == Flag.RATE | Flag.PARTLY
        assert values["temperature"] == pytest.approx(21.02, abs=0.02)
        assert values["temperature_max"] == pytest.approx(1.02 * 44 - 0.4, abs=0.02)
        assert values["temperature_n"] == 5


def test_two_sensors_that_drift_apart_are_a_finding_until_they_meet_again(tmp_path: Path) -> None:
    with town(tmp_path, FOYER, HALL) as made:
        made.bench.run(100)
        made.air["hall"]["temperature"] = 25.0
        made.bench.run(120 + 2 * 60 + PATIENCE_NS / SECOND)
        assert Flag.DISAGREES in Flag(int(made.newest("foyer").values["temperature_flags"] or 0))
        [finding] = made.findings()
        assert finding.about == "sensor foyer"
        assert finding.problem == "has suspect temperature"
        assert finding.evidence == "it says 21.02 Cel, hall says 25.00 Cel"
        assert "third instrument" in finding.cure
        made.air["hall"]["temperature"] = 21.0
        made.bench.run(130)
        assert made.findings() == []
        assert "temperature_flags" not in made.newest("foyer").values


def test_dust_is_compensated_for_humidity_and_flagged_in_fog(tmp_path: Path) -> None:
    with town(tmp_path, FOYER, HALL, DUST) as made:
        made.air["street"]["pm2_5"] = 20.0
        made.air["foyer"]["humidity"] = 60.0
        made.bench.run(305)
        values = made.newest("street").values
        assert values["pm2_5_raw"] == pytest.approx(20.0, abs=0.1)
        assert values["pm2_5"] == pytest.approx(0.8 * 20 - 0.05 * (60 - 50), abs=0.1)
        assert "pm2_5_flags" not in values
        assert "pm10_raw" not in values
        made.air["foyer"]["humidity"] = 90.0
        made.bench.run(180)
        values = made.newest("street").values
        assert values["pm2_5"] == pytest.approx(0.8 * 20 - 0.05 * (90 - 50), abs=0.1)
        assert values["pm2_5_flags"] == Flag.CONDITIONS
        assert made.findings() == []


def test_without_its_neighbour_dust_is_sent_uncompensated(tmp_path: Path) -> None:
    with town(tmp_path, FOYER, HALL, DUST) as made:
        made.air["street"]["pm2_5"] = 20.0
        made.bench.run(200)
        made.bench.sensors["foyer"].driver._bus.detach(0x76)  # type: ignore[attr-defined]
        made.bench.run(400)
        reading = made.newest("street")
        assert reading.values["pm2_5_flags"] == Flag.UNCOMPENSATED
        assert reading.values["pm2_5"] == pytest.approx(16.0, abs=0.1)
        assert reading.calibrations == (("pm2_5", "grimm-2026"),)


def test_a_part_that_has_news_each_five_seconds_is_averaged_over_those(tmp_path: Path) -> None:
    with town(tmp_path, CO2) as made:
        made.air["class"]["co2"] = 820.0
        made.bench.run(185)
        values = made.newest("class").values
        assert values["co2_n"] == 12
        assert values["co2_raw"] == pytest.approx(820, abs=1)
        assert values["co2"] == pytest.approx(790, abs=1)
        made.air["class"]["co2"] = 420.0
        made.bench.run(120)
        assert made.newest("class").values["co2"] == pytest.approx(400, abs=1)


def checked(answers: list[Any], **check: Any) -> Bench:
    """One thermometer at one reading a minute with that check."""
    clock = SimulatedClock()
    part = Scripted(clock)
    part.answers = answers
    config = configured(interval=60, checks={"temperature": Check(**check)})
    return Bench((config, part), clock=clock)


def findings(bench: Bench) -> list[str]:
    return [one.evidence for one in bench.sensors["s0"].conditioning.findings(None)]


def test_what_is_out_of_range_is_a_finding_after_some_minutes_and_once() -> None:
    bench = checked([50.0] * 20 + [20.0] * 5, range=(-10, 45))
    bench.run(290)
    assert findings(bench) == []
    bench.run(400)
    assert findings(bench) == ["it says 50.00 Cel, plausible is -10 to 45.00 Cel"]
    bench.run(600)
    assert findings(bench) == []


def test_what_comes_and_goes_is_flagged_but_no_finding() -> None:
    bench = checked([50.0, 20.0] * 30, range=(-10, 45))
    bench.run(1800)
    assert findings(bench) == []
    assert sum("temperature_flags" in one.values for one in bench.of("s0")) >= 14


def test_spikes_are_flagged_for_ever_but_no_finding() -> None:
    bench = checked([5.0 * n - 50 for n in range(20)], change_per_minute=1)
    bench.run(900)
    flags = [one.values.get("temperature_flags") for one in bench.of("s0")]
    assert all(Flag.RATE in Flag(int(one or 0)) for one in flags[1:])
    assert findings(bench) == []


def test_a_sensor_that_stands_still_is_a_finding_until_it_moves() -> None:
    bench = checked([20.0] * 45 + [21.0] * 3, stuck_after=1800.0)
    bench.run(2000)
    assert findings(bench) == []
    bench.run(400)
    [evidence] = findings(bench)
    assert evidence.startswith("20.00 Cel for 0.6")
    bench.run(500)
    assert findings(bench) == []


def test_a_value_that_is_not_there_neither_raises_nor_ends_a_finding() -> None:
    bench = checked([50.0] * 10, range=(-10, 45))
    bench.run(500)
    [evidence] = findings(bench)
    bench.sensors["s0"].conditioning.take({"temperature": None}, bench.clock.now_ns())
    assert findings(bench) == [evidence]


def test_two_that_watch_each_other_are_both_suspect() -> None:
    clock = SimulatedClock()
    parts = Scripted(clock), Scripted(clock)
    parts[0].answers, parts[1].answers = [20.0] * 30, [29.0] * 30
    pairs = [
        (
            configured(
                name,
                interval=60,
                checks={"temperature": Check(agrees_with=Agreement(sensor=other, within=1))},
            ),
            part,
        )
        for name, other, part in (("a", "b", parts[0]), ("b", "a", parts[1]))
    ]
    bench = Bench(*pairs, clock=clock)
    bench.run(900)
    for name in ("a", "b"):
        flags = [one.values.get("temperature_flags") for one in bench.of(name)]
        assert flags[2:] == [Flag.DISAGREES] * len(flags[2:])


DUE = [
    Calibration(
        id="tsi-2026",
        quantity="temperature",
        on=date(2026, 10, 2),
        until=date(2027, 10, 2),
        offset=1.0,
    )
]
MIDNIGHT_NS = round(datetime(2027, 10, 2, tzinfo=UTC).timestamp()) * SECOND


def test_a_calibration_is_due_from_its_day_on_if_the_time_is_known() -> None:
    assert list(due("air", DUE, None, 5)) == []
    assert list(due("air", DUE, MIDNIGHT_NS - 1, 5)) == []
    [finding] = due("air", DUE, MIDNIGHT_NS + 60 * SECOND, 5)
    assert finding.about == "sensor air"
    assert finding.problem == "calibration is due"
    assert finding.evidence == "tsi-2026 of temperature is of 2026-10-02, good until 2027-10-02"
    assert finding.since_up_ns == 5 - 60 * SECOND


def test_a_calibration_that_is_due_corrects_all_the_same() -> None:
    clock = SimulatedClock()
    bench = Bench((configured(calibrations=tuple(DUE)), Scripted(clock)), clock=clock)
    bench.run(10)
    [reading] = bench.of("s0")
    assert reading.values[TEMPERATURE.name] == 21.0
    assert [one.problem for one in bench.sensors["s0"].conditioning.findings(MIDNIGHT_NS)] == [
        "calibration is due"
    ]
