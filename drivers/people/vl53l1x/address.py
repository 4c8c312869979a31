"""How a VL53L1X gets its address, alone or among others of its kind.

Theory of operation
-------------------
A part wakes at 0x29, and moves when it is told so; a reset or a loss of supply brings it back. Of
several on one bus all but one must be silent while that one moves, so each hangs with its XSHUT at
a GPIO line, and the bus holds all of these low before its first transfer:

    held --release, 2 ms--> at 0x29 --told its address--> there
      ^---------------------- hold ----------------------------'

Whoever opens holds its own part first. If 0x29 is still answered then, another one has lost its
supply meanwhile, or something there has no such line: nobody moves, and the own part stays held.
So of several that lost their supply at once the others can be moved, one after the other, and those
that have their addresses go on. While one wakes, others that are opened meanwhile wait for it.
"""

from drivers.bus.ports import I2c
from drivers.errors import BusError, WrongDevice
from drivers.people.vl53l1x import codec

DEFAULT = 0x29
_BOOT_S = 0.002


def identify(bus: I2c, address: int) -> None:
    """Raises BusError if nobody answers, WrongDevice if it is another part."""
    found = bus.transfer(address, codec.index(codec.IDENTITY), len(codec.VL53L1X))
    if found != codec.VL53L1X:
        raise WrongDevice(
            f"a VL53L1X expected at 0x{address:02x}, found another chip ({found.hex(' ')})",
            "a TSL2591 and a VL53L0X have this address too: one of them has to go to another bus",
        )


def take(bus: I2c, address: int, reset_line: int | None) -> None:
    """Have the part answer at `address`. Raises DriverError."""
    with bus.resets.alone(bus.time):
        if reset_line is not None:
            _wake_alone(bus, reset_line)
        _move(bus, address)
    identify(bus, address)


def _move(bus: I2c, address: int) -> None:
    if address != DEFAULT and not _answers(bus, address):
        identify(bus, DEFAULT)
        bus.transfer(DEFAULT, codec.index(codec.ADDRESS) + bytes([address]))


def _wake_alone(bus: I2c, line: int) -> None:
    bus.resets.hold(line)
    if _answers(bus, DEFAULT):
        raise BusError(
            f"something answers at 0x{DEFAULT:02x} while this sensor is in reset",
            f"if it stays: check the wire from GPIO {line} to its XSHUT; each VL53L1X of this bus "
            "needs an `xshut` and an `address` of its own, and a TSL2591 another bus",
        )
    bus.resets.release(line)
    bus.time.sleep(_BOOT_S)


def _answers(bus: I2c, address: int) -> bool:
    try:
        bus.transfer(address, codec.index(codec.IDENTITY), 1)
    except BusError:
        return False
    return True
