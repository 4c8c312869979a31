"""DS18B20 (temperature) on the kernel's 1-wire bus."""

from drivers.contract import Part
from drivers.environment.ds18b20.driver import Ds18b20, Ds18b20Config
from drivers.environment.ds18b20.model import Ds18b20Model
from drivers.probe import OneWireProbe

PART = Part(
    "onewire",
    Ds18b20Config,
    Ds18b20,
    Ds18b20Model,
    "Measures the temperature of its case, which is that of what it touches; off by 0.5 Cel, "
    "copies of the chip by more. Sees no humidity and no people.",
    OneWireProbe("28"),
)
