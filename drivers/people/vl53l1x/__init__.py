"""The laser distance sensor VL53L1X over a door: who goes in, who goes out."""

from drivers.contract import Part, PlainWords
from drivers.people.vl53l1x.driver import Vl53l1x, Vl53l1xConfig
from drivers.people.vl53l1x.model import Vl53l1xModel
from drivers.people.vl53l1x.probe import PROBE

PART = Part(
    "i2c",
    Vl53l1xConfig,
    Vl53l1x,
    Vl53l1xModel,
    "For doors of about 1 m: people side by side are one. Who is lower than `head_height_mm` is "
    "nobody if that is long (trolleys), or lower than three quarters of it (dogs, toddlers). Sun "
    "on the sensor or on the floor below it blinds it, and very dark clothes and hair may not be "
    "seen. Measures distances to two spots: sees no faces and no identities.",
    PROBE,
    plain={
        "de": PlainWords(
            "Abstandssensor über der Tür",
            "Er misst nur den Abstand zu zwei Stellen unter ihm. Gesichter kann er nicht sehen. "
            "Zwei Menschen nebeneinander zählt er als einen; sehr kleine Kinder und Hunde zählt er "
            "nicht.",
        ),
        "en": PlainWords(
            "Distance sensor above the door",
            "It only measures the distance to two spots below it. It cannot see faces. It counts "
            "two people side by side as one; it does not count very small children and dogs.",
        ),
    },
)
