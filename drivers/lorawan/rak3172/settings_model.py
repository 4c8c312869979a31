"""What a RAK3172 keeps in its flash, and which values its commands take (RUI3's AT manual)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.lorawan.model_lines import octets, whole

Check = Callable[[str], str | None]
"""The value as it is kept; None: AT_PARAM_ERROR."""


def _number(low: int, high: int) -> Check:
    def check(text: str) -> str | None:
        number = whole(text, low, high)
        return None if number is None else str(number)

    return check


def _digits(length: int) -> Check:
    return lambda text: None if octets(text, length) is None else text.upper()


def _one_of(*choices: str) -> Check:
    return lambda text: text.upper() if text.upper() in choices else None


CHECKS: dict[str, tuple[str, Check]] = {
    "DEVEUI": ("", _digits(8)),
    "APPEUI": ("0000000000000000", _digits(8)),
    "APPKEY": ("0" * 32, _digits(16)),
    "DEVADDR": ("00000000", _digits(4)),
    "APPSKEY": ("0" * 32, _digits(16)),
    "NWKSKEY": ("0" * 32, _digits(16)),
    "NWM": ("1", _number(0, 2)),
    "NJM": ("1", _number(0, 1)),
    "BAND": ("4", _number(0, 12)),
    "CLASS": ("A", _one_of("A", "B", "C")),
    "CFM": ("0", _number(0, 1)),
    "RETY": ("0", _number(0, 7)),
    "ADR": ("1", _number(0, 1)),
    "DCS": ("1", _number(0, 1)),
    "DR": ("0", _number(0, 5)),
    "PNM": ("1", _number(0, 1)),
    "TXP": ("0", _number(0, 10)),
    "JN1DL": ("5", _number(1, 14)),
    "JN2DL": ("6", _number(2, 15)),
    "RX1DL": ("1", _number(1, 14)),
    "RX2DL": ("2", _number(2, 15)),
    "RX2DR": ("0", _number(0, 5)),
    "LINKCHECK": ("0", _number(0, 2)),
    "TIMEREQ": ("0", _number(0, 1)),
    "LPM": ("0", _number(0, 1)),
    "BAUD": ("115200", _number(4800, 115_200)),
}
"""Each setting: what it is at first, and its check."""


@dataclass
class Settings:
    """The flash. `attempts` and `interval_s` are of AT+JOIN."""

    dev_eui: str
    values: dict[str, str] = field(default_factory=dict)
    auto_join: bool = False
    interval_s: int = 8
    attempts: int = 0

    def __post_init__(self) -> None:
        self.values = {name: first for name, (first, _) in CHECKS.items()}
        self.values["DEVEUI"] = self.dev_eui

    def put(self, name: str, text: str) -> bool:
        """False: AT_PARAM_ERROR."""
        kept = CHECKS[name][1](text)
        if kept is not None:
            self.values[name] = kept
        return kept is not None

    def put_join(self, argument: str) -> int | None:
        """`AT+JOIN=1:0:10:8`: start or stop, at power on, interval (s), further attempts."""
        limits = ((0, 1), (0, 1), (7, 255), (0, 255))
        parts = argument.split(":")
        numbers = [whole(part, *limit) for part, limit in zip(parts, limits, strict=False)]
        if not 1 <= len(parts) <= len(limits) or None in numbers:
            return None
        kept = [number or 0 for number in numbers]
        defaults = [1, int(self.auto_join), self.interval_s, self.attempts]
        start, auto_join, self.interval_s, self.attempts = kept + defaults[len(kept) :]
        self.auto_join = bool(auto_join)
        return start
