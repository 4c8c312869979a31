"""A LoRa-E5 (Wio-E5) at the far end of the wire, from Seeed's AT command specification.

Each answer begins with the name of its command. `AT+JOIN` and `AT+MSGHEX` tell in several lines
what happens, and the last one is always "Done"; meanwhile other commands are answered, but none
that needs the radio. Settings and the count of DevNonces are in flash; a session is not, so after a
reset it has to join.

`firmware` 4.0.11 says "Start", 2.0.10 says "Starting".
"""

from functools import partial

from drivers.lorawan.lora_e5.console_model import OLD, PARAMETER, Act, LoraE5Console
from drivers.lorawan.model_lines import octets
from drivers.lorawan.radio.events import (
    Acknowledged,
    Ended,
    Joined,
    JoinFailed,
    LinkChecked,
    MacBusy,
    MacEvent,
    NoChannel,
    NoKeys,
    NotJoined,
    Received,
    TooLong,
)

NET_ID = "000013"
_BUSY = "LoRaWAN modem is busy"
_UPLINKS = ("MSG", "CMSG", "MSGHEX", "CMSGHEX")


class LoraE5Model(LoraE5Console):
    """Same seed, same bytes."""

    def _boot(self) -> None:
        self._asleep = self._wakes_itself = False
        self._uplink, self._confirmed, self._joining = "", False, False
        self._news: list[str] = []
        self._apply()
        self.mac.data_rate = self.settings.data_rate

    def _acts(self) -> dict[str, Act]:
        uplinks = {name: partial(self._send, name) for name in _UPLINKS}
        return super()._acts() | {"JOIN": self._join} | uplinks

    def _join(self, argument: str) -> None:
        if self.settings.values["MODE"] != "LWOTAA":
            self._say("+JOIN: Not in OTAA mode")
        elif self._occupied:
            self._say(f"+JOIN: {_BUSY}")
        elif self.mac.joined and not argument.upper().startswith("FORCE"):
            self._say("+JOIN: Joined already")
        else:
            self._begin_to_join("FORCE" if argument.upper().startswith("FORCE") else "NORMAL")

    def _begin_to_join(self, how: str) -> None:
        ids, keys = self.settings.ids, self.settings.keys
        try:
            self._ask_to_join(ids["APPEUI"], keys["APPKEY"])
        except NoChannel as reason:
            self._say(f"+JOIN: No band in {_ms(reason)}ms")
        except (MacBusy, NoKeys):
            self._say(f"+JOIN: {_BUSY}")
        else:
            self._joining = True
            self._say(f"+JOIN: {self._start}")
            self._say(f"+JOIN: {how}")

    @property
    def _start(self) -> str:
        return "Starting" if self.firmware == OLD else "Start"

    def _send(self, name: str, argument: str) -> None:
        text = argument.strip('"')
        hexed = name.endswith("HEX")
        payload = octets(text.replace(" ", "")) if hexed else text.encode("latin-1")
        if payload is None:
            self._fail(name, PARAMETER)
            return
        refused = self._refused(name, payload)
        if refused is not None:
            self._say(f"+{name}: {refused}")
            return
        self._uplink, self._confirmed, self._news = name, name.startswith("C"), []
        self._say(f"+{name}: {self._start}")
        if self._confirmed:
            self._say(f"+{name}: Wait ACK")

    def _refused(self, name: str, payload: bytes) -> str | None:
        try:
            self._transmit(int(self.settings.values["PORT"]), payload, name.startswith("C"))
        except NotJoined:
            return "Please join network first"
        except MacBusy:
            return _BUSY
        except NoChannel as reason:
            return f"No band in {_ms(reason)}ms"
        except TooLong as reason:
            return f"Length error {reason.limit}"
        return None

    def _happened(self, event: MacEvent) -> None:
        match event:
            case Joined() | JoinFailed():
                self._joined(isinstance(event, Joined))
            case Received():
                self._news += _heard(event)
            case Acknowledged():
                self._news.insert(0, "ACK Received")
            case LinkChecked():
                self._news.insert(0, f"Link {event.margin}, {event.gateways}")
            case Ended() if self._uplink:
                for line in [*self._news, "Done"]:
                    self._say(f"+{self._uplink}: {line}")
                self._uplink, self._confirmed, self._news = "", False, []

    def _joined(self, accepted: bool) -> None:
        self._joining = False
        if not accepted or (session := self.mac.session) is None:
            self._say("+JOIN: Join failed")
        else:
            digits = f"{session.dev_addr:08X}"
            self.settings.ids["DEVADDR"] = digits
            address = ":".join(digits[at : at + 2] for at in range(0, 8, 2))
            self._say("+JOIN: Network joined")
            self._say(f"+JOIN: NetID {NET_ID} DevAddr {address}")
        self._say("+JOIN: Done")


def _heard(event: Received) -> list[str]:
    pending = ["FPENDING"] if event.pending else []
    data = [f'PORT: {event.port}; RX: "{event.payload.hex().upper()}"'] if event.payload else []
    level = f"RXWIN{event.window}, RSSI {event.rssi:.0f}, SNR {event.snr:.1f}"
    return [*pending, *data, level]


def _ms(reason: NoChannel) -> int:
    return -(-reason.wait_ns // 1_000_000)
