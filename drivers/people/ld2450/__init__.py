"""Hi-Link HLK-LD2450, a 24 GHz radar that tracks up to three people, as a line counter."""

from drivers.contract import Part, PlainWords
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
    plain={
        "de": PlainWords(
            "Radar",
            "Es bemerkt höchstens drei Menschen zugleich und nur, wo sie sich bewegen; ihre Wege "
            "werden nicht gespeichert. Gesichter kann es nicht sehen. Zwei Menschen nebeneinander "
            "zählt es oft als einen.",
        ),
        "en": PlainWords(
            "Radar",
            "It notices three people at most at a time, and only where they move; their ways are "
            "not stored. It cannot see faces. It often counts two people side by side as one.",
        ),
    },
)
