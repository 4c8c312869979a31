"""Two break beams one behind the other (E18-D80NK, light barriers) on two GPIO lines."""

from drivers.contract import Part, PlainWords
from drivers.people.beam_pair.driver import BeamPair, BeamPairConfig
from drivers.people.beam_pair.model import BeamPairModel

PART = Part(
    "gpio",
    BeamPairConfig,
    BeamPair,
    BeamPairModel,
    "Two people side by side, or close behind each other, under the beams count as one; of two who "
    "meet in them neither may count. Cannot tell people from animals or carts, nor a sensor "
    "without supply from an empty door. Sees no faces and no identities.",
    plain={
        "de": PlainWords(
            "Zwei Lichtschranken",
            "Sie merken nur, dass etwas durch den Lichtstrahl geht, und in welche Richtung. Zwei "
            "Menschen nebeneinander zählen sie als einen. Menschen, Tiere und Wagen können sie "
            "nicht unterscheiden.",
        ),
        "en": PlainWords(
            "Two light barriers",
            "They only notice that something passes through the beam, and which way. They count "
            "two people side by side as one. They cannot tell people from animals or carts.",
        ),
    },
)
