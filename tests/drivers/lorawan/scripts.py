"""Modems as their manuals show them, line by line: settings that are kept, and what is sent.

Not models: they know no radio, and say of an uplink what a test tells them to say.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from drivers.lorawan.contract import Keys, Settings
from drivers.lorawan.families import FAMILIES
from drivers.lorawan.serial_modem import SerialModem
from tests.drivers.lorawan.far_end import Answer, FarEnd

DEV_EUI = "0004A30B001C0530"
KEYS = Keys("70B3D57ED0000001", "B6B53F4A168A7A88BDF7EA135CE9CFCA")
SETTINGS = Settings(adr=True, data_rate=3)


@dataclass
class Script:
    """`fixed` answers by whole commands win; `written` is what has changed a setting."""

    settings: dict[str, str]
    fixed: dict[str, Answer] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)

    def __call__(self, command: str) -> Answer:
        for pattern, answer in self.fixed.items():
            if re.fullmatch(pattern, command):
                return answer
        return self.answer(command)

    def answer(self, command: str) -> Answer:
        raise NotImplementedError

    def write(self, command: str, name: str, value: str) -> None:
        self.settings[name] = value
        self.written.append(command)


class Rn2483Script(Script):
    def answer(self, command: str) -> Answer:
        get = re.fullmatch("(?:mac|sys) get (.+)", command)
        put = re.fullmatch(r"mac set (\w+) (.+)", command)
        if get and get[1] in self.settings:
            return [self.settings[get[1]]]
        if put and (put[1] in self.settings or put[1] == "appkey"):
            self.write(command, put[1], put[2])
            return ["ok"]
        return ["invalid_param"]


class LoraE5Script(Script):
    def answer(self, command: str) -> Answer:
        for pattern, answer in (
            (r"AT\+DR=(SCHEME)", lambda _: ["+DR: EU868"]),
            (r"AT\+DR(?:=(?:DR(\d)|EU868))?", self._data_rate),
            (r"AT\+ID=(.+)", self._id),
            (r"AT\+(LW=.+)", lambda name: [f"+LW: {self.settings[name]}"]),
            (r"AT\+KEY=APPKEY,\"(\w+)\"", self._key),
            (r"AT\+(\w+(?:=\w+)?)", self._setting),
        ):
            if match := re.fullmatch(pattern, command):
                return answer(match[1])
        return ["+AT: OK"]

    def _data_rate(self, wanted: str | None) -> Answer:
        """In two lines, as some firmware does."""
        if wanted:
            self.write(f"AT+DR=DR{wanted}", "DR", f"EU868 DR{wanted}  SF9  BW125K ")
        return [f"+DR: {self.settings['DR'].split()[-3]}", f"+DR: {self.settings['DR']}"]

    def _id(self, said: str) -> Answer:
        name, _, digits = said.replace('"', "").partition(",")
        if digits:
            self.write(said, name, ":".join(re.findall("..", digits)))
        return [f"+ID: {name}, {self.settings[name]}"]

    def _key(self, digits: str) -> Answer:
        self.written.append("AT+KEY")
        return [f"+KEY: APPKEY {digits}"]

    def _setting(self, said: str) -> Answer:
        name, _, value = said.partition("=")
        if name not in self.settings:
            return [f"+{name}: ERROR(-10)"]
        if value:
            self.write(f"AT+{said}", name, value)
        return [f"+{name}: {self.settings[name]}"]


class RakScript(Script):
    def answer(self, command: str) -> Answer:
        match = re.fullmatch(r"AT\+(\w+)=(.+)", command)
        if match is None or match[1] not in self.settings:
            return ["AT_COMMAND_NOT_FOUND"]
        if match[2] == "?":
            return [f"AT+{match[1]}={self.settings[match[1]]}", "", "OK"]
        self.write(command, match[1], match[2])
        return ["OK"]


class La66Script(Script):
    def answer(self, command: str) -> Answer:
        match = re.fullmatch(r"AT\+(\w+)=(.+)", command)
        if match is None or match[1] not in self.settings:
            return ["AT_ERROR"]
        if match[2] == "?":
            return [self.settings[match[1]], "", "OK"]
        value = match[2]
        spaced = len(value) in (16, 32)
        self.write(command, match[1], " ".join(re.findall("..", value)) if spaced else value)
        return (["Attention:Take effect after AT+ADR=0"] if match[1] == "DR" else []) + ["OK"]


def rn2483() -> Rn2483Script:
    told = {"ver": "RN2483 1.0.5 Oct 31 2018 15:06:52", "hweui": DEV_EUI, "deveui": "0" * 16}
    told |= {"appeui": "0" * 16, "band": "868", "adr": "off", "ar": "off", "retx": "7"}
    told |= {"class": "CLASS A", "dr": "5", "status": "0000", "devaddr": "00000000"}
    return Rn2483Script(told | {"upctr": "0", "dnctr": "0"})


def lora_e5() -> LoraE5Script:
    told = {
        "VER": "4.0.11",
        "DevEui": "00:04:A3:0B:00:1C:05:30",
        "AppEui": "80:00:00:00:00:00:00:06",
    }
    told |= {
        "DevAddr": "32:30:A5:70",
        "MODE": "TEST",
        "DR": "EU868 DR0  SF12  BW125K ",
        "CLASS": "A",
    }
    told |= {"ADR": "ON", "REPT": "1", "RETRY": "3", "PORT": "8", "LW": ""}
    return LoraE5Script(told | {"LW=ULDL": "ULDL, 0, 0", "LW=LEN": "LEN, 51"})


def rak3172() -> RakScript:
    told = {"VER": "RUI_4.0.6_RAK3172-E", "DEVEUI": DEV_EUI, "APPEUI": "0" * 16, "APPKEY": "0" * 32}
    told |= {"NWM": "1", "NJM": "0", "BAND": "5", "CLASS": "A", "ADR": "0", "DCS": "0", "RETY": "2"}
    return RakScript(told | {"DR": "0", "NJS": "0", "CFM": "0", "DEVADDR": "26012E43"})


def la66() -> La66Script:
    zero = " ".join(["00"] * 16)
    told = {"VER": "EU868 v1.2", "DEUI": "00 04 A3 0B 00 1C 05 30", "APPEUI": zero[:23]}
    told |= {"APPKEY": zero, "NJM": "0", "CLASS": "A", "ADR": "0", "DCS": "0", "CFM": "1,7,0"}
    return La66Script(told | {"DR": "5", "NJS": "0", "FCU": "0", "FCD": "0"})


class Speech(NamedTuple):
    """How a family says what all can say; `up` begins every uplink, `(confirmed)`."""

    script: Callable[[], Script]
    joined: dict[str, str]
    join: str
    accepted: Answer
    denied: Answer
    up: str
    sent: Answer
    banner: tuple[str, ...]


SPEECH = {
    "rn2483": Speech(
        rn2483,
        {"status": "0401", "devaddr": "26012E43", "upctr": "7", "dnctr": "2"},
        "mac join otaa",
        ["ok", (5.6, "accepted")],
        ["ok", (6.6, "denied")],
        "mac tx u?n?cnf .*",
        ["ok", (2.4, "mac_tx_ok")],
        ("RN2483 1.0.5 Oct 31 2018 15:06:52",),
    ),
    "lora-e5": Speech(
        lora_e5,
        {"DevAddr": "26:01:2E:43", "LW=ULDL": "ULDL, 7, 2"},
        r"AT\+JOIN",
        [
            "+JOIN: Start",
            "+JOIN: NORMAL",
            (5.6, "+JOIN: Network joined"),
            (5.6, "+JOIN: NetID 000013 DevAddr 26:01:2E:43"),
            (5.7, "+JOIN: Done"),
        ],
        ["+JOIN: Starting", "+JOIN: NORMAL", (9.0, "+JOIN: Join failed"), (9.0, "+JOIN: Done")],
        r"AT\+MSGHEX=.*",
        ["+MSGHEX: Start", (2.4, "+MSGHEX: Done")],
        (),
    ),
    "rak3172": Speech(
        rak3172,
        {"NJS": "1"},
        r"AT\+JOIN=1:.*",
        ["OK", (5.6, "+EVT:JOINED")],
        ["OK", (9.0, "+EVT:JOIN_FAILED_RX_TIMEOUT")],
        r"AT\+SEND=.*",
        ["OK", (2.4, "+EVT:TX_DONE")],
        ("RAKwireless RAK3172-E", "Current Work Mode: LoRaWAN."),
    ),
    "la66": Speech(
        la66,
        {"NJS": "1", "FCU": "7", "FCD": "2"},
        r"AT\+JOIN",
        [
            "OK",
            (0.1, "JoinRequest NbTrials= 200"),
            (1.5, "txDone"),
            (6.9, "rxDone"),
            (7.0, "JOINED"),
        ],
        ["OK", (0.1, "JoinRequest NbTrials= 200"), (1.5, "txDone"), (8.0, "rxTimeout")],
        r"AT\+SENDB=.*",
        [
            "***** UpLinkCounter= 0 *****",
            "TX on freq 868.100 MHz at DR 5",
            "OK",
            (0.2, "txDone"),
            (1.3, "rxTimeOut"),
            (2.3, "rxTimeout"),
        ],
        ("Dragino LA66 Device", "Image Version: v1.2", "DevEui= 00 04 A3 0B 00 1C 05 30"),
    ),
}


def modem_at(port: FarEnd, name: str) -> SerialModem:
    made = FAMILIES[name].modem(port)
    assert isinstance(made, SerialModem)
    return made


def opened(
    name: str, fixed: dict[str, Answer] | None = None, joined: bool = False
) -> tuple[SerialModem, FarEnd, Script]:
    """A modem that was opened and prepared, its port and its script."""
    speech = SPEECH[name]
    script = speech.script()
    script.settings |= speech.joined if joined else {}
    script.fixed = {speech.join: speech.accepted, speech.up: speech.sent, **(fixed or {})}
    port = FarEnd(script)
    modem = modem_at(port, name)
    modem.open()
    modem.prepare(KEYS, SETTINGS)
    return modem, port, script
