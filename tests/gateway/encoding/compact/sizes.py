"""How many bytes sets of readings take, in the compact form and in others."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import cbor2
from cayennelpp import LppFrame  # type: ignore[import-untyped]

from drivers.quantities import QUANTITIES
from gateway.encoding.compact.frames import encode
from gateway.encoding.compact.rows import Part, Row
from gateway.encoding.compact.values import steps

EPOCH = 7107899
_BEGIN_S = 1_795_168_800
_AIR = {"temperature": 21.4, "humidity": 47.0, "pressure": 101320.0, "co2": 810.0}
_CLIMATE = ("temperature", "humidity", "pressure")
_INDOOR = ("temperature", "humidity", "co2")


def _row(doors: int, air: Sequence[str], back: int = 0) -> Row:
    """One interval; each door counts up to 23, the air changes a little."""
    number = 400_000 - back * (doors + 1)
    parts = [
        Part(
            door,
            {"count_in": float((23 + 5 * back + door) % 24), "count_out": float((22 + back) % 24)},
            *(number + door, number + door, 1),
        )
        for door in range(doors)
    ]
    if air:
        drift = {"temperature": 0.1, "humidity": 1.0, "pressure": 20.0, "co2": 30.0}
        parts.append(Part(doors, {name: _AIR[name] - back * drift[name] for name in air}))
    return Row(_BEGIN_S - 900 * back, 900, tuple(parts))


SETS = {
    "one door": [_row(1, ())],
    "two doors": [_row(2, ())],
    "four doors": [_row(4, ())],
    "temperature, humidity, pressure": [_row(0, _CLIMATE)],
    "one door; temperature, humidity, pressure, CO2": [_row(1, tuple(_AIR))],
    "two doors; temperature, humidity, CO2": [_row(2, _INDOOR)],
    "the same, 4 intervals": [_row(2, _INDOOR, back) for back in range(4)],
    "the same, 8 intervals": [_row(2, _INDOOR, back) for back in range(8)],
}


def sizes() -> Iterator[tuple[str, int, int, int, int]]:
    """Of each set: its name, and bytes as compact frame, CayenneLPP, CBOR and JSON."""
    for name, rows in SETS.items():
        payload, taken = encode(EPOCH, rows, 222)
        assert taken == len(rows)
        yield name, len(payload), _lpp(rows), _cbor(rows), _json(rows)


def _lpp(rows: Sequence[Row]) -> int:
    """Types that fit; a count is a generic sensor, for which there is no smaller one."""
    frame = LppFrame()
    for channel, (name, value) in enumerate(_values(rows)):
        match name:
            case "temperature":
                frame.add_temperature(channel, value)
            case "humidity":
                frame.add_humidity(channel, value)
            case "pressure":
                frame.add_barometer(channel, value / 100)
            case "co2":
                frame.add_concentration(channel, int(value))
            case _:
                frame.add_generic(channel, int(value))
    return len(bytes(frame))


def _cbor(rows: Sequence[Row]) -> int:
    """Whole numbers only: codes of quantities, steps of their resolution."""
    return len(cbor2.dumps([EPOCH, [_integers(row) for row in rows]]))


def _integers(row: Row) -> list[Any]:
    parts = [
        [part.sensor, part.first, {_code(name): _steps(name, one) for name, one in _told(part)}]
        for part in row.parts
    ]
    return [row.ends_s, row.length_s, parts]


def _json(rows: Sequence[Row]) -> int:
    told = [
        {
            "t1": row.ends_s,
            "length": row.length_s,
            "sensors": [
                {"sensor": part.sensor, "number": part.first, "values": dict(_told(part))}
                for part in row.parts
            ],
        }
        for row in rows
    ]
    return len(json.dumps({"epoch": EPOCH, "rows": told}, separators=(",", ":")))


def _values(rows: Sequence[Row]) -> Iterator[tuple[str, float]]:
    return (pair for row in rows for part in row.parts for pair in _told(part))


def _told(part: Part) -> Iterator[tuple[str, float]]:
    for name, value in part.values.items():
        assert value is not None
        yield name, int(value) if value == int(value) else value


def _code(name: str) -> int:
    return QUANTITIES[name].code


def _steps(name: str, value: float) -> int:
    return steps(QUANTITIES[name], value)


if __name__ == "__main__":
    for line in sizes():
        print("| " + " | ".join(str(cell) for cell in line) + " |")  # noqa: T201
