"""Hi-Link HLK-LD2410 (B, C), a 24 GHz radar that sees whether somebody is there."""

from drivers.contract import Part, PlainWords
from drivers.people.ld2410.driver import Ld2410, Ld2410Config
from drivers.people.ld2410.model import Ld2410Model
from drivers.people.ld2410.probe import PROBE

PART = Part(
    "serial",
    Ld2410Config,
    Ld2410,
    Ld2410Model,
    "Sees that somebody is there, also who sits still, not how many nor which way: activations are "
    "no people. Fans, curtains and dogs may be somebody, and it looks through plasterboard. Sees "
    "no faces and no identities.",
    PROBE,
    plain={
        "de": PlainWords(
            "Radar-Präsenzmelder",
            "Er merkt nur, dass jemand da ist, auch wenn der still sitzt. Wer es ist und wie "
            "viele es sind, kann er nicht sehen. Auch ein Hund oder ein Vorhang kann für ihn "
            "jemand sein.",
        ),
        "en": PlainWords(
            "Presence radar",
            "It only notices that somebody is there, also who sits still. It cannot see who it "
            "is, nor how many there are. A dog or a curtain may be somebody to it, too.",
        ),
    },
)
