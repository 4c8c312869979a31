"""The commands `sys` and `radio` of an RN2483, from its command reference DS40001784G.

`mac pause` gives the radio to the commands `radio`, which are no LoRaWAN and reach nobody.
"""

from collections.abc import Callable
from typing import ClassVar

from drivers.lorawan.model_lines import octets, whole
from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.rn2483.settings_model import RadioSettings, Settings

Action = Callable[[list[str]], str]
"""What is done with the words behind a command's first two; "" if it answers by itself."""
PAUSED_MS = 4_294_967_245
_USER_MEMORY = 0x300
_LONGEST_SLEEP_MS = 4_294_967_295


class Rn2483System(ModemModel):
    """`settings` is its RAM, `saved` its EEPROM. `firmware`: what it calls itself."""

    firmware: ClassVar[str] = "RN2483 1.0.5 Oct 31 2018 15:06:52"
    saved: Settings
    settings: Settings
    user_memory: bytearray
    _radio_settings: RadioSettings
    _paused: bool

    def _factory(self) -> None:
        """The EEPROM as the maker has left it."""
        self.saved, self.user_memory = Settings(), bytearray(b"\xff" * 256)

    def _sys_get(self, words: list[str]) -> str:
        if words[:1] == ["nvm"]:
            place = self._place(words[1:2])
            return "invalid_param" if place is None else f"{self.user_memory[place]:02X}"
        known = {"ver": self.firmware, "hweui": self.makers_eui, "vdd": "3281"}
        return known.get(" ".join(words), "invalid_param")

    def _sys_set(self, words: list[str]) -> str:
        if words[:1] == ["pindig"] and len(words) == 3:
            return "ok"
        place = self._place(words[1:2]) if words[:1] == ["nvm"] else None
        value = octets(words[2], 1) if len(words) == 3 else None
        if place is None or value is None:
            return "invalid_param"
        self.user_memory[place] = value[0]
        return "ok"

    def _place(self, words: list[str]) -> int | None:
        """Of an address of the user's memory, 300 to 3FF."""
        digits = words[0] if words else ""
        if len(digits) != 3 or octets("0" + digits) is None:
            return None
        place = int(digits, 16) - _USER_MEMORY
        return place if 0 <= place < len(self.user_memory) else None

    def _sys_reset(self, words: list[str]) -> str:
        self._reboot()
        return ""

    def _sys_factory_reset(self, words: list[str]) -> str:
        self._factory()
        self._reboot()
        return ""

    def _sys_sleep(self, words: list[str]) -> str:
        wait_ms = whole(" ".join(words), 100, _LONGEST_SLEEP_MS)
        if wait_ms is None:
            return "invalid_param"
        self._say("ok", wait_ms / 1000)
        return ""

    def _mac_pause(self, words: list[str]) -> str:
        self._paused = not self._occupied
        return str(PAUSED_MS if self._paused else 0)

    def _mac_resume(self, words: list[str]) -> str:
        self._paused = False
        return "ok"

    def _radio_set(self, words: list[str]) -> str:
        if not self._paused:
            return "busy"
        return "ok" if self._radio_settings.put(words) else "invalid_param"

    def _radio_get(self, words: list[str]) -> str:
        return self._radio_settings.told(words) or "invalid_param"

    def _radio_tx(self, words: list[str]) -> str:
        return self._radio_alone("radio_tx_ok")

    def _radio_rx(self, words: list[str]) -> str:
        return self._radio_alone("radio_err")

    def _radio_alone(self, outcome: str) -> str:
        if not self._paused:
            return "busy"
        self._say("ok")
        self._say(outcome, 1.0)
        return ""

    def _actions(self) -> dict[str, Action]:
        return {
            "sys get": self._sys_get,
            "sys set": self._sys_set,
            "sys reset": self._sys_reset,
            "sys factoryRESET": self._sys_factory_reset,
            "sys sleep": self._sys_sleep,
            "mac pause": self._mac_pause,
            "mac resume": self._mac_resume,
            "mac forceENABLE": lambda _: "ok",
            "radio set": self._radio_set,
            "radio get": self._radio_get,
            "radio tx": self._radio_tx,
            "radio rx": self._radio_rx,
        }
