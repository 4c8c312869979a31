"""Panasonic AMG8833 (Grid-EYE), an 8x8 thermal picture from above a door, as a line counter."""

from drivers.contract import Part
from drivers.people.amg8833.driver import Amg8833, Amg8833Config
from drivers.people.amg8833.model import Amg8833Model
from drivers.people.amg8833.probe import PROBE

PART = Part(
    "i2c",
    Amg8833Config,
    Amg8833,
    Amg8833Model,
    "Sees warmth only: people in cold coats are missed, all people on floors as warm as they are, "
    "and a dog counts like a child. Two who walk side by side are told apart up to 3 m of mounting "
    "height, above it often not. Sees no faces and no identities.",
    PROBE,
)
