"""A node with a broker and a LoRaWAN modem in virtual time, at a real broker with a real wire.

The log, the forwarder, the carrier, the modem's driver and the network are the real ones; the modem
is its model. Virtual time passes only between steps: while anything is under way to the broker it
stands still, so a broker answers at once and no patience runs out. A broker that cannot be reached
refuses at once, in virtual time as in real time.

Counts of each quarter of an hour are drawn, and written down as the truth.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

import msgspec

from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.radio.air import Air, Transmission
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.server import TTN, NetworkServer
from drivers.lorawan.simulated import MODELS
from drivers.timebase import VirtualTimebase
from gateway import metadata
from gateway.announcements import Announcer
from gateway.buffer import Log
from gateway.clock import Anchor
from gateway.config import Config, parse
from gateway.delivery import Forwarder
from gateway.encoding import messages
from gateway.lorawan import Carrier
from gateway.model import Reading
from gateway.privacy import protections
from gateway.ways import Parts, Ways
from gateway.writer import Writer
from tests.chaos.lorawan_platform import Days
from tests.drivers.lorawan.wire import VirtualWire
from tests.gateway.delivery.far_side import NODE, Voice
from tests.gateway.simulated_clock import SimulatedClock
from tests.wire import Wire

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
QUARTER_S = 900
DOORS = ("north", "south")
ZONE = "Europe/Berlin"
BEGIN_S = round(datetime(2026, 10, 22, 22, tzinfo=UTC).timestamp()) - 7
"""Some seconds before a Friday begins; the Sunday behind it has 25 hours."""
DAY_S = 86_400
NS = 10**9
ANSWER_S = 30.0
"""Real time in which the broker answers, or is gone."""

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0, hold_back: 4d}}
buses:
  main: {{type: i2c, device: /dev/i2c-1}}
  modem: {{type: serial, device: /dev/ttyUSB0}}
sensors:
  - {{name: north, driver: vl53l1x, bus: main,
     options: {{address: 0x29, mounting_height_mm: 2200}}}}
  - {{name: south, driver: vl53l1x, bus: main,
     options: {{address: 0x30, mounting_height_mm: 2200}}}}
  - {{name: air, driver: bme280, bus: main, interval: 15min, options: {{address: 0x76}}}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, port: {port}, tls: false, small_counts: {small},
     batch: 20, backlog: {{messages: 0.005}}}}
  - {{type: lorawan, name: radio, bus: modem, join_eui: "{join_eui}", app_key_file: {folder}/key,
     start: everything, fallback_for: city, small_counts: {small}, data_rate: {data_rate}}}
"""


class Plan(NamedTuple):
    """What is varied. `lowered`: to which data rate the network's ADR lowers it in the outage.

    `lost`: the share of frames that the air loses, each way.
    """

    family: str = "rak3172"
    data_rate: int = 5
    small_counts: str = "none"
    seed: int = 1
    lowered: int | None = None
    lost: float = 0.2


class BootClock(SimulatedClock):
    """Of one boot in a world that goes on; `known`: whether somebody vouches for UTC."""

    def __init__(self, world: VirtualTimebase, boot_id: str, known: bool = True) -> None:
        self._world, self._since_ns = world, world.now_ns() - NS
        utc_ns = BEGIN_S * NS + self._since_ns
        super().__init__(boot_id, utc_ns if known else None, truth_ns=utc_ns + NS)

    def now_ns(self) -> int:
        return self._world.now_ns() - self._since_ns

    def sleep(self, seconds: float) -> None:
        self._world.sleep(seconds)

    def up_ns(self, utc_s: int) -> int:
        """That moment, since the boot."""
        return (utc_s - BEGIN_S) * NS - self._since_ns


class _Voice(Voice):
    """A node that tells how its frames are read."""

    def __init__(self, clock: SimulatedClock, log: Log, config: Config, ways: Ways) -> None:
        super().__init__(clock, log)
        self._config, self._ways = config, ways

    def meta(self) -> messages.NodeMeta:
        lorawan = metadata.lorawan(self._config, self._ways.dev_euis())
        return msgspec.structs.replace(super().meta(), lorawan=lorawan)


class Node:
    """One life of the program."""

    def __init__(self, config: Config, clock: BootClock, port: VirtualWire) -> None:
        self.clock = clock
        uplinks = {uplink.name: uplink.start for uplink in config.uplinks}
        runtime = Path(config.node.runtime_dir)
        self.log = Log(
            config.buffer, runtime, clock, uplinks, under_way=4_000, protections=protections(config)
        )
        self.writer = Writer(self.log, clock)
        ways = Ways(Parts(NODE, config, clock, self.log, {"modem": port}, self._hear, lambda: 0))
        voice = cast(Announcer, _Voice(clock, self.log, config, ways))
        self._city, self._radio = ways.build(voice)
        self.forwarder, self.carrier = cast(tuple[Forwarder, Carrier], ways.all)
        self._due_ns: dict[str, int] = {}
        self.keep_time()

    def keep_time(self) -> None:
        self.log.add_anchor(self.clock.anchor())

    def step(self) -> float:
        """Whatever is due; seconds until something will be."""
        self.keep_time()
        waits = [self._deliver(), self._radio.once() or 0.0]
        while (wait_s := self.writer.commit_once()) == 0:
            pass
        return max(0.05, min([*waits, *([] if wait_s is None else [wait_s])]))

    def end(self) -> None:
        """A clean stop of the program."""
        self._radio.at_end()
        self._city.at_end()
        self.log.close()

    def _deliver(self) -> float:
        """Until the broker has answered all that is under way, or is gone."""
        wake = self._city.wake
        wait_s = self._city.once()
        while self.forwarder._under_way:
            assert wake.wait(ANSWER_S), "the broker does not answer"
            wake.clear()
            wait_s = self._city.once()
        return wait_s or 0.0

    def _hear(self, told: Anchor) -> None:
        if self.clock.source is None:
            self.log.add_anchor(told)


class Week:
    """The world around a node, and its lives."""

    def __init__(self, folder: Path, broker_port: int, plan: Plan) -> None:
        (folder / "run").mkdir()
        (folder / "key").write_text(APP_KEY)
        self.wire = Wire(broker_port)
        self.config: Config = parse(
            CONFIG.format(
                folder=folder,
                port=self.wire.port,
                join_eui=JOIN_EUI,
                small=plan.small_counts,
                data_rate=plan.data_rate,
            ),
            "gateway.yaml",
        )
        self.world = VirtualTimebase()
        self.truth: Days = Counter()
        self.windows: dict[tuple[str, str], list[tuple[float, int]]] = {}
        """By sensor and quantity: the middle of each window (UTC in s), and its count."""
        self._dice = Random(plan.seed)
        self.air = Air(plan.lost, plan.lost, seed=plan.seed)
        self.server = NetworkServer(BEGIN_S * NS, TTN)
        self.server.register(Registration("rathaus-01", DEV_EUI, JOIN_EUI, APP_KEY))
        self.air.attach(self.server)
        self.model: ModemModel = MODELS[plan.family](self.air, self.world, DEV_EUI, seed=plan.seed)
        self._port = VirtualWire(self.model, self.world)
        self._boots = 0
        self._due_s = BEGIN_S + 7
        self.boot()

    @property
    def now_s(self) -> float:
        """True UTC."""
        return BEGIN_S + self.world.now_ns() / NS

    @property
    def sent(self) -> list[Transmission]:
        """What the modem has sent."""
        return [one for one in self.air.transmissions if one.sender == DEV_EUI]

    def at(self, transmission: Transmission) -> float:
        """UTC of its beginning."""
        return BEGIN_S + transmission.at_ns / NS

    def boot(self, known: bool = True) -> None:
        """The computer begins anew, and the program."""
        self._boots += 1
        self.clock = BootClock(self.world, f"b00t{self._boots:04}", known)
        self.node = Node(self.config, self.clock, self._port)

    def restart(self) -> None:
        """Of the program."""
        self.node.end()
        self.world.sleep(3)
        self.node = Node(self.config, self.clock, self._port)

    def reboot(self, off_s: float, known: bool) -> None:
        """Of the computer, which measures nothing while it is off; the modem keeps its supply."""
        self.node.end()
        self.world.sleep(off_s)
        self._due_s = self._next_quarter()
        self.boot(known)

    def run(self, until_s: float, each: Callable[[], object] = lambda: None) -> None:
        """Let time pass up to that UTC; after each step also `each`."""
        while self.now_s < until_s:
            self._measure()
            wait_s = self.node.step()
            each()
            self.world.sleep(
                max(0.001, min(self.now_s + wait_s, self._due_s + 0.5, until_s) - self.now_s)
            )

    def end(self) -> None:
        """Of everything."""
        self.node.end()
        self.wire.close()

    def _next_quarter(self) -> int:
        return round(self.now_s) // QUARTER_S * QUARTER_S + QUARTER_S

    def _measure(self) -> None:
        """What is due by now, as of the moment at which it was."""
        while self.now_s >= self._due_s:
            at_ns = self.clock.up_ns(self._due_s)
            self.node.log.append(Reading("air", self._air(), at_ns))
            length_ns = min(QUARTER_S * NS, at_ns)  # no window begins before the boot
            for door in DOORS:
                both = (self._passed(), self._passed())
                self._write_down(door, both, length_ns / NS)
                self.node.log.append(self._window(door, both, at_ns, length_ns))
            self._due_s += QUARTER_S

    def _passed(self) -> int:
        """A few at night, up to 40 at noon."""
        hour = datetime.fromtimestamp(self._due_s - 450, UTC).astimezone(ZoneInfo(ZONE)).hour
        busy = max(1, 8 - abs(hour - 13))
        return self._dice.choice((0, 0, self._dice.randint(0, 5 * busy)))

    def _write_down(self, door: str, both: tuple[int, int], length_s: float) -> None:
        middle_s = self._due_s - length_s / 2
        day = datetime.fromtimestamp(middle_s, UTC).astimezone(ZoneInfo(ZONE)).date()
        for name, n in zip(("count_in", "count_out"), both, strict=True):
            self.truth[door, day, name] += n
            self.windows.setdefault((door, name), []).append((middle_s, n))

    def _air(self) -> dict[str, float]:
        dice = self._dice
        return {
            "temperature": 21 + dice.random(),
            "pressure": 101_325.0,
            "humidity": 45 + dice.random(),
        }

    def _window(self, door: str, both: tuple[int, int], at_ns: int, length_ns: int) -> Reading:
        values = {"count_in": both[0], "count_out": both[1], "blind_time": 0.0, "targets": 0}
        return Reading(door, values, at_ns, length_ns)
