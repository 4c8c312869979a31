"""Values that modems of all families say, from text that may be anything."""

import re

from drivers.errors import BadData

_SEPARATORS = re.compile(r"[ :-]")


def hex_digits(text: str, digits: int) -> str:
    """An EUI, an address or a key, in upper case without separators. Raises BadData."""
    bare = _SEPARATORS.sub("", text).upper()
    if not re.fullmatch(f"[0-9A-F]{{{digits}}}", bare):
        raise BadData(f"not {digits} hex digits", "check the wires of the modem, keep them short")
    return bare


def number(text: str, most: int = 0xFFFF_FFFF) -> int:
    """A decimal number from 0 to `most`. Raises BadData."""
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > most:
        raise BadData(f"not a number up to {most}: {text[:20]!r}", "check the wires of the modem")
    return int(text)


def level(text: str) -> float | None:
    """An RSSI in dBm or an SNR in dB; None where it is none."""
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,2})?", text.strip()):
        return None
    return float(text)
