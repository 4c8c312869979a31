"""The native encoding: a JSON array of readings, as documented in docs/messages.md.

The values of a reading are stored as JSON numbers already, so a message is put together from the
text of its parts, without parsing anything.
"""

from collections.abc import Sequence
from functools import lru_cache

from drivers.quantities import BLIND_TIME
from gateway.model import Instant, Names, StoredReading, rfc3339

TOPIC = "data"


def encode(node: str, epoch: int, readings: Sequence[StoredReading], news_since: Instant) -> bytes:
    """One payload. `node` is "municipality/node"; older than `news_since` is marked `hist`."""
    objects = (_object(node, epoch, reading, news_since) for reading in readings)
    return f"[{','.join(objects)}]".encode()


def _object(node: str, epoch: int, reading: StoredReading, news_since: Instant) -> str:
    at = reading.at
    values = _template(reading.names) % tuple(reading.packed.split(","))
    news = at.boot == news_since.boot and at.up_ns >= news_since.up_ns
    return (
        f'{{"id":"{node}:{epoch}:{reading.seq}","sensor":"{reading.sensor}",{_time(reading)},'
        f'"clock":"{at.quality}","boot":"{at.boot}","up":{at.up_ns // 1_000_000},'
        f'"values":{{{values}}}{_coverage(reading)},"hist":{"false" if news else "true"}}}'
    )


def _time(reading: StoredReading) -> str:
    """`t` of a moment; `t0`, `t1` and `up0` (ms since boot) of an interval, half-open."""
    at = reading.at
    if reading.span_ns is None:
        return f'"t":{_json(at.utc_ns)}'
    start = None if at.utc_ns is None else at.utc_ns - reading.span_ns
    up0 = (at.up_ns - reading.span_ns) // 1_000_000
    return f'"t0":{_json(start)},"t1":{_json(at.utc_ns)},"up0":{up0}'


def _coverage(reading: StoredReading) -> str:
    """The share of the interval in which the sensor could see, where it says so."""
    if not reading.span_ns or BLIND_TIME.name not in reading.names:
        return ""
    blind = reading.values[BLIND_TIME.name]
    if blind is None:
        return ""
    share = 1 - blind * 1e9 / reading.span_ns
    return f',"coverage":{min(1.0, max(0.0, share)):.3f}'


@lru_cache(maxsize=1024)
def _template(names: Names) -> str:
    return ",".join(f'"{name}":%s' for name in names)


def _json(utc_ns: int | None) -> str:
    return "null" if utc_ns is None else f'"{rfc3339(utc_ns)}"'
