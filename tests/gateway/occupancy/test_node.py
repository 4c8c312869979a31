"""A whole node with two doors on two buses: a day of its time, and a moment of real threads."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec import UNSET

from drivers import registry
from drivers.errors import BusError
from gateway import config, status
from gateway.announcements import Announcer
from gateway.app import Node
from gateway.clock import SystemClock
from gateway.encoding import messages
from gateway.occupancy.balance import Balance, Counted, Day
from gateway.occupancy.store import formatted
from gateway.uplink import mqtt
from gateway.zone_status import DayStatus
from tests.chaos.timely import FarSide, Link, Steps, TimelyNode
from tests.gateway.occupancy import gate
from tests.gateway.occupancy.gate import Gate
from tests.gateway.simulated_clock import SimulatedClock
from tests.waiting import until

SECOND = 1_000_000_000
HOUR_S = 3600
EVENING = 1_792_879_230 * SECOND
"""2026-10-24T22:00:30Z; clocks are set back in the night that has begun."""

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses: {{one: {{type: i2c, device: /dev/i2c-1, simulated: true}},
  two: {{type: i2c, device: /dev/i2c-2, simulated: true}}}}
privacy: {{window: {interval}}}
sensors:
  - {{name: main, driver: gate, bus: one}}
  - {{name: side, driver: gate, bus: two}}
occupancy:
  - {{name: foyer, doors: [main, side]}}
  - {{name: hall, doors: [main], reversed: [side], balance_at: null}}
uplinks: {uplinks}
"""
CITY = """[{type: mqtt, name: city, host: 127.0.0.1, tls: false, small_counts: none,
     reconnect: {first: 1s}, backlog: {messages: 1000, bytes: 10MB, spread: 0}}]"""


class Town(TimelyNode):
    """Whoever comes says at which door."""

    def start(self) -> None:
        text = CONFIG.format(folder=self.folder, interval="15min", uplinks=CITY)
        self.node = Node(config.parse(text, "test"), self.clock)
        self._steps = Steps(self.node)

    def gate(self, name: str) -> Gate:
        driver = self.node.sensors[name].driver
        assert isinstance(driver, Gate)
        return driver

    def pass_time(self, seconds: float) -> None:
        self.run(seconds, push_every_s=float("inf"))

    def told(self, zone: str) -> list[tuple[float | None, float | None]]:
        """Occupancy and drift, of all messages in their order."""
        values = [one["values"] for one in self.far.platform.of(zone)]
        return [(one["occupancy"], one.get("occupancy_drift")) for one in values]


@pytest.fixture(autouse=True)
def _gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BUILT_IN", dict(registry.BUILT_IN))
    gate.offer(registry.BUILT_IN)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    far = FarSide()
    monkeypatch.setattr(mqtt, "MqttUplink", lambda own, _id, wake, *_a, **_k: Link(far, own, wake))
    (tmp_path / "run").mkdir()
    town = Town(tmp_path, far, SimulatedClock("b00t0001", utc_at_boot_ns=EVENING))
    yield town
    town.node.log.let_go()
    town.node.buses.close()


def test_a_day_of_two_doors_on_two_buses(town: Town) -> None:
    town.pass_time(4.5 * HOUR_S)  # past 03:00, at which clocks have been set back
    town.gate("main").pushes += 6
    town.pass_time(900)
    town.gate("side").left += 2
    town.gate("side").pushes += 1
    town.pass_time(900)
    assert town.told("foyer")[-2:] == [(6, None), (5, None)]
    assert town.told("hall")[-2:] == [(6, None), (7, None)]
    town.kill()
    town.gate("main").left += 3
    town.pass_time(HOUR_S)
    assert town.told("foyer")[-1] == (2, None)
    town.pass_time(24 * HOUR_S)
    assert town.told("foyer")[-1] == (0, None)
    assert [drift for _, drift in town.told("foyer") if drift is not None] == [2]
    assert town.told("hall")[-1] == (4, None)
    readings = [one for one in town.far.platform.readings.values() if one["sensor"] == "foyer"]
    times = sorted(one["t"] for one in readings)
    assert {one[-6:] for one in times} == {"00:00Z", "15:00Z", "30:00Z", "45:00Z"}
    [drifted] = [one for one in readings if "occupancy_drift" in one["values"]]
    assert drifted["t"] == "2026-10-26T02:00:00Z"
    town.deliver()
    assert not list(town.far.platform.unaccounted())


def test_a_door_that_fails_leaves_the_occupancy_unknown(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.pass_time(HOUR_S)
    with monkeypatch.context() as broken:

        def failing() -> None:
            raise BusError("nobody answers")

        broken.setattr(town.gate("side"), "read", failing)
        broken.setattr(town.gate("side"), "open", failing)
        town.gate("main").pushes += 2
        town.pass_time(HOUR_S)
        assert {one for one, _ in town.told("foyer")[-3:]} == {None}
    town.pass_time(HOUR_S)
    assert town.told("foyer")[-1] == (2, None)


def test_what_is_told_of_zones(town: Town) -> None:
    town.node.log.let_go()
    town.node.buses.close()
    closed = Day(date(2026, 10, 24).toordinal(), left=7, corrected=1, traffic=9)
    signs, base = {"main": 1, "side": 1}, dict.fromkeys(("main", "side"), Counted(0, 0))
    balance = Balance(signs, base, day=closed.number, closed=closed)
    (town.folder / "occupancy").write_bytes(formatted({"foyer": balance}))
    town.start()
    town.gate("main").pushes += 8
    town.gate("side").left += 1
    town.pass_time(HOUR_S)
    node = town.node
    announcer = Announcer(node._told())
    meta = announcer.meta()
    assert [one.name for one in _zones(meta)] == ["foyer", "hall"]
    foyer, hall = _zones(meta)
    assert (foyer.doors, foyer.balance_at, foyer.timezone) == (
        ("main", "side"),
        "03:00",
        "Europe/Berlin",
    )
    assert foyer.quantities == ["occupancy", "occupancy_drift"]
    assert (hall.doors, hall.reversed, hall.quantities) == (("main",), ("side",), ["occupancy"])
    assert (hall.balance_at, hall.interval) == (None, 900)
    assert {"occupancy", "occupancy_drift"} < meta.quantities.keys()
    assert announcer.read("foyer").values == {"occupancy": 7}
    foyer_now, hall_now = status.status(node).zones
    assert (foyer_now.doors, foyer_now.occupancy) == (["main", "side"], 7)
    assert foyer_now.last_day == DayStatus("2026-10-24", 6, 8, 9, 88.9)
    assert (hall_now.occupancy, hall_now.last_day) == (9, None)
    assert [one.problem for one in node.findings() if one.about == "zone foyer"] == ["has drifted"]


def _zones(meta: messages.NodeMeta) -> Sequence[messages.ZoneMeta]:
    assert meta.zones is not UNSET
    return meta.zones


def test_real_threads_tell_it_too(tmp_path: Path) -> None:
    text = CONFIG.format(folder=tmp_path, interval="1s", uplinks="[]")
    (tmp_path / "run").mkdir()
    node = Node(config.parse(text, "test"), SystemClock())
    node.start()
    try:
        for name in ("main", "side"):
            driver = node.sensors[name].driver
            assert isinstance(driver, Gate)
            driver.pushes += 2
        foyer = node.zones.zones["foyer"]
        until(
            lambda: foyer.latest is not None and foyer.latest.values["occupancy"] == 4,
            lambda: foyer.latest,
        )
        assert node.check() == []
    finally:
        node.stop()
    again = Node(config.parse(text, "test"), SystemClock())
    try:
        balance = again.zones.zones["foyer"].account.balance
        assert balance is not None
        assert again.log.totals("main") == {"total_in": 2, "total_out": 0}
    finally:
        again.log.close()
        again.buses.close()
