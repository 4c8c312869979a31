"""What a LoRa-E5 is set to, in its flash: as each setting is checked, kept and told.

From Seeed's AT command specification; every setting outlives a reset.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.lorawan.model_lines import octets, whole

SPREADING = (
    "SF12 BW125K",
    "SF11 BW125K",
    "SF10 BW125K",
    "SF9  BW125K",
    "SF8  BW125K",
    "SF7  BW125K",
)
_KEYS = ("APPKEY", "NWKSKEY", "APPSKEY")
_DEFAULT_KEY = "2B7E151628AED2A6ABF7158809CF4F3C"
_IDS = {"DEVADDR": ("DevAddr", 4), "DEVEUI": ("DevEui", 8), "APPEUI": ("AppEui", 8)}
_CHOICES = {
    "MODE": ("LWOTAA", "LWABP", "TEST"),
    "CLASS": ("A", "B", "C"),
    "ADR": ("ON", "OFF"),
    "WDT": ("ON", "OFF"),
    "LOG": ("DEBUG", "INFO", "WARN", "ERROR", "FATAL", "PANIC", "QUIET"),
}
_NUMBERS = {"PORT": (1, 255), "REPT": (1, 15), "RETRY": (0, 254), "POWER": (0, 22)}
_DEFAULTS = {
    "MODE": "LWABP",
    "CLASS": "A",
    "ADR": "ON",
    "WDT": "ON",
    "LOG": "QUIET",
    "PORT": "8",
    "REPT": "1",
    "RETRY": "3",
    "POWER": "16",
}
_RX2_NAMES = {"SF12": "DR0", "SF11": "DR1", "SF10": "DR2", "SF9": "DR3", "SF8": "DR4", "SF7": "DR5"}


@dataclass
class Settings:
    """Ids and keys in hex digits, as they were set."""

    dev_eui: str
    values: dict[str, str] = field(default_factory=lambda: dict(_DEFAULTS))
    ids: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_KEYS, _DEFAULT_KEY))
    data_rate: int = 0
    channels: str = "0-2"
    rx2: str = "869525000,DR0"
    duty_cycle: bool = True
    join_duty_cycle: bool = True

    def __post_init__(self) -> None:
        self.ids = {"DEVADDR": "00000000", "DEVEUI": self.dev_eui, "APPEUI": "8000000000000006"}

    def plain(self, name: str, argument: str) -> str | None:
        """A setting that is one word or number; "" asks. None: -1."""
        if argument and not self._put(name, argument.upper()):
            return None
        return self.values[name]

    def _put(self, name: str, value: str) -> bool:
        good = (
            value in _CHOICES[name]
            if name in _CHOICES
            else whole(value, *_NUMBERS[name]) is not None
        )
        if good:
            self.values[name] = value
        return good

    def id_lines(self, argument: str) -> list[str] | None:
        """`AT+ID`: all, one, or one that is set. None: -1."""
        name, _, value = (part.strip() for part in argument.partition(","))
        if not name:
            return [self._id(each) for each in _IDS]
        known = _IDS.get(name.upper())
        bare = value.strip('"').replace(" ", "").replace(":", "")
        if known is None or (value and octets(bare, known[1]) is None):
            return None
        if value:
            self.ids[name.upper()] = bare.upper()
        return [self._id(name.upper())]

    def _id(self, name: str) -> str:
        digits = self.ids[name]
        pairs = (digits[at : at + 2] for at in range(0, len(digits), 2))
        return f"{_IDS[name][0]}, {':'.join(pairs)}"

    def key(self, argument: str) -> str | None:
        """`AT+KEY` sets, and never tells. None: -1."""
        name, _, value = (part.strip() for part in argument.partition(","))
        bare = value.strip('"').replace(" ", "")
        if name.upper() not in _KEYS or octets(bare, 16) is None:
            return None
        self.keys[name.upper()] = bare.upper()
        return f"{name.upper()} {bare.upper()}"

    def rx2_window(self, argument: str) -> str | None:
        """`AT+RXWIN2`: MHz and data rate. None: -1."""
        frequency, _, rate = (part.strip().upper() for part in argument.partition(","))
        rate = _RX2_NAMES.get(rate, rate)
        if not argument:
            return self.rx2
        digits = frequency.replace(".", "", 1)
        if whole(digits, 1, 10**9) is None or rate not in _RX2_NAMES.values():
            return None
        self.rx2 = f"{round(float(frequency) * 1e6)},{rate}"
        return self.rx2

    def channel_mask(self, argument: str) -> str:
        """`AT+CH=NUM,0-2`; the mask itself is the network's."""
        self.channels = argument.replace(" ", "") or self.channels
        return f"NUM, {self.channels}"


def data_rate_of(argument: str) -> int | None:
    """`3`, `DR3`; None: neither."""
    return whole(argument.upper().removeprefix("DR"), 0, len(SPREADING) - 1)


PLAIN: tuple[str, ...] = tuple(_DEFAULTS)
Told = Callable[[str], str | None]
