"""The node in a device repository (that of The Things Stack): index, device, profile and codec.

Examples of the codec are what this program encodes. YAML takes JSON as it is, so what is nested
stands in it as JSON.
"""

import json
from collections.abc import Sequence
from typing import Any

from gateway import __version__
from gateway.encoding.compact import downlinks
from gateway.encoding.compact.downlinks import Ack, Command, Replay, SetInterval
from gateway.encoding.compact.frames import decode, encode
from gateway.encoding.compact.objects import as_data, as_normalized
from gateway.encoding.compact.rows import Interval, Part, Row
from gateway.encoding.compact.status import Status, encode_status
from gateway.model import rfc3339

PORT = 10
"""Where uplinks go out, unless it is configured otherwise."""
_AT_S = 1_795_168_800
_LENGTH_S = 1200
"""No length that has a short form: of such a time the frame tells all, so that examples come out
the same whenever they are tried, and whether or not `recvTime` is handed in."""
_EPOCH = 7_107_899
_ROOM = 51

_INDEX = """\
# An entry for vendor/index.yaml
vendors:
  - id: partheland
    name: Partheland
"""
_DEVICES = f"""\
endDevices:
  - gateway
profileIDs:
  '1':
    endDeviceID: gateway
    firmwareVersion: '{__version__}'
    region: EU863-870
"""
_DEVICE = f"""\
name: People counter and climate gateway
description: Counts people at doors and measures their air, on a Raspberry Pi with a LoRaWAN modem
firmwareVersions:
  - version: '{__version__}'
    numeric: 1
    profiles:
      EU863-870:
        id: gateway-profile
        lorawanCertified: false
        codec: gateway-codec
"""
_PROFILE = """\
macVersion: '1.0.3'
regionalParametersVersion: RP001-1.0.3-RevA
supportsJoin: true
maxEIRP: 16
supports32bitFCnt: true
supportsClassB: false
supportsClassC: false
"""


def files() -> dict[str, str]:
    """Their texts by path below docs/lorawan/; codec.js belongs beside them."""
    return {
        "device/index.yaml": _INDEX,
        "device/partheland/index.yaml": _DEVICES,
        "device/partheland/gateway.yaml": _DEVICE,
        "device/partheland/gateway-profile.yaml": _PROFILE,
        "device/partheland/gateway-codec.yaml": _codec(),
    }


def _codec() -> str:
    uplinks = [_uplink(what, payload) for what, payload in _uplinks()]
    pairs = [_downlink(what, commands) for what, commands in _DOWNLINKS]
    sections = {
        "uplinkDecoder": uplinks,
        "downlinkEncoder": [to for to, _ in pairs],
        "downlinkDecoder": [back for _, back in pairs],
    }
    return "".join(_section(name, examples) for name, examples in sections.items())


def _section(name: str, examples: Sequence[dict[str, Any]]) -> str:
    lines = [f"{name}:", "  fileName: codec.js", "  examples:"]
    for example in examples:
        for place, (key, value) in enumerate(example.items()):
            lines.append(f"    {' ' if place else '-'} {key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def _uplink(what: str, payload: bytes) -> dict[str, Any]:
    told = decode(payload, _AT_S)
    return {
        "description": what,
        "input": {"fPort": PORT, "bytes": list(payload)},
        "output": {"data": as_data(told)},
        "normalizedOutput": as_normalized(told),
    }


def _downlink(what: str, commands: Sequence[Command]) -> tuple[dict[str, Any], dict[str, Any]]:
    """For the encoder, and back for the decoder."""
    data = {"data": {"commands": [as_json(command) for command in commands]}}
    sent = {"bytes": list(downlinks.encode(commands)), "fPort": downlinks.PORT}
    return (
        {"description": what, "input": data, "output": sent},
        {"description": what, "input": sent, "output": data},
    )


def as_json(command: Command) -> dict[str, Any]:
    """As `encodeDownlink` takes it, and `decodeDownlink` says it."""
    match command:
        case Ack(epoch, number):
            return {"ack": {"epoch": epoch, "number": number}}
        case Replay(begins_s, ends_s):
            ends = [rfc3339(one * 1_000_000_000) for one in (begins_s, ends_s)]
            return {"replay": dict(zip(("from", "to"), ends, strict=True))}
        case SetInterval(seconds):
            return {"interval": seconds}


_DOWNLINKS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    ("The platform has all counts up to that number", (Ack(_EPOCH, 10_234),)),
    ("Send again what is of that hour", (Replay(_AT_S - 3600, _AT_S),)),
    ("An uplink each half an hour", (SetInterval(1800),)),
    ("Two commands at once", (Ack(_EPOCH, 10_234), SetInterval(900))),
)


def _uplinks() -> list[tuple[str, bytes]]:
    rows = [_doors_and_air(back) for back in range(4)]
    return [
        ("Two doors and the air between them, one interval", _frame(rows[:1])),
        ("The same, four intervals", _frame(rows)),
        ("Counts that were carried on, and intervals with nothing to tell", _frame(_carried())),
        ("Other sensors than those that are usual", _frame([_unusual()])),
        ("How the node is", encode_status(Status(1, 96, 900, (0, 1, 0)))),
    ]


def _frame(rows: Sequence[Row]) -> bytes:
    payload, taken = encode(_EPOCH, rows, _ROOM)
    assert taken == len(rows)
    return payload


def _doors_and_air(back: int) -> Row:
    number, counts = 10_234 - 3 * back, {"count_in": 4.0 + back, "count_out": 3.0}
    doors = [Part(door, counts, number + door, number + door, 1) for door in range(2)]
    air = {"temperature": 21.4 - back / 10, "humidity": 47.0, "co2": 810.0 - 30 * back}
    return Row(_AT_S - _LENGTH_S * back, _LENGTH_S, (*doors, Part(2, air)))


def _carried() -> list[Row]:
    span = Interval(_AT_S - 3 * _LENGTH_S, _AT_S - _LENGTH_S)
    full = Part(0, {"count_in": 5.0, "count_out": 3.0}, 62, 62, 1, 0.5, span)
    return [Row(_AT_S, _LENGTH_S, (full,)), _empty(1), _empty(2)]


def _empty(back: int) -> Row:
    number = 62 - back
    return Row(_AT_S - _LENGTH_S * back, _LENGTH_S, (Part(0, {}, number, number, 1),))


def _unusual() -> Row:
    merged = Part(7, {"activations": 61.0}, 22, 81, 60)
    bad = Part(3, {"pm2_5": None, "illuminance": 312.0})
    return Row(_AT_S, _LENGTH_S, (bad, merged))
