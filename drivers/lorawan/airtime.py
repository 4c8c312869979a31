"""How long a frame is on the air, exactly: Semtech AN1200.13 for LoRa, SX1276 datasheet for FSK.

A LoRa frame of LoRaWAN has a preamble of 8 symbols, an explicit header and coding rate 4/5; uplinks
have a CRC, downlinks have none. From 16 ms a symbol on its low data rate is optimised (DE).
"""

from drivers.lorawan.eu868 import DataRate, data_rate

OVERHEAD_BYTES = 13
"""MHDR, FHDR without FOpts, FPort and MIC: what a frame has beside its application payload."""
JOIN_REQUEST_BYTES = 23
MOST_BYTES = 255
"""The length of a frame is told in one byte."""

_SECOND_NS = 1_000_000_000
_LONG_SYMBOL_NS = 16_000_000
_PREAMBLE_QUARTERS = 4 * 8 + 17
"""8 symbols and the 4.25 of the sync word, in quarters of a symbol."""
_FSK_OVERHEAD_BYTES = 5 + 3 + 1 + 2
"""Preamble, sync word, length and CRC."""


def airtime_ns(phy_bytes: int, data_rate_number: int, *, crc: bool = True) -> int:
    """Time on air (ns) of a frame of so many bytes. Raises ValueError if there is no such frame.

    `crc`: of the payload; downlinks have none.
    """
    if not 0 <= phy_bytes <= MOST_BYTES:
        raise ValueError(f"a frame has 0 to {MOST_BYTES} bytes, not {phy_bytes}")
    rate = data_rate(data_rate_number)
    if rate.spreading_factor is None:
        return (phy_bytes + _FSK_OVERHEAD_BYTES) * 8 * _SECOND_NS // rate.bit_rate
    symbol_ns = symbol_time_ns(rate)
    symbols = _payload_symbols(phy_bytes, rate.spreading_factor, symbol_ns > _LONG_SYMBOL_NS, crc)
    return (_PREAMBLE_QUARTERS + 4 * symbols) * symbol_ns // 4


def uplink_ns(payload_bytes: int, data_rate_number: int) -> int:
    """Time on air (ns) of an uplink with that application payload, and without MAC commands."""
    return airtime_ns(payload_bytes + OVERHEAD_BYTES, data_rate_number)


def symbol_time_ns(rate: DataRate) -> int:
    """Of a LoRa data rate. Raises ValueError for FSK."""
    if rate.spreading_factor is None:
        raise ValueError("FSK has no symbols of LoRa")
    return (_SECOND_NS << rate.spreading_factor) // rate.bandwidth_hz


def _payload_symbols(phy_bytes: int, spreading_factor: int, optimised: bool, crc: bool) -> int:
    bits = 8 * phy_bytes - 4 * spreading_factor + 28 + 16 * crc
    in_a_group = 4 * (spreading_factor - 2 * optimised)
    return 8 + max(-(-bits // in_a_group) * 5, 0)
