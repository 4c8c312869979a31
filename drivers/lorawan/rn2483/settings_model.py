"""What an RN2483 is set to: `mac set` and `mac get` as far as they touch no radio, and `radio`.

From the command reference DS40001784G. Channel 0 to 2 keep their frequencies.
"""

from dataclasses import dataclass, field

from drivers.lorawan.model_lines import octets, whole
from drivers.lorawan.radio.session import Session

CHANNELS = 16
_KEYS = {"deveui": 8, "appeui": 8, "appkey": 16, "devaddr": 4, "nwkskey": 16, "appskey": 16}
_TOLD_KEYS = ("deveui", "appeui", "devaddr")
_NUMBERS = {
    "pwridx": (0, 5),
    "bat": (0, 255),
    "linkchk": (0, 65_535),
    "rxdelay1": (0, 65_535),
    "retx": (0, 255),
}
_DEFAULTS = {"pwridx": 1, "bat": 255, "linkchk": 0, "rxdelay1": 1000, "retx": 7}
_FREQUENCIES = ("868100000", "868300000", "868500000")
_SHARE = "302"
"""A third of 1 %: 100 / X - 1 for each of three channels."""


def _channels() -> dict[int, dict[str, str]]:
    return {
        number: {"freq": frequency, "dcycle": _SHARE, "drrange": "0 5", "status": "on"}
        for number, frequency in enumerate(_FREQUENCIES)
    }


@dataclass
class Settings:
    """What `mac set` sets and `mac save` keeps."""

    keys: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=lambda: dict(_DEFAULTS))
    switches: dict[str, str] = field(default_factory=lambda: {"adr": "off", "ar": "off"})
    data_rate: int = 5
    rx2: str = "0 869525000"
    sync: str = "34"
    session: Session | None = None
    uplink_counter: int = 0
    downlink_counter: int = 0
    channels: dict[int, dict[str, str]] = field(default_factory=_channels)

    @property
    def duty_cycle(self) -> bool:
        """False where every channel has been freed of it."""
        return any(channel["dcycle"] != "0" for channel in self.channels.values())

    def put(self, words: list[str]) -> bool:
        """`mac set` with these words; False: invalid_param."""
        name, values = (words[0], words[1:]) if words else ("", [])
        if name == "ch":
            return self._put_channel(values)
        if name == "rx2":
            return self._put_rx2(values)
        value = values[0] if len(values) == 1 else ""
        if name in _KEYS:
            return self._put_key(name, value)
        if name in _NUMBERS:
            return self._put_number(name, value)
        return self._put_word(name, value)

    def _put_key(self, name: str, value: str) -> bool:
        known = octets(value, _KEYS[name])
        if known is not None:
            self.keys[name] = value.upper()
        return known is not None

    def _put_number(self, name: str, value: str) -> bool:
        number = whole(value, *_NUMBERS[name])
        if number is not None:
            self.numbers[name] = number
        return number is not None

    def _put_word(self, name: str, value: str) -> bool:
        if name in self.switches and value in ("on", "off"):
            self.switches[name] = value
            return True
        if name == "sync" and octets(value, 1) is not None:
            self.sync = value
            return True
        return name == "class" and value == "a"

    def _put_rx2(self, values: list[str]) -> bool:
        good = (
            len(values) == 2
            and whole(values[0], 0, 7) is not None
            and whole(values[1], 863_000_000, 870_000_000) is not None
        )
        if good:
            self.rx2 = " ".join(values)
        return good

    def _put_channel(self, values: list[str]) -> bool:
        if len(values) < 3 or (number := whole(values[1], 0, CHANNELS - 1)) is None:
            return False
        what, value = values[0], " ".join(values[2:])
        good = {
            "freq": number > 2 and whole(value, 863_000_000, 870_000_000) is not None,
            "dcycle": whole(value, 0, 65_535) is not None,
            "drrange": len(values) == 4
            and all(whole(each, 0, 7) is not None for each in values[2:]),
            "status": value in ("on", "off"),
        }.get(what, False)
        if good:
            blank = {"freq": "0", "dcycle": "65535", "drrange": "0 0", "status": "off"}
            self.channels.setdefault(number, blank)[what] = value
        return good

    def told(self, words: list[str]) -> str | None:
        """`mac get` with these words; None: invalid_param."""
        name = words[0] if words else ""
        if name == "ch":
            return self._channel_told(words[1:])
        if name == "rx2":
            return self.rx2 if words[1:] in ([], ["868"]) else None
        if name in _TOLD_KEYS:
            return self.keys.get(name, "00" * _KEYS[name])
        if name in self.numbers:
            return str(self.numbers[name])
        derived = {"sync": self.sync, "rxdelay2": str(self.numbers["rxdelay1"] + 1000)}
        return {**self.switches, **derived, "band": "868", "class": "A"}.get(name)

    def _channel_told(self, words: list[str]) -> str | None:
        number = whole(words[1], 0, CHANNELS - 1) if len(words) == 2 else None
        if number is None:
            return None
        blank = {"freq": "0", "dcycle": "65535", "drrange": "0 0", "status": "off"}
        return self.channels.get(number, blank).get(words[0])


class RadioSettings:
    """`radio set` and `radio get`. What is sent by `radio tx` is LoRa without LoRaWAN: nowhere."""

    def __init__(self) -> None:
        self.snr = -128
        self._values = {
            "mod": "lora",
            "freq": "868100000",
            "pwr": "1",
            "sf": "sf12",
            "bw": "125",
            "cr": "4/5",
            "crc": "on",
            "iqi": "off",
            "prlen": "8",
            "sync": "34",
            "wdt": "15000",
        }

    def put(self, words: list[str]) -> bool:
        """`radio set` with these words; False: invalid_param."""
        if len(words) != 2 or words[0] not in self._values:
            return False
        self._values[words[0]] = words[1]
        return True

    def told(self, words: list[str]) -> str | None:
        """`radio get` with these words; None: invalid_param."""
        if words == ["snr"]:
            return str(self.snr)
        return self._values.get(words[0]) if len(words) == 1 else None
