"""How parts on I2C that have no driver are recognised. All but the multiplexer are only read."""

from drivers.asking import acknowledged, steady
from drivers.bus.ports import I2c

MUX_ADDRESSES = tuple(range(0x70, 0x78))
_BMP180_CALIBRATION = 11
_MS5611_WORDS = 8
_IMU_IDENTITIES = (0x68, 0x70, 0x71, 0x73)
"""MPU-6050, MPU-6500, MPU-9250, MPU-9255."""


def tca9548a(bus: I2c, address: int) -> str | None:
    """TCA9548A: its one register is whatever was written last; it gets back what it had.

    It is sent what it holds already, which changes nothing and tells most others apart; then D0,
    which Bosch's parts answer with an identity, and 00. Some channels are on for two transfers.
    """
    before = acknowledged(bus, address, b"", 1)
    if before is None or acknowledged(bus, address, before, 1) != before:
        return None
    try:
        echoes = all(
            acknowledged(bus, address, setting, 1) == setting for setting in (b"\xd0", b"\x00")
        )
    finally:
        acknowledged(bus, address, before)
    if not echoes or acknowledged(bus, address, b"", 1) != before:
        return None
    return f"keeps what it is sent; channels that are on: 0b{before[0]:08b}"


def bmp180(bus: I2c, address: int) -> str | None:
    """BMP180: identity 55, and no word of its calibration is 0000 or FFFF (BST-BMP180-DS000)."""
    if steady(bus, address, b"\xd0", 1) != b"\x55":
        return None
    words = _words(steady(bus, address, b"\xaa", 2 * _BMP180_CALIBRATION))
    is_blank = len(set(words)) < 2 or {0, 0xFFFF} & set(words)
    return None if is_blank else "identity 0x55"


def ms5611(bus: I2c, address: int) -> str | None:
    """MS5611: the CRC of its memory, four bits of it (TE AN520); it has no identity."""
    words = []
    for place in range(_MS5611_WORDS):
        answer = _told_twice(bus, address, bytes([0xA0 | place << 1]))
        if answer is None:
            return None
        words.append(int.from_bytes(answer, "big"))
    blank = {0, 0xFFFF} & set(words[1:7])
    return None if blank or _crc4(words) != words[7] & 0x0F else "CRC of its memory right"


def vl53l0x(bus: I2c, address: int) -> str | None:
    """VL53L0X: registers C0 to C2 (ST API, reference registers)."""
    return "identity EE AA 10" if steady(bus, address, b"\xc0", 3) == b"\xee\xaa\x10" else None


def mpu_6050(bus: I2c, address: int) -> str | None:
    """MPU-6050 and its family: register 75 (WHO_AM_I), and 6C, which says something else."""
    found = steady(bus, address, b"\x75", 1)
    if found is None or found[0] not in _IMU_IDENTITIES:
        return None
    if steady(bus, address, b"\x6c", 1) in (None, found):
        return None
    return f"identity 0x{found[0]:02x}"


def ds3231(bus: I2c, address: int) -> str | None:
    """DS3231: it has no identity, but a time that can be, and bits that are always zero."""
    registers = acknowledged(bus, address, b"\x00", 19)
    if registers is None or registers[0x0F] & 0x70 or registers[0x12] & 0x3F:
        return None
    second, minute, hour, weekday, day, month, year = registers[:7]
    of_noon = hour & 0x40
    within = (
        _is_bcd(second, 0, 0x59),
        _is_bcd(minute, 0, 0x59),
        _is_bcd(hour & 0x1F, 1, 0x12) if of_noon else _is_bcd(hour, 0, 0x23),
        1 <= weekday <= 7,
        _is_bcd(day, 1, 0x31),
        _is_bcd(month & 0x7F, 1, 0x12),
        _is_bcd(year, 0, 0x99),
    )
    return "no identity, but a date, a time and a temperature" if all(within) else None


def _told_twice(bus: I2c, address: int, command: bytes) -> bytes | None:
    """What a command of one byte makes it say; None if it says so only once."""
    answers = []
    for _ in range(2):
        if acknowledged(bus, address, command) is None:
            return None
        answers.append(acknowledged(bus, address, b"", 2))
    return answers[0] if answers[0] == answers[1] else None


def _words(data: bytes | None) -> list[int]:
    data = data or b""
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def _crc4(words: list[int]) -> int:
    remainder = 0
    data = b"".join(word.to_bytes(2, "big") for word in (*words[:7], words[7] & 0xFF00))
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x3000 if remainder & 0x8000 else 0)
    return remainder >> 12 & 0x0F


def _is_bcd(byte: int, lowest: int, highest: int) -> bool:
    return byte & 0x0F <= 9 and lowest <= byte <= highest
