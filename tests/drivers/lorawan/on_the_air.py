"""A driver, its model, the air and a network, in virtual time; and what each family can do."""

from collections.abc import Callable
from typing import NamedTuple

from drivers.lorawan.contract import Fate, Keys, Modem, Settings
from drivers.lorawan.families import FAMILIES
from drivers.lorawan.lora_e5 import console_model as lora_e5
from drivers.lorawan.modem_model import NS, ModemModel
from drivers.lorawan.radio.air import Air
from drivers.lorawan.radio.membership import Registration
from drivers.lorawan.radio.network_events import UplinkHeard
from drivers.lorawan.radio.server import NetworkServer
from drivers.lorawan.rak3172 import console_model as rak3172
from drivers.lorawan.simulated import MODELS
from drivers.timebase import VirtualTimebase
from tests.drivers.lorawan.wire import VirtualWire

DEV_EUI, JOIN_EUI = "0004A30B001C0530", "70B3D57ED0000001"
APP_KEY = "B6B53F4A168A7A88BDF7EA135CE9CFCA"
KEYS = Keys(JOIN_EUI, APP_KEY)
SETTINGS = Settings(adr=True, data_rate=3)


class Family(NamedTuple):
    """`kept`: it takes up its session after a power cut; `rejoins`: it joins by itself then.

    `begins_at`: the data rate of a session where 3 was asked for. `full`: what it says when the
    duty cycle is used up; None: nothing, it keeps the uplink. `tells_wait`: and for how long.
    `first_ack`: it tells of an acknowledgement also if that is the first downlink of a session.
    `flushes`: what is too long puts an empty frame on the air. `refuses_joins`: it says so when it
    does not ask to join.
    """

    begins_at: int = 3
    tells_address: bool = True
    tells_counters: bool = True
    tells_restart: bool = True
    first_ack: bool = True
    kept: bool = False
    rejoins: bool = False
    full: Fate | None = Fate.NO_CHANNEL
    tells_wait: bool = True
    flushes: bool = False
    refuses_joins: bool = True


CAN = {
    "la66": Family(
        begins_at=5,
        tells_address=False,
        first_ack=False,
        rejoins=True,
        full=None,
        flushes=True,
        refuses_joins=False,
    ),
    "lora-e5": Family(tells_restart=False),
    "rak3172": Family(tells_counters=False, flushes=True),
    "rn2483": Family(kept=True, tells_wait=False),
}

VARIANTS: dict[str, tuple[str, dict[str, str]]] = {
    "la66": ("la66", {}),
    "lora-e5": ("lora-e5", {}),
    "lora-e5 of 2.0.10": ("lora-e5", {"firmware": lora_e5.OLD}),
    "rak3172": ("rak3172", {}),
    "rak3172 of RUI 3": ("rak3172", {"firmware": rak3172.OLD}),
    "rn2483": ("rn2483", {}),
}
"""Each family, and how its older firmware spells."""


class Wire(VirtualWire):
    """`at`: what happens to the modem, and when (ns)."""

    def __init__(self, model: ModemModel, time: VirtualTimebase) -> None:
        super().__init__(model, time)
        self.at: list[tuple[int, Callable[[], None]]] = []

    def _step(self) -> bytes:
        due = [action for at_ns, action in self.at if at_ns <= self.time.now_ns()]
        self.at = [one for one in self.at if one[0] > self.time.now_ns()]
        for action in due:
            action()
        return super()._step()


class Site:
    """A modem that has booted, unless it is `booting`, its port, and a network that knows it."""

    def __init__(self, variant: str, booting: bool = False) -> None:
        self.family, options = VARIANTS[variant]
        self.can = CAN[self.family]
        self.time = VirtualTimebase()
        self.air = Air(seed=1)
        self.server = NetworkServer(utc_ns=1_800_000_000_000_000_000)
        self.server.register(Registration("rathaus-01", DEV_EUI, JOIN_EUI, APP_KEY))
        self.uplinks: list[UplinkHeard] = []
        self.server.listeners.append(self._note)
        self.air.attach(self.server)
        made = MODELS[self.family]
        self.model: ModemModel = made(self.air, self.time, DEV_EUI, seed=1, **options)
        self.wire = Wire(self.model, self.time)
        self.time.sleep(0 if booting else 5)

    def _note(self, event: object) -> None:
        if isinstance(event, UplinkHeard):
            self.uplinks.append(event)

    @property
    def payloads(self) -> list[bytes]:
        """What the network has told of, less the empty frames of a modem's own."""
        return [each.payload for each in self.uplinks if each.payload]

    def modem(self, settings: Settings = SETTINGS, keys: Keys = KEYS) -> Modem:
        """Its driver, open and prepared."""
        modem = FAMILIES[self.family].modem(self.wire)
        modem.open()
        modem.prepare(keys, settings)
        return modem

    def joined(self, settings: Settings = SETTINGS) -> Modem:
        """And it has joined."""
        modem = self.modem(settings)
        assert modem.join().session is not None
        self.time.sleep(60)
        return modem

    def move(self, modem: Modem, data_rate: int) -> None:
        """The network moves the data rate, and knows that this was obeyed."""
        self.server.set_data_rate(DEV_EUI, data_rate)
        while self.server.member(DEV_EUI).requests:
            assert modem.send(9, b"\x00").fate is Fate.SENT
            self.time.sleep(300)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """It happens when somebody looks at the port next."""
        self.wire.at.append((self.time.now_ns() + round(seconds * NS), action))
