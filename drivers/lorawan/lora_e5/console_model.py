"""The console of a LoRa-E5: settings and what is asked, from Seeed's AT command specification.

Each answer begins with the name of its command; what fails tells a number. A setting is in flash as
soon as it is answered.
"""

from collections.abc import Callable

from drivers.lorawan.lora_e5.settings_model import PLAIN, SPREADING, Settings, Told, data_rate_of
from drivers.lorawan.model_lines import whole
from drivers.lorawan.modem_model import LAST_COUNTER, MAKERS_EUI, ModemModel
from drivers.lorawan.radio.air import Air
from drivers.timebase import Timebase

OLD, NEW = "2.0.10", "4.0.11"
PARAMETER, UNKNOWN, TOO_LONG = -1, -10, -21
_CHANNELS = "3; 0,868100000,DR0,DR5; 1,868300000,DR0,DR5; 2,868500000,DR0,DR5"
Act = Callable[[str], None]
"""What is done with a command's argument; it answers by itself."""


class LoraE5Console(ModemModel):
    """`settings` is its flash."""

    baudrate = 9600
    latency_s = 0.012
    boot_s = 0.15
    line_ends = b"\n"
    longest = 529

    def __init__(
        self,
        air: Air,
        time: Timebase,
        dev_eui: str = MAKERS_EUI,
        seed: int = 0,
        firmware: str = NEW,
    ) -> None:
        super().__init__(air, time, dev_eui, seed)
        self.firmware = firmware
        self.settings = Settings(self.makers_eui)
        self._asleep = self._wakes_itself = False
        self._boot()

    def _apply(self) -> None:
        """The MAC goes by the settings."""
        self.mac.adr = self.settings.values["ADR"] == "ON"
        self.mac.retries = max(int(self.settings.values["RETRY"]), 1)
        self.mac.duty_cycle = self.settings.duty_cycle
        self._be(self.settings.ids["DEVEUI"])

    def _woken(self, line: bytes) -> bytes:
        """Bytes FF wake it; what comes without them while it sleeps only wakes it."""
        if not self._asleep:
            return line.lstrip(b"\xff")
        self._asleep = self._wakes_itself
        if line.startswith(b"\xff" * 4):
            return line.lstrip(b"\xff")
        if not self._wakes_itself:
            self._say("+LOWPOWER: WAKEUP")
        return b""

    def _obey(self, line: str) -> None:
        if len(line) >= self.longest:
            self._fail("AT", TOO_LONG)
            return
        head, _, argument = line.partition("=")
        name = head.strip().upper()
        if not name.startswith("AT"):
            return
        self._command(name[2:].removeprefix("+") or "AT", argument.strip())

    def _command(self, name: str, argument: str) -> None:
        argument = "" if argument == "?" else argument
        if name in PLAIN:
            self._answer(name, self.settings.plain(name, argument))
        elif (told := self._simple().get(name)) is not None:
            self._answer(name, told(argument))
        elif (act := self._acts().get(name)) is not None:
            act(argument)
        else:
            self._fail(name, UNKNOWN)
        self._apply()

    def _answer(self, name: str, value: str | None) -> None:
        if value is None:
            self._fail(name, PARAMETER)
        else:
            self._say(f"+{name}: {value}")

    def _fail(self, name: str, number: int) -> None:
        self._say(f"+{name}: ERROR({number})")

    def _simple(self) -> dict[str, Told]:
        return {
            "AT": lambda _: "OK",
            "VER": lambda _: self.firmware,
            "VDD": lambda _: "3.31V",
            "TEMP": lambda _: "21.4",
            "KEY": self.settings.key,
            "RXWIN2": self.settings.rx2_window,
            "CH": self._channels,
            "UART": lambda argument: argument.replace(",", ", ") or "BR, 9600",
            "DELAY": lambda argument: argument.replace(",", ", ") or "RX1, 1000",
        }

    def _acts(self) -> dict[str, Act]:
        return {
            "ID": self._ids,
            "DR": self._data_rate,
            "LW": self._lorawan,
            "RESET": self._reset,
            "FDEFAULT": self._factory,
            "LOWPOWER": self._sleep,
        }

    def _channels(self, argument: str) -> str | None:
        if argument.upper().startswith("NUM"):
            return self.settings.channel_mask(argument[3:].lstrip(" ,"))
        return None if argument else _CHANNELS

    def _ids(self, argument: str) -> None:
        lines = self.settings.id_lines(argument)
        if lines is None:
            self._fail("ID", PARAMETER)
        for line in lines or ():
            self._say(f"+ID: {line}")

    def _data_rate(self, argument: str) -> None:
        if argument.upper() in ("EU868", "SCHEME"):
            self._say("+DR: EU868")
            return
        rate = data_rate_of(argument) if argument else self.settings.data_rate
        if rate is None:
            self._fail("DR", PARAMETER)
            return
        if argument:
            self.settings.data_rate = self.mac.data_rate = rate
        self._tell_data_rate(rate, self.mac.data_rate)

    def _tell_data_rate(self, rate: int, moved: int) -> None:
        """What was set, and what the network has made of it."""
        self._say(f"+DR: DR{rate}" + (f" (ADR DR{moved})" if moved != rate else ""))
        for each in dict.fromkeys((moved, rate)):
            self._say(f"+DR: EU868 DR{each}  {SPREADING[each]} ")

    def _lorawan(self, argument: str) -> None:
        name, *values = (part.strip().upper() for part in argument.split(","))
        self._answer("LW", self._lorawan_told(name, values))

    def _lorawan_told(self, name: str, values: list[str]) -> str | None:
        if name == "LEN":
            return f"LEN, {self.mac.max_payload()}"
        if name == "ULDL":
            return self._counters(values)
        if name in ("DC", "JDC"):
            return self._duty_cycle(name, values)
        if name == "LCR":
            self.mac.ask_link()
            return "LCR"
        return {"NET": "NET, ON", "CDR": "CDR, TXDR(0,5), RXDR(0,5)"}.get(name)

    def _counters(self, values: list[str]) -> str | None:
        numbers = [whole(value, 0, LAST_COUNTER) for value in values]
        if None in numbers or len(numbers) not in (0, 2):
            return None
        if numbers and not self._count_from(*numbers):
            return None
        session = self.mac.session
        up, down = (session.uplink_counter, session.downlink_counter) if session else (0, 0)
        return f"ULDL, {up}, {down}"

    def _duty_cycle(self, name: str, values: list[str]) -> str | None:
        if values[:1] not in ([], ["ON"], ["OFF"]):
            return None
        attribute = "duty_cycle" if name == "DC" else "join_duty_cycle"
        if values:
            setattr(self.settings, attribute, values[0] == "ON")
        state = "ON" if getattr(self.settings, attribute) else "OFF"
        return f"DC, {state}, 0" if name == "DC" else f"JDC, {state}"

    def _reset(self, argument: str) -> None:
        self._say("+RESET: OK")
        self._reboot()

    def _factory(self, argument: str) -> None:
        self.settings = Settings(self.makers_eui)
        self._say("+FDEFAULT: OK")
        self._reboot()

    def _sleep(self, argument: str) -> None:
        word = argument.upper() or "SLEEP"
        self._asleep, self._wakes_itself = word != "AUTOOFF", word == "AUTOON"
        self._say(f"+LOWPOWER: {word}")
