"""Benewake TF-Luna and TFmini, laser distance sensors on a serial port, as one light barrier."""

from drivers.contract import Part, PlainWords
from drivers.people.tf_luna.driver import TfLuna, TfLunaConfig
from drivers.people.tf_luna.model import TfLunaModel
from drivers.people.tf_luna.probe import PROBE

PART = Part(
    "serial",
    TfLunaConfig,
    TfLuna,
    TfLunaModel,
    "One beam sees that something interrupts it, not which way nor who: activations are no count "
    "of people and have no direction. Two side by side are one, and a door leaf or a trolley is "
    "one too. Direct sun, glass and black clothes blind it. Sees no faces and no identities.",
    PROBE,
    plain={
        "de": PlainWords(
            "Abstandssensor",
            "Er merkt nur, dass etwas durch seinen Lichtstrahl geht. Wer es ist, wie viele es "
            "sind und in welche Richtung sie gehen, kann er nicht sehen.",
        ),
        "en": PlainWords(
            "Distance sensor",
            "It only notices that something passes through its beam of light. It cannot see who"
            " it is, how many there are, nor which way they go.",
        ),
    },
)
