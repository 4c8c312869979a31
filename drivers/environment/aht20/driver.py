"""When to send which bytes to an AHT20: a reset when it is opened, one measurement per read.

The part has no identity. Other chips at 0x38 (port expanders PCF8574A, touch controllers) may not
be written to, so `open` reads first: a chip that says the same byte seven times over is no AHT20.
An AHT10 is known by the CRC that it does not have; `read` tells.

The status is read without a command before it. Sending 0x71, which the manual seems to ask for, is
the address with its read bit, and leaves some parts busy for ever (anglerud/aht20-driver, pull
request 10). It has no settings, so a brown-out can only cost its calibration, and each answer says
whether that is there. A measurement warms it: by the manual, more than one in 2 s costs above
0.1 K. It is the configured `interval` that has to be longer; nothing is refused here.
"""

from typing import ClassVar, Literal

import msgspec

from drivers.bus.ports import I2c
from drivers.contract import Driver, Sample
from drivers.environment.aht20 import codec
from drivers.errors import BadData, BusError, WrongDevice
from drivers.quantities import HUMIDITY, TEMPERATURE, Quantity

_STATUS_POLLS = 5
_NOTHING = bytes(codec.ANSWER_LENGTH)


class Aht20Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """VDD to 3.3 V. No pin selects an address: one AHT20 on a bus, at 0x38."""

    address: Literal[0x38] = 0x38


class Aht20(Driver):
    """Temperature and humidity."""

    channels: ClassVar[tuple[Quantity, ...]] = (TEMPERATURE, HUMIDITY)

    def __init__(self, bus: I2c, config: Aht20Config) -> None:
        self._bus = bus
        self._address = config.address
        self._is_open = False

    def open(self) -> None:
        self._is_open = False
        self._bus.time.sleep(codec.POWER_UP_S)
        self._identify()
        self._send(codec.RESET, codec.RESET_S)
        self._calibrate()
        self._is_open = True

    def read(self) -> Sample:
        if not self._is_open:
            raise BusError("read before open")
        self._send(codec.MEASURE, 0)
        self._wait()
        found = codec.measurement(self._answer(codec.ANSWER_LENGTH))
        self._check(found.status)
        temperature = codec.temperature(found.temperature)
        humidity = None if temperature is None else codec.humidity(found.humidity)
        return {"temperature": temperature, "humidity": humidity}

    def close(self) -> None:
        self._is_open = False

    def _identify(self) -> None:
        """All zeros pass: unconfirmed what an uncalibrated part says that has never measured."""
        answer = self._answer(codec.ANSWER_LENGTH)
        if len(set(answer)) == 1 and answer != _NOTHING:
            raise WrongDevice(
                f"0x{self._address:02x} answers {answer.hex(' ')}, which is no AHT20",
                "look for another part at this address, as a port expander",
            )

    def _calibrate(self) -> None:
        """Load the calibration where power-on did not. It is lost with power: not stored."""
        if not codec.is_calibrated(self._answer(1)[0]):
            self._send(codec.INITIALISE, codec.INITIALISE_S)
            self._check(self._answer(1)[0])

    def _wait(self) -> None:
        for _ in range(_STATUS_POLLS):
            self._bus.time.sleep(codec.MEASURE_S)
            if not codec.is_busy(self._answer(1)[0]):
                return
        raise BadData("the part stays busy", "power-cycle the sensor")

    def _check(self, status: int) -> None:
        if codec.is_busy(status):
            raise BadData("the part is busy again", "check the cable and the supply of the sensor")
        if not codec.is_calibrated(status):
            raise BadData(
                f"the part has no calibration (status 0x{status:02x})", "power-cycle the sensor"
            )

    def _send(self, command: bytes, seconds: float) -> None:
        self._bus.transfer(self._address, command)
        self._bus.time.sleep(seconds)

    def _answer(self, length: int) -> bytes:
        return self._bus.transfer(self._address, b"", length)
