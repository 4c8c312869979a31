"""Passive infrared motion sensors HC-SR501 and AM312 on one GPIO line."""

from drivers.contract import Part, PlainWords
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
    plain={
        "de": PlainWords(
            "Bewegungsmelder",
            "Er merkt nur, dass sich etwas Warmes bewegt. Wer es ist und wie viele es sind, kann "
            "er nicht sehen. Wer still sitzt, den bemerkt er nicht.",
        ),
        "en": PlainWords(
            "Motion detector",
            "It only notices that something warm moves. It cannot see who it is, nor how many "
            "there are. It does not notice people who sit still.",
        ),
    },
)
