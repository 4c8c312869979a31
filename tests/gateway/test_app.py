"""The node put together: how its sensors learn that the time has moved."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway import config, status
from gateway.app import SUSPENDED_NS, Node
from gateway.clock import Anchor
from gateway.encoding import native
from gateway.model import Quality
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

SECOND = 1_000_000_000
NOON = 1_795_176_000 * SECOND
"""2026-11-20T12:00:00Z."""

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses: {{i2c-1: {{type: i2c, simulated: true}}}}
sensors: [{{name: air, driver: bme280, bus: i2c-1, interval: 1h}}]
uplinks: []
"""


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def node(tmp_path: Path, clock: SimulatedClock) -> Iterator[Node]:
    """A node that nobody has started: its threads do nothing yet."""
    node = made(tmp_path, clock)
    yield node
    node.log.close()
    node.buses.close()


@contextmanager
def started(folder: Path, clock: SimulatedClock) -> Iterator[Node]:
    node = made(folder, clock)
    node.start()
    try:
        yield node
    finally:
        node.stop()


CALIBRATED = """interval: 1h, average: 1min,
  calibrations: [{id: c1, quantity: temperature, on: 2025-01-01, until: 2026-11-20, offset: 40}],
  checks: {temperature: {range: [-10, 45]}}"""


def test_a_corrected_mean_is_stored_and_sent(tmp_path: Path, clock: SimulatedClock) -> None:
    text = CONFIG.format(folder=tmp_path).replace("interval: 1h", CALIBRATED)
    text = text.replace("[]", "[{type: mqtt, name: broker, host: localhost, tls: false}]")
    node = Node(config.parse(text, "test"), clock)
    for _ in range(95):  # the first boundary is up to one and a half intervals away
        node.sensors["air"].run(node.log)
        clock.sleep(60)
    node.log.commit()
    batch = node.log.reader("broker").take(100)
    assert batch is not None
    [message, *_] = json.loads(native.encode(node.id, batch.entries, hist=False))
    assert message["values"]["temperature"] == pytest.approx(61, abs=0.01)
    assert message["values"]["temperature_n"] > 1
    assert message["raw"] == {"temperature": pytest.approx(21, abs=0.01)}
    assert message["calibration"] == {"temperature": "c1"}
    assert message["quality"] == {"temperature": ["range"]}
    node.log.close()
    node.buses.close()


def test_suspect_values_and_calibrations_that_are_due_are_findings(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    text = CONFIG.format(folder=tmp_path).replace("interval: 1h", CALIBRATED)
    node = Node(config.parse(text, "test"), clock)
    for _ in range(8):
        node.sensors["air"].run(node.log)
        clock.sleep(60)
    [suspect] = node.findings()
    assert (suspect.about, suspect.problem) == ("sensor air", "has suspect temperature")
    assert suspect.evidence == "it says 61.00 Cel, plausible is -10 to 45.00 Cel"
    clock.utc_at_boot_ns = NOON
    node.check()
    problems = {one.problem: one for one in node.findings()}
    assert problems.keys() == {"has suspect temperature", "calibration is due"}
    for_s = (clock.now_ns() - problems["calibration is due"].since_up_ns) / SECOND
    assert for_s == pytest.approx(12 * 3600 + clock.now_ns() / SECOND)
    node.log.close()
    node.buses.close()


def made(folder: Path, clock: SimulatedClock) -> Node:
    return Node(config.parse(CONFIG.format(folder=folder), "test"), clock)


def woken(node: Node) -> bool:
    """Whether those who wait were told to ask again since the last time."""
    told = all(worker.wake.is_set() for worker in node.workers)
    for worker in node.workers:
        worker.wake.clear()
    return told


def test_the_grid_follows_the_timeline_and_not_the_wall_clock(
    node: Node, clock: SimulatedClock
) -> None:
    node.check()
    assert (node.grid.offset_ns, woken(node)) == (0, False)
    clock.utc_at_boot_ns = NOON
    node.check()
    assert (node.grid.offset_ns, woken(node)) == (NOON, True)
    clock.utc_at_boot_ns = NOON + 1000  # too little for an anchor
    node.check()
    assert (node.grid.offset_ns, woken(node)) == (NOON, False)
    clock.sleep(2)
    clock.utc_at_boot_ns = NOON - SECOND
    node.check()
    assert (node.grid.offset_ns, woken(node)) == (NOON - SECOND, True)
    clock.utc_at_boot_ns = None
    node.check()
    assert (node.grid.offset_ns, woken(node)) == (NOON - SECOND, False)


def test_after_a_suspend_everybody_who_waits_asks_again(node: Node, clock: SimulatedClock) -> None:
    """Waits do not run on while the computer sleeps, the time since boot does."""
    node.check()
    clock.sleep(1)
    node.check()
    assert not woken(node)
    clock.sleep(SUSPENDED_NS / SECOND + 1)
    node.check()
    assert woken(node)


def test_a_node_that_knows_utc_when_it_starts_is_aligned_from_the_first_interval(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    clock.utc_at_boot_ns = NOON
    with started(tmp_path, clock) as node:
        assert node.grid.offset_ns == NOON


def test_a_restart_without_trust_keeps_to_what_dated_the_boot(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    clock.utc_at_boot_ns = NOON
    with started(tmp_path, clock):
        clock.utc_at_boot_ns = None
    with started(tmp_path, clock) as node:
        assert node.grid.offset_ns == NOON


@pytest.mark.parametrize("event", ["trust", "suspend"])
def test_a_sensor_that_waits_for_its_hour_is_read_at_once_when_it_has_come(
    tmp_path: Path, clock: SimulatedClock, event: str
) -> None:
    with started(tmp_path, clock) as node:
        air = node.sensors["air"]
        until(lambda: air.measured == 1, lambda: air.trouble.finding)
        if event == "trust":
            clock.sleep(35 * 60)
            clock.utc_at_boot_ns = NOON - clock.now_ns()
        else:
            clock.sleep(5 * 60 * 60)
        node.check()
        until(lambda: air.measured == 2, lambda: air.trouble.finding)


def test_the_time_that_a_network_tells_dates_the_log_whoever_looks_at_the_clock(
    node: Node, clock: SimulatedClock
) -> None:
    told = Anchor(clock.now_ns(), NOON)
    node.hear(told)
    status.status(node)
    node.timekeeper.keep_once()
    assert node.log.utc_ns(told.up_ns) == NOON
    clock.sleep(5)
    node.check()
    later = clock.now_ns()
    assert node.log.window.dating.date(clock.boot_id, later).quality is Quality.ESTIMATED
    assert node.grid.offset_ns == NOON - told.up_ns


def test_the_time_that_a_network_tells_is_not_heard_while_somebody_vouches(
    node: Node, clock: SimulatedClock
) -> None:
    clock.utc_at_boot_ns = NOON
    node.check()
    clock.sleep(2)
    node.hear(Anchor(clock.now_ns(), 0))
    assert node.log.utc_ns(clock.now_ns()) == NOON + clock.now_ns()


WIRES = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  main: {{type: i2c, simulated: true}}
  door-a: {{type: i2c-mux, parent: main, channel: 0}}
  door-b: {{type: i2c-mux, parent: main, channel: 1}}
  empty: {{type: i2c-mux, parent: main, channel: 2}}
  other: {{type: i2c, simulated: true}}
sensors:
  - {{name: a, driver: mcp9808, bus: door-a, interval: 10s}}
  - {{name: b, driver: mcp9808, bus: door-b, interval: 10s}}
  - {{name: foyer, driver: bme280, bus: main, interval: 10s}}
  - {{name: roof, driver: bme280, bus: other, interval: 10s}}
"""


def test_all_channels_of_a_wire_are_served_by_one_thread(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    node = Node(config.parse(WIRES.format(folder=tmp_path)), clock)
    names = [worker.name for worker in node.workers if worker.name.startswith("bus")]
    assert names == ["bus main", "bus other"]
    for worker in node.workers:
        if worker.name.startswith("bus"):
            worker.step()
    assert [sensor.measured for sensor in node.sensors.values()] == [1] * 4
    told = {bus.name: bus.state for bus in status.status(node).buses}
    assert list(told) == ["main", "door-a", "door-b", "empty", "other"]
    node.log.close()
    node.buses.close()


def test_a_stuck_wire_is_one_finding_of_its_root(tmp_path: Path, clock: SimulatedClock) -> None:
    node = Node(config.parse(WIRES.format(folder=tmp_path)), clock)
    wire = next(worker for worker in node.workers if worker.name == "bus main")
    wire.step()
    node.buses.ports["main"].at(0x70).segments[1].hold(9)
    clock.run(60, wire.step)
    [finding] = [one for one in node.findings() if one.about != "clock"]
    assert (finding.about, finding.problem) == ("bus main", "is stuck")
    assert {bus.name: bus.state for bus in status.status(node).buses}["main"] == "stuck"
    node.log.close()
    node.buses.close()


def test_a_silent_wire_is_one_finding_though_each_sensor_has_its_own(
    tmp_path: Path, clock: SimulatedClock
) -> None:
    node = Node(config.parse(WIRES.format(folder=tmp_path)), clock)
    wire = next(worker for worker in node.workers if worker.name == "bus main")
    wire.step()
    for address in (0x70, 0x76):
        node.buses.ports["main"].detach(address)
    clock.run(60, wire.step)
    assert any(node.sensors[name].trouble.finding for name in ("a", "b", "foyer"))
    [finding] = [one for one in node.findings() if one.about != "clock"]
    assert (finding.about, finding.problem) == ("bus main", "is silent")
    node.log.close()
    node.buses.close()
