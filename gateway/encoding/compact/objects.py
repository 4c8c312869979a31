"""What codec.js makes of a frame, made here: the `data` that a platform gets (docs/lorawan.md)."""

from collections.abc import Sequence
from typing import Any

from gateway.encoding.compact.numbering import MODULO
from gateway.encoding.compact.rows import Frame, Interval, Part, Row
from gateway.encoding.compact.status import Status
from gateway.model import rfc3339


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
