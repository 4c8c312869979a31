"""The one transaction that stores a group: the small tables, the rows, and what the rows do.

Theory: all of it or nothing, on the disk and in memory. What memory knows of the store moves ahead
of the commit, because a step of the ladder refers to the rows and segments that it is stored with,
and is taken back if the transaction fails. With a session it begins anew what the one before had:
cursors and segments are the group's alone then.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from gateway.buffer import checked, records, retention, sensors
from gateway.buffer.anchors import AnchorRow, anchor_row
from gateway.buffer.group import Group
from gateway.buffer.identities import Identities
from gateway.buffer.sensors import SensorState
from gateway.buffer.sqlite import in_transaction
from gateway.buffer.tables import sensor_rows
from gateway.model import Reason

if TYPE_CHECKING:
    from gateway.buffer.store import Store


class Session(NamedTuple):
    """One run of the gateway with this log: its name, and which numbers may go out."""

    name: str
    reserved: int


def write(store: "Store", group: Group, session: Session | None = None) -> None:
    """Store the group, and begin the session if there is one."""
    known, before = store.dictionary.size(), store.changing()
    had = {name: sensors.later(store.sensors.get(name), s) for name, s in group.sensors.items()}
    changed = had | sensors.after(store.sensors | had, group.rows)
    try:
        in_transaction(store.connection, lambda: _put(store, group, session, changed))
    except BaseException:
        store.dictionary.roll_back(known)
        store.take_back(before)
        raise
    store.sensors |= changed
    store.cursors |= group.cursors
    store.anchors += _anchor_rows(store, group)


def _put(
    store: "Store", group: Group, session: Session | None, changed: Mapping[str, SensorState]
) -> None:
    if session is not None:
        _begin(store, session)
    _put_tables(store, group, changed)
    _put_rows(store, group)


def _begin(store: "Store", session: Session) -> None:
    store.connection.execute("DELETE FROM cursor")
    store.connection.execute("DELETE FROM epoch")
    store.cursors, store.identities = {}, Identities([])
    store.put_state(session=session.name, reserved=session.reserved, clean=0)


def _put_tables(store: "Store", group: Group, changed: Mapping[str, SensorState]) -> None:
    connection = store.connection
    checked.put(connection, "anchor", _anchor_rows(store, group))
    checked.put(connection, "epoch", group.segments)
    checked.put(connection, "cursor", group.cursors.items())
    checked.put(connection, "sensor", sensor_rows(changed))
    store.dating.keep(group.anchors)
    if group.reserved is not None:
        store.put_state(reserved=group.reserved)


def _put_rows(store: "Store", group: Group) -> None:
    """The segments and the last position are known before a step refers to them."""
    store.identities = Identities([*store.identities.segments, *group.segments])
    store.last_position = group.rows[-1].position if group.rows else store.last_position
    records.insert(store.connection, store.dictionary, group.rows)
    for row in group.rows:
        if row.layout.gap in (Reason.THINNED, Reason.DROPPED):
            retention.execute(store, row)


def _anchor_rows(store: "Store", group: Group) -> list[AnchorRow]:
    return [anchor_row(store.dictionary.boot(boot), one) for boot, one in group.anchors]
