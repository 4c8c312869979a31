"""The native encoding: a JSON array of readings, as documented in docs/messages.md.

The values of a reading are stored as JSON numbers already, so a message is put together from the
text of its parts, without parsing anything.
"""

from collections.abc import Sequence

from drivers.quantities import BLIND_TIME
from gateway.encoding.provenance import contents, plain_template
from gateway.model import (
    Entry,
    Gap,
    Instant,
    Quality,
    Reason,
    Span,
    StoredGap,
    StoredReading,
    rfc3339,
)

TOPIC = "data"
LIVE = "live"


def encode(node: str, entries: Sequence[Entry], *, hist: bool) -> bytes:
    """One payload of `data`. `node` is "municipality/node"; `hist`: they are no news."""
    told = "true" if hist else "false"
    return f"[{','.join(_object(node, entry, told) for entry in entries)}]".encode()


def encode_live(node: str, reading: StoredReading) -> bytes:
    """One payload of `live/<sensor>`."""
    return _object(node, reading, "false").encode()


def _object(node: str, entry: Entry, hist: str) -> str:
    at = entry.at
    content = _reading(entry) if isinstance(entry, StoredReading) else _gap(entry)
    return (
        f'{{"id":"{node}:{entry.epoch}:{_number(entry)}",{content},'
        f'"clock":"{at.quality}",{_bounds(at)}"boot":"{at.boot}","up":{at.up_ns // 1_000_000},'
        f'"hist":{hist}}}'
    )


def _number(entry: Entry) -> str:
    """Of readings that were merged the first and the last."""
    if isinstance(entry, StoredReading) and entry.merged > 1:
        return f"{entry.first}-{entry.number}"
    return str(entry.number)


def _reading(reading: StoredReading) -> str:
    template = plain_template(reading.names)
    if template and not (reading.calibrations or reading.protection):  # as most are
        values = template % tuple(reading.packed.split(","))
    else:
        values = contents(reading) + _protected(reading)
    merged = f'"n":{reading.merged},' if reading.merged > 1 else ""
    return f'"sensor":"{reading.sensor}",{_time(reading)},{merged}{values}{_coverage(reading)}'


def _protected(reading: StoredReading) -> str:
    """How small counts are hidden, and what the values are of that were carried."""
    if not reading.protection:
        return ""
    spans = ",".join(f'"{span.quantity}":{_span(span)}' for span in reading.spans)
    told = f',"spans":{{{spans}}}' if spans else ""
    return f',"protected":"{reading.protection}"{told}'


def _span(span: Span) -> str:
    """From one moment to another, which may be of two boots."""
    since, until = span.since, span.until
    return (
        f'{{"t0":{_json(since.utc_ns)},"t1":{_json(until.utc_ns)},'
        f'"boot0":"{since.boot}","up0":{since.up_ns // 1_000_000},'
        f'"boot":"{until.boot}","up":{until.up_ns // 1_000_000}}}'
    )


def _gap(stored: StoredGap) -> str:
    """`t0`, `boot0` and `up0` are null where nobody knows when it began."""
    gap, since = stored.gap, stored.since
    start = since or Instant("", 0, None, Quality.UNKNOWN)
    parts = {
        "gap": f'"{gap.reason}"',
        "sensor": f'"{gap.sensor}"' if gap.sensor else "null",
        **_what(gap),
        "n": "null" if gap.n is None else str(gap.n),
        "t0": _json(start.utc_ns),
        "t1": _json(stored.at.utc_ns),
        "boot0": f'"{since.boot}"' if since else "null",
        "up0": str(since.up_ns // 1_000_000) if since else "null",
    }
    return ",".join(f'"{name}":{value}' for name, value in parts.items())


def _what(gap: Gap) -> dict[str, str]:
    """Which numbers are concerned, and of what rank."""
    what = {}
    if gap.numbers is not None:
        epoch, first, last = gap.numbers
        what = {"epoch": str(epoch), "from": str(first), "to": str(last)}
    if gap.reason in (Reason.THINNED, Reason.DROPPED):
        what["rank"] = f'"{gap.rank.name.lower()}"'
    if gap.step_s:
        what["step"] = str(gap.step_s)
    return what


def _time(reading: StoredReading) -> str:
    """`t` of a moment; `t0`, `t1` and `up0` (ms since boot) of an interval, half-open."""
    at = reading.at
    since = reading.since
    if since is None:
        return f'"t":{_json(at.utc_ns)}'
    up0 = since.up_ns // 1_000_000
    return f'"t0":{_json(since.utc_ns)},"t1":{_json(at.utc_ns)},"up0":{up0}'


def _bounds(at: Instant) -> str:
    """Between which times a moment lies whose UTC is not known."""
    if at.utc_ns is not None:
        return ""
    not_before_ns, not_after_ns = at.bounds or (None, None)
    return f'"not_before":{_json(not_before_ns)},"not_after":{_json(not_after_ns)},'


def _coverage(reading: StoredReading) -> str:
    """The share of what was measured in which the sensor could see, where it says so."""
    if BLIND_TIME.name not in reading.names:
        return ""
    carried = {span.quantity: span.measured_ns for span in reading.spans}
    span_ns = carried.get(BLIND_TIME.name, reading.span_ns)
    if not span_ns:
        return ""
    blind = reading.values[BLIND_TIME.name]
    if blind is None:
        return ""
    share = 1 - blind * 1e9 / span_ns
    return f',"coverage":{min(1.0, max(0.0, share)):.3f}'


def _json(utc_ns: int | None) -> str:
    return "null" if utc_ns is None else f'"{rfc3339(utc_ns)}"'
