"""An RN2483 at the far end of the wire, from its command reference DS40001784G, firmware 1.0.5.

All that is set is in its RAM; `mac save`, which takes 3 s, writes it to the EEPROM, the session
and its counters included. After a reset there is no session: `mac join abp` takes up the one that
was saved. What was sent since then has moved the counters of the network, but not those saved.

`mac tx` and `mac join` are answered twice: at once, and when all is over.
"""

import copy

from drivers.lorawan.model_lines import octets, whole
from drivers.lorawan.modem_model import LAST_COUNTER, MAKERS_EUI
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.events import (
    Acknowledged,
    Ended,
    Joined,
    JoinFailed,
    MacBusy,
    MacEvent,
    NoChannel,
    NoKeys,
    NotJoined,
    Received,
    TooLong,
)
from drivers.lorawan.radio.session import Nonces, Session
from drivers.lorawan.rn2483.settings_model import RadioSettings, Settings
from drivers.lorawan.rn2483.system_model import Action, Rn2483System
from drivers.timebase import Timebase

SAVE_S = 3.0
_SESSION = ("devaddr", "nwkskey", "appskey")


class Rn2483Model(Rn2483System):
    """Same seed, same bytes."""

    baudrate = 57_600
    latency_s = 0.008
    boot_s = 0.08
    line_ends = b"\n"
    nonces = Nonces.RANDOM

    def __init__(self, air: Air, time: Timebase, dev_eui: str = MAKERS_EUI, seed: int = 0) -> None:
        super().__init__(air, time, dev_eui, seed)
        self._factory()
        self._boot()

    def _boot(self) -> None:
        self.settings = copy.deepcopy(self.saved)
        self._radio_settings = RadioSettings()
        self._paused = self._acknowledged = False
        self._down: Received | None = None
        self._confirmed: bool | None = None
        self._apply()
        self.mac.data_rate = self.settings.data_rate
        self._say(self.firmware, self.boot_s)

    def _apply(self) -> None:
        """The MAC goes by the settings."""
        self.mac.adr = self.settings.switches["adr"] == "on"
        self.mac.retries = self.settings.numbers["retx"] + 1
        self.mac.duty_cycle = self.settings.duty_cycle

    def _woken(self, line: bytes) -> bytes:
        return line.lstrip(b"\x00\x55").rstrip(b"\r")

    def _obey(self, line: str) -> None:
        words = line.split(" ")
        action = self._actions().get(" ".join(words[:2]))
        answer = action(words[2:]) if action else "invalid_param"
        if answer:
            self._say(answer)

    def _mac_reset(self, words: list[str]) -> str:
        if words != ["868"]:
            return "invalid_param"
        self.settings = Settings(keys=self.settings.keys)
        self.mac.power_cycle(self._now_ns)
        self._apply()
        self.mac.data_rate = self.settings.data_rate
        return "ok"

    def _mac_save(self, words: list[str]) -> str:
        self._count()
        self.settings.data_rate = self.mac.data_rate
        self.saved = copy.deepcopy(self.settings)
        self._say("ok", SAVE_S)
        return ""

    def _count(self) -> None:
        """The counters of the session are the settings'."""
        if (session := self.mac.session) is not None:
            self.settings.uplink_counter = session.uplink_counter
            self.settings.downlink_counter = session.downlink_counter
            self.settings.session = session

    def _mac_set(self, words: list[str]) -> str:
        if words[:1] == ["dr"]:
            rate = whole(" ".join(words[1:]), 0, 5)
            if rate is None:
                return "invalid_param"
            self.mac.data_rate = rate
            return "ok"
        if words[:1] in (["upctr"], ["dnctr"]):
            return self._set_counter(words)
        if not self.settings.put(words):
            return "invalid_param"
        self._apply()
        return "ok"

    def _set_counter(self, words: list[str]) -> str:
        counter = whole(" ".join(words[1:]), 0, LAST_COUNTER)
        if counter is None:
            return "invalid_param"
        if words[0] == "upctr":
            self.settings.uplink_counter = counter
        else:
            self.settings.downlink_counter = counter
        if not self.mac.joined:
            return "ok"
        known = (counter, None) if words[0] == "upctr" else (None, counter)
        return "ok" if self._count_from(*known) else "busy"

    def _mac_get(self, words: list[str]) -> str:
        self._count()
        settings = self.settings
        live = {
            "dr": str(self.mac.data_rate),
            "upctr": str(settings.uplink_counter),
            "dnctr": str(settings.downlink_counter),
            "status": f"{self.mac.joined + 2 * self.mac.busy:08X}",
            "dcycleps": "1",
            "mrgn": "255",
            "gwnb": "0",
        }
        told = live.get(" ".join(words)) or settings.told(words)
        return "invalid_param" if told is None else told

    def _mac_join(self, words: list[str]) -> str:
        if words not in (["otaa"], ["abp"]):
            return "invalid_param"
        needed = ("deveui", "appeui", "appkey") if words == ["otaa"] else _SESSION
        if any(name not in self.settings.keys for name in needed):
            return "keys_not_init"
        if self._occupied or self._paused:
            return "mac_paused" if self._paused else "busy"
        if words == ["abp"]:
            self._take_up()
            self._say("ok")
            return "accepted"
        return self._over_the_air()

    def _take_up(self) -> None:
        """The session of the settings is the MAC's, with what else was known of it."""
        keys, kept = self.settings.keys, self.settings.session
        own = Session(
            int(keys["devaddr"], 16),
            bytes.fromhex(keys["nwkskey"]),
            bytes.fromhex(keys["appskey"]),
        )
        if kept is not None and kept.nwk_skey == own.nwk_skey:
            own = copy.deepcopy(kept)
        own.uplink_counter = self.settings.uplink_counter
        own.downlink_counter = self.settings.downlink_counter
        self.mac.restore(own)

    def _over_the_air(self) -> str:
        keys = self.settings.keys
        self._be(keys["deveui"])
        try:
            self._ask_to_join(keys["appeui"], keys["appkey"])
        except NoChannel:
            return "no_free_ch"
        except (MacBusy, NoKeys) as reason:
            return "busy" if isinstance(reason, MacBusy) else "keys_not_init"
        return "ok"

    def _mac_tx(self, words: list[str]) -> str:
        port = whole(words[1], 1, 223) if len(words) == 3 else None
        payload = octets(words[2]) if port else None
        if port is None or payload is None or words[0] not in ("cnf", "uncnf"):
            return "invalid_param"
        if self._paused:
            return "mac_paused"
        if (session := self.mac.session) and session.uplink_counter >= LAST_COUNTER:
            return "frame_counter_err_rejoin_needed"
        refused = self._refused(port, payload, words[0] == "cnf")
        if refused is None:
            self._confirmed, self._acknowledged, self._down = words[0] == "cnf", False, None
        return refused or "ok"

    def _refused(self, port: int, payload: bytes, confirmed: bool) -> str | None:
        try:
            self._transmit(port, payload, confirmed)
        except NotJoined:
            return "not_joined"
        except MacBusy:
            return "busy"
        except NoChannel:
            return "no_free_ch"
        except TooLong:
            return "invalid_data_len"
        return None

    def _happened(self, event: MacEvent) -> None:
        match event:
            case Joined():
                self._keep_session()
                self._say("accepted")
            case JoinFailed():
                self._say("denied")
            case Received():
                self._down, self._radio_settings.snr = event, round(event.snr)
            case Acknowledged():
                self._acknowledged = True
            case Ended() if self._confirmed is not None:
                self._say(self._outcome())
                self._confirmed = None

    def _keep_session(self) -> None:
        if (session := self.mac.session) is not None:
            parts = (session.dev_addr.to_bytes(4, "big"), session.nwk_skey, session.app_skey)
            hexed = (part.hex().upper() for part in parts)
            self.settings.keys |= dict(zip(_SESSION, hexed, strict=True))

    def _outcome(self) -> str:
        down, self._down = self._down, None
        if down is not None and down.port:
            return f"mac_rx {down.port} {down.payload.hex().upper()}"
        return "mac_tx_ok" if self._acknowledged or not self._confirmed else "mac_err"

    def _actions(self) -> dict[str, Action]:
        return super()._actions() | {
            "mac reset": self._mac_reset,
            "mac save": self._mac_save,
            "mac set": self._mac_set,
            "mac get": self._mac_get,
            "mac join": self._mac_join,
            "mac tx": self._mac_tx,
        }
