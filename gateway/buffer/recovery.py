"""What an earlier process of this boot left in the journal, as rows that can be stored.

A journal with a record that cannot be read knows too little: rows may have gone out that are not
among its rows. Its numbers, and as many behind its last as a reserve has, are told as lost.
"""

import logging
from typing import TYPE_CHECKING

from gateway.buffer import losses, sensors
from gateway.buffer.gaps import gap_row
from gateway.buffer.held import Recovered
from gateway.buffer.layouts import row_of
from gateway.buffer.rows import Row
from gateway.buffer.sensors import SensorState
from gateway.model import Gap, Note, Reading, Reason

if TYPE_CHECKING:
    from gateway.buffer.log import Log

logger = logging.getLogger(__name__)


def recover(log: "Log") -> Recovered | None:
    """What the journal of an earlier process holds; counts without a reading are one now.

    Their numbers are those that come next, whoever reads the journal, and however often.
    """
    found = log.window.journal.read()
    if found is None:
        return None
    if found.bad:
        logger.warning("%d records of the journal could not be read", found.bad)
    states = sensors.latest({}, found.totals)
    states |= sensors.after(states, found.rows)
    if found.bad:
        _pass_over(log, found)
    for note in found.notes.values():
        found.rows.append(_row(log, found, note, states.get(note.sensor, SensorState())))
        found.next_position += 1
    return found


def _row(log: "Log", found: Recovered, note: Note, state: SensorState) -> Row:
    """The counts that were noted, as the reading that they would have become."""
    reading = Reading(note.sensor, note.counts, note.up_ns, note.up_ns - note.since_ns)
    totals = state.totals if found.totals_known else None
    rank = log.window.ranks.get(note.sensor)
    row, _ = row_of(found.next_position, reading, found.boot, totals, rank)
    return row


def _pass_over(log: "Log", found: Recovered) -> None:
    """What could not be read may have gone out: its numbers are lost, and not given again.

    Since a journal was begun anew it has noted fewer rows than a reserve has numbers.
    """
    epoch, number = found.identities.of(found.next_position)
    last, now = number + log.reserve.size, (log.clock.boot_id, log.clock.now_ns())
    lost = losses.beyond(found.identities.segments, found.stored_position, last)
    found.identities.begin(found.next_position, last + 1, epoch)
    for numbers in lost:
        gap = Gap(Reason.UNCLEAN_STOP, "", numbers, None, None, now)
        found.rows.append(gap_row(found.next_position, gap))
        found.next_position += 1
