"""Two Benewake TF-Lunas on I2C, side by side, as two light barriers that tell the direction."""

from drivers.contract import Part
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
)
