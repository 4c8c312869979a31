"""The crowds that counting is measured with: who comes, how many, through which door.

What stands here without a source was chosen. docs/counting.md shows the same as tables.
"""

from dataclasses import dataclass
from typing import Literal

PartyKind = Literal[
    "side by side",
    "one behind the other",
    "tailgating",
    "turning back",
    "loitering",
    "with a dog",
    "with a trolley",
]

ScenarioName = Literal[
    "single-file",
    "busy-10",
    "busy-30",
    "pairs",
    "turn-backs",
    "tailgating",
    "loitering",
    "mixed-day",
]

SINGLE_FILE_HEADWAY_S = 2.5

_NIGHT, _EVENING = 0.0, 0.4
PUBLIC_DAY = (
    *[_NIGHT] * 6,
    *(0.3, 1.6, 2.0, 1.0, 0.8, 1.1, 1.8, 1.3, 0.8, 0.9, 1.4, 2.0, 1.5, 0.8),
    *[_EVENING] * 2,
    *[_NIGHT] * 2,
)
"""How busy a public building is at each full hour: commuters at 8 and 17, lunch at 12, closed from
22 to 5. Between the hours it changes evenly."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`people_per_minute` is a mean, over 24 h where there is a `day`.

    `shares` are those of all parties; the others come alone. With a `headway_s` people pass the
    line at least so far apart, at steady speeds; without, they follow and wait.
    """

    people_per_minute: float
    door_width_m: float = 0.9
    headway_s: float = 0.0
    shares: tuple[tuple[PartyKind, float], ...] = ()
    children: float = 0.0
    """Of all people."""
    closed_door: float = 0.0
    """Of all parties: they find the leaf closed and open it."""
    day: tuple[float, ...] = ()
    """Weights of the hours of a day, any scale; empty = always the same."""
    begins_h: float = 0.0
    """The hour of the day at which the scene begins."""


SCENARIOS: dict[ScenarioName, Scenario] = {
    "single-file": Scenario(12, headway_s=SINGLE_FILE_HEADWAY_S),
    "busy-10": Scenario(10),
    "busy-30": Scenario(30),
    "pairs": Scenario(10, door_width_m=1.2, shares=(("side by side", 1.0),)),
    "turn-backs": Scenario(6, shares=(("turning back", 0.4),)),
    "tailgating": Scenario(10, shares=(("tailgating", 1.0),)),
    "loitering": Scenario(4, shares=(("loitering", 0.3),)),
    "mixed-day": Scenario(
        1,
        door_width_m=1.2,
        shares=(
            ("side by side", 0.02),
            ("one behind the other", 0.13),
            ("tailgating", 0.03),
            ("turning back", 0.05),
            ("loitering", 0.03),
            ("with a dog", 0.02),
            ("with a trolley", 0.03),
        ),
        children=0.08,
        closed_door=0.05,
        day=PUBLIC_DAY,
        begins_h=7.0,
    ),
}
