"""A node with two doors, air and a LoRaWAN modem, in virtual time, and the platform at the end.

The log, the carrier, the driver and the network are the real ones; the modem is its model. Counts
of each quarter of an hour are drawn, and written down as the truth.
"""

import random
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.radio.air import Air, Transmission
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.network_events import UplinkHeard
from drivers.lorawan.radio.server import TTN, NetworkServer
from drivers.lorawan.simulated import MODELS
from drivers.quantities import Rank
from gateway.buffer import Log
from gateway.config import Config, LorawanUplink, parse
from gateway.encoding.compact.frames import decode
from gateway.encoding.compact.rows import Frame, Row
from gateway.encoding.compact.status import Status
from gateway.lorawan import Around, Carrier, Radio, carrier
from gateway.lorawan.gate import Preferred
from gateway.model import Reading
from tests.drivers.lorawan.wire import VirtualWire
from tests.gateway.buffer.logs import open_log
from tests.gateway.simulated_clock import SimulatedClock

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
QUARTER_S = 900
BEGIN_S = 1_800_057_600 - 7
"""Some seconds before a day begins."""
DOORS = ("north", "south")

CONFIG = """
node: {{municipality: brandis, name: rathaus-01}}
buffer: {{path: {folder}/log.db}}
buses:
  main: {{type: i2c, device: /dev/i2c-1}}
  modem: {{type: serial, device: /dev/ttyUSB0}}
sensors:
  - {{name: north, driver: vl53l1x, bus: main,
     options: {{address: 0x29, mounting_height_mm: 2200}}}}
  - {{name: south, driver: vl53l1x, bus: main,
     options: {{address: 0x30, mounting_height_mm: 2200}}}}
  - {{name: air, driver: bme280, bus: main, interval: 5min, options: {{address: 0x76}}}}{alarm}
uplinks:
  - {{type: lorawan, name: radio, bus: modem, join_eui: "{join_eui}", app_key_file: {folder}/key,
     start: everything, small_counts: none{options}}}
"""

ALARM = """
  - {name: cellar, driver: bmp280, bus: main, options: {address: 0x77}, rank: alarm}"""

Truth = dict[str, dict[int, tuple[int, int]]]
"""By door and end of the window (UTC s): how many went in and out."""


class Site:
    """`options`: further lines of the uplink. `busy`: of the people in a window, at most.

    The log writes at once, or, `lazy`, when it has to. `network_off_s`: the network's clock is
    ahead by so much. Chance is that of `seed`. With `alarm` there is a `cellar`, in which nothing
    is measured by itself.
    """

    def __init__(
        self,
        folder: Path,
        options: str = "",
        *,
        family: str = "rak3172",
        preferred: Preferred | None = None,
        loss: float = 0.0,
        busy: int = 20,
        lazy: bool = False,
        network_off_s: float = 0.0,
        seed: int = 0,
        alarm: bool = False,
    ) -> None:
        random.seed(seed)  # back-offs draw from it
        (folder / "key").write_text(APP_KEY)
        told = CONFIG.format(
            folder=folder, join_eui=JOIN_EUI, options=options, alarm=ALARM if alarm else ""
        )
        self.config: Config = parse(told, "gateway.yaml")
        self.folder = folder
        self.preferred = preferred
        self.clock = SimulatedClock(utc_at_boot_ns=BEGIN_S * 10**9 - 10**9)
        self.dice = Random(7)
        self.chance = Random(seed)
        self.busy = busy
        self.lazy = lazy
        self.truth: Truth = {door: {} for door in DOORS}
        self.air = Air(loss, loss, seed=1)
        off_ns = round(network_off_s * 1e9)
        self.server = NetworkServer(self.clock.wall_ns - self.clock.now_ns() + off_ns, TTN)
        self.registered: list[str] = []
        """DevEUIs that the network knows."""
        self.register(DEV_EUI)
        self.server.listeners.append(self._listen)
        self.air.attach(self.server)
        self.model: ModemModel = MODELS[family](self.air, self.clock, DEV_EUI, seed=1)
        self.wire = VirtualWire(self.model, self.clock)
        self.uplinks: list[UplinkHeard] = []
        self.newest_s = self.now_s
        """When the newest counts ended that the platform has."""
        self.steps = 0
        """Of the carrier."""
        self.longest_step_s = 0.0
        self.log: Log
        self.carrier: Carrier
        self.begin()
        self._due_s = self.now_s - self.now_s % 300 + 300

    @property
    def uplink(self) -> LorawanUplink:
        """As it is configured."""
        [one] = (each for each in self.config.uplinks if isinstance(each, LorawanUplink))
        return one

    @property
    def now_s(self) -> float:
        """True UTC."""
        return self.clock.truth_ns / 1e9

    @property
    def sent(self) -> list[Transmission]:
        """What this device has sent."""
        return [one for one in self.air.transmissions if one.sender == DEV_EUI]

    def register(self, dev_eui: str, app_key: str = APP_KEY) -> None:
        """The network lets it join from then on, and forgets its session."""
        self.server.register(Registration(f"rathaus-{dev_eui}", dev_eui, JOIN_EUI, app_key))
        self.registered.append(dev_eui)

    def begin(self) -> None:
        """The program starts."""
        self.log = open_log(
            self.folder,
            self.clock,
            {"radio": self.uplink.start},
            ranks={"cellar": Rank.ALARM},
        )
        self.log.add_anchor(self.clock.anchor())
        radio = Radio(self.config, self.uplink, self.clock, self.wire, self.chance)
        self.carrier = carrier(radio, Around(self.log, self._hear, lambda: 0, self.preferred))

    def end(self) -> None:
        """And stops."""
        self.carrier.close()
        self.log.close()

    def restart(self, off_s: float = 0.0) -> None:
        """Of the program."""
        self.end()
        self.clock.sleep(off_s)
        self.begin()

    def run(self, seconds: float, each: Callable[[], object] = lambda: None) -> None:
        """Let time pass, measure, and carry; after each step also `each`."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self._measure()
            self.log.add_anchor(self.clock.anchor())
            begin_s = self.now_s
            wait_s = self.carrier.carry_once()
            self.steps += 1
            self.longest_step_s = max(self.longest_step_s, self.now_s - begin_s)
            assert wait_s > 0, "a wait of nothing is a busy loop"
            self._measure()
            if not self.lazy or self.log.commit_due() == 0:
                self.log.commit()
            each()
            until_s = min(self.now_s + wait_s, self._due_s + 0.5, end_s)
            self.clock.sleep(max(0.001, until_s - self.now_s))

    def rows(self) -> list[tuple[int, Row]]:
        """What the platform has: the epoch (low byte) and each row of each frame, as they came."""
        frames = (
            decode(one.payload, one.utc_ns // 10**9) for one in self.uplinks if one.port == 10
        )
        return [(f.epoch, row) for f in frames if isinstance(f, Frame) for row in f.rows]

    def statuses(self) -> list[Status]:
        """What it has told of itself."""
        frames = (
            decode(one.payload, one.utc_ns // 10**9) for one in self.uplinks if one.port == 10
        )
        return [one for one in frames if isinstance(one, Status)]

    def counted(self) -> Truth:
        """Counts by door and end of the window, of what the platform has, each identity once."""
        found: Truth = {door: {} for door in DOORS}
        for _, row in self.rows():
            for part in row.parts:
                if part.sensor < len(DOORS) and row.ends_s is not None and part.values:
                    both = (int(part.values["count_in"] or 0), int(part.values["count_out"] or 0))
                    found[DOORS[part.sensor]][row.ends_s] = both
        return found

    def _listen(self, event: Any) -> None:
        if isinstance(event, UplinkHeard):
            self.uplinks.append(event)
            told = decode(event.payload, event.utc_ns // 10**9) if event.port == 10 else None
            rows = told.rows if isinstance(told, Frame) else ()
            counts = [row for row in rows if any(part.sensor < len(DOORS) for part in row.parts)]
            self.newest_s = max([self.newest_s, *(row.ends_s or 0 for row in counts)])

    def _hear(self, anchor: Any) -> None:
        if self.clock.source is None:
            self.log.add_anchor(anchor)

    def _measure(self) -> None:
        """What is due by now, as of the moment at which it was."""
        while self.now_s >= self._due_s:
            late_ns = round((self.now_s - self._due_s) * 1e9)
            at_ns = self.clock.now_ns() - late_ns
            self.log.append(Reading("air", self._air(), at_ns))
            if self._due_s % QUARTER_S == 0:
                for door in DOORS:
                    both = (self.dice.randint(0, self.busy), self.dice.randint(0, self.busy))
                    self.truth[door][round(self._due_s)] = both
                    self.log.append(self._window(door, both, at_ns))
            self._due_s += 300

    def _air(self) -> dict[str, float]:
        return {
            "temperature": 21 + self.dice.random(),
            "pressure": 101_325.0,
            "humidity": 45 + self.dice.random(),
        }

    def _window(self, door: str, both: tuple[int, int], at_ns: int) -> Reading:
        values = {"count_in": both[0], "count_out": both[1], "blind_time": 0.0, "targets": 0}
        return Reading(door, values, at_ns, QUARTER_S * 10**9)
