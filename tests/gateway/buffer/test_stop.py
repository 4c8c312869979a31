"""A clean stop loses no more than a killed process does."""

from gateway.model import Note
from tests.gateway.buffer.node import Node, counted, everything, readings


def test_counts_that_no_reading_carries_are_stored_when_the_log_is_closed(node: Node) -> None:
    opened = node.start()
    opened.append(counted(2, 1_000_000_000))
    opened.note(Note("door", {"count_in": 5}, 1_000_000_000, 1_500_000_000))
    opened.close()
    [_, carried] = readings(everything(node.start()))
    assert carried.values == {"count_in": 5, "total_in": 7}
    assert (carried.at.up_ns, carried.span_ns) == (1_500_000_000, 500_000_000)
