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
from typing import NamedTuple

from drivers.lorawan.eu868 import DATA_RATES
from drivers.lorawan.radio import commands, events, frames
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.channels import JOIN_CHANNELS, DutyCycle, choose, free_ns, usable
from drivers.lorawan.radio.obeying import Link, Outbox, obey
from drivers.lorawan.radio.security import session_keys
from drivers.lorawan.radio.session import (
    DEFAULT_MASK,
    Channel,
    Memory,
    Nonces,
    Session,
    Windows,
    channel_places,
    snapshot,
)
from drivers.lorawan.radio.transceiver import (
    SECOND,
    Caught,
    Transceiver,
    data_windows,
    join_windows,
)

ADR_ACK_LIMIT = 64
ADR_ACK_DELAY = 32
RETRIES = 8
_NONCES = 1 << 16
_COUNTERS = 1 << 32


class _Uplink(NamedTuple):
    phy: bytes
    data_rate: int
    channels: tuple[Channel, ...]
    confirmed: bool
    most: int


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
        self._link = Link()
        self._outbox = Outbox()
        self._unheard = 0
        self._owes_ack = False
        self._events: list[events.MacEvent] = []
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
        self._link.session = snapshot(session) if session else None
        self._outbox, self._unheard, self._owes_ack = Outbox(), 0, False

    def power_cycle(self, now_ns: int) -> None:
        """All but `memory` is lost, also what a transmission had still to say."""
        self.step(now_ns)
        self._start()

    def max_payload(self) -> int:
        """Bytes that `send` takes, less the MAC commands that go with the next uplink."""
        return DATA_RATES[self.data_rate].max_payload - len(self._outbox.fopts())

    def ask_link(self) -> None:
        """With the next uplink goes a LinkCheckReq; LinkChecked answers it."""
        self._outbox.add(commands.LinkCheckReq())

    def ask_time(self) -> None:
        """With the next uplink goes a DeviceTimeReq; TimeTold answers it."""
        self._outbox.add(commands.DeviceTimeReq())

    def join(self, now_ns: int) -> None:
        """One JoinRequest; an older session is gone. Raises MacBusy, NoKeys, NoChannel."""
        self._refuse_if_busy()
        if self._keys is None:
            raise events.NoKeys("no AppKey")
        channel = choose(JOIN_CHANNELS, self._limit(), now_ns, self._random)
        nonce, (join_eui, app_key) = self._next_nonce(), self._keys
        self.restore(None)
        request = frames.JoinRequest(join_eui, self.dev_eui, nonce)
        self._begin(self._join(request, app_key, channel, now_ns))

    def send(self, port: int, payload: bytes, confirmed: bool, now_ns: int) -> None:
        """One uplink on a port from 1 to 255.

        Raises NotJoined, MacBusy, TooLong, NoChannel; ValueError for another port.
        """
        self._refuse_if_busy()
        if not 1 <= port <= 255:
            raise ValueError(f"port {port}")
        session = self._link.session
        if session is None or session.uplink_counter >= _COUNTERS:
            raise events.NotJoined
        if len(payload) > self.max_payload():
            raise events.TooLong(self.max_payload())
        channels = tuple(usable(session, self.data_rate))
        channel = choose(channels, self._limit(), now_ns, self._random)
        phy = self._next_frame(session, port, payload, confirmed)
        most = self.retries if confirmed else session.transmissions
        uplink = _Uplink(phy, self.data_rate, channels, confirmed, max(most, 1))
        self._begin(self._converse(uplink, channel, session, now_ns))

    def next_ns(self) -> int | None:
        """When `step` has something to do; None while it has not."""
        return self._wake_ns

    def step(self, now_ns: int) -> list[events.MacEvent]:
        """What has happened up to then, in its order; each is told once."""
        while self._exchange and self._wake_ns is not None and self._wake_ns <= now_ns:
            self._advance(self._exchange)
        told, self._events = self._events, []
        return told

    def _begin(self, exchange: Generator[int, None, None]) -> None:
        self._exchange = exchange
        self._advance(exchange)

    def _advance(self, exchange: Generator[int, None, None]) -> None:
        self._wake_ns = next(exchange, None)
        if self._wake_ns is None:
            self._exchange = None

    def _join(
        self, request: frames.JoinRequest, app_key: bytes, channel: Channel, at_ns: int
    ) -> Generator[int, None, None]:
        phy = frames.build_join_request(request, app_key)
        sent = yield from self._transceiver.transmit(
            phy, self.data_rate, channel.frequency_hz, at_ns, self._link.duty_cycle
        )
        self._events.append(events.TxDone(sent.ends_ns))
        over_ns, caught = yield from self._transceiver.listen(
            join_windows(sent), lambda heard: frames.read_join_accept(heard, app_key)
        )
        if caught:
            self._link.session = _session(caught.frame, app_key, request.dev_nonce)
        self._events += [
            events.Joined(over_ns) if caught else events.JoinFailed(over_ns),
            events.Ended(over_ns),
        ]

    def _converse(
        self, uplink: _Uplink, channel: Channel, session: Session, at_ns: int
    ) -> Generator[int, None, None]:
        heard = acknowledged = False
        for number in range(1, uplink.most + 1):
            sent = yield from self._transceiver.transmit(
                uplink.phy, uplink.data_rate, channel.frequency_hz, at_ns, self._link.duty_cycle
            )
            self._events.append(events.TxDone(sent.ends_ns))
            over_ns, caught = yield from self._transceiver.listen(
                data_windows(sent, session.windows), self._accept
            )
            if caught:
                heard = True
                self._take(caught, sent.ends_ns)
                acknowledged = uplink.confirmed and caught.frame.ack
                if acknowledged or not uplink.confirmed:
                    break
            if number < uplink.most:
                at_ns = self._again_ns(uplink, over_ns)
                yield at_ns
                channel = choose(uplink.channels, self._limit(), at_ns, self._random)
        self._end(uplink.confirmed, acknowledged, heard, over_ns)

    def _again_ns(self, uplink: _Uplink, over_ns: int) -> int:
        if uplink.confirmed:
            over_ns += self._random.randint(SECOND, 3 * SECOND)
        return max(over_ns, free_ns(uplink.channels, self._limit()))

    def _accept(self, phy: bytes) -> frames.Data:
        """Raises ValueError if it is not the next downlink of this session, or a later one."""
        session, frame = self._link.session, frames.header(phy)
        if session is None or frame.uplink or frame.dev_addr != session.dev_addr:
            raise ValueError("for somebody else")
        counter = frames.full_counter(session.downlink_counter, frame.counter)
        if counter is None:
            raise ValueError("an old counter")
        frame = frames.read(phy, counter, session.nwk_skey, session.app_skey)
        session.downlink_counter = counter + 1
        return frame

    def _take(self, caught: Caught[frames.Data], sent_ns: int) -> None:
        frame, levels, window, at_ns = caught
        self._unheard = 0
        self._owes_ack = frame.confirmed
        self._outbox.heard()
        requests, _ = commands.read_down(frame.payload if frame.port == 0 else frame.fopts)
        for answer in obey(requests, self._link, levels.snr):
            self._outbox.add(answer)
        payload = frame.payload if frame.port else b""
        self._events.append(
            events.Received(at_ns, frame.port or 0, payload, *levels, window, frame.pending)
        )
        self._events += _answered(requests, at_ns, sent_ns)

    def _end(self, confirmed: bool, acknowledged: bool, heard: bool, over_ns: int) -> None:
        if confirmed:
            kind = events.Acknowledged if acknowledged else events.Unacknowledged
            self._events.append(kind(over_ns))
        self._events.append(events.Ended(over_ns))
        if not heard:
            self._unheard += 1
            self._back_off()

    def _back_off(self) -> None:
        """The data rate steps down while nobody answers; at the lowest all channels are tried."""
        beyond = self._unheard - ADR_ACK_LIMIT
        if not self.adr or beyond <= 0 or beyond % ADR_ACK_DELAY:
            return
        session = self._link.session
        if self.data_rate > 0:
            self.data_rate -= 1
        elif session is not None:
            session.transmissions = 1
            session.mask |= DEFAULT_MASK

    def _next_frame(self, session: Session, port: int, payload: bytes, confirmed: bool) -> bytes:
        frame = frames.Data(
            uplink=True,
            confirmed=confirmed,
            dev_addr=session.dev_addr,
            counter=session.uplink_counter,
            adr=self.adr,
            adr_ack_request=self.adr and self._unheard >= ADR_ACK_LIMIT and self.data_rate > 0,
            ack=self._owes_ack,
            fopts=self._outbox.fopts(),
            port=port,
            payload=payload,
        )
        session.uplink_counter += 1
        self._owes_ack = False
        self._outbox.sent()
        return frames.build(frame, session.nwk_skey, session.app_skey)

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


def _session(accept: frames.JoinAccept, app_key: bytes, dev_nonce: int) -> Session:
    keys = session_keys(app_key, accept.app_nonce, accept.net_id, dev_nonce)
    windows = Windows(accept.rx_delay_s, accept.rx1_offset, rx2_data_rate=accept.rx2_data_rate)
    channels = channel_places(accept.channels_hz)
    mask = sum(1 << number for number, channel in enumerate(channels) if channel)
    return Session(accept.dev_addr, *keys, windows=windows, channels=channels, mask=mask)


def _answered(requests: list[commands.Downward], at_ns: int, sent_ns: int) -> list[events.MacEvent]:
    told: list[events.MacEvent] = []
    for request in requests:
        if isinstance(request, commands.LinkCheckAns):
            told.append(events.LinkChecked(at_ns, *request))
        elif isinstance(request, commands.DeviceTimeAns):
            gps_ns = request.seconds * SECOND + request.fraction * SECOND // 256
            told.append(events.TimeTold(at_ns, sent_ns, gps_ns))
    return told
