"""An LD2410C at the far end of the wire: presence by gates of 0.75 m, and its command dialogue.

Written from the vendor's protocol description: 10 reports a second, basic or engineering, +-60
degrees, 6 m, nine gates with a threshold each for what moves and for what is still, and a detection
that stays for some seconds after the last one. That it stays in the reports too, as "still", is
unconfirmed. It hangs over the door and looks at whoever is near it; echoes grow with the body and
fall with the square of the distance, which is only roughly so.
"""

import math
import random
import struct

from drivers.people.hilink_model import ENABLE, END, HilinkModel
from drivers.people.ld2410.driver import Ld2410Config
from drivers.simulation.bodies import ADULT, Body
from drivers.simulation.scene import View

GATE_CM = 75
GATES = 8
MOVES_M_S = 0.1
"""Who is slower is still."""
MOVING_FROM = (50, 50, 40, 30, 20, 15, 15, 15, 15)
STILL_FROM = (0, 0, 40, 40, 30, 30, 20, 20, 20)
NO_ONE_S = 5.0
NOISE_CM = 8
_FULL_CM = 250
"""An adult is full energy up to there."""

_ENGINEERING, _BASIC = 0x62, 0x63
_ANSWERS = {
    ENABLE: "00000100 4000",
    END: "0000",
    _ENGINEERING: "0000",
    _BASIC: "0000",
    0x61: f"0000 aa080808 {bytes(MOVING_FROM).hex()} {bytes(STILL_FROM).hex()} 0500",
    0xA0: "0000 0001 0701 16150922",
    0xA5: "0000 8f272eb80f65",
}


class Ld2410Model(HilinkModel):
    """Same seed, same bytes. `engineering`: which reports it gives."""

    answers = _ANSWERS
    unknown = "0100"

    def __init__(self, config: Ld2410Config | None = None, seed: int = 0) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.engineering = False
        self._left_cm = 0
        self._stays_until_s = -math.inf

    def _set(self, word: int) -> None:
        self.engineering = {_ENGINEERING: True, _BASIC: False}.get(word, self.engineering)

    def _report(self, view: View) -> bytes:
        moving, still = self._energies(view, moves=True), self._energies(view, moves=False)
        moved, stood = _detection(moving, MOVING_FROM), _detection(still, STILL_FROM)
        nearest = moved or stood
        if nearest:
            self._stays_until_s = view.now_s + NO_ONE_S
            self._left_cm = nearest[0]
        elif view.now_s < self._stays_until_s:
            stood = (self._left_cm, 0)
        state = bool(moved) + 2 * bool(stood)
        near = min((seen[0] for seen in (moved, stood) if seen), default=0)
        head = struct.pack("<BHBHBH", state, *(moved or (0, 0)), *(stood or (0, 0)), near)
        gates = bytes([GATES, GATES, *_bars(moving), *_bars(still), 3, state > 0])
        form = b"\x01\xaa" + head + gates if self.engineering else b"\x02\xaa" + head
        payload = form + b"\x55\x00"
        length = struct.pack("<H", len(payload))
        return b"\xf4\xf3\xf2\xf1" + length + payload + b"\xf8\xf7\xf6\xf5"

    def _energies(self, view: View, moves: bool) -> dict[int, tuple[int, int]]:
        """Gate to distance (cm) and energy of the strongest body in it."""
        found: dict[int, tuple[int, int]] = {}
        for body in view.bodies:
            if (math.hypot(body.speed, body.sideways) >= MOVES_M_S) != moves:
                continue
            metres = math.hypot(body.along, body.across)
            cm = max(0, round(self._random.gauss(100 * metres, NOISE_CM)))
            gate = cm // GATE_CM
            energy = _energy(body, cm)
            if gate <= GATES and energy > found.get(gate, (0, 0))[1]:
                found[gate] = (cm, energy)
        return found


def _energy(body: Body, cm: int) -> int:
    """0 to 100; a leaf of wood and a trolley of wire reflect little."""
    area = body.shape.height_m * body.shape.width_m
    size = math.sqrt(area / (ADULT.height_m * ADULT.width_m))
    flesh = 1.0 if body.shape.warmth_k > 0 else 0.2
    return min(100, round(100 * size * flesh * min(1.0, (_FULL_CM / max(cm, 1)) ** 2)))


Detected = tuple[int, int] | None


def _detection(energies: dict[int, tuple[int, int]], thresholds: tuple[int, ...]) -> Detected:
    """Distance and energy of the nearest that is strong enough."""
    strong = [seen for gate, seen in energies.items() if seen[1] > thresholds[gate]]
    return min(strong, default=None)


def _bars(energies: dict[int, tuple[int, int]]) -> list[int]:
    return [energies.get(gate, (0, 0))[1] for gate in range(GATES + 1)]
