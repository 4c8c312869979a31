"""What the tests of the journal note in it."""

from drivers.quantities import Rank
from gateway.buffer.held import Held, Recovered
from gateway.buffer.identities import Identities, Segment
from gateway.buffer.journal import Journal
from gateway.buffer.rows import Layout, Row

HALL = Layout(
    "Halle, „Süd“\n",
    ("temperature", "humidity"),
    Rank.GAUGE,
    calibrations=(("humidity", "h-7"), ("temperature", "tsi-2026-10")),
)
DOOR = Layout("door", ("count_in",), Rank.COUNT)
ROWS = [
    Row(7, HALL, "b1", 5, None, "21.50,null"),
    Row(8, DOOR, "b1", 2**62, 7, "12"),
    Row(9, HALL, "b1", 6, None, "-0.10,1e300"),
]
HELD = Held("s1", Identities([Segment(1, 44, 0)]), 6, 7)
HEADER = b'h["b1","s1",[[1,44,0]],6,7,true]'
"""The first record of a journal in which totals are known."""


def recovered(journal: Journal) -> Recovered:
    """What the next process reads in it."""
    found = Journal(journal.path.parent, "another").read()
    assert found is not None
    return found
