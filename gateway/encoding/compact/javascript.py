"""codec.js: how a network server reads frames and writes commands, from the same tables.

ES5.1, strict. The Things Stack (one script of 40,960 bytes at most) puts a function `main` behind
it, hands in `recvTime` as a Date (not before 2025), and calls all four functions. ChirpStack v4
runs it as a script in QuickJS, beside its own names `Buffer` and `chirpstack_input`, hands in a
Date as well, and calls `decodeUplink` and `encodeDownlink` alone. The functions stand in codec/*.js
beside this module; what is inserted are the tables.
"""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from drivers.quantities import QUANTITIES, Kind, Quantity
from gateway.encoding.compact import downlinks
from gateway.encoding.compact.layouts import AIRS, DOOR, MOST_DOORS
from gateway.encoding.compact.objects import NORMAL
from gateway.encoding.compact.values import is_signed, lowest, radio_of, ratio

MOST_BYTES = 40_960
"""Of a script in The Things Stack."""
_PLACE = "/*TABLES*/"


def generated(names: Sequence[str] | None = None) -> str:
    """The whole script; `names` of a node's sensors, in the order of `meta`: lorawan.sensors."""
    folder = files("gateway.encoding.compact") / "codec"
    parts = sorted(part.name for part in folder.iterdir() if part.name.endswith(".js"))
    text = "".join((folder / part).read_text(encoding="utf-8") for part in parts)
    return text.replace(_PLACE, _tables(names or ()), 1)


def _tables(names: Sequence[str]) -> str:
    told = sorted((one for one in QUANTITIES.values() if one.radio), key=lambda one: one.code)
    rows = ",\n".join(f"  {one.code}: {_text(_row(one))}" for one in told)
    airs = [[[one.code for one in sensor] for sensor in air] for air in AIRS]
    tables = {
        "NAMES": list(names),
        "DOOR": [one.code for one in DOOR],
        "MOST_DOORS": MOST_DOORS,
        "AIRS": airs,
        "NORMAL": NORMAL,
        "COMMAND_PORT": downlinks.PORT,
        "MOST_BYTES": downlinks.MOST_BYTES,
        "MOST_REPLAYED": downlinks.MOST_REPLAYED_S,
        "LEAST_INTERVAL": downlinks.LEAST_INTERVAL_S,
        "MOST_INTERVAL": downlinks.MOST_INTERVAL_S,
    }
    lines = [f"var {name} = {_text(value)};" for name, value in tables.items()]
    return "\n".join([*lines, f"var QUANTITIES = {{\n{rows}\n}};"])


def _row(quantity: Quantity) -> dict[str, Any]:
    radio = radio_of(quantity)
    numerator, denominator = ratio(radio)
    return {
        "name": quantity.name,
        "times": numerator,
        "per": denominator,
        "low": None if radio.low is None else lowest(radio),
        "bits": radio.bits,
        "change": radio.change,
        "counter": quantity.kind is Kind.COUNTER,
        "numbered": quantity.kind in (Kind.COUNTER, Kind.TOTAL),
        "signed": is_signed(quantity),
    }


def _text(value: Any) -> str:
    return json.dumps(value)
