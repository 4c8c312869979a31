"""Hi-Link HLK-LD2450, a 24 GHz radar that tracks up to three people, as a line counter."""

from drivers.contract import Part
from drivers.people.ld2450.driver import Ld2450, Ld2450Config
from drivers.people.ld2450.model import Ld2450Model
from drivers.people.ld2450.probe import PROBE

PART = Part(
    "serial",
    Ld2450Config,
    Ld2450,
    Ld2450Model,
    "Follows three people at most, and two who walk side by side often count as one. Fans and "
    "curtains that move may look like people unless they are ignored in its options. Sees no faces "
    "and no identities.",
    PROBE,
)
