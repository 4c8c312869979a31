"""What the modems have in common at the far end of the UART: lines, pace, faults, and a MAC.

A modem hears lines and obeys each when it ends, at the time of the time base. What it says goes
into one queue: a line begins when it is due and the one before it is out, and is heard when its
last bit is, at the speed of the UART. So answers and what the radio reports by itself keep one
order, and a late answer delays whatever comes behind it.

The MAC is moved on before each command and at each step, from one moment at which something is due
to the next, so whoever looks seldom hears the same. Its memory and the modem's flash outlive a
restart; all else, the line that was half heard included, is lost.
"""

import heapq
import random
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import RLock
from typing import ClassVar

from drivers.contract import SerialModel
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.events import MacBusy, MacEvent, NotJoined
from drivers.lorawan.radio.mac import Mac
from drivers.lorawan.radio.session import Memory, Nonces
from drivers.simulation.scene import View
from drivers.timebase import Timebase

NS = 1_000_000_000
MAKERS_EUI = "0004A30B001C0530"
LAST_COUNTER = 0xFFFF_FFFF
_BITS_PER_BYTE = 10
"""8N1: with start and stop bit."""


@dataclass
class Faults:
    """What is wrong with a modem: answers `slow_s` late, never (`mute`), or as `garbage`.

    `echo`: it says each line again before it answers. `busy_until_ns`: its MAC is at something.
    """

    slow_s: float = 0.0
    mute: bool = False
    garbage: bool = False
    echo: bool = False
    busy_until_ns: int = 0


class ModemModel(SerialModel):
    """One modem on the air; same seed, same bytes."""

    latency_s: ClassVar[float] = 0.005
    boot_s: ClassVar[float] = 0.3
    """From the end of a reset to the first line of the banner."""
    line_ends: ClassVar[bytes] = b"\r\n"
    longest: ClassVar[int] = 528
    """Bytes of a command; of a longer one the end is not heard."""
    nonces: ClassVar[Nonces] = Nonces.COUNTED
    session_first: ClassVar[bool] = False
    """Without a session an uplink is refused for that, also while the modem is busy joining."""

    def __init__(self, air: Air, time: Timebase, dev_eui: str = MAKERS_EUI, seed: int = 0) -> None:
        self.air, self.time, self.seed = air, time, seed
        self.makers_eui = self.dev_eui = dev_eui.upper()
        self.faults = Faults()
        self.memory = Memory()
        self.mac = self._mac(self.makers_eui)
        self._random = random.Random(seed)
        self._lock = RLock()
        self._heard = bytearray()
        self._said: deque[tuple[int, bytes]] = deque()
        self._timers: list[tuple[int, int, Callable[[], object]]] = []
        self._order = count()
        self._now_ns = self._silent_until_ns = time.now_ns()

    def step(self, view: View) -> bytes:
        with self._lock:
            now_ns = self.time.now_ns()
            self._live(now_ns)
            return self._on_the_wire(now_ns)

    def receive(self, data: bytes) -> bytes:
        """Answers come with the next `step`, in their order with all else."""
        with self._lock:
            self._live(self.time.now_ns())
            for byte in data:
                self._hear(byte)
        return b""

    def restart(self) -> None:
        """Power was cut and is back, whatever it was doing."""
        with self._lock:
            self._live(self.time.now_ns())
            self._said.clear()
            self._silent_until_ns = self._now_ns
            self._reboot()

    def keep_busy(self, seconds: float) -> None:
        """For so long it takes neither joins nor uplinks."""
        self.faults.busy_until_ns = self.time.now_ns() + round(seconds * NS)

    def next_ns(self) -> int | None:
        """When it says or does something again, as far as it knows."""
        due_ns = self._due_ns()
        said = [self._said[0][0]] if self._said else []
        return min([*said, *([] if due_ns is None else [due_ns])], default=None)

    @abstractmethod
    def _obey(self, line: str) -> None:
        """A line has come, without its end and never empty."""

    @abstractmethod
    def _happened(self, event: MacEvent) -> None:
        """What the MAC has to tell; `_now_ns` is when it happened."""

    @abstractmethod
    def _boot(self) -> None:
        """Take up what the flash holds and greet; the MAC has been reset."""

    def _mac(self, dev_eui: str) -> Mac:
        self.seed += 1
        return Mac(self.air, dev_eui, self.memory, self.seed, self.nonces)

    def _be(self, dev_eui: str) -> None:
        """Another DevEUI is another device on the air."""
        if dev_eui.upper() != self.dev_eui:
            before, self.dev_eui = self.mac, dev_eui.upper()
            self.mac = self._mac(self.dev_eui)
            self.mac.adr, self.mac.data_rate = before.adr, before.data_rate
            self.mac.duty_cycle, self.mac.retries = before.duty_cycle, before.retries

    def _reboot(self) -> None:
        self._heard.clear()
        self._timers.clear()
        self.mac.power_cycle(self._now_ns)
        self._boot()

    def _say(self, text: str, after_s: float | None = None, end: str = "\r\n") -> None:
        """One line, `after_s` from now (None: as fast as it answers)."""
        data = (text + end).encode("latin-1")
        wait_s = (self.latency_s if after_s is None else after_s) + self.faults.slow_s
        begin_ns = max(self._now_ns + round(wait_s * NS), self._silent_until_ns)
        bits = len(data) * _BITS_PER_BYTE
        self._silent_until_ns = begin_ns + round(bits * NS / (self.baudrate or 9600))
        self._said.append((self._silent_until_ns, data))

    def _later(self, seconds: float, action: Callable[[], object]) -> None:
        at_ns = self._now_ns + round(seconds * NS)
        heapq.heappush(self._timers, (at_ns, next(self._order), action))

    def _transmit(self, port: int, payload: bytes, confirmed: bool) -> None:
        """Raises whatever the MAC does."""
        if self.session_first and not self.mac.joined:
            raise NotJoined
        self._busy_if_kept()
        self.mac.send(port, payload, confirmed, self._now_ns)

    def _ask_to_join(self, join_eui: str, app_key: str) -> None:
        """Raises whatever the MAC does."""
        self._busy_if_kept()
        self.mac.set_keys(join_eui, app_key)
        self.mac.join(self._now_ns)

    def _count_from(self, uplink: int | None, downlink: int | None) -> bool:
        """Its session goes on with these counters; False: it cannot now."""
        session = self.mac.session
        if session is None or self._occupied:
            return False
        session.uplink_counter = session.uplink_counter if uplink is None else uplink
        session.downlink_counter = session.downlink_counter if downlink is None else downlink
        self.mac.restore(session)
        return True

    @property
    def _occupied(self) -> bool:
        return self.mac.busy or self._now_ns < self.faults.busy_until_ns

    def _busy_if_kept(self) -> None:
        if self._now_ns < self.faults.busy_until_ns:
            raise MacBusy

    def _live(self, now_ns: int) -> None:
        while (at_ns := self._due_ns()) is not None and at_ns <= now_ns:
            self._radio(at_ns)
            while self._timers and self._timers[0][0] <= at_ns:
                heapq.heappop(self._timers)[2]()
        self._radio(now_ns)

    def _due_ns(self) -> int | None:
        timers = [self._timers[0][0]] if self._timers else []
        radio_ns = self.mac.next_ns()
        return min([*timers, *([] if radio_ns is None else [radio_ns])], default=None)

    def _radio(self, now_ns: int) -> None:
        self._now_ns = now_ns
        for event in self.mac.step(now_ns):
            self._happened(event)

    def _hear(self, byte: int) -> None:
        if byte not in self.line_ends:
            if len(self._heard) < self.longest:
                self._heard.append(byte)
            return
        line, self._heard = bytes(self._heard), bytearray()
        text = self._woken(line).decode("latin-1").strip()
        if self.faults.echo and text:
            self._say(text, 0.0)
        if text:
            self._obey(text)

    def _woken(self, line: bytes) -> bytes:
        """The line without what only wakes the modem."""
        return line

    def _on_the_wire(self, now_ns: int) -> bytes:
        sent = bytearray()
        while self._said and self._said[0][0] <= now_ns:
            sent += self._said.popleft()[1]
        if self.faults.mute:
            return b""
        return bytes(byte ^ self._noise() for byte in sent)

    def _noise(self) -> int:
        return self._random.getrandbits(8) if self.faults.garbage else 0
