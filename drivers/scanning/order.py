"""In which order those are asked who may stand at one address, or speak at one speed.

Theory: a question is safe for the part that it is meant for, so what matters is what it is to the
others who may be there. An order is safe if each question, until somebody has said yes, only reads
from those behind it. For I2C, address by address:

    10    VEML7700: W 07 sets the register pointer of a TF-Luna, and reads. TF-Luna likewise; at
          11 to 13 it is alone.
    18-1F MCP9808 alone; of acceleration sensors the questions only read registers.
    23,5C BH1750 alone, and only who reads like one is sent its opcodes (see there).
    29    TSL2591: its command byte is one byte of the 16-bit index of a VL53L1X, and a register of
          a VL53L0X; both only read. VL53L0X: one byte again. VL53L1X last: its index is two bytes,
          of which a VL53L0X would write the second into a register.
    38    AHT20 alone, and only read: a port expander (PCF8574A) puts what it is sent on its pins.
    44-46 SHT3x: F3 2D is no command of a SHT4x, not even its first byte. SHT4x: 89 alone is no
          whole command of a SHT3x.
    59    SGP40 alone: 36 82 and 20 2F only tell something.
    61,62 SCD30, SCD4x alone: D1 and E4 are no commands of the converters (MCP4725) that may be
          there, whose bits 011 in front would write their memory.
    68,69 SPS30: D0 02 goes to a register that is read-only in an AMG8833, and is none of an IMU.
          IMU and DS3231: registers are read. AMG8833 last, as it has no identity.
    70-77 TCA9548A first: each byte that it is sent is its setting, also the identity register D0
          of Bosch, so what it was must be known before. Then Bosch, by reading. MS5611: reads its
          memory by commands of one byte that are no registers of Bosch which could be written.

On a serial port nobody is asked who speaks unasked. Before others answer at 9600 baud, commands of
one part are noise to the other: each has a header and a checksum of its own. The PMS family comes
last of the sensors there, as waking one up takes longest. Then faster speeds: what was sent too
slowly is noise.

Modems are asked in letters, after an end of a line that ends whatever they have taken for a
command. Sensors hear no frame in it: of their headers only those of the PMS family (BM) and of the
TF-Luna (Z) are letters, and neither stands in these questions. The LoRa-E5 is woken by four bytes
FF, the header of a MH-Z19, which has been asked by then, and takes no frame that goes on so. What
sensors are asked is no command to a modem, and the LA66 and the LoRa-E5 refuse each other's.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from drivers import registry
from drivers.contract import Part
from drivers.lorawan.families import FAMILIES
from drivers.probe import I2cProbe, OneWireProbe, Probe, SerialProbe
from drivers.scanning import known

I2C = (
    "tca9548a",
    "bme280",
    "bmp280",
    "bme680",
    "bme688",
    "bmp180",
    "ms5611",
    "veml7700",
    "tf-luna-pair",
    "mcp9808",
    "aht20",
    "bh1750",
    "tsl2591",
    "vl53l0x",
    "vl53l1x",
    "sht3x",
    "sht4x",
    "sgp40",
    "scd30",
    "scd4x",
    "sps30",
    "mpu-6050",
    "ds3231",
    "amg8833",
)
SERIAL = (
    "sds011",
    "mh-z19",
    "pms5003",
    "pms7003",
    "lora-e5",
    "la66",
    "rn2483",
    "tf-luna",
    "sps30-uart",
    "rak3172",
    "ld2450",
    "ld2410",
)
P = TypeVar("P", I2cProbe, SerialProbe, OneWireProbe)

Candidates = list[tuple[tuple[str, ...], P]]
"""A probe, and the names of all parts that it stands for."""


def i2c() -> Candidates[I2cProbe]:
    """All probes for I2C, in the order in which they may be asked."""
    return _grouped(I2cProbe, I2C)


def serial() -> Candidates[SerialProbe]:
    """All probes for serial ports, in the order in which they may be asked, slow ports first."""
    return sorted(_grouped(SerialProbe, SERIAL), key=lambda candidate: candidate[1].baudrate)


def onewire() -> Candidates[OneWireProbe]:
    """All families of 1-wire devices that somebody knows."""
    return _grouped(OneWireProbe, ())


def _grouped(kind: type[P], order: tuple[str, ...]) -> Candidates[P]:
    """Parts of other packages, whom the order does not know, come last."""
    places = {name: place for place, name in enumerate(order)}
    named = [(name, probe) for name, probe in _probes() if isinstance(probe, kind)]
    named.sort(key=lambda pair: places.get(pair[0], len(places)))
    grouped: dict[int, list[str]] = {}
    for name, probe in named:
        grouped.setdefault(id(probe), []).append(name)
    probes = {id(probe): probe for _, probe in named}
    return [(tuple(names), probes[key]) for key, names in grouped.items()]


def _probes() -> Iterator[tuple[str, Probe | None]]:
    for name in registry.names():
        part = _loaded(registry.part, name)
        yield name, None if part is None else part.probe
    yield from known.PROBES.items()
    for name, family in FAMILIES.items():
        yield name, family.probe


def _loaded(load: Callable[[str], Part], name: str) -> Part | None:
    """None for a part of another package that cannot be loaded: only who uses it misses it."""
    try:
        return load(name)
    except (ImportError, AttributeError, TypeError):
        if name in registry.BUILT_IN:
            raise
        return None
