"""Parts without a driver, as far as a scan sees them, and a bus that remembers what it carries."""

import struct

from drivers.bus.ports import I2c
from drivers.bus.sim import SimulatedI2c
from drivers.contract import I2cModel


class Registers(I2cModel):
    """A pointer that moves on by itself; `written` are the registers that somebody has set."""

    index_length = 1

    def __init__(self, address: int, size: int = 256) -> None:
        self.address = address
        self.memory = bytearray(size)
        self.written: list[tuple[int, bytes]] = []
        self._pointer = 0

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        index, data = write[: self.index_length], write[self.index_length :]
        if index:
            whole = index.ljust(self.index_length, b"\x00")
            self._pointer = int.from_bytes(whole, "big") % len(self.memory)
        if data:
            self.written.append((self._pointer, data))
        first, self._pointer = self._pointer, (self._pointer + read) % len(self.memory)
        return bytes(self.memory[first : first + read]).ljust(read, b"\x00")


class Vl53l0x(Registers):
    def __init__(self, address: int = 0x29) -> None:
        super().__init__(address)
        self.memory[0xC0:0xC3] = b"\xee\xaa\x10"


class Amg8833(Registers):
    """A person of 30 degrees in front of a wall of 21."""

    def __init__(self, address: int = 0x69) -> None:
        super().__init__(address)
        self.memory[0x0E:0x10] = struct.pack("<H", 0x0190)
        pixels = [30 * 4 if 20 <= pixel < 28 else 21 * 4 for pixel in range(64)]
        self.memory[0x80:0x100] = struct.pack("<64H", *pixels)


class Ds3231(Registers):
    def __init__(self, address: int = 0x68) -> None:
        super().__init__(address)
        self.memory[:7] = bytes.fromhex("59 30 14 03 26 11 25")
        self.memory[0x0E:0x13] = bytes.fromhex("1c 08 00 15 40")


class Mpu6050(Registers):
    def __init__(self, address: int = 0x68) -> None:
        super().__init__(address)
        self.memory[0x6B], self.memory[0x75] = 0x40, 0x68


class Bmp180(Registers):
    """With the calibration of its datasheet's example."""

    def __init__(self, address: int = 0x77) -> None:
        super().__init__(address)
        self.memory[0xD0] = 0x55
        words = (408, -72, -14383, 32741, 32757, 23153, 6190, 4, -32768, -8711, 2868)
        self.memory[0xAA:0xC0] = struct.pack(">hhhHHHhhhhh", *words)


class Ms5611(I2cModel):
    """Commands of one byte; its memory is the example of TE's application note AN520."""

    prom = (0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x450B)

    def __init__(self, address: int = 0x77) -> None:
        self.address = address
        self._answer = b""

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if write:
            place = write[0] - 0xA0
            known = 0 <= place < 16 and place % 2 == 0
            self._answer = self.prom[place // 2].to_bytes(2, "big") if known else b""
        return self._answer[:read].ljust(read, b"\x00")


class PortExpander(I2cModel):
    """PCF8574: whatever it is sent stands on its pins. `pins` remembers all of them."""

    def __init__(self, address: int = 0x23, pins: int = 0xFF) -> None:
        self.address = address
        self.pins = [pins]

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.pins += write
        return bytes([self.pins[-1]]) * read


class Tca9548a(I2cModel):
    """A multiplexer: its one register is what was sent last."""

    def __init__(self, address: int = 0x70, setting: int = 0) -> None:
        self.address = address
        self.setting = setting

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        self.setting = write[-1] if write else self.setting
        return bytes([self.setting]) * read


class Recorder(SimulatedI2c):
    """Remembers all that was on the wire; with multiplexers, `behind` are channels of the first."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.seen: list[tuple[int, bytes, int]] = []
        self.behind: dict[int, SimulatedI2c] = {}
        self.mux: Tca9548a | None = None

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        self.seen.append((address, write, read))
        for channel, bus in self.behind.items():
            is_open = self.mux is not None and self.mux.setting >> channel & 1
            if is_open and address in bus._models:
                return bus.transfer(address, write, read)
        return super().transfer(address, write, read)

    def written(self, address: int) -> list[bytes]:
        return [write for at, write, _ in self.seen if at == address and write]


class Channel(I2c):
    """One channel of a multiplexer as a bus of its own."""

    def __init__(self, bus: I2c, mux: int, channel: int) -> None:
        self.time = bus.time
        self.resets = bus.resets
        self._bus, self._mux, self._channel = bus, mux, channel

    def transfer(self, address: int, write: bytes, read: int = 0) -> bytes:
        self._bus.transfer(self._mux, bytes([1 << self._channel]))
        try:
            return self._bus.transfer(address, write, read)
        finally:
            self._bus.transfer(self._mux, b"\x00")

    def close(self) -> None: ...


class Random(I2cModel):
    """Answers whatever comes, by chance."""

    def __init__(self, address: int, chance: object) -> None:
        self.address = address
        self._chance = chance

    def transfer(self, write: bytes, read: int, now_ns: int) -> bytes | None:
        if self._chance.random() < 0.2:  # type: ignore[attr-defined]
            return None
        answer: bytes = self._chance.randbytes(read)  # type: ignore[attr-defined]
        return answer
