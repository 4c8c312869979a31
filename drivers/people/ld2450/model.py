"""An LD2450 at the far end of the wire: what it sees of a scene, and its command dialogue.

Written from the vendor's protocol description and what is known of the part in the field: 10
reports a second, +-60 degrees, 6 m, three slots that people change, and silence while its
configuration is open. What it makes of the bodies before it: echoes.py.
"""

import math
import random
import struct

from drivers.people.hilink_model import ENABLE, END, HilinkModel
from drivers.people.ld2450.driver import Ld2450Config
from drivers.people.ld2450.echoes import Echo, Echoes
from drivers.simulation.bodies import Body
from drivers.simulation.scene import View

SLOTS = 3
REACH_MM = 6000
HALF_ANGLE = math.radians(60)
SWAP = 0.1
_RESOLUTION_MM = 360

_SINGLE, _MULTI, _FIRMWARE, _BLUETOOTH = 0x80, 0x90, 0xA0, 0xA4
_ANSWERS = {
    ENABLE: "00000100 4000",
    END: "0000",
    _SINGLE: "0000",
    _MULTI: "0000",
    _FIRMWARE: "0000 0000 0201 16240622",
    _BLUETOOTH: "0000",
}


class Ld2450Model(HilinkModel):
    """The scene's door is the configured line, `along` its way inwards. Same seed, same bytes."""

    answers = _ANSWERS

    def __init__(self, config: Ld2450Config | None = None, seed: int = 0) -> None:
        super().__init__()
        self._random = random.Random(seed)
        place = _Door(config or Ld2450Config()).seen
        self._echoes = Echoes(self._random, place, _in_view)
        self._slots = SLOTS

    def _set(self, word: int) -> None:
        self._slots = {_SINGLE: 1, _MULTI: SLOTS}.get(word, self._slots)

    def _report(self, view: View) -> bytes:
        shown = self._echoes.report(view.bodies, view.now_s)[: self._slots]
        if self._random.random() < SWAP:
            self._random.shuffle(shown)
        slots = b"".join(_slot(echo) for echo in shown)
        return b"\xaa\xff\x03\x00" + slots.ljust(SLOTS * 8, b"\x00") + b"\x55\xcc"


class _Door:
    """Door coordinates (m) to the sensor's (mm), written anew from the meaning of the options."""

    def __init__(self, config: Ld2450Config) -> None:
        (x0, y0), (x1, y1) = config.line
        self._middle = (x0 + x1) / 2, (y0 + y1) / 2
        width = math.hypot(x1 - x0, y1 - y0)
        self._across = (x1 - x0) / width, (y1 - y0) / width
        normal = (y0 - y1) / width, (x1 - x0) / width
        to_sensor = -(normal[0] * self._middle[0] + normal[1] * self._middle[1])
        sign = math.copysign(1000, to_sensor) * (1 if config.inward == "approaching" else -1)
        self._along = normal[0] * sign, normal[1] * sign

    def seen(self, body: Body) -> tuple[float, float, float]:
        """x and y in mm, radial speed in cm/s, negative when coming nearer."""
        x, y = (
            middle + body.along * along + body.across * 1000 * across
            for middle, along, across in zip(self._middle, self._along, self._across, strict=True)
        )
        nearing = x * self._along[0] + y * self._along[1]
        return x, y, body.speed * nearing / (10 * math.hypot(x, y) or 1)


def _slot(echo: Echo) -> bytes:
    words = [_sign_magnitude(round(value)) for value in (echo.x, echo.y, echo.speed)]
    return struct.pack("<HHHH", *words, _RESOLUTION_MM)


def _in_view(x: float, y: float) -> bool:
    return abs(math.atan2(x, y)) <= HALF_ANGLE and math.hypot(x, y) <= REACH_MM


def _sign_magnitude(value: int) -> int:
    return 0x8000 | min(value, 0x7FFF) if value >= 0 else min(-value, 0x7FFF)
