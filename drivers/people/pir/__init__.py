"""Passive infrared motion sensors HC-SR501 and AM312 on one GPIO line."""

from drivers.contract import Part
from drivers.people.pir.driver import Pir, PirConfig
from drivers.people.pir.model import PirModel

PART = Part("gpio", PirConfig, Pir, PirModel)
