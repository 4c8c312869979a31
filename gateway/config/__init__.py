"""The configuration of a gateway: one YAML file into frozen typed objects, or all its faults."""

from pathlib import Path

from gateway.config.buses import (
    Bus,
    GpioBus,
    I2cBus,
    I2cMuxBus,
    I2cPins,
    OneWireBus,
    RootBus,
    SerialBus,
)
from gateway.config.capture import Capture
from gateway.config.check import check
from gateway.config.delivery import Backlog, Reconnect
from gateway.config.faults import ConfigError, ConfigFault
from gateway.config.filled import NOTICE, captured, holes
from gateway.config.load import document
from gateway.config.lorawan import Budget, LorawanUplink
from gateway.config.mqtt import Fallback, MqttUplink
from gateway.config.notice import Bilingual, Controller, Language, Notice
from gateway.config.occupancy import Zone
from gateway.config.place import Place
from gateway.config.privacy import Privacy, QuietHours, SmallCounts, is_about_people
from gateway.config.source import read
from gateway.config.types import (
    Buffer,
    Clock,
    Config,
    Node,
    Sensor,
    Simulation,
    Uplink,
)
from gateway.config.values import Seconds, Size, TimeOfDay
from gateway.config.walk import Walker
from gateway.config.wires import addresses_of, lineage, root_of, wires

__all__ = [
    "Backlog",
    "Bilingual",
    "Budget",
    "Buffer",
    "Bus",
    "Capture",
    "Clock",
    "Config",
    "ConfigError",
    "ConfigFault",
    "Controller",
    "Fallback",
    "GpioBus",
    "I2cBus",
    "I2cMuxBus",
    "I2cPins",
    "Language",
    "LorawanUplink",
    "MqttUplink",
    "Node",
    "Notice",
    "OneWireBus",
    "Place",
    "Privacy",
    "QuietHours",
    "Reconnect",
    "RootBus",
    "Seconds",
    "Sensor",
    "SerialBus",
    "Simulation",
    "Size",
    "SmallCounts",
    "TimeOfDay",
    "Uplink",
    "Zone",
    "addresses_of",
    "is_about_people",
    "lineage",
    "load",
    "load_filled",
    "mqtt_uplinks",
    "parse",
    "root_of",
    "wires",
]


def mqtt_uplinks(config: Config) -> list[MqttUplink]:
    """Those uplinks that are brokers."""
    return [uplink for uplink in config.uplinks if isinstance(uplink, MqttUplink)]


def load(path: str | Path) -> Config:
    """The configuration in a file. Raises ConfigError with all that is wrong with it."""
    return parse(read(path), str(path))


def parse(text: str, name: str = "gateway.yaml") -> Config:
    """The configuration in a text; `name` is what its faults are said to be in."""
    return check(document(text, name), name)


def load_filled(path: str | Path, language: Language) -> Config:
    """The same, for a notice in that language.

    Raises ConfigError also with all that it lacks, and with what would make it untrue.
    """
    found = document(read(path), str(path))
    config = check(found, str(path))
    walker = Walker(found.lines)
    for place, cure in holes(config, language):
        walker.fault(place, "not filled in", cure)
    for place, problem, cure in captured(config):
        walker.fault(place, problem, cure)
    if walker.faults:
        raise ConfigError(str(path), walker.faults, NOTICE)
    return config
