"""Sensirion SPS30 (PM1, PM2.5, PM4, PM10) on its UART."""

from drivers.contract import Part
from drivers.environment.sps30_uart.driver import Sps30Uart, Sps30UartConfig
from drivers.environment.sps30_uart.model import Sps30UartModel
from drivers.environment.sps30_uart.probe import PROBE

PART = Part(
    "serial",
    Sps30UartConfig,
    Sps30Uart,
    Sps30UartModel,
    "Takes droplets for dust in fog and above 95 % relative humidity. PM4 and PM10 are estimated "
    "from finer dust; coarse dust is hardly seen. Sees no gases and no people.",
    PROBE,
)
