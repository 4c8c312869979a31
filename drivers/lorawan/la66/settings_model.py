"""What an LA66 keeps in its flash, and which values its commands take (Dragino's own sources).

Numbers are read as C's strtol does with base 0: 010 is eight, and what follows digits is ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.lorawan.model_lines import octets

Check = Callable[[str], str | None]
"""The value as it is kept; None: AT_PARAM_ERROR."""

_NUMBER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")


def number_of(text: str) -> int:
    """strtol(text, NULL, 0)."""
    found = _NUMBER.match(text.strip())
    if found is None:
        return 0
    digits = found[0].lower()
    value = digits.lstrip("+-")
    base = 16 if value.startswith("0x") else 8 if value.startswith("0") else 10
    return int(value, base) * (-1 if digits.startswith("-") else 1)


def _number(low: int, high: int) -> Check:
    def check(text: str) -> str | None:
        number = number_of(text)
        return str(number) if low <= number <= high else None

    return check


def _spaced(length: int) -> Check:
    """Hex digits with or without blanks; told with them."""

    def check(text: str) -> str | None:
        data = octets(text.replace(" ", ""), length)
        return None if data is None else data.hex(" ").upper()

    return check


def _class(text: str) -> str | None:
    return text[0] if text[:1] in ("A", "B", "C") else None


CHECKS: dict[str, tuple[str, Check]] = {
    "DEUI": ("", _spaced(8)),
    "APPEUI": ("00 00 00 00 00 00 00 00", _spaced(8)),
    "APPKEY": (" ".join(["00"] * 16), _spaced(16)),
    "DADDR": ("00 00 00 00", _spaced(4)),
    "APPSKEY": (" ".join(["00"] * 16), _spaced(16)),
    "NWKSKEY": (" ".join(["00"] * 16), _spaced(16)),
    "ADR": ("1", _number(0, 1)),
    "TXP": ("0", _number(0, 15)),
    "DR": ("0", _number(0, 7)),
    "DCS": ("0", _number(0, 1)),
    "PNM": ("1", _number(0, 1)),
    "RX2FQ": ("869525000", _number(100_000_001, 998_999_999)),
    "RX2DR": ("0", _number(0, 15)),
    "RX1DL": ("1000", _number(1, 1 << 31)),
    "RX2DL": ("2000", _number(1, 1 << 31)),
    "JN1DL": ("5000", _number(1, 1 << 31)),
    "JN2DL": ("6000", _number(1, 1 << 31)),
    "NJM": ("1", _number(0, 1)),
    "CLASS": ("A", _class),
    "PORT": ("2", _number(1, 223)),
    "RJTDC": ("20", _number(1, 65_535)),
    "RPL": ("0", _number(0, 4)),
}
"""Each setting: what it is at first, and its check."""
KEYS = ("DEUI", "APPEUI", "APPKEY", "DADDR", "APPSKEY", "NWKSKEY")
"""What AT+FDR leaves as it is."""


@dataclass
class Settings:
    """The flash. `written`: the configuration has been stored since AT+FDR, so it joins at boot."""

    dev_eui: str
    values: dict[str, str] = field(default_factory=dict)
    confirmed: tuple[int, int, int] = (0, 7, 0)
    """AT+CFM: whether, how many further trials, whether these count up."""
    written: bool = False

    def __post_init__(self) -> None:
        self.values = {name: first for name, (first, _) in CHECKS.items()}
        self.values["DEUI"] = bytes.fromhex(self.dev_eui).hex(" ").upper()

    def put(self, name: str, text: str) -> bool:
        """False: AT_PARAM_ERROR."""
        kept = CHECKS[name][1](text)
        if kept is not None:
            self.values[name] = kept
            self.written |= name not in KEYS
        return kept is not None

    def put_confirmed(self, text: str) -> bool:
        """`AT+CFM=1` or `AT+CFM=1,7,0`; False: AT_PARAM_ERROR."""
        numbers = [number_of(part) for part in text.split(",")]
        mode, trials, count_up = numbers if len(numbers) == 3 else (numbers[0], 7, 0)
        if not (0 <= mode <= 1 and 0 <= trials <= 7 and 0 <= count_up <= 1):
            return False
        self.confirmed = (mode, trials, count_up if mode else 0)
        self.written = True
        return True

    def reset(self) -> None:
        """AT+FDR: keys stay."""
        kept = {name: self.values[name] for name in KEYS}
        self.values = {name: first for name, (first, _) in CHECKS.items()} | kept
        self.confirmed, self.written = (0, 7, 0), False

    def bare(self, name: str) -> str:
        """Hex digits without blanks."""
        return self.values[name].replace(" ", "")
