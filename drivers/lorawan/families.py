"""The modems that a node can send through, by name."""

from collections.abc import Callable
from typing import NamedTuple

from drivers.bus.ports import Serial
from drivers.lorawan.contract import Modem
from drivers.lorawan.la66 import probe as la66
from drivers.lorawan.la66.driver import La66
from drivers.lorawan.lora_e5 import probe as lora_e5
from drivers.lorawan.lora_e5.driver import LoraE5
from drivers.lorawan.rak3172 import probe as rak3172
from drivers.lorawan.rak3172.driver import Rak3172
from drivers.lorawan.rn2483 import probe as rn2483
from drivers.lorawan.rn2483.driver import Rn2483
from drivers.probe import SerialProbe


class Family(NamedTuple):
    """`words`: what it is called in sentences; `modem(port)` opens nothing."""

    words: str
    probe: SerialProbe
    modem: Callable[[Serial], Modem]

    @property
    def baudrate(self) -> int:
        """As it comes from its maker."""
        return self.probe.baudrate


FAMILIES = {
    "lora-e5": Family("Seeed LoRa-E5 (LoRaWAN modem)", lora_e5.PROBE, LoraE5),
    "la66": Family("Dragino LA66 (LoRaWAN modem)", la66.PROBE, La66),
    "rn2483": Family("Microchip RN2483 (LoRaWAN modem)", rn2483.PROBE, Rn2483),
    "rak3172": Family("RAK3172 (LoRaWAN modem)", rak3172.PROBE, Rak3172),
}
"""Slow ports first: the order in which they are asked."""


def detect(port: Serial) -> str | None:
    """The family that answers on that port, None = none; nothing is set. Raises BusError.

    The port is left closed. Only for a port that is known to have a modem, or nobody, on it.
    """
    try:
        for name, family in FAMILIES.items():
            port.open(family.baudrate)
            if family.probe.ask is not None and family.probe.ask(port) is not None:
                return name
    finally:
        port.close()
    return None
