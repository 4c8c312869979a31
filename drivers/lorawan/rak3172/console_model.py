"""The console of a RAK3172: settings and what is asked, from the AT manual and sources of RUI3.

`AT+NAME=?` is answered by the command with its value, then OK. A setting is in flash as soon as it
is OK.
"""

from collections.abc import Callable

from drivers.lorawan.model_lines import AtCommand, at_command
from drivers.lorawan.modem_model import MAKERS_EUI, ModemModel
from drivers.lorawan.radio.air import Air
from drivers.lorawan.rak3172.settings_model import CHECKS, Settings
from drivers.timebase import Timebase

OLD, NEW = "RUI_3.2.2_RAK3172-E", "RUI_4.0.6_RAK3172-E"
ERROR, PARAMETER, BUSY = "AT_ERROR", "AT_PARAM_ERROR", "AT_BUSY_ERROR"
Action = Callable[[AtCommand], str | None]
"""The error; None: OK; "": it has said all itself."""


class Rak3172Console(ModemModel):
    """`settings` is its flash."""

    baudrate = 115_200
    latency_s = 0.003
    boot_s = 0.4
    session_first = True
    longest = 1100

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
        self._rssi, self._snr = 0, 0
        self._confirmed_last = False
        self._boot()

    @property
    def _old(self) -> bool:
        return self.firmware == OLD

    def _apply(self) -> None:
        """The MAC goes by the settings."""
        values = self.settings.values
        self._be(values["DEVEUI"])
        self.mac.adr = values["ADR"] == "1"
        self.mac.duty_cycle = values["DCS"] == "1"
        self.mac.retries = int(values["RETY"]) + 1

    def _obey(self, line: str) -> None:
        command = at_command(line)
        if command is None:
            self._say(self._unknown)
            return
        action = self._actions().get(command.name)
        if command.kind == "describe" and (action or command.name in CHECKS):
            self._say(f"AT+{command.name}: get or set")
            self._ok()
        elif action is not None:
            self._finish(action(command))
        elif command.name in CHECKS:
            self._finish(self._setting(command))
        else:
            self._query(command)

    @property
    def _unknown(self) -> str:
        return ERROR if self._old else "AT_COMMAND_NOT_FOUND"

    def _finish(self, error: str | None) -> None:
        if error is None:
            self._ok()
        elif error:
            self._say(error)

    def _ok(self) -> None:
        self._say("OK", 0.0)

    def _tell(self, name: str, value: str) -> None:
        self._say(f"AT+{name}={value}")

    def _setting(self, command: AtCommand) -> str | None:
        name = command.name
        if command.kind == "query":
            self._tell(name, self._of_the_mac().get(name, self.settings.values[name]))
            return None
        if command.kind != "set" or not self.settings.put(name, command.argument):
            return PARAMETER if command.kind == "set" else ERROR
        if name == "DR":
            self.mac.data_rate = int(self.settings.values["DR"])
        if name == "LINKCHECK" and self.settings.values[name] != "0":
            self.mac.ask_link()
        self._apply()
        return None

    def _of_the_mac(self) -> dict[str, str]:
        """Settings of which the MAC knows better: with OTAA the address is that of the session."""
        session, live = self.mac.session, {"DR": str(self.mac.data_rate)}
        if self.settings.values["NJM"] == "1":
            live["DEVADDR"] = f"{session.dev_addr if session else 0:08X}"
        return live

    def _query(self, command: AtCommand) -> None:
        value = self._told().get(command.name)
        if value is None or command.kind != "query":
            self._say(self._unknown if value is None else PARAMETER)
            return
        self._tell(command.name, value)
        self._ok()

    def _told(self) -> dict[str, str]:
        session = self.mac.session
        return {
            "VER": self.firmware,
            "APIVER": "3.2.4",
            "CLIVER": "1.5.8",
            "HWMODEL": "rak3172",
            "HWID": "stm32wle5xx",
            "SN": "3172000000000001",
            "BAT": "3.300000",
            "NJS": str(int(self.mac.joined)),
            "CFS": str(int(self._confirmed_last)),
            "RSSI": str(self._rssi),
            "SNR": str(self._snr),
            "NETID": "000013" if session else "000000",
            "RX2FQ": "869525000",
        }

    def _actions(self) -> dict[str, Action]:
        return {"": _nothing, "E": self._echo, "Z": self._reset, "R": self._factory}

    def _echo(self, command: AtCommand) -> None:
        self.faults.echo = not self.faults.echo

    def _reset(self, command: AtCommand) -> str:
        self._reboot()
        return ""

    def _factory(self, command: AtCommand) -> None:
        self.settings = Settings(self.makers_eui)
        self._apply()


def _nothing(command: AtCommand) -> None:
    """`AT`."""
