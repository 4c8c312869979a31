"""A modem of each family with a network in its reach, for simulated buses."""

from drivers.lorawan.la66.model import La66Model
from drivers.lorawan.lora_e5.model import LoraE5Model
from drivers.lorawan.modem_model import ModemModel
from drivers.lorawan.radio import clock_sync, frames
from drivers.lorawan.radio.air import Air, Levels, Transmission
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.server import NetworkServer
from drivers.lorawan.rak3172.model import Rak3172Model
from drivers.lorawan.rn2483.model import Rn2483Model
from drivers.timebase import Timebase

MODELS: dict[str, type[ModemModel]] = {
    "la66": La66Model,
    "lora-e5": LoraE5Model,
    "rak3172": Rak3172Model,
    "rn2483": Rn2483Model,
}
USUAL = "lora-e5"


class OpenHouse:
    """A network that registers the device of `modem`, whatever keys that was given.

    It tells no time: a simulation has none that could date readings.
    """

    def __init__(self, modem: ModemModel) -> None:
        self.server = NetworkServer(utc_ns=0)
        self._modem = modem
        self._known: Registration | None = None

    def heard(self, uplink: Transmission, levels: Levels) -> list[Transmission]:
        """What it sends back."""
        if frames.kind(uplink.phy) is frames.Kind.JOIN_REQUEST:
            self._welcome()
        elif frames.header(uplink.phy).port == clock_sync.PORT:
            return []
        return self.server.heard(uplink, levels)

    def _welcome(self) -> None:
        keys = self._modem.mac.keys
        if keys is None:
            return
        join_eui, app_key = keys
        eui = self._modem.dev_eui
        device = Registration(eui.lower(), eui, join_eui, app_key.hex())
        if device != self._known:
            self._known = device
            self.server.register(device)


def simulated(family: str, time: Timebase, seed: int = 0) -> ModemModel:
    """A modem, alone on the air with its network; "auto" is one of them."""
    air = Air(seed=seed)
    modem = MODELS[USUAL if family == "auto" else family](air, time, seed=seed)
    air.attach(OpenHouse(modem))
    return modem
