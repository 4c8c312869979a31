"""A RAK3172 at the far end of the wire, from the AT manual and the sources of RUI3.

What the radio does is told by events `+EVT:` at any time. An uplink's end (TX_DONE or
SEND_CONFIRMED_OK) comes before the downlink that came with it, because the MAC confirms before it
indicates. The count of DevNonces is in flash, a session is not.

What is too long for the data rate is refused, but an empty frame is sent in its place to make room
for answers of the MAC; that one has its TX_DONE too.

Firmware before 4 writes its events in words ("SEND CONFIRMED OK"), and of a downlink levels in one
line, port and payload in the next.
"""

from contextlib import suppress

from drivers.lorawan.model_lines import AtCommand, octets, whole
from drivers.lorawan.modem_model import NS
from drivers.lorawan.radio.events import (
    Acknowledged,
    Ended,
    Joined,
    JoinFailed,
    LinkChecked,
    MacBusy,
    MacEvent,
    MacRefusal,
    NoChannel,
    NotJoined,
    Received,
    TooLong,
)
from drivers.lorawan.rak3172.console_model import BUSY, ERROR, PARAMETER, Action, Rak3172Console

_NO_NETWORK = "AT_NO_NETWORK_JOINED"
_RX2_TIMEOUT = 4
"""The number in SEND_CONFIRMED_FAILED: a status of LoRaMac-node."""
_MOST_PORT = 233


class Rak3172Model(Rak3172Console):
    """Same seed, same bytes."""

    def _boot(self) -> None:
        self._mailbox = (0, b"")
        self._down: list[Received] = []
        self._uplink: bool | None = None
        self._confirmed_last = False
        self._joins_left = 0
        self._link: LinkChecked | None = None
        self._apply()
        self.mac.data_rate = int(self.settings.values["DR"])
        self._say("RAKwireless RAK3172-E", self.boot_s)
        self._say("Current Work Mode: LoRaWAN.")
        if self.settings.auto_join:
            self._later(self.boot_s + 0.5, self._start_joining)

    def _actions(self) -> dict[str, Action]:
        own: dict[str, Action] = {
            "JOIN": self._join,
            "SEND": self._send,
            "RECV": self._last_received,
        }
        return super()._actions() | own

    def _join(self, command: AtCommand) -> str | None:
        settings = self.settings
        if command.kind == "query":
            auto, interval = int(settings.auto_join), settings.interval_s
            self._tell("JOIN", f"1:{auto}:{interval}:{settings.attempts}")
            return None
        start = settings.put_join(command.argument) if command.kind == "set" else 1
        if start is None:
            return PARAMETER
        self._joins_left = settings.attempts if start else 0
        return self._try_to_join() if start else None

    def _try_to_join(self) -> str | None:
        values = self.settings.values
        try:
            self._ask_to_join(values["APPEUI"], values["APPKEY"])
        except NoChannel as reason:
            self._restricted(reason)
            return BUSY
        except MacRefusal as reason:
            return BUSY if isinstance(reason, MacBusy) else ERROR
        return None

    def _start_joining(self) -> None:
        self._joins_left = self.settings.attempts
        self._try_to_join()

    def _restricted(self, reason: NoChannel) -> None:
        self._say(f"Restricted_Wait_{-(-reason.wait_ns * 1000 // NS)}_ms")

    def _send(self, command: AtCommand) -> str | None:
        port_text, _, digits = command.argument.partition(":")
        port, payload = whole(port_text, 1, _MOST_PORT), octets(digits)
        if command.kind != "set" or port is None or not payload:
            return PARAMETER
        confirmed = self.settings.values["CFM"] == "1"
        try:
            self._transmit(port, payload, confirmed)
        except NotJoined:
            return _NO_NETWORK
        except MacBusy:
            return BUSY
        except NoChannel as reason:
            self._restricted(reason)
            return BUSY
        except TooLong:
            self._flush_answers()
            return PARAMETER
        self._uplink, self._confirmed_last = confirmed, False
        return None

    def _flush_answers(self) -> None:
        with suppress(MacRefusal):
            self._transmit(1, b"", False)
            self._uplink = False

    def _last_received(self, command: AtCommand) -> str | None:
        if command.kind != "query":
            return PARAMETER
        port, payload = self._mailbox
        self._mailbox = (0, b"")
        self._tell("RECV", f"{port}:{payload.hex()}")
        return None

    def _happened(self, event: MacEvent) -> None:
        match event:
            case Joined():
                self._joins_left = 0
                self._event("JOINED")
            case JoinFailed():
                self._join_failed()
            case Received():
                self._down.append(event)
                self._rssi, self._snr = round(event.rssi), round(event.snr)
            case Acknowledged():
                self._confirmed_last = True
            case LinkChecked():
                self._link = event
            case Ended():
                self._end()

    def _event(self, text: str) -> None:
        self._say(f"+EVT:{text.replace('_', ' ') if self._old else text}")

    def _join_failed(self) -> None:
        self._event("JOIN FAILED" if self._old else "JOIN_FAILED_RX_TIMEOUT")
        if self._joins_left > 0:
            self._joins_left -= 1
            self._later(self.settings.interval_s, self._join_again)

    def _join_again(self) -> None:
        if self._try_to_join() is not None and self._joins_left > 0:
            self._joins_left -= 1
            self._later(self.settings.interval_s, self._join_again)

    def _end(self) -> None:
        uplink, self._uplink = self._uplink, None
        if uplink is None:
            return
        if uplink:
            failed = (
                "SEND_CONFIRMED_FAILED" if self._old else f"SEND_CONFIRMED_FAILED({_RX2_TIMEOUT})"
            )
            self._event("SEND_CONFIRMED_OK" if self._confirmed_last else failed)
        else:
            self._say("+EVT:TX_DONE")
        downs, self._down = self._down, []
        for down in downs:
            self._downlink(down)
        if self._link is not None:
            margin, gateways = self._link.margin, self._link.gateways
            self._event(f"LINKCHECK:0,{margin},{gateways},{self._rssi},{self._snr}")
            self._link = None

    def _downlink(self, down: Received) -> None:
        if not down.payload:
            return
        self._mailbox = (down.port, down.payload)
        level, digits = f"{down.rssi:.0f}", down.payload.hex()
        if self._old:
            self._say(f"+EVT:RX{down.window}, RSSI {level}, SNR {down.snr:.0f}")
            self._say(f"+EVT:{down.port}:{digits}")
            return
        self._event(f"RX_{down.window}:{level}:{down.snr:.0f}:UNICAST:{down.port}:{digits}")
