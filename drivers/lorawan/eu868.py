"""EU863-870 (LoRaWAN Regional Parameters 1.0.3 section 2.2; ETSI EN 300 220): what may be sent.

Duty cycles are whole thousandths, so that all that follows from them is exact.
"""

from typing import NamedTuple


class DataRate(NamedTuple):
    """Spreading factor, None for FSK; `bit_rate` is that of FSK.

    `max_payload` is the largest application payload (bytes) without MAC commands beside it, with
    room for a repeater: what modems and networks take.
    """

    spreading_factor: int | None
    bandwidth_hz: int
    max_payload: int
    bit_rate: int = 0


class SubBand(NamedTuple):
    """From `begins_hz` to below `ends_hz`; of any hour `duty_permille` thousandths may be sent."""

    begins_hz: int
    ends_hz: int
    duty_permille: int

    def off_ns(self, airtime_ns: int) -> int:
        """How long to be silent after so much: T * (1/dc - 1)."""
        return airtime_ns * (1000 - self.duty_permille) // self.duty_permille


DATA_RATES = (
    DataRate(12, 125_000, 51),
    DataRate(11, 125_000, 51),
    DataRate(10, 125_000, 51),
    DataRate(9, 125_000, 115),
    DataRate(8, 125_000, 222),
    DataRate(7, 125_000, 222),
    DataRate(7, 250_000, 222),
    DataRate(None, 50_000, 222, bit_rate=50_000),
)
"""DR0 to DR7."""

SUB_BANDS = (
    SubBand(863_000_000, 865_000_000, 1),
    SubBand(865_000_000, 868_000_000, 10),
    SubBand(868_000_000, 868_600_000, 10),
    SubBand(868_700_000, 869_200_000, 1),
    SubBand(869_400_000, 869_650_000, 100),
    SubBand(869_700_000, 870_000_000, 10),
)
"""In the order of frequency; between them nothing may be sent."""

DEFAULT_CHANNELS_HZ = (868_100_000, 868_300_000, 868_500_000)
"""Those that every device knows and joins on; they share one sub-band."""

RX2_HZ = 869_525_000
RX2_DATA_RATE = 0
"""Of the specification; The Things Network uses DR3."""


def data_rate(number: int) -> DataRate:
    """DR0 to DR7 by its number. Raises ValueError."""
    if not 0 <= number < len(DATA_RATES):
        raise ValueError(f"EU868 has the data rates 0 to {len(DATA_RATES) - 1}, not {number}")
    return DATA_RATES[number]


def sub_band(frequency_hz: int) -> SubBand:
    """Where that frequency lies. Raises ValueError where nothing may be sent."""
    for band in SUB_BANDS:
        if band.begins_hz <= frequency_hz < band.ends_hz:
            return band
    raise ValueError(f"{frequency_hz} Hz is in no sub-band of EU868")
