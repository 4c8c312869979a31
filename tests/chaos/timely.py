"""A whole node whose time a test moves on: the steps of its threads, in the order of their time.

Everything is the program's but the parts, the clock and the far side, which keeps what
docs/messages.md tells it to keep. The test knows the truth of every moment of every boot.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from gateway import config
from gateway.app import Node
from gateway.config import MqttUplink
from gateway.errors import UplinkUnavailable
from gateway.model import Finding
from gateway.uplink.contract import Payload, Settled
from gateway.worker import Worker
from tests.chaos.receiver import Dated, Receiver, ms
from tests.chaos.turnstile import Turnstile
from tests.e2e.platform import Message, Platform
from tests.gateway.simulated_clock import SimulatedClock

SECOND = 1_000_000_000
INTERVAL_S = 300
TOLERANCE_MS = 1_000

CONFIG = """
node: {{municipality: brandis, name: rathaus-01, runtime_dir: {folder}/run}}
buffer: {{path: {folder}/log.db, reserve: 0}}
buses: {{i2c-1: {{type: i2c, simulated: true}}}}
privacy: {{window: 5min}}
sensors:
  - {{name: door, driver: turnstile, bus: i2c-1, interval: 5min}}
  - {{name: air, driver: bme280, bus: i2c-1, interval: 7min}}
uplinks:
  - {{type: mqtt, name: city, host: 127.0.0.1, tls: false, small_counts: none,
     reconnect: {{first: 1s}}, backlog: {{messages: 1000, bytes: 10MB, spread: 0}}}}
"""


class FarSide:
    """Where the messages go; while it is not `there` nobody can connect to it."""

    def __init__(self) -> None:
        self.there = True
        self.platform = Platform(None)
        self.receiver = Receiver()
        self.messages: list[Message] = []

    def take(self, body: bytes) -> None:
        self.platform.take(body)
        self.receiver.take(body)
        self.messages += json.loads(body)


class Link:
    """The uplink to it, in the place of the one that speaks MQTT."""

    window = 4
    max_body = 10**6

    def __init__(self, far: FarSide, uplink: MqttUplink, wake: threading.Event) -> None:
        self.name, self.wake = uplink.name, wake
        self._far = far
        self._sent: list[int] = []
        self._tokens = 0

    def connect(self, _will: Payload | None = None) -> None:
        self._check()

    def send(self, payload: Payload) -> int:
        self._check()
        if payload.topic == "data":
            self._far.take(payload.body)
        self._tokens += 1
        self._sent.append(self._tokens)
        self.wake.set()
        return self._tokens

    def settled(self) -> list[Settled]:
        self._check()
        sent, self._sent = self._sent, []
        return [Settled(token) for token in sent]

    def heard(self) -> list[Payload]:
        return []

    def findings(self) -> list[Finding]:
        return []

    def close(self) -> None:
        self._sent = []

    def _check(self) -> None:
        if not self._far.there:
            raise UplinkUnavailable("nobody is there", "wait")


class Steps:
    """The steps of a node's threads, each when it is due, by whoever moves its clock.

    All but the one that moves the simulated world.
    """

    def __init__(self, node: Node) -> None:
        self._clock = node.clock
        workers = [worker for worker in node.workers if worker.name != "world"]
        self._due_ns: dict[Worker, float] = dict.fromkeys(workers, 0.0)

    @property
    def next_ns(self) -> float:
        """When the next one is due; 0 if one was woken."""
        woken = any(worker.wake.is_set() for worker in self._due_ns)
        return 0.0 if woken else min(self._due_ns.values())

    def serve(self) -> None:
        """Do what is due, or was asked for."""
        for worker, due_ns in self._due_ns.items():
            if worker.wake.is_set() or due_ns <= self._clock.now_ns():
                worker.wake.clear()
                wait_s = worker.step()
                wait_ns = float("inf") if wait_s is None else round(wait_s * SECOND)
                self._due_ns[worker] = self._clock.now_ns() + wait_ns


class TimelyNode:
    """The node in that folder, from its first boot on. `Link` must stand in for the MQTT uplink."""

    def __init__(self, folder: Path, far: FarSide, clock: SimulatedClock) -> None:
        self.folder, self.far, self.clock = folder, far, clock
        self.clocks = {clock.boot_id: clock}
        self.pushed = 0
        self.lost = 0
        """Pushes that a power cut may have taken."""
        self.start()

    def start(self) -> None:
        text = CONFIG.format(folder=self.folder)
        self.node = Node(config.parse(text, "test"), self.clock)
        self._steps = Steps(self.node)

    def run(self, seconds: float, push_every_s: float = 60.0) -> None:
        """Let that much time pass, with somebody at the door now and then."""
        end_ns = self.clock.now_ns() + round(seconds * SECOND)
        check_ns: float = self.clock.now_ns()
        push_ns = check_ns if push_every_s < seconds else float("inf")
        while (now_ns := self.clock.now_ns()) < end_ns:
            if now_ns >= push_ns:
                push_ns = now_ns + push_every_s * SECOND
                self.push()
            if now_ns >= check_ns:
                check_ns = now_ns + SECOND
                self.node.check()
            self._steps.serve()
            next_ns = min(self._steps.next_ns, check_ns, push_ns, end_ns)
            self.clock.sleep(max(0.0, (next_ns - self.clock.now_ns()) / SECOND))

    def push(self) -> None:
        door = self.node.sensors["door"].driver
        assert isinstance(door, Turnstile)
        door.pushes += 1
        self.pushed += 1

    def kill(self) -> None:
        """SIGKILL, and the next process of this boot."""
        self._note()
        self.node.log.let_go()
        self.node.buses.close()
        self.start()

    def stop(self) -> None:
        self.node.log.close()
        self.node.buses.close()

    def reboot(self, off_s: float) -> None:
        """Stop; the next boot's wall clock stands in 1970."""
        self._note()
        self.stop()
        self._boot(off_s)

    def cut_power(self, off_s: float) -> None:
        """What is not committed is gone."""
        self._note()
        self.node.log.let_go()
        self.node.buses.close()
        (self.folder / "run" / "journal").unlink(missing_ok=True)
        self.lost += 1 + round(self.node.config.buffer.commit_every)
        self._boot(off_s)

    def deliver(self) -> None:
        """Until the far side has everything."""
        self.far.there = True
        self.run(2 * INTERVAL_S, push_every_s=float("inf"))
        while self.node.log.pending or self.node.log.reader("city").backlog:
            self.run(5, push_every_s=float("inf"))

    def _note(self) -> None:
        """Until the journal knows what was counted."""
        self.run(Turnstile.poll_every + 1, push_every_s=float("inf"))

    def _boot(self, off_s: float) -> None:
        boot_id = f"b00t{len(self.clocks) + 1:04}"
        self.clock = self.clocks[boot_id] = self.clock.reboot(boot_id, off_s)
        self.start()


class Judge:
    """What the far side has, against the truth."""

    def __init__(self, node: TimelyNode) -> None:
        self.node = node
        self.far = node.far
        self.truth = node.far.receiver.truth()

    def faults(self) -> Iterator[str]:
        """Everything that is not as it should be once all is delivered."""
        platform = self.far.platform
        yield from (f"{one} is missing" for one in platform.unaccounted())
        counted = sum(message["values"]["count_in"] for message in platform.of("door"))
        if not self.node.pushed - self.node.lost <= counted <= self.node.pushed:
            yield f"{counted} of {self.node.pushed} counts arrived"
        yield from self._intervals()
        yield from self._dates()

    def late_faults(self) -> Iterator[str]:
        """Of the dates that the messages themselves carry, all of which were sent at the end."""
        for message in self.far.platform.readings.values():
            t, truth = _t(message), self._true_ms(message["boot"], message["up"])
            if t is not None and abs(t - truth) > TOLERANCE_MS:
                yield f"{message} was at {truth}"

    def _intervals(self) -> Iterator[str]:
        """None twice, none missing but what a gap record tells, and none too often."""
        gaps = {(gap["boot"], gap["up"]) for gap in self.far.platform.told("not_measured")}
        for boot, door in self._by_boot("door").items():
            for one, after in pairwise(door):
                if after["up0"] < one["up"]:
                    yield f"{one} and {after} overlap"
                if after["up0"] > one["up"] + 1 and (boot, after["up0"]) not in gaps:
                    yield f"a hole between {one} and {after}"

    def _dates(self) -> Iterator[str]:
        """The receiver's truth timeline, of each boot in the order of its time."""
        for boot, readings in self._by_boot("door", "air").items():
            for message in readings:
                truth = self._true_ms(boot, message["up"])
                more = self.node.clocks[boot].drift_ns(message["up"] * 1_000_000) // 1_000_000
                yield from _off(self.truth[message["id"]], truth, message, TOLERANCE_MS + more)
            for sensor in ("door", "air"):
                dated = [self.truth[one["id"]].t for one in readings if one["sensor"] == sensor]
                if dated != sorted(one for one in dated if one is not None) and None not in dated:
                    yield f"the order of {sensor} in {boot} is lost"

    def _by_boot(self, *sensors: str) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.far.platform.readings.values():
            if message["sensor"] in sensors:
                found[message["boot"]].append(message)
        return {boot: sorted(some, key=lambda one: one["up"]) for boot, some in found.items()}

    def _true_ms(self, boot: str, up_ms: int) -> int:
        return self.node.clocks[boot].truth_at(up_ms * 1_000_000) // 1_000_000


def _off(dated: Dated, truth: int, message: Message, tolerance: int) -> Iterator[str]:
    if dated.t is not None:
        if abs(dated.t - truth) > tolerance:
            yield f"{message} is dated {dated.t}, and was at {truth}"
        return
    if dated.not_before is not None and truth < dated.not_before:
        yield f"{message} was at {truth}, which is before its bounds"
    if dated.not_after is not None and truth > dated.not_after:
        yield f"{message} was at {truth}, which is behind its bounds"


def _t(message: Message) -> int | None:
    return ms(message["t"] if "t" in message else message["t1"])
