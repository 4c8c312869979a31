"""What an end device and its network have to say to each other, without the radio and its times.

Counters, acknowledgements, MAC commands and the back-off of ADR: the state between two uplinks.
"""

from drivers.lorawan.eu868 import DATA_RATES
from drivers.lorawan.radio import commands, events, frames
from drivers.lorawan.radio.obeying import Link, Outbox, obey
from drivers.lorawan.radio.security import session_keys
from drivers.lorawan.radio.session import (
    DEFAULT_MASK,
    Session,
    Windows,
    channel_places,
    snapshot,
)

ADR_ACK_LIMIT = 64
ADR_ACK_DELAY = 32
_COUNTERS = 1 << 32


class Conversation:
    """Of one device, from its start on; `link` is what the network may change of it."""

    def __init__(self) -> None:
        self.link = Link()
        self._outbox = Outbox()
        self._unheard = 0
        self._owes_ack = False

    def resume(self, session: Session | None) -> None:
        """Another session, or none: what was to be said in the last one is void."""
        self.link.session = snapshot(session) if session else None
        self._outbox, self._unheard, self._owes_ack = Outbox(), 0, False

    def joined(self, accept: frames.JoinAccept, app_key: bytes, dev_nonce: int) -> None:
        """A session begins as the JoinAccept says."""
        keys = session_keys(app_key, accept.app_nonce, accept.net_id, dev_nonce)
        windows = Windows(accept.rx_delay_s, accept.rx1_offset, rx2_data_rate=accept.rx2_data_rate)
        channels = channel_places(accept.channels_hz)
        mask = sum(1 << number for number, channel in enumerate(channels) if channel)
        self.resume(Session(accept.dev_addr, *keys, windows=windows, channels=channels, mask=mask))

    def ask(self, question: commands.Upward) -> None:
        """It goes with the next uplink."""
        self._outbox.add(question)

    def max_payload(self) -> int:
        """Bytes, less the MAC commands that wait."""
        return DATA_RATES[self.link.data_rate].max_payload - len(self._outbox.fopts())

    def session(self, payload: bytes) -> Session:
        """In which that may be sent. Raises NotJoined, TooLong."""
        session = self.link.session
        if session is None or session.uplink_counter >= _COUNTERS:
            raise events.NotJoined
        if len(payload) > self.max_payload():
            raise events.TooLong(self.max_payload())
        return session

    def next_frame(self, session: Session, port: int, payload: bytes, confirmed: bool) -> bytes:
        """With all that has to be said; its counter is used up, whatever becomes of it."""
        late = self._unheard >= ADR_ACK_LIMIT and self.link.data_rate > 0
        frame = frames.Data(
            uplink=True,
            confirmed=confirmed,
            dev_addr=session.dev_addr,
            counter=session.uplink_counter,
            adr=self.link.adr,
            adr_ack_request=self.link.adr and late,
            ack=self._owes_ack,
            fopts=self._outbox.fopts(),
            port=port,
            payload=payload,
        )
        session.uplink_counter += 1
        self._owes_ack = False
        self._outbox.sent()
        return frames.build(frame, session.nwk_skey, session.app_skey)

    def accept(self, phy: bytes) -> frames.Data:
        """Raises ValueError if it is not the next downlink of this session, or a later one."""
        session, frame = self.link.session, frames.header(phy)
        if session is None or frame.uplink or frame.dev_addr != session.dev_addr:
            raise ValueError("for somebody else")
        counter = frames.full_counter(session.downlink_counter, frame.counter)
        if counter is None:
            raise ValueError("an old counter")
        frame = frames.read(phy, counter, session.nwk_skey, session.app_skey)
        session.downlink_counter = counter + 1
        return frame

    def heard(self, frame: frames.Data, snr: float) -> list[commands.Downward]:
        """Obeys the network; what it has asked for or told."""
        self._unheard = 0
        self._owes_ack = frame.confirmed
        self._outbox.heard()
        said, _ = commands.read_down(frame.payload if frame.port == 0 else frame.fopts)
        for answer in obey(said, self.link, snr):
            self._outbox.add(answer)
        return said

    def not_heard(self) -> None:
        """Another uplink without an answer; at the lowest data rate all channels are tried."""
        self._unheard += 1
        beyond = self._unheard - ADR_ACK_LIMIT
        if not self.link.adr or beyond <= 0 or beyond % ADR_ACK_DELAY:
            return
        session = self.link.session
        if self.link.data_rate > 0:
            self.link.data_rate -= 1
        elif session is not None:
            session.transmissions = 1
            session.mask |= DEFAULT_MASK
