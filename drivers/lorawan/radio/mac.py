"""The MAC of a simulated end device: LoRaWAN 1.0.3, class A, EU868.

A device is silent, or in one exchange. An exchange sends, listens twice, and may do so again:

    send --ends--> wait RECEIVE_DELAY --> RX1 --nothing--> RX2 --nothing--> over, or send again
                                           '----a valid downlink----> over (or again: see below)

- Windows open 1 s and 2 s after the end of a data frame (or as the network has said), and 5 s and
  6 s after that of a JoinRequest. RX1 is on the uplink's frequency, at its data rate less an
  offset; RX2 is at a fixed one. RX2 is not opened when RX1 caught a frame for this device, or while
  it still receives another.
- A frame has one counter, however often it is sent. A confirmed one is sent up to `retries` times,
  until a downlink acknowledges it; between two of them lie 1 to 3 s at random (ACK_TIMEOUT). An
  unconfirmed one is sent NbTrans times, until any downlink comes. All wait for the duty cycle.
- A downlink counts if address, counter (none below the expected one) and MIC fit. Answers to its
  MAC commands go with the next uplink, and make its payload smaller.
- With ADR a device that has heard nothing for 64 frames asks for an answer, and from the 96th on
  lowers its data rate once in 32 frames, because the network has perhaps lost it.

The exchange is a generator which yields the moment up to which it waits; `step` runs it. No clock
is read: whoever calls late gets the same events with the same times. A transmission that a power
cut ends is heard by nobody.
"""

from collections.abc import Generator
from random import Random

from drivers.lorawan.radio import commands, events, frames
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.channels import JOIN_CHANNELS, DutyCycle, choose, usable
from drivers.lorawan.radio.conversation import Conversation
from drivers.lorawan.radio.exchange import Exchanges, Uplink
from drivers.lorawan.radio.session import Memory, Nonces, Session, snapshot
from drivers.lorawan.radio.transceiver import Transceiver

RETRIES = 8
_NONCES = 1 << 16


class Mac:
    """One device; `seed` draws its channels, waits and random DevNonces.

    `duty_cycle`: whether it keeps it (silence is counted also while it does not); `retries`: how
    often a confirmed uplink is sent at most; `memory`: what outlives `power_cycle`.
    """

    def __init__(
        self,
        air: Air,
        dev_eui: str,
        memory: Memory,
        seed: int = 0,
        nonces: Nonces = Nonces.COUNTED,
    ) -> None:
        self.dev_eui, self.memory, self._nonces = dev_eui, memory, nonces
        self._transceiver = Transceiver(air, dev_eui)
        self._random = Random(seed)
        self._start()

    def _start(self) -> None:
        self.duty_cycle = True
        self.retries = RETRIES
        self._keys: tuple[str, bytes] | None = None
        self._conversation = Conversation()
        self._link = self._conversation.link
        self._exchanges = Exchanges(self._transceiver, self._conversation, self._random)
        self._exchange: Generator[int, None, None] | None = None
        self._wake_ns: int | None = None

    @property
    def adr(self) -> bool:
        """Whether the network may move the data rate."""
        return self._link.adr

    @adr.setter
    def adr(self, adr: bool) -> None:
        self._link.adr = adr

    @property
    def data_rate(self) -> int:
        """Of the next uplink, 0 to 7."""
        return self._link.data_rate

    @data_rate.setter
    def data_rate(self, data_rate: int) -> None:
        self._link.data_rate = data_rate

    @property
    def joined(self) -> bool:
        """Whether there is a session."""
        return self._link.session is not None

    @property
    def session(self) -> Session | None:
        """A copy of it as it is now."""
        return snapshot(self._link.session) if self._link.session else None

    @property
    def busy(self) -> bool:
        """Whether an exchange is not over."""
        return self._exchange is not None

    def set_keys(self, join_eui: str, app_key: str) -> None:
        """In hex digits. They count from the next join on. Raises ValueError."""
        key = bytes.fromhex(app_key)
        if len(key) != 16 or len(bytes.fromhex(join_eui)) != 8:
            raise ValueError("a JoinEUI has 8 bytes, an AppKey 16")
        self._keys = join_eui, key

    def restore(self, session: Session | None) -> None:
        """Go on with what a family has saved; None forgets. Raises MacBusy."""
        self._refuse_if_busy()
        self._conversation.resume(session)

    def power_cycle(self, now_ns: int) -> None:
        """All but `memory` is lost, also what a transmission had still to say."""
        self.step(now_ns)
        self._start()

    def max_payload(self) -> int:
        """Bytes that `send` takes, less the MAC commands that go with the next uplink."""
        return self._conversation.max_payload()

    def ask_link(self) -> None:
        """With the next uplink goes a LinkCheckReq; LinkChecked answers it."""
        self._conversation.ask(commands.LinkCheckReq())

    def ask_time(self) -> None:
        """With the next uplink goes a DeviceTimeReq; TimeTold answers it."""
        self._conversation.ask(commands.DeviceTimeReq())

    def join(self, now_ns: int) -> None:
        """One JoinRequest; an older session is gone. Raises MacBusy, NoKeys, NoChannel."""
        self._refuse_if_busy()
        if self._keys is None:
            raise events.NoKeys("no AppKey")
        channel = choose(JOIN_CHANNELS, self._limit(), now_ns, self._random)
        nonce, (join_eui, app_key) = self._next_nonce(), self._keys
        self.restore(None)
        request = frames.JoinRequest(join_eui, self.dev_eui, nonce)
        self._begin(self._exchanges.join(request, app_key, channel, now_ns))

    def send(self, port: int, payload: bytes, confirmed: bool, now_ns: int) -> None:
        """One uplink on a port from 1 to 255.

        Raises NotJoined, MacBusy, TooLong, NoChannel; ValueError for another port.
        """
        if not 1 <= port <= 255:
            raise ValueError(f"port {port}")
        self._refuse_if_busy()
        session = self._conversation.session(payload)
        channels = tuple(usable(session, self.data_rate))
        channel = choose(channels, self._limit(), now_ns, self._random)
        phy = self._conversation.next_frame(session, port, payload, confirmed)
        most = max(self.retries if confirmed else session.transmissions, 1)
        uplink = Uplink(phy, self.data_rate, channels, confirmed, most, self._limit())
        self._begin(self._exchanges.converse(uplink, channel, session, now_ns))

    def next_ns(self) -> int | None:
        """When `step` has something to do; None while it has not."""
        return self._wake_ns

    def step(self, now_ns: int) -> list[events.MacEvent]:
        """What has happened up to then, in its order; each is told once."""
        while self._exchange and self._wake_ns is not None and self._wake_ns <= now_ns:
            self._advance(self._exchange)
        told, self._exchanges.events = self._exchanges.events, []
        return told

    def _begin(self, exchange: Generator[int, None, None]) -> None:
        self._exchange = exchange
        self._advance(exchange)

    def _advance(self, exchange: Generator[int, None, None]) -> None:
        self._wake_ns = next(exchange, None)
        if self._wake_ns is None:
            self._exchange = None

    def _next_nonce(self) -> int:
        """Never one that was used, if they are counted: a network refuses it for ever."""
        if self._nonces is Nonces.RANDOM:
            return self._random.randrange(_NONCES)
        if self.memory.dev_nonce >= _NONCES:
            raise events.NoKeys("all DevNonces of this AppKey are used up")
        self.memory.dev_nonce += 1
        return self.memory.dev_nonce - 1

    def _limit(self) -> DutyCycle | None:
        return self._link.duty_cycle if self.duty_cycle else None

    def _refuse_if_busy(self) -> None:
        if self.busy:
            raise events.MacBusy
