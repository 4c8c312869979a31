"""Panasonic AMG8833 (Grid-EYE), an 8x8 thermal picture from above a door, as a line counter."""

from drivers.contract import Part, PlainWords
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
    plain={
        "de": PlainWords(
            "Wärmesensor mit 8 mal 8 Messpunkten",
            "Er misst nur, wie warm 64 Felder unter ihm sind; diese Werte werden nicht "
            "gespeichert. Gesichter kann er nicht sehen. Menschen in kalten Mänteln übersieht er, "
            "und einen Hund zählt er wie ein Kind.",
        ),
        "en": PlainWords(
            "Heat sensor with 8 by 8 points",
            "It only measures how warm 64 fields below it are; these values are not stored. It "
            "cannot see faces. It misses people in cold coats, and counts a dog like a child.",
        ),
    },
)
