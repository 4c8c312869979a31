"""What a network server does with a frame that it believes: tells platforms, and answers."""

from collections.abc import Callable
from typing import NamedTuple

from drivers.lorawan.radio import answering, clock_sync, commands, frames
from drivers.lorawan.radio.air import Levels, Transmission
from drivers.lorawan.radio.membership import Flying, Member, NetworkSession, Queued
from drivers.lorawan.radio.network_events import DownlinkFate, Fate, NetworkEvent, UplinkHeard
from drivers.lorawan.radio.session import Windows
from drivers.lorawan.radio.transceiver import Sent, Window, data_windows


class Settings(NamedTuple):
    """Of a network. `prefers`: the window of its downlinks, 1 or 2."""

    net_id: int = 0x13
    windows: Windows = Windows()
    channels_hz: tuple[int, ...] = (867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000)
    prefers: int = 1


def sent(uplink: Transmission) -> Sent:
    """What the windows after it follow from."""
    return Sent(uplink.ends_ns, uplink.frequency_hz, uplink.data_rate)


class Serving:
    """`utc_ns`: UTC at the moment 0 of the air."""

    def __init__(
        self, tell: Callable[[NetworkEvent], None], utc_ns: int, settings: Settings
    ) -> None:
        self._tell = tell
        self._utc_ns = utc_ns
        self._settings = settings

    def take(
        self,
        member: Member,
        session: NetworkSession,
        heard: tuple[Transmission, Levels],
        frame: frames.Data,
    ) -> None:
        """A new frame."""
        uplink, levels = heard
        if session is member.joining:
            member.session, member.joining = session, None
        session.uplink_counter = frame.counter + 1
        session.last_phy = uplink.phy
        ended_utc_ns = self._utc_ns + uplink.ends_ns
        self._land(member, session, frame.ack, uplink.ends_ns)
        answering.settle(member, session, _said(frame))
        if frame.port == clock_sync.PORT:
            told = clock_sync.answer(frame.payload, ended_utc_ns)
            member.queue.extendleft([Queued(clock_sync.PORT, told)] if told else [])
        self._tell(
            UplinkHeard(
                member.registration,
                session.key_id,
                session.dev_addr,
                frame.counter,
                frame.port,
                frame.payload if frame.port else b"",
                frame.confirmed,
                frame.adr,
                uplink.data_rate,
                uplink.frequency_hz,
                uplink.airtime_ns,
                levels,
                ended_utc_ns,
            )
        )

    def reply(
        self,
        member: Member,
        session: NetworkSession,
        heard: tuple[Transmission, Levels],
        frame: frames.Data,
        again: bool,
    ) -> list[Transmission]:
        """What goes down after it, if anything; `again`: the frame was answered before."""
        uplink, levels = heard
        window = self.window(data_windows(sent(uplink), session.windows))
        told = answering.answers(_said(frame), uplink, levels, self._utc_ns + uplink.ends_ns)
        fopts = answering.fopts([*told, *member.requests])
        item = None if again else self._next_item(member, fopts, window)
        if not (frame.confirmed or frame.adr_ack_request or fopts or item):
            return []
        downlink = frames.Data(
            uplink=False,
            confirmed=item is not None and item.confirmed,
            dev_addr=session.dev_addr,
            counter=session.downlink_counter,
            adr=True,
            ack=frame.confirmed,
            pending=bool(member.queue),
            fopts=fopts,
            port=item.port if item else None,
            payload=item.payload if item else b"",
        )
        session.downlink_counter += 1
        if item:
            self.tell_fate(member, item, Fate.SENT, downlink.counter, uplink.ends_ns)
        if item and item.confirmed:
            session.flying = Flying(item, downlink.counter)
        return [answering.transmission(frames.build(downlink, *session.keys), window)]

    def window(self, windows: tuple[Window, Window]) -> Window:
        """In which it answers."""
        return windows[self._settings.prefers - 1]

    def tell_fate(
        self, member: Member, item: Queued, fate: Fate, counter: int | None, at_ns: int
    ) -> None:
        """What has become of an application's downlink."""
        session = member.session or member.joining
        known = (session.key_id, session.dev_addr) if session else (b"", 0)
        self._tell(
            DownlinkFate(member.registration, *known, item, fate, counter, self._utc_ns + at_ns)
        )

    def _land(self, member: Member, session: NetworkSession, ack: bool, at_ns: int) -> None:
        if session.flying:
            item, counter = session.flying
            fate = Fate.ACKNOWLEDGED if ack else Fate.UNACKNOWLEDGED
            self.tell_fate(member, item, fate, counter, at_ns)
            session.flying = None

    def _next_item(self, member: Member, fopts: bytes, window: Window) -> Queued | None:
        while member.queue:
            item = member.queue.popleft()
            if answering.fits(item, fopts, window):
                return item
            self.tell_fate(member, item, Fate.FAILED, None, window.at_ns)
        return None


def _said(frame: frames.Data) -> list[commands.Upward]:
    return commands.read_up(frame.payload if frame.port == 0 else frame.fopts)[0]
