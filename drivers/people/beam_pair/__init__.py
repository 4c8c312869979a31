"""Two break beams one behind the other (E18-D80NK, light barriers) on two GPIO lines."""

from drivers.contract import Part
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
)
