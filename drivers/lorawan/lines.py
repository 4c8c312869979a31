"""Lines in what a modem sends: whole ones, of bounded length, whatever bytes lie between them."""

import re

LONGEST = 600
"""Characters; a downlink of 242 bytes in hex digits with all that stands around it has 530."""

_ENDS = re.compile(b"[\r\n]+")
_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}[ :]?){15,}[0-9A-Fa-f]{2}")
_SHOWN = 60


class Lines:
    """Ends are CR, LF or both in any order; what is empty or too long is no line."""

    def __init__(self) -> None:
        self.too_long = 0
        self._begun = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes complete, oldest first."""
        *whole, rest = _ENDS.split(self._begun + data)
        lines = [self._line(part) for part in whole]
        self._begun = rest
        if len(rest) > LONGEST:
            self._skip()
        return [line for line in lines if line]

    def _line(self, part: bytes) -> str:
        skipping, self._skipping = self._skipping, False
        if not skipping and len(part) > LONGEST:
            self.too_long += 1
        if skipping or len(part) > LONGEST:
            return ""
        return part.decode("ascii", "replace").strip(" \t\0\x0b\x0c")

    def _skip(self) -> None:
        """What has no end yet is too long already: drop it with all that follows up to an end."""
        self.too_long += not self._skipping
        self._skipping = True
        self._begun = b""


def shown(line: str) -> str:
    """As it may stand in a message: printable, short, and without anything as long as a key."""
    masked = _KEY.sub("...", line)
    text = "".join(one if " " <= one <= "~" else "?" for one in masked)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
