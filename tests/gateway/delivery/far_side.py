"""An uplink whose answers the test chooses, and a forwarder between it and a real log."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from gateway.buffer import Log
from gateway.config import Backlog, Buffer, MqttUplink, Reconnect
from gateway.delivery import Correspondence, Ends, Forwarder, Source
from gateway.encoding import messages
from gateway.encoding.messages import State
from gateway.errors import UplinkUnavailable
from gateway.model import Entry, Finding, Gap, Quality, Reading, Reason, StoredReading
from gateway.uplink.contract import Outcome, Payload, Settled, Uplink
from tests.gateway.simulated_clock import SimulatedClock

NODE = "brandis/rathaus-01"


class FarSide(Uplink):
    """Takes payloads of `data`, and settles them when and how the test says; letters at once."""

    name = "city"

    def __init__(self, window: int = 3) -> None:
        self.window = window
        self.max_body = 10**6
        self.wake = threading.Event()
        self.reachable = True
        self.has: list[int] = []
        self.hist: list[int] = []
        """Of these, those that were said to be no news."""
        self.letters: list[Payload] = []
        self.says: list[Payload] = []
        """What it has to say to the node."""
        self.forbidden: set[str] = set()
        """Topics of letters that it does not want."""
        self.will: Payload | None = None
        self.connects = 0
        self.payloads = 0
        self._sent: dict[int, list[int]] = {}
        self._token = 0
        self._answers: list[Settled] = []
        self._up = False

    def connect(self, will: Payload | None = None) -> None:
        self.connects += 1
        if not self.reachable:
            raise UplinkUnavailable("nobody there", "look")
        self._up, self._sent, self._answers, self.will = True, {}, [], will

    def send(self, payload: Payload) -> int:
        self._check()
        self._token += 1
        if payload.topic != "data":
            self._letter(payload)
            return self._token
        self.payloads += 1
        numbers = [int(number) for number in payload.body.strip(b"h").split()]
        self._sent[self._token] = numbers
        self.hist += numbers if payload.body.startswith(b"h") else []
        return self._token

    def settled(self) -> list[Settled]:
        self._check()
        answers, self._answers = self._answers, []
        return answers

    def heard(self) -> list[Payload]:
        heard, self.says = self.says, []
        return heard

    def findings(self) -> list[Finding]:
        return []

    def close(self) -> None:
        self._up = False

    @property
    def under_way(self) -> list[list[int]]:
        return list(self._sent.values())

    def accept(self, position: int = 0) -> None:
        if self._sent:
            token = list(self._sent)[position]
            self.has += self._sent.pop(token)
            self._answers.append(Settled(token))

    def refuse(self, outcome: Outcome = Outcome.REFUSED) -> None:
        token = next(iter(self._sent))
        del self._sent[token]
        self._answers.append(Settled(token, outcome, f"it is {outcome}"))

    def answer(self, settled: Settled) -> None:
        self._answers.append(settled)

    def drop(self) -> None:
        self._up, self._sent = False, {}

    def told(self, topic: str) -> list[dict[str, Any]]:
        """The letters on that topic."""
        return [msgspec.json.decode(one.body) for one in self.letters if one.topic == topic]

    def _letter(self, payload: Payload) -> None:
        if payload.topic in self.forbidden:
            self._answers.append(Settled(self._token, Outcome.FORBIDDEN, "Not authorized"))
            return
        self.letters.append(payload)
        self._answers.append(Settled(self._token))

    def _check(self) -> None:
        if not self._up:
            raise UplinkUnavailable("connection lost")


class Voice:
    """A node that has little to say."""

    def __init__(self, clock: SimulatedClock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self.version = "0"

    def stamp(self) -> messages.Stamp:
        boot, up = self._clock.boot_id, self._clock.now_ns() // 1_000_000
        return messages.Stamp(node=NODE, at=None, boot=boot, up=up)

    def status(self, state: State, session: str, backlog: int) -> messages.Status:
        epoch, number = self._log.window.identities.of(self._log.window.next_position)
        return messages.Status(
            **msgspec.structs.asdict(self.stamp()),
            state=state,
            session=session,
            epoch=epoch,
            next=number,
            backlog=backlog,
            clock=Quality.UNKNOWN,
            version="0",
            config="sha256:" + "0" * 64,
        )

    def meta(self) -> messages.NodeMeta:
        return messages.NodeMeta(
            **msgspec.structs.asdict(self.stamp()),
            schema=1,
            version=self.version,
            config="sha256:" + "0" * 64,
            place=messages.Place(),
            sensors=[],
            quantities={},
            privacy=messages.PrivacyMeta(window=900.0, small_below=3, timezone="Europe/Berlin"),
        )

    def health(self) -> messages.Health:
        return messages.Health(
            **msgspec.structs.asdict(self.stamp()),
            temperature=None,
            undervoltage=None,
            disk=messages.DiskHealth(size=1, free=1, written=None),
            memory=messages.MemoryHealth(used=1, available=1),
            log=messages.LogHealth(state="on_disk", used=1, limit=1, full_in_days=None),
            buses=[],
            uplinks=[],
            findings=[],
        )

    def identity(self) -> messages.Identity:
        return messages.Identity(version="0", computer="none", boot="b", up_s=1.0)

    def read(self, sensor: str) -> messages.ReadResult:
        return messages.ReadResult(sensor={"door": "door"}[sensor], age=1.0, values={"motion": 1})


class Rig:
    """A log, a forwarder and its far side; `options` are those of the uplink."""

    def __init__(self, folder: Path, window: int = 3, **options: Any) -> None:
        self.clock = SimulatedClock()
        buffer = Buffer(path=str(folder / "log.db"), commit_every=10.0, reserve=0)
        self.log = Log(buffer, folder, self.clock, {"city": "everything"})
        self.reader = self.log.reader("city")
        self.far = FarSide(window)
        usual: dict[str, Any] = {
            "batch": 2,
            "live": False,
            "backlog": Backlog(share=1.0, messages=10_000, bytes=10**9, spread=0),
            "reconnect": Reconnect(first=1.0, longest=60.0),
        }
        config = MqttUplink(name="city", host="127.0.0.1", **(usual | options))
        self.reader.waits_for_platform = config.acknowledge == "platform"
        self.voice = Voice(self.clock, self.log)
        source = Source(NODE, "life", self.reader, self.log.feed, self.clock)
        self.correspondence = Correspondence(source, config, self.voice, encode_live)
        self.forwarder = Forwarder(
            Ends(self.reader, self.far, self.log.append_gap),
            encode,
            config,
            self.clock,
            self.correspondence,
        )

    def connect(self) -> None:
        """Until all has been said; there is nothing to deliver yet."""
        for _ in range(10):
            self.forwarder.forward_once()

    def measure(self, count: int, sensor: str = "s") -> None:
        for _ in range(count):
            self.log.append(Reading(sensor, {"motion": 1}, self.clock.now_ns()))

    def count(self, amount: int, sensor: str = "door") -> None:
        """So many people in the second before; committed, because it carries a total."""
        self.log.append(Reading(sensor, {"count_in": amount}, self.clock.now_ns(), 10**9))
        self.log.commit()

    def miss(self) -> None:
        now = (self.clock.boot_id, self.clock.now_ns())
        self.log.append_gap(Gap(Reason.NOT_MEASURED, "s", None, 1, None, now))

    def forward(self) -> float:
        """As often as it wants to be called at once."""
        wait = self.forwarder.forward_once()
        assert wait is not None
        return wait

    def wait_and_forward(self) -> None:
        """Past a back-off, and until letters are out of the way."""
        self.clock.sleep(self.forwarder.forward_once() or 0)
        for _ in range(3):
            self.forwarder.forward_once()

    def deliver(self, rounds: int = 200) -> None:
        """Everything there is, at a far side that takes all."""
        for _ in range(rounds):
            self.forwarder.forward_once()
            while self.far.under_way:
                self.far.accept()
            self.clock.sleep(1)
        self.forwarder.forward_once()

    def problems(self) -> list[str]:
        return [finding.problem for finding in self.forwarder.findings()]

    def gaps(self) -> list[Gap]:
        """What of the log is gap records, in order."""
        entries = self.log.feed.entries(0, 10**6).entries
        return [entry.gap for entry in entries if not isinstance(entry, StoredReading)]


def encode(entries: Sequence[Entry], hist: bool) -> Payload:
    """Numbers, for short; h = hist."""
    numbers = b" ".join(b"%d" % entry.number for entry in entries)
    return Payload("data", (b"h" if hist else b"") + numbers)


def encode_live(reading: StoredReading) -> Payload:
    return Payload(f"live/{reading.sensor}", b"%d" % reading.number, retain=True)
