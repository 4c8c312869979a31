"""Plantower PMS5003 and PMS7003 (PM1, PM2.5, PM10) on a serial port: one protocol, two housings."""

from drivers.contract import Part
from drivers.environment.dust import DustConfig
from drivers.environment.pms.driver import Pms
from drivers.environment.pms.model import PmsModel
from drivers.environment.pms.probe import PROBE

_LIMITS = (
    "Takes droplets for dust: above 70 % relative humidity and in fog it reads too high. PM10 is "
    "estimated from fine dust; coarse dust is hardly seen. Sees no gases and no people."
)
PMS5003 = Part("serial", DustConfig, Pms, PmsModel, _LIMITS, PROBE)
PMS7003 = Part("serial", DustConfig, Pms, PmsModel, _LIMITS, PROBE)
