"""An LA66 at the far end of the wire, from Dragino's published sources.

It joins by itself at each boot once it was configured, and tries again until it has: up to 200
requests, then after 20 min; it begins at DR5, and is one slower after each third request. The
session begins at that data rate; one that was set counts without ADR, from the next uplink on.
`AT+JOIN` is OK whatever comes of it. An uplink is told in the log:
its counter, "txDone", then "rxDone" or "rxTimeout" of the last window; whether a confirmed one was
acknowledged is told nowhere else. A downlink waits to be fetched by `AT+RECVB=?`, and the next one
writes over it.

In place of what is too long for the data rate an empty frame is sent, and only the log tells. What
the duty cycle forbids is OK, and is sent when it may be; until then the modem is busy. DevNonces
are random: LoRaMac-node of LoRaWAN 1.0.2. A session is in RAM.
"""

from functools import partial

from drivers.lorawan.la66.console_model import BUSY, PARAMETER, Action, La66Console
from drivers.lorawan.la66.settings_model import number_of
from drivers.lorawan.model_lines import AtCommand, octets
from drivers.lorawan.modem_model import NS
from drivers.lorawan.radio.events import (
    Ended,
    Joined,
    JoinFailed,
    MacEvent,
    MacRefusal,
    NoChannel,
    Received,
    TxDone,
)
from drivers.lorawan.radio.session import Nonces

JOIN_TRIALS = 200
_NOT_JOINED = "AT_NO_NET_JOINED"
_REQUESTS_AT_A_RATE = 3
_PAUSE_S = 10.0
"""Between two requests to join, where the duty cycle asks for less."""
_MOST_BYTES = 242
_MOST_PORT = 223


class La66Model(La66Console):
    """Same seed, same bytes."""

    nonces = Nonces.RANDOM

    def _boot(self) -> None:
        self._mailbox = (0, b"")
        self._trials = self._chain = 0
        self._received = self._debug = self._delayed = False
        self._apply()
        self._banner()
        if self.settings.written:
            self._later(self.boot_s, self._join_anew)
        else:
            self._log("Please set the parameters or reset Device to apply change")

    def _actions(self) -> dict[str, Action]:
        own: dict[str, Action] = {
            "DEBUG": self._more_log,
            "JOIN": self._join,
            "SEND": self._send,
            "SENDB": self._send,
            "RECV": self._fetch,
            "RECVB": self._fetch,
        }
        return super()._actions() | own

    def _more_log(self, command: AtCommand) -> None:
        self._debug = True
        self._say("Enter Debug mode")

    def _join(self, command: AtCommand) -> str | None:
        if command.kind != "run":
            return PARAMETER
        self._later(0.0, self._join_anew)
        return None

    def _join_anew(self) -> None:
        if self._occupied:
            return
        self._trials = JOIN_TRIALS
        self._chain += 1
        self.mac.restore(None)
        self._request(self._chain)

    def _request(self, chain: int) -> None:
        if chain != self._chain:
            return  # AT+JOIN has begun anew
        self._trials = self._trials or JOIN_TRIALS
        self.mac.data_rate = max(5 - (JOIN_TRIALS - self._trials) // _REQUESTS_AT_A_RATE, 0)
        try:
            self._ask_to_join(self.settings.bare("APPEUI"), self.settings.bare("APPKEY"))
        except NoChannel as reason:
            self._later(reason.wait_ns / NS, partial(self._request, chain))
        except MacRefusal:
            self._later(_PAUSE_S, partial(self._request, chain))
        else:
            self._trials -= 1
            self._log(f"JoinRequest NbTrials= {self._trials}")
            self._counted()

    def _counted(self) -> None:
        session = self.mac.session
        self._log(f"\n\r***** UpLinkCounter= {session.uplink_counter if session else 0} *****")

    def _send(self, command: AtCommand) -> str | None:
        words = command.argument.split(",")
        if command.kind != "set" or len(words) < 4:
            return PARAMETER
        confirmed, port, length = (number_of(word) for word in words[:3])
        payload = octets(words[3]) if command.name == "SENDB" else words[3].encode()
        fits = payload is not None and 0 < len(payload) == length <= _MOST_BYTES
        if payload is None or not fits or not 1 <= port <= _MOST_PORT:
            return PARAMETER
        return self._refused(port, payload, confirmed > 0)

    @property
    def _occupied(self) -> bool:
        return self._delayed or super()._occupied

    def _refused(self, port: int, payload: bytes, confirmed: bool) -> str | None:
        """Lengths are judged at the data rate of the uplink before."""
        if not self.mac.joined or self._occupied:
            return BUSY if self.mac.joined else _NOT_JOINED
        if len(payload) > self.mac.max_payload():
            self._log("uplink payload oversize at current data rate")
            port, payload, confirmed = number_of(self.settings.values["PORT"]), b"", False
        if not self.mac.adr:
            self.mac.data_rate = min(int(self.settings.values["DR"]), 5)
        return self._sent(port, payload, confirmed)

    def _sent(self, port: int, payload: bytes, confirmed: bool) -> str | None:
        session, self._delayed = self.mac.session, False
        try:
            self._transmit(port, payload, confirmed)
        except NoChannel as reason:
            self._delayed = True
            self._later(reason.wait_ns / NS, partial(self._sent, port, payload, confirmed))
        except MacRefusal:
            return BUSY
        else:
            counter = session.uplink_counter if session else 0
            self._log(f"\n\r***** UpLinkCounter= {counter} *****")
        return None

    def _fetch(self, command: AtCommand) -> str | None:
        if command.kind != "query":
            return PARAMETER
        port, payload = self._mailbox
        self._mailbox = (port, b"")
        text = payload.hex() if command.name == "RECVB" else payload.decode("latin-1")
        self._say(f"{port}:{text}")
        return None

    def _happened(self, event: MacEvent) -> None:
        match event:
            case TxDone():
                self._radio_log("txDone")
                self._received = False
            case Received():
                self._take(event)
            case Joined():
                self._joined()
            case JoinFailed():
                self._not_joined()
            case Ended() if not self._received:
                self._radio_log("rxTimeout")
            case _:
                pass

    def _radio_log(self, text: str) -> None:
        stamp = f"[{self._now_ns * 1000 // NS}]" if self._debug else ""
        self._log(stamp + text)

    def _take(self, event: Received) -> None:
        self._received = True
        self._rssi, self._snr = round(event.rssi), round(event.snr)
        self._radio_log("rxDone")
        self._log(f"Rssi= {self._rssi}")
        if event.payload:
            self._mailbox = (event.port, event.payload)
            self._say("Run AT+RECVB=? to see detail", 0.0)

    def _joined(self) -> None:
        self._received = True
        self._radio_log("rxDone")
        self._log("JOINED")
        if (session := self.mac.session) is not None:
            windows = session.windows
            self._log("\n\rJoin Accept:")
            self._log(f"Rx1DrOffset:{windows.rx1_offset}")
            self._log(f"Rx2Datarate:{windows.rx2_data_rate}")
            self._log(f"ReceiveDelay1:{windows.delay_s * 1000} ms")
            self._log(f"ReceiveDelay2:{windows.delay_s * 1000 + 1000} ms")

    def _not_joined(self) -> None:
        self._radio_log("rxTimeout")
        self._received = True
        pause_s = _PAUSE_S if self._trials > 0 else 60.0 * int(self.settings.values["RJTDC"])
        again = partial(self._request, self._chain)
        self._later(pause_s, again)
