"""What moves near a door: people, and what sensors may take for them."""

from typing import NamedTuple


class Shape(NamedTuple):
    """How a body looks to sensors; `person` is for the truth alone, no sensor knows it.

    `height_m` is its top above the floor, `depth_m` along its way and `width_m` across it at its
    thickest; its top is `warmth_k` warmer than the floor around.
    """

    kind: str
    height_m: float
    depth_m: float
    width_m: float
    warmth_k: float
    person: bool


ADULT = Shape("adult", 1.72, 0.28, 0.46, 8.0, person=True)
CHILD = Shape("child", 1.15, 0.20, 0.30, 8.0, person=True)
TROLLEY = Shape("trolley", 1.02, 0.80, 0.50, 0.0, person=False)
DOG = Shape("dog", 0.55, 0.80, 0.25, 5.0, person=False)
DOOR_LEAF = Shape("door leaf", 2.00, 0.05, 0.90, 0.0, person=False)


class Body(NamedTuple):
    """Where one is, in metres; `speed` in m/s, positive inwards, `sideways` with `across`."""

    along: float
    across: float
    speed: float
    sideways: float = 0.0
    shape: Shape = ADULT
