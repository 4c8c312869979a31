"""What an earlier process left in the journal, as rows that can be stored.

Notes stay notes: whoever counts goes on with windows of this boot (gateway/sampling/counting.py).
Those of another boot become readings: when they are stored (union.py), without a store at once.

A journal with a record that cannot be read knows too little: rows may have gone out that are not
among its rows. Its numbers, and as many behind its last as a reserve has, are told as lost.
"""

import logging
from typing import TYPE_CHECKING

from gateway.buffer import losses
from gateway.buffer.gaps import gap_row
from gateway.buffer.held import Recovered
from gateway.model import Gap, Reason

if TYPE_CHECKING:
    from gateway.buffer.log import Log

logger = logging.getLogger(__name__)


def recover(log: "Log") -> Recovered | None:
    """What the journal of an earlier process holds; None if there is none that can be used."""
    found = log.window.journal.read()
    if found is None:
        return None
    if found.bad:
        logger.warning("%d records of the journal could not be read", found.bad)
        _pass_over(log, found)
    return found


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
