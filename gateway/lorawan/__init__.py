"""Delivery over a LoRaWAN modem: the only way out of a node, or what is left of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from drivers.bus.ports import Serial
from drivers.errors import BusError, BusErrorKind
from drivers.lorawan.contract import Modem, Settings
from drivers.lorawan.families import FAMILIES, detect
from gateway.airtime import Budget, Ledger
from gateway.buffer import Log
from gateway.civil import CivilTime
from gateway.clock import Anchor, Clock
from gateway.config import Config, LorawanUplink
from gateway.lorawan.carrier import Carrier, Ends
from gateway.lorawan.daily import VERSION
from gateway.lorawan.folding import Layout
from gateway.lorawan.gate import Gate, Preferred
from gateway.lorawan.keys import keys
from gateway.lorawan.link import Link
from gateway.lorawan.orders import Orders
from gateway.lorawan.places import alarms, places
from gateway.lorawan.state import StateFile

__all__ = ["VERSION", "Around", "Carrier", "Link", "Radio", "alarms", "carrier", "link", "places"]


class Radio(NamedTuple):
    """One radio uplink of a node, its clock, and the port of its bus.

    `chance` spreads JoinRequests; None: whatever the system draws.
    """

    config: Config
    uplink: LorawanUplink
    clock: Clock
    port: Serial
    chance: Random | None = None


def link(radio: Radio) -> Link:
    """Its modem, ledger and state, which are files beside the log."""
    _, uplink, clock, _, chance = radio
    folder = Path(radio.config.buffer.path).parent
    granted = uplink.budget
    budget = Budget(granted.airtime_per_day, granted.downlinks_per_day, granted.confirmed_per_day)
    state = StateFile(folder / f"lorawan-{uplink.name}.json", uplink.name, clock)
    known = state.kept.dev_eui is not None or state.is_damaged
    return Link(
        uplink.name,
        lambda: _modem(radio),
        lambda: keys(uplink),
        Settings(uplink.adr, uplink.data_rate),
        Ledger(
            folder / f"airtime-{uplink.name}",
            clock,
            uplink.name,
            budget,
            expected=known,
            chance=chance,
        ),
        state,
        clock,
    )


class Around(NamedTuple):
    """The rest of the node: `hear` takes in what the network tells of the time.

    `findings`: how much is wrong; `preferred`: what the radio stands in for, if there is one.
    """

    log: Log
    hear: Callable[[Anchor], None]
    findings: Callable[[], int]
    preferred: Preferred | None = None


def carrier(radio: Radio, around: Around) -> Carrier:
    """Its way through the log."""
    log, hear, findings, preferred = around
    uplink, clock = radio.uplink, radio.clock
    own = link(radio)
    window_s = round(radio.config.privacy.window) or 1
    ends = Ends(
        log.reader(uplink.name),
        log.readers.feed(uplink.name),
        own,
        Orders(clock, partial(_hear, own, hear), window_s),
        log.utc_ns,
        findings,
        radio.config.buffer.commit_every,
    )
    names = {name: place for place, name in enumerate(places(radio.config))}
    day = CivilTime(radio.config.node.timezone).day
    layout = Layout(names, alarms(radio.config), window_s, day)
    gate = Gate(preferred, uplink.fallback_after, clock)
    return Carrier(ends, uplink, layout, gate, clock)


def _hear(own: Link, hear: Callable[[Anchor], None], told: Anchor) -> None:
    """The network has told the time: of the log, and of how long the ledger was away."""
    hear(told)
    own.ledger.hear(told)


def _modem(radio: Radio) -> Modem:
    """That of the configured family, or of whoever answers. Raises BusError."""
    wanted = radio.uplink.modem
    family = detect(radio.port) if wanted == "auto" else wanted
    if family is None:
        bus = radio.uplink.bus
        raise BusError(
            f"no modem answers on bus {bus}",
            f"supply, RX and TX swapped? Stop the daemon, then: gateway scan --bus {bus}",
            BusErrorKind.NO_ANSWER,
        )
    return FAMILIES[family].modem(radio.port)
