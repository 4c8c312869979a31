"""What a configuration may say: frozen types, from which the check and the schema are derived."""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from drivers import registry
from drivers.contract import Part
from drivers.simulation.scenarios import ScenarioName
from gateway.config.buses import Bus
from gateway.config.conditioning import Calibration, Checks
from gateway.config.lorawan import LorawanUplink
from gateway.config.mqtt import MqttUplink
from gateway.config.notice import Notice
from gateway.config.occupancy import Zone
from gateway.config.place import Place
from gateway.config.privacy import Privacy
from gateway.config.values import (
    AbsolutePath,
    Name,
    RankName,
    Seconds,
    Size,
    Text,
    TimezoneName,
)


class Node(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who this gateway is: `<municipality>/<name>` in every topic and in every identity."""

    municipality: Annotated[Name, Meta(description="Whose node it is, e.g. brandis.")]
    name: Annotated[Name, Meta(description="Unique within the municipality, e.g. rathaus-01.")]
    runtime_dir: Annotated[
        AbsolutePath, Meta(description="Memory-backed folder for the journal and the status.")
    ] = "/run/gateway"
    timezone: Annotated[
        TimezoneName,
        Meta(description="For what is set as a time of day: an IANA name. Readings are in UTC."),
    ] = "Europe/Berlin"
    place: Annotated[Place, Meta(description="Where it is; published as it stands here.")] = Place()


class Buffer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The log on disk, in which every reading is kept until it has been delivered."""

    path: Annotated[AbsolutePath, Meta(description="The file of the log.")] = (
        "/var/lib/gateway/log.db"
    )
    commit_every: Annotated[
        Seconds,
        Meta(
            ge=0, le=60, description="Readings are written in groups this far apart; 0 = each one."
        ),
    ] = 10.0
    max_size: Annotated[
        Size,
        Meta(
            ge=100_000,
            le=10**12,
            description="Room for the log; when it is full old readings are thinned, lowest rank "
            "first, before any is dropped.",
        ),
    ] = 512_000_000
    hold_back: Annotated[
        Seconds,
        Meta(
            ge=0,
            le=35 * 86_400,
            description="Readings are kept so long after they were measured, in time that the node "
            "was running, though they are delivered, so that a platform can ask for them again; "
            "they are the first to go when room runs out.",
        ),
    ] = 14 * 86_400.0
    max_age: Annotated[
        Annotated[Seconds, Meta(ge=86_400, le=36_500 * 86_400)] | None,
        Meta(
            description="Readings older than this, in time that the node was running, are dropped "
            "even if they were not delivered; null = never."
        ),
    ] = None
    reserve: Annotated[
        Size,
        Meta(
            ge=0,
            le=10**12,
            description="Room on the file system that is left to others; that some is missing "
            "counts after ten minutes.",
        ),
    ] = 200_000_000


class Clock(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the time may come from, beside those who synchronise the system clock."""

    rtc: Annotated[
        Annotated[str, Meta(pattern="^rtc[0-9]{1,3}$", extra={"plain": "a name such as rtc0"})]
        | None,
        Meta(
            description="A battery clock, as it is called in /sys/class/rtc: an estimate until the "
            "system clock is synchronised; null = there is none."
        ),
    ] = None


USUAL_INTERVAL_S = 60.0


class Sensor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One part on one bus. Once loaded, `options` is the driver's own configuration object.

    An `interval` of what tells of people is never null then.
    """

    name: Annotated[Name, Meta(description="Unique on this node; part of the topic.")]
    driver: Annotated[Text, Meta(description="What part it is: the name of its driver.")]
    bus: Annotated[Name, Meta(description="One of the names under `buses`.")]
    interval: Annotated[
        Annotated[Seconds, Meta(ge=0, le=86_400)] | None,
        Meta(
            description="One reading each so many seconds, on multiples of them in UTC; 0 = as "
            "often as the bus can; null = each minute, and what tells of people each "
            "`privacy.window`, of which it is a multiple."
        ),
    ] = None
    rank: Annotated[
        RankName | None,
        Meta(
            description="How long its readings are kept when room runs out; null = by what it "
            "measures. Alarms are written at once."
        ),
    ] = None
    average: Annotated[
        Annotated[Seconds, Meta(ge=0.1, le=3600)] | None,
        Meta(
            description="Read it so often, and send the mean, smallest and largest of each "
            "interval, which is a multiple of this; null = one value each interval."
        ),
    ] = None
    calibrations: Annotated[
        tuple[Calibration, ...], Meta(description="By which its values are corrected.")
    ] = ()
    checks: Annotated[Checks, Meta(description="What is plausible, by quantity.")] = {}
    compensation: Annotated[
        Mapping[Text, Name],
        Meta(
            description="What the values of this part depend on, each with the name of the sensor "
            "that measures it: {pressure: foyer-air}."
        ),
    ] = {}
    options: Annotated[Any, Meta(description="What this driver wants to know.")] = {}

    @property
    def interval_s(self) -> float:
        """Seconds between two readings."""
        return USUAL_INTERVAL_S if self.interval is None else self.interval

    @property
    def part(self) -> Part:
        """What the registry holds under `driver`."""
        return registry.part(self.driver)


Uplink = MqttUplink | LorawanUplink
"""`type` says which it is."""


class Simulation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The world that simulated parts measure."""

    seed: Annotated[int, Meta(description="Same seed, same people.")] = 1
    i2c_clock: Annotated[
        Annotated[int, Meta(ge=1_000, le=1_000_000)] | None,
        Meta(
            description="Bits a second of simulated I2C buses, on which parts then take their "
            "time; null = neither takes any."
        ),
    ] = None
    scenario: Annotated[
        ScenarioName, Meta(description="What kind of crowd; docs/counting.md has them.")
    ] = "single-file"
    people_per_minute: Annotated[
        Annotated[float, Meta(ge=0, le=1000)] | None,
        Meta(description="How busy the door is, in the mean; null = as the scenario has it."),
    ] = None
    people: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="At most so many; null = no end.")
    ] = None
    truth_file: Annotated[
        Text | None, Meta(description="Who has really walked through is written here.")
    ] = None


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One gateway: what is wired to it, where its readings are kept and where they go."""

    node: Node
    buffer: Buffer = Buffer()
    clock: Clock = Clock()
    privacy: Privacy = Privacy()
    buses: Annotated[
        Mapping[Name, Bus], Meta(description="What sensors are wired to, each by a name of yours.")
    ]
    sensors: Annotated[tuple[Sensor, ...], Meta(min_length=1, description="What is measured.")]
    occupancy: Annotated[
        tuple[Zone, ...], Meta(description="Zones: how many people are in there, by their doors.")
    ] = ()
    uplinks: Annotated[
        tuple[Uplink, ...], Meta(description="Where readings go; none = they are only kept.")
    ] = ()
    notice: Notice = Notice()
    simulation: Simulation = Simulation()
