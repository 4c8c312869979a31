"""The demonstration itself: the node of `node.yaml`, its broker, an outage, an orderly end."""

import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from drivers.simulation.walks import Walk
from gateway import config
from gateway.app import Node
from gateway.clock import SystemClock
from gateway.config import Config, mqtt_uplinks
from gateway.demo.ledger import Ledger, ledger
from gateway.demo.network import LOOPBACK, Broker, Network
from gateway.demo.platform import Platform
from gateway.errors import GatewayError

OUTAGE_FROM, OUTAGE_TO = 0.35, 0.65
"""The part of the show during which the broker is out of reach."""

TICK_S = 0.25
SETTLE_S = 6.0
"""From the last step of the last person to the reading that carries the last count.

A VL53L1X waits for up to 4 s whether somebody comes back.
"""

DRAIN_S = 60.0
"""Longest wait for the backlog to reach the platform."""


class Demo:
    """One show of `seconds`; `show` is given the ledger several times a second."""

    def __init__(
        self, seconds: float, seed: int, broker_url: str | None, show: Callable[["Demo"], None]
    ) -> None:
        self.seconds = seconds
        self.outage = False
        self.node: Node
        self._seed = seed
        self._broker = None if broker_url is None else broker(broker_url)
        self._show = show
        self._clock = SystemClock()
        self._walked: Counter[str] = Counter()
        self._outage_s = 0.0
        self._began_ns = self._clock.now_ns()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the show began."""
        return (self._clock.now_ns() - self._began_ns) / 1e9

    @property
    def drivers(self) -> dict[str, str]:
        """Of the sensors, by their names."""
        return {sensor.name: sensor.driver for sensor in self.node.config.sensors}

    @property
    def link(self) -> str:
        """Whether the node is connected."""
        [way] = self.node.ways.all
        return "connected" if way.state == "connected" else "reconnecting"

    def ledger(self) -> Ledger:
        """The accounts as they stand now."""
        return ledger(self.node, self._platform, self._walked, self._outage_s)

    def run(self) -> Ledger:
        """Play the whole show. Raises GatewayError if there is no broker to play it with."""
        with tempfile.TemporaryDirectory(prefix="gateway-demo-") as folder, _network() as network:
            broker = self._broker or Broker(LOOPBACK, _embedded(network))
            self._wire = network.lay_wire(broker)
            self._platform = Platform(broker)
            self._play(network, self._config(Path(folder), broker))
        return self._final

    def _play(self, network: Network, loaded: Config) -> None:
        self.node = Node(loaded, self._clock, watch=self._note)
        [broker] = mqtt_uplinks(loaded)
        self._platform.subscribe(f"{broker.prefix}/{self.node.id}/data")
        self.node.start()
        try:
            self._until(lambda: self.elapsed_s >= self.seconds * OUTAGE_FROM)
            self._have_outage(network)
            self._until(lambda: self.elapsed_s >= self.seconds)
            self._end()
            self._final = self.ledger()
            self._show(self)
        finally:
            self.node.stop()
            self._platform.close()

    def _have_outage(self, network: Network) -> None:
        began_s = self.elapsed_s
        network.call(self._wire.cut())
        self.outage = True
        self._until(lambda: self.elapsed_s >= self.seconds * OUTAGE_TO)
        network.call(self._wire.mend())
        self.outage = False
        self._outage_s = self.elapsed_s - began_s

    def _end(self) -> None:
        """Let everybody walk home, measure once more, and let the backlog drain."""
        world = self.node.buses.world
        assert world is not None
        world.scene.close_door()
        self._until(lambda: world.scene.empty)
        settled_s = self.elapsed_s + SETTLE_S
        self._until(lambda: self.elapsed_s >= settled_s)
        self.node.stop_measuring()
        latest_s = self.elapsed_s + DRAIN_S
        self._until(lambda: self.ledger().settled or self.elapsed_s > latest_s)

    def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self.node.check()
            self._show(self)
            self._clock.sleep(TICK_S)

    def _note(self, walk: Walk) -> None:
        if walk.direction is not None:
            self._walked[walk.direction] += 1

    def _config(self, folder: Path, broker: Broker) -> Config:
        text = files("gateway.demo").joinpath("node.yaml").read_text()
        words = {
            "NODE": f"node-{self._clock.now_ns() % 100_000}",
            "FOLDER": str(folder),
            "PORT": str(self._wire.port),
            "PROTOCOL": "3.1.1" if self._broker is None else "5",
            "SEED": str(self._seed),
        }
        for word, value in words.items():
            text = text.replace(word, value)
        loaded = config.parse(text, "node.yaml")
        return loaded if broker.user is None else _with_login(loaded, folder, broker)


def broker(url: str) -> Broker:
    """From mqtt://[user[:password]@]host[:port]. Raises GatewayError."""
    try:
        parts = urlsplit(url)
        found = Broker(parts.hostname or "", parts.port or 1883, parts.username, parts.password)
    except ValueError:
        found = Broker("", 0)
    if not url.startswith("mqtt://") or not found.host:
        shown = url.rpartition("@")[2]  # what stands before it may be a password
        raise GatewayError(
            f"not the address of a broker: {shown!r}", "write --broker mqtt://host:1883"
        )
    return found


def _with_login(loaded: Config, folder: Path, broker: Broker) -> Config:
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(broker.password or "")
    uplink = msgspec.structs.replace(
        loaded.uplinks[0], username=broker.user, password_file=str(secret)
    )
    return msgspec.structs.replace(loaded, uplinks=(uplink,))


def _embedded(network: Network) -> int:
    for noisy in ("amqtt", "transitions"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    try:
        return network.start_broker()
    except ImportError as error:
        raise GatewayError(
            f"the embedded broker is not installed ({error.name})",
            "pip install 'partheland-gateway[demo]', or use a real one: --broker mqtt://host",
        ) from error


@contextmanager
def _network() -> Iterator[Network]:
    network = Network()
    try:
        yield network
    finally:
        network.close()
