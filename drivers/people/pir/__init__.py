"""Passive infrared motion sensors HC-SR501 and AM312 on one GPIO line."""

from drivers.contract import Part
from drivers.people.pir.driver import Pir, PirConfig
from drivers.people.pir.model import PirModel

PART = Part(
    "gpio",
    PirConfig,
    Pir,
    PirModel,
    "Sees that something warm moves, not how many people there are: activations are no people. "
    "Somebody who sits still is not seen, and in air above 30 degC hardly anybody is. Sees no "
    "faces and no identities.",
)
