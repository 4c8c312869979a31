"""What a configuration may say of an MQTT broker."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from gateway.config.delivery import Backlog, Reconnect
from gateway.config.privacy import SmallCounts
from gateway.config.values import PREFIX, AbsolutePath, Name, Seconds, Size, Text, TopicPrefix

_USUAL_PORTS = {
    ("tcp", True): 8883,
    ("tcp", False): 1883,
    ("websockets", True): 443,
    ("websockets", False): 80,
}

Host = Annotated[
    str,
    Meta(
        pattern=r"^([^\s/@:\[\]]+|[0-9A-Fa-f.]*(:[0-9A-Fa-f.]*){2,})$",
        max_length=253,
        extra={"plain": "a host name or address alone, without mqtt:// and :port"},
    ),
]
Port = Annotated[int, Meta(ge=1, le=65_535)]
SecretFile = Annotated[
    str,
    Meta(
        pattern="^(/.*|[^/]+)$",
        extra={"plain": "a path that begins with /, or a bare file name"},
    ),
]
"""A bare name is a file in /etc/gateway/secrets."""

Protocol = Annotated[
    str, Meta(pattern="^[!-~]{1,255}$", extra={"plain": "the name of a protocol, such as mqtt"})
]


class Fallback(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another broker, with the login and the rules for TLS of the first."""

    host: Annotated[Host, Meta(description="Name or address of the broker.")]
    port: Annotated[Port | None, Meta(description="Its port; without it that of the first.")] = None
    server_name: Annotated[
        Host | None, Meta(description="Name in its certificate; without it `host`.")
    ] = None


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
    host: Annotated[Host, Meta(description="Name or address of the broker.")]
    port: Annotated[
        Port | None,
        Meta(
            description="Its port; without it 8883 with TLS and 1883 without, through websockets "
            "443 and 80."
        ),
    ] = None
    fallbacks: Annotated[
        tuple[Fallback, ...],
        Meta(max_length=3, description="Brokers to try, in this order, where the first fails."),
    ] = ()
    transport: Annotated[
        Literal["tcp", "websockets"],
        Meta(description="Websockets pass where only the web is let through."),
    ] = "tcp"
    path: Annotated[
        str,
        Meta(
            pattern="^/[!-~]*$",
            max_length=1000,
            description="Of the websocket.",
            extra={"plain": "a path that begins with / and holds no spaces"},
        ),
    ] = "/mqtt"
    tls: Annotated[bool, Meta(description="Encrypt, and verify who the broker is.")] = True
    ca_file: Annotated[
        AbsolutePath | None,
        Meta(description="Certificates to trust; without it those of the system."),
    ] = None
    server_name: Annotated[
        Host | None,
        Meta(description="Name in the broker's certificate; without it `host`."),
    ] = None
    cert_file: Annotated[
        SecretFile | None,
        Meta(
            description="Certificate of this node, if the broker asks for one; a bare name is a "
            "file in /etc/gateway/secrets."
        ),
    ] = None
    key_file: Annotated[
        SecretFile | None,
        Meta(description="Its private key, without a password; not needed if both are one file."),
    ] = None
    alpn: Annotated[
        tuple[Protocol, ...],
        Meta(
            max_length=10, description="Protocols to name in the TLS handshake, if a port needs it."
        ),
    ] = ()
    username: Annotated[Text | None, Meta(description="Login at the broker.")] = None
    password_file: Annotated[
        SecretFile | None,
        Meta(description="File with the password; a bare name is one in /etc/gateway/secrets."),
    ] = None
    prefix: Annotated[TopicPrefix, Meta(description="First levels of every topic.")] = PREFIX
    protocol: Annotated[
        Literal["auto", "5", "3.1.1"],
        Meta(
            description="Version of MQTT; auto = 5, and 3.1.1 for a broker that does not know it.",
            extra_json_schema={"also": {"const": 5}},
        ),
    ] = "auto"
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
    small_counts: Annotated[
        SmallCounts,
        Meta(
            description="How counts of people below `privacy.small_below` are told: carry = later, "
            "with what follows, so that sums of a day are exact; none = as they are; round5 = all "
            "counts to multiples of 5; suppress = not at all."
        ),
    ] = "carry"
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

    def __post_init__(self) -> None:
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("key_file needs cert_file")
        if not self.tls:
            wanted = [name for name in ("cert_file", "alpn") if getattr(self, name)]
            if wanted:
                raise ValueError(f"{wanted[0]} needs tls: true")
        if self.password_file is not None and self.username is None:
            raise ValueError("password_file needs username")

    @property
    def tcp_port(self) -> int:
        """The port to connect to: `port`, or the usual one."""
        return self.port or _USUAL_PORTS[self.transport, self.tls]
