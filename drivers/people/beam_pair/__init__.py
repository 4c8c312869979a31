"""Two break beams one behind the other (E18-D80NK, light barriers) on two GPIO lines."""

from drivers.contract import Part
from drivers.people.beam_pair.driver import BeamPair, BeamPairConfig
from drivers.people.beam_pair.model import BeamPairModel

PART = Part("gpio", BeamPairConfig, BeamPair, BeamPairModel)
