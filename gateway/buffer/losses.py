"""What a store may lack when the log and it come together: the gaps that say so."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.buffer.identities import Segment
from gateway.buffer.joining import Joined
from gateway.buffer.legend import Legend
from gateway.buffer.rows import Row
from gateway.buffer.store import Store
from gateway.model import Gap, Moment, Numbers, Reason

if TYPE_CHECKING:
    from gateway.buffer.log import Log


def gaps(
    log: "Log", store: Store, known: Legend | None, joined: Joined, session: str | None
) -> list[Gap]:
    """What the run before left unsaid; all that went out in `session` is known (None: of none)."""
    now = (log.clock.boot_id, log.clock.now_ns())
    since = _newest(store, joined)
    found = []
    if joined.lost is not None:
        n = joined.lost.last - joined.lost.first + 1
        found.append(Gap(Reason.STORE_DAMAGED, "", joined.lost, n, since, now))
    missing = _missing(store, known) if is_another(store, known) else []
    found += [Gap(Reason.STORE_DAMAGED, "", numbers, None, since, now) for numbers in missing]
    if store.clean or store.session == log.session:
        return found
    if store.session == session:
        return [*found, Gap(Reason.UNCLEAN_STOP, "", None, 0, since, now)]
    lost = beyond(store.identities.segments, store.last_position, reserved(store, known))
    return found + [Gap(Reason.UNCLEAN_STOP, "", one, None, since, now) for one in lost]


def unmeasured(store: Store, session: str | None, rows: Iterable[Row]) -> list[Gap]:
    """Of sensors that have begun without the store: what it knows of last, to what they told first.

    Behind rows of the store's own session nothing is missing that their sampler has not told.
    """
    if session == store.session:
        return []
    begun: dict[str, Moment] = {}
    for row in rows:
        if not row.layout.gap:
            begun.setdefault(row.layout.sensor, (row.boot, row.up_ns - (row.span_ns or 0)))
    known = {name: state.until for name, state in store.sensors.items() if state.until}
    return [
        Gap(Reason.NOT_MEASURED, name, None, None, known[name], begins)
        for name, begins in begun.items()
        if name in known
    ]


def _newest(store: Store, joined: Joined) -> tuple[str, int] | None:
    rows = joined.rows[-1:] or store.chunk(store.last_position - 1, store.last_position)
    return (rows[-1].boot, rows[-1].up_ns) if rows else None


def is_another(store: Store, known: Legend | None) -> bool:
    """Not the store that was written last, or one that had to be healed."""
    healed = not store.session and bool(store.salvaged)
    return healed or (known is not None and store.session not in known.sessions)


def _missing(store: Store, known: Legend | None) -> list[Numbers]:
    """Numbers that it may lack: what no uplink is known to have, and what it never saw."""
    healed = not store.session and bool(store.salvaged)
    delivered = 0 if store.has_merged else min(store.cursors.values(), default=0)
    after = delivered if healed else store.last_position
    ours = store.identities.segments if known is None else known.segments
    return beyond((Segment(*one) for one in ours), after, reserved(store, known))


def beyond(segments: Iterable[Segment], after: int, reserved: int) -> list[Numbers]:
    """The numbers behind that position, by epoch; `reserved` is the newest that may be out.

    Numbers that were passed over there are among them: the record of it may be lost as well.
    """
    ordered = sorted(segments)
    lasts = [two.first - 1 - one.shift for one, two in pairwise(ordered)]
    found: dict[int, Numbers] = {}
    known: dict[int, int] = {}
    for segment, last in zip(ordered, [*lasts, reserved], strict=True):
        first = max(after + 1, segment.first) - segment.shift
        if segment.first > after:
            first = known.get(segment.epoch, 0) + 1
        known[segment.epoch] = last
        if first <= last:
            begun = found.get(segment.epoch, Numbers(segment.epoch, first, last))
            found[segment.epoch] = begun._replace(last=last)
    return list(found.values())


def reserved(store: Store, known: Legend | None) -> int:
    """The newest number that may have gone out."""
    return max(store.reserved, known.reserved if known else 0)
