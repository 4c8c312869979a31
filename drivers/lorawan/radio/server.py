"""A small network server: who may join, whose frames are believed, and what is sent back.

- A JoinRequest is accepted once for each DevNonce, for ever. The new session is `joining` until a
  frame of it comes: a device that has missed the JoinAccept goes on in the old one.
- A frame is believed if its MIC fits a counter that was not used, and is not too far ahead. The
  very frame that came last may come again, because its acknowledgement was lost or it is sent more
  than once: it is told to nobody, and answered again.
- A downlink follows an uplink, in RX1 or RX2, if there is something to say: an acknowledgement, MAC
  commands, an application's downlink, an answer to a device that asks whether anybody hears it.
- The server restarts without its queue, but with its sessions, unless they are lost too.

What is not simulated: several gateways, their duty cycle, confirmed downlinks sent again.
"""

from collections import Counter
from collections.abc import Callable

from drivers.lorawan.radio import answering, commands, frames
from drivers.lorawan.radio.air import Levels, Transmission
from drivers.lorawan.radio.membership import Member, NetworkSession, Queued, Registration
from drivers.lorawan.radio.network_events import DeviceJoined, Fate, NetworkEvent
from drivers.lorawan.radio.security import session_keys
from drivers.lorawan.radio.serving import Serving, Settings, sent
from drivers.lorawan.radio.session import Windows
from drivers.lorawan.radio.transceiver import join_windows

DEFAULT = Settings()
TTN = Settings(windows=Windows(delay_s=5, rx2_data_rate=3))
"""The Things Network: 5 s, so that an application can answer in the same exchange."""
_NWK_ID_SHIFT = 25


class NetworkServer:
    """`utc_ns`: UTC at the moment 0 of the air. Registered devices stay registered.

    `refused` counts by "malformed", "unknown", "mic", "counter", "dev_nonce"; `repeated` counts
    frames that came again. While it is not `running` it hears nothing.
    """

    def __init__(self, utc_ns: int, settings: Settings = DEFAULT) -> None:
        self.refused: Counter[str] = Counter()
        self.repeated = 0
        self.running = True
        self.listeners: list[Callable[[NetworkEvent], None]] = []
        self._utc_ns = utc_ns
        self._settings = settings
        self._serving = Serving(self._tell, utc_ns, settings)
        self._members: dict[str, Member] = {}
        self._sessions = 0

    def register(self, device: Registration) -> None:
        """It may join from then on."""
        app_key = bytes.fromhex(device.app_key)
        self._members[device.dev_eui.upper()] = Member(device, app_key)

    def member(self, dev_eui: str) -> Member:
        """What is known of it. Raises KeyError."""
        return self._members[dev_eui.upper()]

    def dev_eui(self, device_id: str) -> str:
        """Of the device that is called so. Raises KeyError."""
        known = {it.registration.device_id: dev_eui for dev_eui, it in self._members.items()}
        return known[device_id]

    def push(self, dev_eui: str, item: Queued, at_ns: int) -> None:
        """A downlink waits for the next uplink. Raises KeyError."""
        member = self.member(dev_eui)
        member.queue.append(item)
        self._serving.tell_fate(member, item, Fate.QUEUED, None, at_ns)

    def replace(self, dev_eui: str, items: list[Queued], at_ns: int) -> None:
        """As `push`, and what waited before is dropped. Raises KeyError."""
        self.member(dev_eui).queue.clear()
        for item in items:
            self.push(dev_eui, item, at_ns)

    def request(self, dev_eui: str, command: commands.Downward) -> None:
        """A MAC command goes down with each downlink until it is answered. Raises KeyError."""
        self.member(dev_eui).requests.append(command)

    def set_data_rate(self, dev_eui: str, data_rate: int, transmissions: int = 1) -> None:
        """ADR by hand; it replaces what was asked before. Raises KeyError."""
        member = self.member(dev_eui)
        member.requests = [it for it in member.requests if not isinstance(it, commands.LinkADRReq)]
        self.request(dev_eui, commands.LinkADRReq(data_rate=data_rate, transmissions=transmissions))

    def restart(self, sessions_kept: bool = True) -> None:
        """What is only in memory is lost; DevNonces never are."""
        for member in self._members.values():
            member.queue.clear()
            if not sessions_kept:
                member.session = member.joining = None

    def heard(self, uplink: Transmission, levels: Levels) -> list[Transmission]:
        """What it sends back."""
        if not self.running:
            return []
        try:
            if frames.kind(uplink.phy) is frames.Kind.JOIN_REQUEST:
                return self._join(uplink, frames.read_join_request(uplink.phy))
            return self._data((uplink, levels), frames.header(uplink.phy))
        except ValueError:
            return self._refuse("malformed")

    def _tell(self, event: NetworkEvent) -> None:
        for listener in self.listeners:
            listener(event)

    def _refuse(self, why: str) -> list[Transmission]:
        self.refused[why] += 1
        return []

    def _join(self, uplink: Transmission, request: frames.JoinRequest) -> list[Transmission]:
        member = self._members.get(request.dev_eui)
        if member is None or member.registration.join_eui.upper() != request.join_eui:
            return self._refuse("unknown")
        if not frames.is_of(uplink.phy, member.app_key):
            return self._refuse("mic")
        if request.dev_nonce in member.used_nonces:
            return self._refuse("dev_nonce")
        member.used_nonces.add(request.dev_nonce)
        member.app_nonce += 1
        member.joining = session = self._session(member, request.dev_nonce)
        self._tell(
            DeviceJoined(
                member.registration,
                session.key_id,
                session.dev_addr,
                self._utc_ns + uplink.ends_ns,
            )
        )
        phy = frames.build_join_accept(self._accept(member.app_nonce, session), member.app_key)
        window = self._serving.window(join_windows(sent(uplink)))
        return [answering.transmission(phy, window)]

    def _session(self, member: Member, dev_nonce: int) -> NetworkSession:
        self._sessions += 1
        net_id = self._settings.net_id
        return NetworkSession(
            (net_id << _NWK_ID_SHIFT | self._sessions) % 2**32,
            session_keys(member.app_key, member.app_nonce, net_id, dev_nonce),
            self._sessions.to_bytes(16, "big"),
            windows=self._settings.windows,
        )

    def _accept(self, app_nonce: int, session: NetworkSession) -> frames.JoinAccept:
        return frames.JoinAccept(
            app_nonce,
            self._settings.net_id,
            session.dev_addr,
            session.windows.rx1_offset,
            session.windows.rx2_data_rate,
            session.windows.delay_s,
            self._settings.channels_hz,
        )

    def _data(self, heard: tuple[Transmission, Levels], header: frames.Data) -> list[Transmission]:
        for member in self._members.values():
            for session in member.sessions():
                if session.dev_addr == header.dev_addr and header.uplink:
                    return self._judge(member, session, heard, header)
        return self._refuse("unknown")

    def _judge(
        self,
        member: Member,
        session: NetworkSession,
        heard: tuple[Transmission, Levels],
        header: frames.Data,
    ) -> list[Transmission]:
        phy = heard[0].phy
        again = phy == session.last_phy
        counter = frames.full_counter(session.uplink_counter - again, header.counter)
        if counter is None:
            return self._refuse("counter")
        try:
            frame = frames.read(phy, counter, *session.keys)
        except ValueError:
            return self._refuse("mic")
        if again:
            self.repeated += 1
        else:
            self._serving.take(member, session, heard, frame)
        return self._serving.reply(member, session, heard, frame, again)
