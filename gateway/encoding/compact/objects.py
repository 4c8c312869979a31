"""What codec.js makes of a frame, made here: `data` of docs/lorawan-platform.md."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from drivers.quantities import CO2, HUMIDITY, ILLUMINANCE, PRESSURE, TEMPERATURE
from gateway.encoding.compact.numbering import MODULO
from gateway.encoding.compact.rows import Frame, Interval, Part, Row
from gateway.encoding.compact.status import Status
from gateway.model import rfc3339


class Normal(NamedTuple):
    """How the normalised schema of The Things Stack calls a quantity, and which values it takes."""

    quantity: str
    name: str
    divisor: int
    minimum: float
    maximum: float


NORMAL = (
    Normal(TEMPERATURE.name, "temperature", 1, -273.15, 1000),
    Normal(HUMIDITY.name, "relativeHumidity", 1, 0, 100),
    Normal(PRESSURE.name, "pressure", 100, 900, 1100),
    Normal(CO2.name, "co2", 1, 0, 1_000_000),
    Normal(ILLUMINANCE.name, "lightIntensity", 1, 0, 1_000_000),
)


def as_data(told: Frame | Status, names: Sequence[str] = ()) -> dict[str, Any]:
    """`names` are those with which codec.js was generated."""
    if isinstance(told, Status):
        version = ".".join(map(str, told.version))
        data = told._asdict() | {"kind": "status", "version": version}
        return data | {"interval": data.pop("interval_s")}
    return {
        "kind": "readings",
        "epoch_low": told.epoch,
        "modulo": MODULO,
        "rows": [_row(row, names) for row in told.rows],
    }


def as_normalized(told: Frame | Status) -> dict[str, Any]:
    """What `normalizeUplink` says: time and air of each part that has any."""
    rows = () if isinstance(told, Status) else told.rows
    pairs = [(row, _air(part)) for row in rows for part in row.parts]
    return {"data": [_measured(row, air) for row, air in pairs if air]}


def _measured(row: Row, air: dict[str, float]) -> dict[str, Any]:
    return {"air": air} if row.ends_s is None else {"time": _text(row.ends_s), "air": air}


def _air(part: Part) -> dict[str, float]:
    return dict(_normal_values(part))


def _normal_values(part: Part) -> Iterator[tuple[str, float]]:
    for normal in NORMAL:
        value = part.values.get(normal.quantity)
        if value is not None and normal.minimum <= value / normal.divisor <= normal.maximum:
            yield normal.name, value / normal.divisor


def _row(row: Row, names: Sequence[str]) -> dict[str, Any]:
    ends = _text(row.ends_s)
    if row.length_s:
        begins_s = None if row.ends_s is None else row.ends_s - row.length_s
        when = {"t0": _text(begins_s), "t1": ends}
    else:
        when = {"t": ends}
    sensors = [_part(part, names) for part in row.parts]
    return {**when, "length": row.length_s, "sensors": sensors}


def _part(part: Part, names: Sequence[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"sensor": part.sensor}
    if part.sensor < len(names):
        told["name"] = names[part.sensor]
    if part.first is not None:
        told |= {"first": part.first, "last": part.last, "n": part.merged}
    if part.coverage is not None:
        told["coverage"] = part.coverage
    if part.span is not None:
        told["span"] = _span(part.span)
    return told | {"values": dict(part.values)}


def _span(span: Interval) -> dict[str, str | None]:
    return {"t0": _text(span.begins_s), "t1": _text(span.ends_s)}


def _text(utc_s: int | None) -> str | None:
    return None if utc_s is None else rfc3339(utc_s * 1_000_000_000)
