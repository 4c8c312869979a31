"""Nova SDS011 (PM2.5, PM10) on a serial port."""

from drivers.contract import Part
from drivers.environment.dust import DustConfig
from drivers.environment.sds011.driver import Sds011
from drivers.environment.sds011.model import Sds011Model
from drivers.environment.sds011.probe import PROBE

PART = Part(
    "serial",
    DustConfig,
    Sds011,
    Sds011Model,
    "Takes droplets for dust: above 70 % relative humidity and in fog it reads too high. PM10 is "
    "estimated from fine dust; coarse dust is hardly seen. Sees no gases and no people.",
    PROBE,
)
