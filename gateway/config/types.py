"""What a configuration may say: frozen types, from which the check and the schema are derived."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from drivers import registry
from drivers.contract import BusKind, Part
from gateway.config.delivery import Backlog, Reconnect
from gateway.config.place import Place
from gateway.config.values import (
    PREFIX,
    AbsolutePath,
    Name,
    RankName,
    Seconds,
    Size,
    Text,
    TopicPrefix,
)


class Node(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who this gateway is: `<municipality>/<name>` in every topic and in every identity."""

    municipality: Annotated[Name, Meta(description="Whose node it is, e.g. brandis.")]
    name: Annotated[Name, Meta(description="Unique within the municipality, e.g. rathaus-01.")]
    runtime_dir: Annotated[
        AbsolutePath, Meta(description="Memory-backed folder for the journal and the status.")
    ] = "/run/gateway"
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


class I2cBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="i2c"
):
    """An I2C bus of this computer."""

    kind: ClassVar[BusKind] = "i2c"
    device: Annotated[AbsolutePath, Meta(description="Its device file.")] = "/dev/i2c-1"
    simulated: Annotated[bool, Meta(description="Simulated parts instead of the wire.")] = False


class SerialBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="serial"
):
    """A serial port, with one part at its end."""

    kind: ClassVar[BusKind] = "serial"
    device: Annotated[
        AbsolutePath,
        Meta(description="Its device file; /dev/serial/by-id/... survives renumbering."),
    ]
    simulated: Annotated[bool, Meta(description="A simulated part instead of the wire.")] = False


class GpioBus(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="gpio"
):
    """The GPIO lines of one chip."""

    kind: ClassVar[BusKind] = "gpio"
    chip: Annotated[int, Meta(ge=0, le=255, description="N of /dev/gpiochipN.")] = 0
    simulated: Annotated[bool, Meta(description="Simulated parts instead of the lines.")] = False

    @property
    def device(self) -> str:
        """Its device file."""
        return f"/dev/gpiochip{self.chip}"


Bus = I2cBus | SerialBus | GpioBus


class Sensor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One part on one bus. Once loaded, `options` is the driver's own configuration object."""

    name: Annotated[Name, Meta(description="Unique on this node; part of the topic.")]
    driver: Annotated[Text, Meta(description="What part it is: the name of its driver.")]
    bus: Annotated[Name, Meta(description="One of the names under `buses`.")]
    interval: Annotated[
        Seconds,
        Meta(
            ge=0,
            le=86_400,
            description="One reading each so many seconds, on multiples of them in UTC; 0 = as "
            "often as the bus can.",
        ),
    ] = 60.0
    rank: Annotated[
        RankName | None,
        Meta(
            description="How long its readings are kept when room runs out; null = by what it "
            "measures. Alarms are written at once."
        ),
    ] = None
    options: Annotated[Any, Meta(description="What this driver wants to know.")] = {}

    @property
    def part(self) -> Part:
        """What the registry holds under `driver`."""
        return registry.part(self.driver)


class MqttUplink(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="type", tag="mqtt"
):
    """An MQTT broker to deliver to."""

    refused: ClassVar[Mapping[str, tuple[str, str]]] = {
        "password": (
            "a password must not stand in the configuration, which is read, copied and shown",
            "put it into a file that only the service can read and name that: password_file",
        )
    }

    name: Annotated[Name, Meta(description="Unique among the uplinks.")]
    host: Annotated[
        str,
        Meta(
            pattern=r"^([^\s/@:\[\]]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,})$",
            max_length=253,
            description="Name or address of the broker.",
            extra={"plain": "a host name or address alone, without mqtt:// and :port"},
        ),
    ]
    port: Annotated[
        Annotated[int, Meta(ge=1, le=65_535)] | None,
        Meta(description="Its port; without it 8883 with TLS and 1883 without."),
    ] = None
    tls: Annotated[bool, Meta(description="Encrypt, and verify who the broker is.")] = True
    ca_file: Annotated[
        AbsolutePath | None,
        Meta(description="Certificates to trust; without it those of the system."),
    ] = None
    username: Annotated[Text | None, Meta(description="Login at the broker.")] = None
    password_file: Annotated[
        Annotated[
            str,
            Meta(
                pattern="^(/.*|[^/]+)$",
                extra={"plain": "a path that begins with /, or a bare file name"},
            ),
        ]
        | None,
        Meta(description="File with the password; a bare name is one in /etc/gateway/secrets."),
    ] = None
    prefix: Annotated[TopicPrefix, Meta(description="First levels of every topic.")] = PREFIX
    protocol: Annotated[
        Literal["5", "3.1.1"],
        Meta(description="Version of MQTT.", extra_json_schema={"also": {"const": 5}}),
    ] = "5"
    keepalive: Annotated[
        Seconds, Meta(ge=1, le=65_535, description="A sign of life at least so often.")
    ] = 60.0
    batch: Annotated[int, Meta(ge=1, le=10_000, description="Most readings in one message.")] = 200
    window: Annotated[
        int, Meta(ge=1, le=1000, description="Most messages under way unconfirmed.")
    ] = 20
    start: Annotated[
        Literal["everything", "now"],
        Meta(
            description="Where a new uplink begins: with everything that the log still has, or "
            "with what is measured from now on."
        ),
    ] = "everything"

    max_message: Annotated[
        Size,
        Meta(
            ge=1_000,
            le=10**8,
            description="Most bytes in one message; less where the broker says so.",
        ),
    ] = 256_000
    live: Annotated[
        bool, Meta(description="Also publish the newest reading of each sensor, retained.")
    ] = True
    backlog: Annotated[
        Backlog, Meta(description="How fast what is old goes out beside what is new.")
    ] = Backlog()
    reconnect: Annotated[
        Reconnect, Meta(description="How soon it is tried again after a failure.")
    ] = Reconnect()
    acknowledge: Annotated[
        Literal["broker", "platform"],
        Meta(
            description="When a reading is delivered: when the broker has it, or when the platform "
            "says on the topic `ack` that it has it."
        ),
    ] = "broker"

    @property
    def tcp_port(self) -> int:
        """The port to connect to: `port`, or the usual one."""
        return self.port or (8883 if self.tls else 1883)


Uplink = MqttUplink
"""A union as soon as there is a second kind; `type` says which it is."""


class Simulation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The world that simulated parts measure."""

    seed: Annotated[int, Meta(description="Same seed, same people.")] = 1
    people_per_minute: Annotated[float, Meta(ge=0, description="How busy the door is.")] = 12.0
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
    buses: Annotated[
        Mapping[Name, Bus], Meta(description="What sensors are wired to, each by a name of yours.")
    ]
    sensors: Annotated[tuple[Sensor, ...], Meta(min_length=1, description="What is measured.")]
    uplinks: Annotated[
        tuple[Uplink, ...], Meta(description="Where readings go; none = they are only kept.")
    ] = ()
    simulation: Simulation = Simulation()
