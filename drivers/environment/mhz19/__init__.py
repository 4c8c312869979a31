"""Winsen MH-Z19B and MH-Z19C (CO2) on a serial port."""

from drivers.contract import Part
from drivers.environment.mhz19.driver import Mhz19, Mhz19Config
from drivers.environment.mhz19.model import Mhz19Model
from drivers.environment.mhz19.probe import PROBE

PART = Part(
    "serial",
    Mhz19Config,
    Mhz19,
    Mhz19Model,
    "Takes the freshest air of each day for 400 ppm: in a room that is never empty it slowly reads "
    "too low. Off by 50 ppm and 5 % at best. Sees no people.",
    PROBE,
)
