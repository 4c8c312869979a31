"""Two Benewake TF-Lunas on I2C, side by side, as two light barriers that tell the direction."""

from drivers.contract import Part, PlainWords
from drivers.people.tf_luna_pair.driver import TfLunaPair, TfLunaPairConfig
from drivers.people.tf_luna_pair.model import TfLunaPairModel
from drivers.people.tf_luna_pair.probe import PROBE

PART = Part(
    "i2c",
    TfLunaPairConfig,
    TfLunaPair,
    TfLunaPairModel,
    "Counts who goes through both beams, one after the other: two side by side are one, and so are "
    "two who follow each other closely. A trolley and a door leaf may count too. Direct sun, glass "
    "and black clothes blind it. Sees no faces and no identities.",
    PROBE,
    plain={
        "de": PlainWords(
            "Zwei Abstandssensoren an der Tür",
            "Sie merken nur, dass etwas durch ihre Lichtstrahlen geht, und in welche Richtung. "
            "Zwei Menschen nebeneinander zählen sie als einen. Gesichter können sie nicht "
            "sehen.",
        ),
        "en": PlainWords(
            "Two distance sensors at the door",
            "They only notice that something passes through their beams of light, and which "
            "way. They count two people side by side as one. They cannot see faces.",
        ),
    },
)
