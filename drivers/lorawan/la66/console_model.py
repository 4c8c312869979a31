"""The console of an LA66, from Dragino's published sources.

A query is answered by its value, a setting by nothing, and then by an empty line and OK; an error
begins with an empty line. `AT` alone is shorter than any command and is not answered. Commands are
found by how they begin, in capitals. Only letters, digits and ?+:=,- and blank are heard.
"""

from collections.abc import Callable

from drivers.lorawan.la66.settings_model import CHECKS, Settings, number_of
from drivers.lorawan.model_lines import AtCommand, at_command
from drivers.lorawan.modem_model import LAST_COUNTER, MAKERS_EUI, ModemModel
from drivers.lorawan.radio.air import Air
from drivers.timebase import Timebase

ERROR, PARAMETER, BUSY = "AT_ERROR", "AT_PARAM_ERROR", "AT_BUSY_ERROR"
VERSION, STACK = "v1.3", "DR-LWS-007"
Action = Callable[[AtCommand], str | None]
"""The error; None: OK; "": it has said all itself."""
_HEARD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ?+:= ,-")
_LOG_END = "\n\r"
"""So the firmware ends the lines of its log."""


class La66Console(ModemModel):
    """`settings` is its flash."""

    baudrate = 9600
    latency_s = 0.004
    boot_s = 0.6
    session_first = True
    longest = 502

    def __init__(self, air: Air, time: Timebase, dev_eui: str = MAKERS_EUI, seed: int = 0) -> None:
        super().__init__(air, time, dev_eui, seed)
        self.settings = Settings(self.makers_eui)
        self._rssi, self._snr = 0, 0
        self._boot()

    def _banner(self) -> None:
        self._log("\n\rDragino LA66 Device", self.boot_s)
        self._log(f"Image Version: {VERSION}")
        self._log(f"LoRaWan Stack: {STACK}")
        self._log("Frequency Band: EU868")
        self._log(f"DevEui= {self.settings.values['DEUI']}")

    def _log(self, text: str, after_s: float = 0.0) -> None:
        self._say(text, after_s, _LOG_END)

    def _apply(self) -> None:
        """The MAC goes by the settings."""
        values = self.settings.values
        self._be(self.settings.bare("DEUI"))
        self.mac.adr = values["ADR"] == "1"
        self.mac.duty_cycle = values["DCS"] == "1"
        self.mac.retries = self.settings.confirmed[1] + 1

    def _woken(self, line: bytes) -> bytes:
        return bytes(byte for byte in line if byte in _HEARD)

    def _obey(self, line: str) -> None:
        if len(line) <= 2:
            return
        command = at_command(line) if line.startswith("AT") else None
        name = "" if command is None else line[2:].partition("=")[0].removeprefix("+")
        if command is None or name.rstrip("?") != command.name:
            self._error(ERROR)
        elif command.kind == "describe":
            self._describe(command.name)
        else:
            self._command(command)

    def _describe(self, name: str) -> None:
        if name and name not in CHECKS and name not in self._actions():
            self._error(ERROR)
            return
        self._say(f"Get or Set {name}" if name else "AT+<CMD>?: help on <CMD>")
        self._ok()

    def _command(self, command: AtCommand) -> None:
        action = self._actions().get(command.name)
        if action is None and command.name not in CHECKS:
            self._error(ERROR)
            return
        error = action(command) if action else self._setting(command)
        if error is None:
            self._ok()
        elif error:
            self._error(error)

    def _setting(self, command: AtCommand) -> str | None:
        name = command.name
        if command.kind == "query":
            live = {"DR": str(self.mac.data_rate)}
            self._say(live.get(name, self.settings.values[name]))
            return None
        if command.kind != "set" or not self.settings.put(name, command.argument):
            return PARAMETER
        if name == "DR":
            self._say("Attention:Take effect after AT+ADR=0")
        self._apply()
        return None

    def _ok(self) -> None:
        self._say("\r\nOK", 0.0)

    def _error(self, error: str) -> None:
        self._say(f"\r\n{error}")

    def _actions(self) -> dict[str, Action]:
        return {
            "Z": self._reset,
            "FDR": self._factory,
            "CFG": self._configuration,
            "CFM": self._confirmation,
            "FCU": self._uplink_counter,
            "FCD": self._downlink_counter,
            "VER": self._asked(f"EU868 {VERSION}"),
            "BAT": self._asked("3300"),
            "RSSI": self._asked(str(self._rssi)),
            "SNR": self._asked(str(self._snr)),
            "NJS": self._asked(str(int(self.mac.joined))),
            "NWKID": self._asked("00 00 00 13" if self.mac.joined else "00 00 00 00"),
        }

    def _asked(self, value: str) -> Action:
        def told(command: AtCommand) -> str | None:
            if command.kind != "query":
                return PARAMETER
            self._say(value)
            return None

        return told

    def _reset(self, command: AtCommand) -> str:
        self._reboot()
        return ""

    def _factory(self, command: AtCommand) -> str:
        self.settings.reset()
        self._reboot()
        return ""

    def _configuration(self, command: AtCommand) -> None:
        for name, value in self.settings.values.items():
            self._say(f"AT+{name}={value}")

    def _confirmation(self, command: AtCommand) -> str | None:
        if command.kind == "query":
            self._say(",".join(str(number) for number in self.settings.confirmed))
            return None
        if command.kind != "set" or not self.settings.put_confirmed(command.argument):
            return PARAMETER
        self._apply()
        return None

    def _uplink_counter(self, command: AtCommand) -> str | None:
        session = self.mac.session
        number, error = self._counter(command, session.uplink_counter if session else 0)
        return error if number is None or self._count_from(number, None) else BUSY

    def _downlink_counter(self, command: AtCommand) -> str | None:
        """That of the last one: 0 before the first and after it."""
        session = self.mac.session
        last = max(session.downlink_counter - 1, 0) if session else 0
        number, error = self._counter(command, last)
        return error if number is None or self._count_from(None, number + 1) else BUSY

    def _counter(self, command: AtCommand, counter: int) -> tuple[int | None, str | None]:
        """What it is set to, and the error."""
        if command.kind == "query":
            self._say(str(counter))
            return None, None
        number = number_of(command.argument) if command.kind == "set" else 0
        return (number, None) if 0 < number < LAST_COUNTER else (None, PARAMETER)
