"""CRC-8 of Sensirion, Aosong and TI: 0x31, begun with FF, neither reflected nor inverted."""


def _table() -> bytes:
    """What one byte does to the CRC."""
    entries = bytearray()
    for entry in range(256):
        crc = entry
        for _ in range(8):
            crc = (crc << 1 ^ (0x131 if crc & 0x80 else 0)) & 0x1FF
        entries.append(crc & 0xFF)
    return bytes(entries)


_TABLE = _table()


def crc8(data: bytes) -> int:
    """The checksum of these bytes; BE EF gives 0x92."""
    crc = 0xFF
    for byte in data:
        crc = _TABLE[crc ^ byte]
    return crc
