"""What a configuration may say of a LoRaWAN modem, and what it must fit."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from gateway.airtime.fair_use import AIRTIME_PER_DAY_S, CONFIRMED_PER_DAY, DOWNLINKS_PER_DAY
from gateway.config import wording
from gateway.config.faults import Path
from gateway.config.mqtt import SecretFile
from gateway.config.privacy import SmallCounts, privacy_of
from gateway.config.values import Name, Seconds
from gateway.config.walk import Walker

DAY_S = 86_400
MOST_PLACES = 32
"""Sensors and zones that a frame can tell apart."""
_NS = 1_000_000_000

Eui = Annotated[
    str,
    Meta(
        pattern="^[0-9A-Fa-f]{16}$",
        extra={"plain": 'sixteen hexadecimal digits in quotes, as "70B3D57ED0000001"'},
    ),
]
"""An EUI-64 without colons."""

_ABP_REFUSED = (
    "activation by personalisation (ABP) is not supported: its keys are for ever, and a modem that "
    "has lost its counters is not heard any more"
)
_ABP = (_ABP_REFUSED, "register the device for OTAA, and name join_eui and app_key_file")


class Budget(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the network grants a device beside what the law does; by default that of TTN."""

    airtime_per_day: Annotated[
        Annotated[Seconds, Meta(gt=0, le=864)] | None,
        Meta(
            description="Seconds on the air in any 24 h; null = only the duty cycle of the law "
            "holds, for a network of your own."
        ),
    ] = AIRTIME_PER_DAY_S
    downlinks_per_day: Annotated[
        Annotated[int, Meta(ge=1, le=10_000)] | None,
        Meta(description="Answers of the network in any 24 h, acknowledgements too; null = any."),
    ] = DOWNLINKS_PER_DAY
    confirmed_per_day: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000,
            description="Uplinks in any 24 h that ask for an acknowledgement, by which the node "
            "knows that it is still heard; 0 = none, and then nobody notices a network that has "
            "forgotten the session: nothing arrives there, and the node goes on sending.",
        ),
    ] = CONFIRMED_PER_DAY


class LorawanUplink(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="lorawan"
):
    """A LoRaWAN modem at a serial bus: the only way out, or what is left while a broker is away."""

    refused: ClassVar[Mapping[str, tuple[str, str]]] = {
        "app_key": (
            "a key must not stand in the configuration, which is read, copied and shown",
            "put it into a file that only the service can read and name that: app_key_file",
        ),
        "app_eui": ("unknown key", "it is called join_eui since LoRaWAN 1.0.4: write that"),
        **dict.fromkeys(("dev_addr", "nwk_skey", "app_skey", "abp", "activation"), _ABP),
    }

    name: Annotated[Name, Meta(description="Unique among the uplinks.")]
    bus: Annotated[
        Name, Meta(description="The serial bus that the modem, and nothing else, is at.")
    ]
    modem: Annotated[
        Literal["auto", "rn2483", "lora-e5", "rak3172", "la66"],
        Meta(description="Its family; auto = whoever answers."),
    ] = "auto"
    join_eui: Annotated[
        Eui, Meta(description="As the network has registered the device (also AppEUI).")
    ]
    app_key_file: Annotated[
        SecretFile,
        Meta(
            description="File with the AppKey, 32 hexadecimal digits; a bare name is one in "
            "/etc/gateway/secrets."
        ),
    ]
    dev_eui: Annotated[
        Eui | None, Meta(description="As registered; null = the one that the modem was made with.")
    ] = None
    port: Annotated[int, Meta(ge=1, le=199, description="FPort of its readings.")] = 10
    adr: Annotated[bool, Meta(description="Let the network choose the data rate and power.")] = True
    data_rate: Annotated[
        int, Meta(ge=0, le=5, description="DR to begin with; without ADR to stay at.")
    ] = 3
    budget: Annotated[Budget, Meta(description="What may be on the air.")] = Budget()
    fallback_for: Annotated[
        Name | None,
        Meta(
            description="The MQTT uplink that is preferred: the modem is silent while that "
            "delivers; null = the modem carries what it can, always."
        ),
    ] = None
    fallback_after: Annotated[
        Seconds,
        Meta(ge=0, le=7 * DAY_S, description="For so long that uplink must not have delivered."),
    ] = 900.0
    interval: Annotated[
        Annotated[Seconds, Meta(ge=1, le=DAY_S)] | None,
        Meta(
            description="One row of counts and means for each; a multiple of `privacy.window` that "
            "divides a day; longer where the airtime asks for it; null = that window."
        ),
    ] = None
    repeats: Annotated[
        int,
        Meta(
            ge=1,
            le=4,
            description="In how many uplinks each row goes out, since some are not heard.",
        ),
    ] = 2
    start: Annotated[
        Literal["everything", "now"],
        Meta(
            description="Where a new uplink begins: with everything that the log still has, or "
            "with what is measured from now on."
        ),
    ] = "now"
    small_counts: Annotated[
        SmallCounts,
        Meta(
            description="How counts of people below `privacy.small_below` are told, as with MQTT."
        ),
    ] = "carry"

    @property
    def tls(self) -> bool:
        """LoRaWAN encrypts from the modem to the application server (AES-128)."""
        return True


class RadioCheck:
    """Notes faults of `walker` in the LoRaWAN uplinks."""

    def __init__(self, walker: Walker, bus_names: list[str], used: Mapping[str, Path]) -> None:
        """`used`: buses that sensors are at, with the place that says so."""
        self._walker = walker
        self._bus_names = bus_names
        self._used = dict(used)

    def look(self, count: int, places: int) -> None:
        """At so many uplinks, of any type; `places`: how many sensors and zones there are."""
        well = self._walker.well
        paths: list[Path] = [("uplinks", index) for index in range(count)]
        kinds = {well.get((*path, "name")): well.get((*path, "type")) for path in paths}
        for path in paths:
            if well.get((*path, "type")) == "lorawan":
                self._bus((*path, "bus"))
                self._preferred((*path, "fallback_for"), kinds)
                self._interval((*path, "interval"))
                self._places(path, places)

    def _bus(self, path: Path) -> None:
        name = self._walker.well.get(path)
        if name is None:
            return
        kind = self._walker.well.get(("buses", name, "type"))
        if name not in self._bus_names:
            cure = wording.choice(name, self._bus_names, "there are")
            self._walker.fault(path, f"no bus is called {wording.literal(name)}", cure)
        elif kind is not None and kind != "serial":
            cure = "a modem needs a bus of type serial of its own"
            self._walker.fault(path, f"{name} is a bus of type {kind}", cure)
        elif name in self._used:
            cure = "a serial port has one part: give the modem a bus of its own"
            self._walker.fault(path, f"bus {name} is in use", cure)
        else:
            self._used[name] = path

    def _preferred(self, path: Path, kinds: Mapping[Any, Any]) -> None:
        name = self._walker.well.get(path)
        if name is None or kinds.get(name) == "mqtt":
            return
        brokers = [one for one, kind in kinds.items() if kind == "mqtt" and one is not None]
        problem = f"no MQTT uplink is called {wording.literal(name)}"
        cure = wording.choice(name, brokers, "there are") if brokers else "remove the line"
        self._walker.fault(path, problem, cure)

    def _interval(self, path: Path) -> None:
        interval, privacy = self._walker.well.get(path), privacy_of(self._walker)
        if interval is None or privacy is None:
            return
        if round(interval * _NS) % round(privacy.window * _NS) or DAY_S * _NS % round(
            interval * _NS
        ):
            problem = f"no multiple of privacy.window ({privacy.window:.9g} s) that divides a day"
            self._walker.fault(path, problem, "remove the line, or write 15min, 30min, 1h or 1d")

    def _places(self, path: Path, places: int) -> None:
        if places > MOST_PLACES:
            problem = f"{places} sensors and zones, and a frame tells {MOST_PLACES} apart"
            self._walker.fault(path, problem, "leave some out, or share them between two nodes")
