"""What a node says of itself, from a node that is really put together."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers import registry
from drivers.errors import BusError, BusErrorKind
from drivers.quantities import QUANTITIES
from gateway import __version__, config
from gateway.announcements import Announcer, Parts, digest
from gateway.app import Node
from gateway.encoding import messages
from gateway.encoding.messages import State
from gateway.health import Watch
from gateway.model import Quality
from gateway.reference_count import Check, Tally, add, utc
from tests.gateway.made_computer import MadeComputer
from tests.gateway.simulated_clock import SimulatedClock

NOON = 1_795_176_000 * 10**9
"""2026-11-20T12:00:00Z."""
CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run{place}}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses:
  main: {{type: i2c, simulated: true}}
  header: {{type: gpio, simulated: true}}
sensors:
  - {{name: air, driver: bmp280, bus: main, interval: 60s{quality}}}
  - {{name: cellar, driver: bmp280, bus: main, options: {{address: 0x77}}, rank: alarm}}
  - name: door
    driver: beam-pair
    bus: header
    options: {{line_a: 17, line_b: 27}}
uplinks:
  - {{type: mqtt, name: city, host: no-such-broker.test, tls: false, small_counts: none}}
"""


class Rig:
    """A node that nobody has started, on a made computer, and what it says."""

    def __init__(self, folder: Path, place: str = "", quality: str = "") -> None:
        self.clock = SimulatedClock()
        self.computer = MadeComputer(folder / "root")
        text = CONFIG.format(folder=folder, place=place, quality=quality.format())
        self.node = Node(config.parse(text), self.clock)
        self.watch = Watch(self.computer, self.clock)
        node = self.node
        parts = Parts(
            node.id,
            node.config,
            node.clock,
            node.log,
            node.sensors,
            node.wires,
            node.ways.all,
            self.watch,
            lambda: node.findings() + self.watch.findings(),
        )
        self.announcer = Announcer(parts)

    def close(self) -> None:
        self.node.log.close()
        self.node.buses.close()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.close()


def sent(message: messages.Message) -> Any:
    """As it stands on the wire, read strictly back."""
    text = msgspec.json.encode(message)
    assert msgspec.json.decode(text, type=type(message)) == message
    return msgspec.json.decode(text)


def test_a_birth_before_anybody_knows_the_time(rig: Rig) -> None:
    told = sent(rig.announcer.status(State.ONLINE, "9d41-4", 812))
    epoch = rig.node.log.window.identities.epoch
    assert told == {
        "node": "brandis/rathaus-01",
        "at": None,
        "boot": "b00t0001",
        "up": 1000,
        "state": "online",
        "session": "9d41-4",
        "epoch": epoch,
        "next": 1,
        "backlog": 812,
        "clock": "unknown",
        "version": __version__,
        "config": digest(rig.node.config),
    }


def test_a_goodbye_counts_what_was_measured_and_is_dated_as_that_is(rig: Rig) -> None:
    rig.clock.utc_at_boot_ns = NOON
    rig.node.check()
    for _ in range(2):
        rig.node.sensors["air"].run(rig.node.log)
    rig.clock.sleep(2.25)
    told = sent(rig.announcer.status(State.OFFLINE, "9d41-4", 0))
    assert (told["state"], told["next"], told["clock"]) == ("offline", 2, Quality.SYNCED)
    assert told["at"] == "2026-11-20T12:00:03.250Z"
    assert told["up"] == 3250


def test_what_a_node_is(rig: Rig) -> None:
    told = sent(rig.announcer.meta())
    assert (told["schema"], told["version"], told["place"]) == (1, __version__, {})
    assert [(one["name"], one["driver"], one["interval"]) for one in told["sensors"]] == [
        ("air", "bmp280", 60),
        ("cellar", "bmp280", 60),
        ("door", "beam-pair", 900),
    ]
    assert [one["rank"] for one in told["sensors"]] == ["gauge", "alarm", "count"]
    assert told["sensors"][0]["quantities"] == ["temperature", "pressure"]
    assert set(told["sensors"][2]["quantities"]) == {
        *("count_in", "count_out", "total_in", "total_out", "blind_time")
    }
    assert told["sensors"][2]["limits"] == registry.part("beam-pair").limits


QUALITY = """, average: 10s, calibrations: [
      {{id: c1, quantity: temperature, on: 2026-10-02, until: 2027-10-02, points: [[20, 21]],
        terms: [{{sensor: cellar, quantity: pressure, factor: 0.5, reference: 100000}}]}},
      {{id: c2, quantity: pressure, on: 2026-10-02, gain: 1.1}}], checks: {{
      pressure: {{change_per_minute: 50, stuck_after: 6h}},
      temperature: {{range: [-10, 45], agrees_with: {{sensor: cellar, within: 5, for: 10min}},
        conditions: {{sensor: cellar, quantity: pressure, above: 99000}}}}}}"""


def test_by_what_its_values_are_corrected_and_judged(tmp_path: Path) -> None:
    rig = Rig(tmp_path, quality=QUALITY)
    air, cellar, _ = sent(rig.announcer.meta())["sensors"]
    rig.close()
    assert {"average", "calibrations", "checks"}.isdisjoint(cellar)
    assert air["average"] == 10
    assert air["calibrations"] == [
        {
            "id": "c1",
            "quantity": "temperature",
            "on": "2026-10-02",
            "until": "2027-10-02",
            "points": [[20, 21]],
            "terms": [
                {"sensor": "cellar", "quantity": "pressure", "factor": 0.5, "reference": 100000}
            ],
        },
        {"id": "c2", "quantity": "pressure", "on": "2026-10-02", "gain": 1.1},
    ]
    assert air["checks"] == {
        "pressure": {"change_per_minute": 50, "stuck_after": 21600},
        "temperature": {
            "range": [-10, 45],
            "agrees_with": {"sensor": "cellar", "within": 5, "for": 600},
            "conditions": {"sensor": "cellar", "quantity": "pressure", "above": 99000},
        },
    }


def test_the_newest_count_by_hand_of_enough_people_is_told_of_the_sensor_beside_it(
    rig: Rig,
) -> None:
    log = rig.node.log.path
    file = log.with_name("count-checks.json")
    for number, (people, counted) in enumerate(((34, 33), (35, 35), (19, 18))):
        begin_ns = NOON + number * 900 * 10**9
        check = Check(
            from_=utc(begin_ns),
            to=utc(begin_ns + 900 * 10**9),
            window_s=900,
            windows=1,
            compared="windows",
            inward=Tally(people, counted, people - counted),
            outward=Tally(0, 0, 0),
        )
        add(file, log, "door", check)
    air, _, door = sent(rig.announcer.meta())["sensors"]
    assert "count_check" not in air
    assert (door["count_check"]["on"], door["count_check"]["people"]) == ("2026-11-20", 35)
    file.write_text("{")
    assert "count_check" not in sent(rig.announcer.meta())["sensors"][2]
    assert file.with_name("count-checks.json.damaged").exists()


def test_the_ranks_told_are_those_that_the_log_goes_by(rig: Rig) -> None:
    ranks = rig.node.log.window.ranks
    told = {one["name"]: one["rank"] for one in sent(rig.announcer.meta())["sensors"]}
    assert told == {name: rank.name.lower() for name, rank in ranks.items()}


def test_only_quantities_that_its_sensors_have_are_told(rig: Rig) -> None:
    told = sent(rig.announcer.meta())
    names = {name for one in told["sensors"] for name in one["quantities"]}
    assert set(told["quantities"]) == names
    assert not {"humidity", "motion", "targets"} & names
    row = QUANTITIES["pressure"]
    assert told["quantities"]["pressure"] == {
        "unit": "Pa",
        "resolution": row.resolution,
        "minimum": row.minimum,
        "maximum": row.maximum,
        "kind": "gauge",
    }


def test_what_a_reading_carries_is_what_was_told(rig: Rig) -> None:
    told = {one["name"]: set(one["quantities"]) for one in sent(rig.announcer.meta())["sensors"]}
    for name, sensor in rig.node.sensors.items():
        for _ in range(2000):
            sensor.run(rig.node.log)
            if sensor.latest is not None:
                break
            rig.clock.sleep(max(0, sensor.due_ns - rig.clock.now_ns()) / 1e9)
        assert sensor.latest is not None, sensor.trouble.finding
        assert set(sensor.latest.values) == told[name]


def test_where_it_is(tmp_path: Path) -> None:
    place = ", place: {description: Brandis town hall, latitude: 51.3256, longitude: 12.6022}"
    rig = Rig(tmp_path, place)
    told = sent(rig.announcer.meta())["place"]
    rig.close()
    assert told == {
        "description": "Brandis town hall",
        "latitude": 51.3256,
        "longitude": 12.6022,
    }


def test_how_it_is(rig: Rig) -> None:
    rig.computer.card(rig.node.log.path.parent, partition_sectors=10, card_sectors=2_000)
    rig.watch.look()
    told = sent(rig.announcer.health())
    assert (told["temperature"], told["undervoltage"]) == (
        48.3,
        {"now": False, "since_start": False},
    )
    assert told["disk"]["written"] == 2_000_000
    assert told["memory"] == {"used": 45_056 * 1024, "available": 612_340 * 1024}
    assert told["log"] == {
        "state": "on_disk",
        "used": 1_000_000 * (rig.node.log.usage.used > 0),
        "limit": 512_000_000,
        "full_in_days": None,
    }
    well = {"state": "well", "errors": 0, "kinds": {}}
    assert told["buses"] == [{"name": "main", **well}, {"name": "header", **well}]
    assert told["uplinks"] == [
        {"name": "city", "state": "disconnected", "backlog": 0, "delivered": 0}
    ]
    assert told["findings"] == []


def test_readings_that_fail_are_counted_by_bus(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise errors.pop()

    timeout = BusError("held", "", BusErrorKind.TIMEOUT)
    errors = [BusError("nobody answers"), *[timeout] * 3]
    for name in ("air", "cellar"):
        monkeypatch.setattr(rig.node.sensors[name].driver, "open", fail)
        rig.node.sensors[name].run(rig.node.log)
        rig.node.sensors[name].run(rig.node.log)
    told = sent(rig.announcer.health())
    assert told["buses"] == [
        {"name": "main", "state": "stuck", "errors": 4, "kinds": {"timeout": 3, "other": 1}},
        {"name": "header", "state": "well", "errors": 0, "kinds": {}},
    ]
    assert [one["about"] for one in told["findings"]] == ["bus main"]


def test_findings_say_for_how_long(rig: Rig) -> None:
    rig.computer.heat(85)
    rig.watch.look()
    rig.clock.sleep(90)
    [finding] = sent(rig.announcer.health())["findings"]
    assert (finding["about"], finding["for_s"]) == ("computer", 90.0)
    assert all(finding[name] for name in ("problem", "evidence", "cure"))


def test_what_computer_it_is(rig: Rig) -> None:
    rig.clock.sleep(59)
    assert sent(rig.announcer.identity()) == {
        "version": __version__,
        "computer": "Raspberry Pi 3 Model B Plus Rev 1.3",
        "boot": "b00t0001",
        "up_s": 60.0,
    }


DIGEST = CONFIG.format(folder="/tmp", place="", quality="")


def test_the_digest_is_that_of_what_is_meant() -> None:
    one = digest(config.parse(DIGEST))
    assert one == digest(config.parse(DIGEST + "# a comment\n"))
    assert one == digest(config.parse(DIGEST.replace("60s", "1min")))
    assert one == digest(config.parse(DIGEST.replace("reserve: 0", "reserve: 0, max_age: null")))
    before, buses, after = DIGEST.partition("  main: {type: i2c, simulated: true}\n")
    moved = before + after.replace("sensors:", buses + "sensors:", 1)
    assert moved != DIGEST
    assert one == digest(config.parse(moved))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rathaus-01", "rathaus-02"),
        ("60s", "61s"),
        ("line_a: 17, line_b: 27", "line_a: 27, line_b: 17"),
        ("tls: false", "tls: true"),
        ("rank: alarm", "rank: null"),
    ],
)
def test_the_digest_is_another_one_of_another_configuration(old: str, new: str) -> None:
    assert old in DIGEST
    assert digest(config.parse(DIGEST)) != digest(config.parse(DIGEST.replace(old, new)))


def test_the_digest_stays_from_run_to_run() -> None:
    """It is the hash of documented bytes and not of an order in memory."""
    text = msgspec.json.encode(config.parse(DIGEST), order="sorted")
    assert text.startswith(b'{"buffer":{"commit_every":10.0,')
    assert digest(config.parse(DIGEST)) == f"sha256:{sha256(text).hexdigest()}"


def test_a_part_of_another_package_without_limits(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = replace(registry.part("bmp280"), limits="")
    monkeypatch.setattr(registry, "part", lambda _name: silent)
    assert sent(rig.announcer.meta())["sensors"][0]["limits"] == ""
